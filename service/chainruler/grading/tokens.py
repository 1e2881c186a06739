"""Tokens: a problem that was issued, signed, so that it can be handed out and taken back unchanged.

A token holds the problem and never the truth. It is signed and not encrypted: a student may read it.
`cr1.<the document, deflated>.<its HMAC-SHA256>`, in URL-safe base64.
"""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable

VERSION = "cr1"
LARGEST = 32 * 2**20
"""Bytes of a document; a token that unpacks to more is refused, although it was signed."""


class InvalidToken(ValueError):
    """A token that this service has not issued, or that was changed on the way."""


def sealed(document: bytes, secret: bytes) -> str:
    """The token of a document."""
    packed = _text(zlib.compress(document, 6))
    return f"{VERSION}.{packed}.{_text(_mac(packed, secret))}"


def opened(token: str, secrets: Iterable[bytes]) -> bytes:
    """The document of a token that one of the secrets signed; the signature is looked at before it is unpacked.

    The signature is compared as it is written: base64 would read it as the same with something behind it.
    """
    version, _, rest = token.partition(".")
    packed, _, mac = rest.partition(".")
    if version != VERSION:
        raise InvalidToken(f"Tokens begin with {VERSION}.")
    try:
        signatures = [_text(_mac(packed, secret)).encode() for secret in secrets]
        if not sum(hmac.compare_digest(signature, _ascii(mac)) for signature in signatures):
            raise InvalidToken("The signature of the token is not that of this service.")
        inflating = zlib.decompressobj()
        document = inflating.decompress(urlsafe_b64decode(_padded(packed)), LARGEST)
    except (Error, ValueError, zlib.error) as error:
        raise error if isinstance(error, InvalidToken) else InvalidToken("The token is damaged.") from None
    if inflating.unconsumed_tail:
        raise InvalidToken("The token holds too large a problem.")
    return document


def _mac(packed: str, secret: bytes) -> bytes:
    return hmac.digest(secret, f"{VERSION}.{packed}".encode(), "sha256")


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(text: str) -> bytes:
    return _ascii(text) + b"=" * (-len(text) % 4)


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")
