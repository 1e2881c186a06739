"""Documents with arrays to bytes, and answers back: JSON, base64 in JSON, safetensors."""

from chainruler_client.encoding.answers import ACCEPTED, decoded
from chainruler_client.encoding.requests import JSON, LINES, EncodedBody, Encoding, encoded, encoded_lines

__all__ = ["ACCEPTED", "JSON", "LINES", "EncodedBody", "Encoding", "decoded", "encoded", "encoded_lines"]
