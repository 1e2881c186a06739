"""The parsers agree: whatever a quick reader vouches for, the exact one reads as the same."""

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chainruler.wire import DecodingLimits, WireError, decode, plain, simd
from chainruler.wire.tensors import MEDIA_TYPE
from tests.support.sampling import examples
from tests.wire.documents import READERS, outcome, vouched
from tests.wire.texts import SEEDS, TENSORS, documents, spoilt

QUICK = ["simdjson", "simdjson, in slices", "orjson"]
BODIES = examples(10_000)
UNUSUAL = re.compile(rb"\d{19}|\\u005")
NARROW = DecodingLimits(depth=5, arrays=2, lists=6, values=9, members=3)


def agree(quick: str, body: bytes, limits: DecodingLimits) -> bool:
    """Whether a quick reader is unsure of a body, or reads it as the exact one does."""
    found = vouched(READERS[quick], body, limits)
    return found is None or found == outcome(plain.read_exactly, body, limits)


@pytest.mark.parametrize("limits", [DecodingLimits(), NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("quick", QUICK)
@given(body=documents)
@example(body=b'{"data":{"x":[[1,[2]],[3,4]]},"a":"\\u005b"}')
@example(body=b'{"a":1,"a":2,"b":"\\u003a"}')
def test_generated_documents_are_read_alike(quick: str, limits: DecodingLimits, body: bytes) -> None:
    """Documents with keys twice, ragged rows and numbers at the edges are never vouched for wrongly."""
    assert agree(quick, body, limits)


@pytest.mark.parametrize("quick", QUICK)
@given(body=st.sampled_from(SEEDS) | documents, seed=st.integers(0, 2**32))
def test_spoilt_documents_are_read_alike(quick: str, body: bytes, seed: int) -> None:
    """Nor are documents with pieces removed, doubled or replaced."""
    assert agree(quick, spoilt(body, random.Random(seed)), DecodingLimits())  # noqa: S311  (no secret)


@given(body=documents.filter(lambda body: not UNUSUAL.search(body)))
def test_the_quickest_reader_is_sure_of_all_but_the_unusual(body: bytes) -> None:
    """What is read at all, simdjson reads, but for integers of 19 digits and escaped brackets."""
    found = outcome(plain.read_exactly, body)

    assert (vouched(simd.read, body) is not None) == (found[0] == "read")


@pytest.mark.parametrize("kind", ["application/json", MEDIA_TYPE])
def test_nothing_but_a_wire_error_leaves(kind: str) -> None:
    """Of thousands of spoilt bodies each is read or refused by a short error, in a moment, and the parsers agree."""
    chance = random.Random(20_000)  # noqa: S311  (no secret)
    slowest = longest = refused = 0.0
    for _ in range(BODIES):
        body = spoilt(TENSORS if kind == MEDIA_TYPE else chance.choice(SEEDS), chance)
        began = process_time()
        try:
            decode(body, kind)
        except WireError as error:
            refused += 1
            longest = max(longest, len(f"{error.pointer}{error.message}{error.hint}"))
        slowest = max(slowest, process_time() - began)
        assert kind == MEDIA_TYPE or all(agree(quick, body, DecodingLimits()) for quick in QUICK)

    assert BODIES / 3 < refused < BODIES
    assert longest < 1_000
    assert slowest < 0.5


SLOW = {
    "100,000 keys, one object": b"{" + b",".join(b'"%d":1' % key for key in range(100_000)) + b"}",
    "a million empty lists, one full": b'{"data":{"x":[' + b"[]," * 1_000_000 + b"[1]]}}",
    "two million objects": b'{"a":[' + b"{}," * 2_000_000 + b"{}]}",
    "a million names": b'{"a":[' + b'"ab",' * 1_000_000 + b'"ab"]}',
    "two million numbers, then true": b'{"data":{"x":[' + b"1.5," * 2_000_000 + b"true]}}",
    "two million integers, then a decimal": b'{"data":{"x":[' + b"1," * 2_000_000 + b"1.5]}}",
    "an integer of a million digits": b'{"a":' + b"9" * 1_000_000 + b"}",
    "a decimal of a million digits": b'{"a":0.' + b"9" * 1_000_000 + b"}",
    "a million brackets": b'{"a":' + b"[" * 1_000_000,
    "a string of two million": b'{"a":"' + b"\\u0041" * 333_333 + b'"',
}


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW.keys())
def test_no_body_takes_long(body: bytes) -> None:
    """What is made to be slow takes any parser of the service a few times what Python's own takes."""

    def seconds(reader: Callable[[bytes], object]) -> float:
        began = process_time()
        with suppress(ValueError, RecursionError):
            reader(body)
        return process_time() - began

    known = seconds(json.loads)
    for reader in (simd.read, plain.read_quickly, plain.read_exactly):
        assert seconds(partial(outcome, reader)) < 7 * known + 0.1
