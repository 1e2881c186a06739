"""Documents with arrays to bytes, and answers back: JSON, base64 in JSON, safetensors."""

from chainruler_client.encoding.answers import ACCEPTED, decoded
from chainruler_client.encoding.requests import JSON, Body, Encoding, encoded

__all__ = ["ACCEPTED", "JSON", "Body", "Encoding", "decoded", "encoded"]
