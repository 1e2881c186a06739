"""A good request, and changes to it that make it one to be refused."""

import copy
from typing import Any

import orjson

from chainruler.calls.examples import CLASSIFIER

Document = dict[str, Any]


def good(**changes: Any) -> Document:
    """A request for gradients with everything right, but for these members."""
    return {**copy.deepcopy(CLASSIFIER), **changes}


def spoilt(old: str, new: str) -> bytes:
    """The bytes of a good request with one text in the place of another, which must be there once."""
    body = orjson.dumps(good()).decode()
    assert body.count(old) == 1, f"{old} is there {body.count(old)} times"
    return body.replace(old, new).encode("utf-8", "surrogatepass")
