"""Python client of a chainruler service."""

from chainruler_client.client import Client, Health

__all__ = ["Client", "Health"]
