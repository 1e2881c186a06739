"""Answers: what goes out reads back as the same, bit for bit, and nothing that is not finite goes out."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from chainruler.wire import Encoding, NonFiniteAnswer, decode, encode

AnyArray = np.ndarray[Any, Any]

EXTREMES = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.225073858507201e-308,
    1.7976931348623157e308,
    0.1,
    1 / 3,
    1e22,
    1e23,
    2.0**53 + 2,
]
EXTREMES32 = [
    0.0,
    -0.0,
    1e-45,
    1.1754942e-38,
    3.4028235e38,
    0.1,
    1 / 3,
    16777217.0,
    8.589973e9,
    7.038531e-26,
    -7.038531e-26,
]

HARD = np.array(0x15AE43FD, np.uint32).view(np.float32)[()]

finite64 = (
    st.integers(0, 2**64 - 1).map(lambda bits: np.array(bits, np.uint64).view(np.float64)[()]).filter(np.isfinite)
)
finite32 = (
    st.integers(0, 2**32 - 1).map(lambda bits: np.array(bits, np.uint32).view(np.float32)[()]).filter(np.isfinite)
)


def sent(array: AnyArray, encoding: Encoding) -> AnyArray:
    """The array after a journey in this encoding."""
    media_type, body = encode({"data": {"x": array}}, encoding)
    back: AnyArray = decode(body, media_type)["data"]["x"]
    return back


def same(one: AnyArray, other: AnyArray) -> bool:
    """Whether shapes, dtypes and all bits agree."""
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()


@pytest.mark.parametrize("encoding", Encoding)
@given(arrays(np.float64, array_shapes(max_side=4), elements=finite64))
def test_float64_comes_back_bit_for_bit(encoding: Encoding, array: AnyArray) -> None:
    """Every bit pattern of a finite double survives, −0.0 and the denormals among them."""
    assert same(sent(array, encoding), array)


@pytest.mark.parametrize("encoding", Encoding)
@given(arrays(np.float32, array_shapes(max_side=4), elements=finite32))
def test_float32_comes_back_bit_for_bit(encoding: Encoding, array: AnyArray) -> None:
    """Binary keeps the dtype; JSON has no dtypes, and its digits lead back to the same float32."""
    back = sent(array, encoding)

    assert back.dtype == (np.float64 if encoding is Encoding.JSON else np.float32)
    assert same(back.astype(np.float32), array)


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(
    "array",
    [np.array(EXTREMES), np.array(EXTREMES32, np.float32), np.array([2**63 - 1, -(2**63), 2**53 + 1])],
    ids=["float64", "float32", "int64"],
)
def test_extremes_come_back(encoding: Encoding, array: AnyArray) -> None:
    """The ends of each range and the numbers that are hard to print survive."""
    assert same(sent(array, encoding).astype(array.dtype), array)


def test_float32_is_printed_with_the_fewest_digits() -> None:
    """0.1 as float32 is "0.1", not "0.10000000149011612"."""
    assert encode({"x": np.array([0.1, 1 / 3], np.float32)})[1] == b'{"x":[0.1,0.33333334]}'


@pytest.mark.parametrize("dtype", [np.float32, ">f4"])
def test_the_hard_float32_comes_back(dtype: Any) -> None:
    """The one float32 whose fewest digits lead to its neighbour survives in an array, with a sign and as a number."""
    array = np.array([HARD, -HARD], dtype)
    loss = decode(encode({"loss": np.float32(HARD)})[1])["loss"]

    assert np.float32(float("7.038531e-26")) != HARD  # or it would not be hard
    assert same(sent(array, Encoding.JSON).astype(np.float32), array.astype(np.float32))
    assert np.float32(loss) == HARD


def test_float32_of_every_magnitude_come_back() -> None:
    """One of every 601 from zero up, three and a half million; all there are were tried once."""
    for start in range(0, 0x7F80_0000, 601 * 2**20):
        bits = np.arange(start, min(start + 601 * 2**20, 0x7F80_0000), 601).astype(np.uint32)
        back = sent(bits.view(np.float32), Encoding.JSON).astype(np.float32)

        assert np.array_equal(back.view(np.uint32), bits)


STORED: dict[str, Callable[[AnyArray], AnyArray]] = {
    "by columns": np.asfortranarray,
    "transposed": lambda array: np.ascontiguousarray(array.T).T,
    "reversed": lambda array: array[::-1, ::-1][::-1, ::-1],
    "every second": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "of the other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "broadcast": lambda array: np.broadcast_to(array, (1, *array.shape))[0],
    "not aligned": lambda array: (
        np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype).reshape(array.shape)
    ),
}


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("store", STORED.values(), ids=STORED.keys())
def test_an_array_may_be_stored_in_any_way(encoding: Encoding, store: Callable[[AnyArray], AnyArray]) -> None:
    """Strides, byte order and alignment do not show in what is sent, and the array itself is left as it is."""
    array = np.arange(12.0).reshape(3, 4) / 7
    stored = store(array)
    before = stored.strides, stored.dtype

    assert same(sent(stored, encoding), array)
    assert (stored.strides, stored.dtype) == before


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (1, 1, 1)])
def test_an_array_may_be_empty(encoding: Encoding, shape: tuple[int, ...]) -> None:
    """Shapes without entries survive as far as JSON can say them: (0, 3) is [] there."""
    expected = (0,) if encoding is Encoding.JSON and shape == (0, 3) else shape

    assert sent(np.zeros(shape), encoding).shape == expected


@pytest.mark.parametrize("encoding", Encoding)
def test_scalars_are_numbers_in_every_encoding(encoding: Encoding) -> None:
    """A loss is a number: Python's, NumPy's, or an array without axes."""
    answer = {
        "a": 1.5,
        "b": np.float64(0.1),
        "c": np.array(2.5),
        "d": np.float32(0.1),
        "e": np.int64(3),
        "f": np.array(4),
    }
    media_type, body = encode({**answer, "g": True, "h": None, "i": (1, "é")}, encoding)

    assert decode(body, media_type) == {
        "a": 1.5,
        "b": 0.1,
        "c": 2.5,
        "d": 0.1,
        "e": 3,
        "f": 4,
        "g": True,
        "h": None,
        "i": [1, "é"],
    }


@pytest.mark.parametrize("encoding", Encoding)
def test_arrays_may_stand_anywhere(encoding: Encoding) -> None:
    """Arrays in lists, and under names with dots and slashes, come back to their places."""
    one, two = np.array([1.5]), np.array([[2.5]])
    answer = {
        "batches": [{"x": one}, {"x": two}],
        "data": {"layers.0.weight": one, "a/b": {"": two}, "~1": one},
    }
    media_type, body = encode(answer, encoding)
    back = decode(body, media_type)

    assert [batch["x"].tolist() for batch in back["batches"]] == [[1.5], [[2.5]]]
    assert {key: back["data"][key].tolist() for key in ("layers.0.weight", "~1")} == {
        "layers.0.weight": [1.5],
        "~1": [1.5],
    }
    assert back["data"]["a/b"][""].tolist() == [[2.5]]


@pytest.mark.parametrize("name", ["/a", "__metadata__", "a.b", "", "~", "a/b", "/"])
def test_no_name_is_taken_for_a_path(name: str) -> None:
    """An array under any name comes back under it."""
    media_type, body = encode({name: np.array([1.5]), "inner": {name: np.array([2.5])}}, Encoding.SAFETENSORS)
    back = decode(body, media_type, arrays_under={name, "inner"})

    assert (back[name].tolist(), back["inner"][name].tolist()) == ([1.5], [2.5])


def test_a_list_keeps_the_places_of_its_arrays() -> None:
    """In safetensors a null holds the place of an array in a list."""
    media_type, body = encode({"steps": [np.array([1.5]), "t", np.array([2.5])]}, Encoding.SAFETENSORS)

    assert decode(body, media_type)["steps"] == [[1.5], "t", [2.5]]


NOT_FINITE = {
    "in an array": ({"loss": 1.0, "gradients": {"W1": np.array([[1.0, 2.0], [3.0, np.nan]])}}, "/gradients/W1/1/1"),
    "in float32": ({"gradients": {"W1": np.array([np.inf], np.float32)}}, "/gradients/W1/0"),
    "in a strided array": ({"x": np.array([[1.0, np.inf], [2.0, 3.0]]).T}, "/x/1/0"),
    "in an array of the other byte order": ({"x": np.array([-np.inf], ">f8")}, "/x/0"),
    "without axes": ({"x": np.array(np.nan)}, "/x"),
    "a number": ({"losses": [1.0, float("inf")]}, "/losses/1"),
    "a NumPy number": ({"loss": np.float64("nan")}, "/loss"),
    "a narrow NumPy number": ({"loss": np.float32("nan")}, "/loss"),
    "the first of several": ({"a": np.array([1.0]), "b": np.array([np.nan]), "c": np.nan}, "/b/0"),
}


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(("answer", "pointer"), NOT_FINITE.values(), ids=NOT_FINITE.keys())
def test_what_is_not_finite_is_refused(encoding: Encoding, answer: dict[str, Any], pointer: str) -> None:
    """NaN and infinity never become null: the first place that holds one is named."""
    with pytest.raises(NonFiniteAnswer) as caught:
        encode(answer, encoding)

    assert (caught.value.code, caught.value.pointer) == ("non_finite_result", pointer)


def test_large_numbers_are_finite_whatever_their_squares_are() -> None:
    """Entries whose sum or product would overflow are sent."""
    array = np.full(100, 1.7e308)

    assert same(sent(array, Encoding.JSON), array)


@pytest.mark.parametrize("dtype", [np.complex128, np.float16, np.bool_, np.object_, np.longdouble, np.uint64])
@pytest.mark.parametrize("encoding", Encoding)
def test_other_dtypes_are_a_fault_of_ours(encoding: Encoding, dtype: type) -> None:
    """An array that no encoding holds exactly is a mistake in our code, and is not sent as another."""
    with pytest.raises(TypeError, match="/x has dtype"):
        encode({"x": np.zeros(2, dtype)}, encoding)


def test_json_is_what_json_says() -> None:
    """The default answer is compact JSON that any parser reads."""
    media_type, body = encode({"loss": 0.5, "gradients": {"W": np.eye(2)}})

    assert media_type == "application/json"
    assert json.loads(body) == {"loss": 0.5, "gradients": {"W": [[1.0, 0.0], [0.0, 1.0]]}}


def test_base64_is_an_object_for_each_array() -> None:
    """Shape, dtype and the bytes, little-endian and in C order."""
    _, body = encode({"x": np.array([[1.0, 0.0]]).T}, "application/json;arrays=base64")

    assert json.loads(body) == {"x": {"shape": [2, 1], "dtype": "float64", "base64": "AAAAAAAA8D8AAAAAAAAAAA=="}}
