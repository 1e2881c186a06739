"""Large arrays, read and written a piece at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainruler.wire import Encoding, answers, encode, pieces_of, plain, simd
from chainruler.wire.arrays import ARRAYS_UNDER, Array
from chainruler.wire.joined import Joined
from chainruler.wire.limits import DEFAULT_LIMITS
from chainruler.wire.slices import DEFAULT_SIZES, Sizes, as_list, cut, slices

SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=9)
FINITE = {"allow_nan": False, "allow_infinity": False}
FLOATS = arrays.arrays(np.float64, SHAPES, elements=st.floats(**FINITE))  # type: ignore[arg-type]
WHOLE = arrays.arrays(np.int64, SHAPES, elements=st.integers(-(2**53), 2**53))


def json(document: object) -> bytearray:
    """The document as the service receives it."""
    return bytearray(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))


@given(st.lists(FLOATS | WHOLE, min_size=1, max_size=3), st.integers(1, 200))
def test_an_array_in_slices_is_the_same_array(found: list[np.ndarray[Any, Any]], size: int) -> None:
    """Of any shape, whole numbers and others, wherever the cuts fall: every bit, and by the quick reader itself."""
    body = json({"model": {"a": "b"}, "data": {str(i): array for i, array in enumerate(found)}})
    before = bytes(body)

    document = simd.read(body, DEFAULT_LIMITS, ARRAYS_UNDER, Sizes(10, size))

    assert bytes(body) == before
    for i, array in enumerate(found):
        read = document["data"][str(i)]
        assert (read.dtype, read.shape) == (array.dtype, array.shape)
        assert read.tobytes() == array.tobytes()
        assert not read.flags.writeable


def test_decimals_among_integers_make_the_array_decimal() -> None:
    """In whichever slice the first of them stands."""
    for place in range(40):
        numbers: list[float] = list(range(40))
        numbers[place] = 0.5
        read = simd.read(json({"data": {"x": numbers}}), DEFAULT_LIMITS, ARRAYS_UNDER, Sizes(0, 8))

        assert read["data"]["x"].dtype == np.float64
        assert read["data"]["x"].tolist() == numbers


ROWS = ["[1,2]"] * 20


@pytest.mark.parametrize("row", ["[1]", "[1,2,3]", "[[1],2]", "[1,[2]]", "", "1", "null", '"a"', "{}", "[]", "[1,NaN]"])
@pytest.mark.parametrize("place", [0, 1, 10, 19])
def test_a_bad_row_is_vouched_for_in_no_slice(row: str, place: int) -> None:
    """Ragged, nested, missing or no numbers: the exact reader has the last word, on the body as it was."""
    rows = [*ROWS[:place], row, *ROWS[place + 1 :]]
    body = bytearray(f'{{"data":{{"x":[{",".join(rows)}]}}}}'.encode())
    before = bytes(body)
    for size in (1, 7, 30, 60):
        with pytest.raises(plain.Unsure):
            simd.read(body, DEFAULT_LIMITS, ARRAYS_UNDER, Sizes(0, size))

        assert bytes(body) == before


def test_a_slice_is_as_long_as_it_should_be() -> None:
    """Arrays of megabytes are read about half a megabyte at a time, and what is left is small."""
    random = np.random.default_rng(0)
    body = json({"data": {"x": random.random((300, 500)), "z": random.random((30, 20, 10, 20)), "y": random.random(9)}})
    rest, spans = cut(body, DEFAULT_SIZES)
    lengths = [stop - start for span in spans for start, stop in slices(body, span, DEFAULT_SIZES)]

    assert len(spans) == 2
    assert len(rest) < 300
    assert max(lengths) < 2 * DEFAULT_SIZES.piece
    assert len(lengths) >= 8


def test_a_body_is_whole_again_after_an_error() -> None:
    """The brackets that a slice was lent are taken back."""
    body = bytearray(b"[1,2,3]")
    seen = b""

    def read() -> None:
        nonlocal seen
        with as_list(body, (2, 5)) as text:
            seen = bytes(text)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read()

    assert seen == b"[2]"
    assert body == b"[1,2,3]"


@pytest.mark.parametrize(
    ("parts", "length"),
    [
        pytest.param([[[1.0]], [[2.0, 3.0]]], 2, id="another shape"),
        pytest.param([[1.0], [2.0, 3.0]], 2, id="too many"),
        pytest.param([[1.0], [2.0]], 3, id="too few"),
        pytest.param([[]], 0, id="none"),
        pytest.param([[1.0], []], 1, id="an empty part"),
    ],
)
def test_what_does_not_fit_is_not_joined(parts: list[list[Any]], length: int) -> None:
    """An array is all of its parts or none."""
    made: list[Array] = [np.array(part, np.float64) for part in parts]
    with pytest.raises(ValueError, match="array"):
        _join(made, length)


def _join(parts: list[Array], length: int) -> Array:
    joined = Joined(parts[0], length)
    for part in parts:
        joined.add(part)
    return joined.whole()


@given(st.lists(FLOATS | WHOLE, min_size=1, max_size=3), st.integers(1, 50))
def test_an_answer_in_pieces_is_the_same_answer(found: list[np.ndarray[Any, Any]], most: int) -> None:
    """What is sent piece by piece is, joined, what orjson would write at once."""
    answer = {"loss": 0.5, "gradients": {str(i): array for i, array in enumerate(found)}, "text": "\0"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "MOST_AT_ONCE", most)
        written = encode(answer, Encoding.JSON)[1]

    assert written == orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)


@pytest.mark.parametrize("shape", [(700, 300), (3, 200_000), (400_000,), (2, 3, 50_000), (100, 2, 3, 500)])
def test_no_piece_of_an_answer_is_long(shape: tuple[int, ...]) -> None:
    """However the numbers are arranged, writing them never holds the interpreter for more than a moment."""
    pieces = pieces_of({"x": np.full(shape, 0.1)}, Encoding.JSON)

    assert max(map(len, pieces)) <= 4.2 * answers.MOST_AT_ONCE
    assert orjson.loads(b"".join(pieces))["x"] == np.full(shape, 0.1).tolist()


def test_arrays_are_sent_as_they_are() -> None:
    """A safetensors answer has the arrays' own memory in it, and no copy."""
    array = np.arange(6.0)
    _, data = pieces_of({"x": array}, Encoding.SAFETENSORS)

    assert np.shares_memory(np.frombuffer(data), array)
