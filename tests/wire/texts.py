"""JSON texts for the tests of the wire: valid, nearly valid, and spoilt."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import strategies as st

from chainruler.wire import Encoding, encode

NUMBERS = [
    "0",
    "-0",
    "1",
    "-7",
    "0.5",
    "-0.0",
    "1e5",
    "1E-3",
    "5e-324",
    "1e-400",
    "1.7976931348623157e308",
    "123456789.123456789",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "9.3e18",
    "1000000000000000000000000000000",
    "NaN",
    "-Infinity",
    "1e999",
    "01",
    "1.",
    "+1",
]
TEXTS = [
    r'""',
    r'"a"',
    r'"x:["',
    r'"\u003a"',
    r'"\u005b"',
    r'"\u0000"',
    r'"\ud800"',
    r'"é😀"',
    r'"\\u005b"',
    r'"base64"',
    r'"AAAAAAAA8D8="',
    r'"float64"',
]
KEYS = [
    r'"data"',
    r'"x"',
    r'"shape"',
    r'"dtype"',
    r'"base64"',
    r'"a:b"',
    r'"\u0061"',
    r'"a"',
    r'"parameters"',
    r'"[["',
    r'"model"',
]

good_numbers = (
    st.sampled_from(NUMBERS[:12]) | st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers().map(str)
)
numbers = st.integers(0, 30).flatmap(lambda rare: st.sampled_from(NUMBERS) if rare == 0 else good_numbers)
scalars = numbers | st.sampled_from(["true", "false", "null"]) | st.sampled_from(TEXTS)


def listed(entries: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[str]:
    """Lists of such entries, as text."""
    return st.lists(entries, max_size=most).map(lambda found: "[" + ",".join(found) + "]")


def rectangular(shape: list[int]) -> st.SearchStrategy[str]:
    """Nested lists of numbers of one shape."""
    inner = numbers if len(shape) == 1 else rectangular(shape[1:])
    return st.lists(inner, min_size=shape[0], max_size=shape[0]).map(lambda found: "[" + ",".join(found) + "]")


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects of such values, now and then with a key twice."""
    members = st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=5)
    return members.map(lambda found: "{" + ",".join(f"{key}:{value}" for key, value in found) + "}")


arrays = st.lists(st.integers(1, 3), min_size=1, max_size=3).flatmap(rectangular)
values = st.recursive(scalars | arrays, lambda inner: listed(inner) | objects(inner), max_leaves=12)
documents = objects(values | objects(arrays | scalars)).map(str.encode)

SEEDS = [
    b'{"model":{"layers":[{"type":"linear","units":3}],"kernel":[3,3]},"parameters":{"W":[[1,2.5],[3,4]],"b":[0,1]},'  # noqa: ISC004  (one body)
    b'"data":{"x":[[[1,2],[3,4]],[[5,6],[7,8]]],"y":[0,2,1]},"formula":"X[0]: a"}',
    b'{"data":{"x":{"shape":[2],"dtype":"float64","base64":"AAAAAAAA8D8AAAAAAADwPw=="}},"loss":{"scale":0.5}}',
]  # fmt: skip
TENSORS = encode({"loss": 1.5, "data": {"x": np.ones((2, 2))}}, Encoding.SAFETENSORS)[1]
TOKENS = [text.encode() for text in [*NUMBERS, *TEXTS, *KEYS]] + [
    *[
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b":",
        b'"',
        b"\\",
        b"\0",
        b"\xff",
        b" ",
        b"[]",
        b"{}",
        b"[1]",
        b"[[1]]",
        b",1",
        b",[1]",
    ],
    *[b"true", b"null", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"[" * 70, b'{"a":' * 70, b"e", b".", b"-"],
]


def spoilt(body: bytes, chance: random.Random) -> bytes:
    """The body with a few pieces removed, doubled, moved or replaced."""
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        start, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        end = min(end, start + chance.choice([0, 1, 1, 2, 8, 64]))
        piece = chance.choice(
            [b"", chance.choice(TOKENS), chance.choice(TOKENS), body[start:end] * 2, chance.randbytes(1)]
        )
        body = body[:start] + piece + body[end:]
    return body
