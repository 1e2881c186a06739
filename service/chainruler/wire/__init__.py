"""Bytes to arrays and back: JSON, base64, safetensors; `decode` a body, `encode` an answer.

It knows no HTTP but two header fields, and nothing of gradients.
"""

from chainruler.wire.accept import Encoding, negotiate
from chainruler.wire.answers import encode, pieces_of
from chainruler.wire.arrays import ARRAYS_UNDER
from chainruler.wire.bodies import decode
from chainruler.wire.errors import DocumentTooLarge, Invalid, Malformed, NonFiniteAnswer, NotAcceptable, WireError
from chainruler.wire.limits import DecodingLimits
from chainruler.wire.tensors import Piece
from chainruler.wire.tree import Document

__all__ = [
    "ARRAYS_UNDER",
    "DecodingLimits",
    "Document",
    "DocumentTooLarge",
    "Encoding",
    "Invalid",
    "Malformed",
    "NonFiniteAnswer",
    "NotAcceptable",
    "Piece",
    "WireError",
    "decode",
    "encode",
    "negotiate",
    "pieces_of",
]
