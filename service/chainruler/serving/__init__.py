"""Running the application: sockets, processes and signals."""

from chainruler.serving.run import serve

__all__ = ["serve"]
