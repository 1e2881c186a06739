"""How much one document may hold, beyond the size of its body."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """What is more than this is refused before it is built."""

    depth: int = 64  # objects and lists inside one another
    arrays: int = 1_024  # arrays in one document, or tensors in one file
    lists: int = 1_048_576  # opening brackets in one body: the rows of all arrays, mostly
    values: int = 65_536  # members and entries outside arrays, which become Python objects one by one
    members: int = 2_048  # of one object: simdjson finds a member by walking over those before it
    header: int = 65_536  # bytes of a safetensors header, the document in it included


DEFAULT_LIMITS = DecodingLimits()
