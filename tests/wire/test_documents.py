"""What is read, and into what: the same with each parser."""

from typing import Any

import numpy as np
import pytest

from chainruler.wire import DecodingLimits, decode, plain, simd
from chainruler.wire.arrays import ARRAYS_UNDER
from chainruler.wire.bodies import Reader
from chainruler.wire.limits import DEFAULT_LIMITS
from tests.wire.documents import READERS, outcome, written

F, I = np.float64, np.int64  # noqa: E741  (the two kinds of arrays, in a table)


def x(text: str) -> bytes:
    """A document whose data.x is this text."""
    return b'{"data":{"x":' + text.encode() + b"}}"


ARRAYS = {
    "integers": ("[0,2,1]", np.array([0, 2, 1], I)),
    "decimals": ("[0.5,2.0]", np.array([0.5, 2.0])),
    "integers, then a decimal": ("[1,2,2.5]", np.array([1, 2, 2.5])),
    "a decimal, then integers": ("[[2.5],[1]]", np.array([[2.5], [1]])),
    "an exponent makes a decimal": ("[1e2]", np.array([100.0])),
    "the largest integers": ("[9223372036854775807,-9223372036854775808]", np.array([2**63 - 1, -(2**63)], I)),
    "2**53 + 1 stays exact": ("[9007199254740993]", np.array([2**53 + 1], I)),
    "2**53 + 1 among decimals is the nearest": ("[0.5,9007199254740993]", np.array([0.5, 2**53])),
    "2**63 among decimals": ("[9223372036854775808,0.5]", np.array([2.0**63, 0.5])),
    "2**64 among decimals": ("[0.5,18446744073709551616]", np.array([0.5, 2.0**64])),
    "31 digits among decimals": ("[0.5,1000000000000000000000000000000]", np.array([0.5, 1e30])),
    "1e19 needs no integer": ("[1e19]", np.array([1e19])),
    "minus zero": ("[-0.0,-0,0]", np.array([-0.0, 0.0, 0.0])),
    "integer minus zero": ("[-0]", np.array([0], I)),
    "denormals": ("[5e-324,2.2250738585072011e-308,1e-400]", np.array([5e-324, 2.225073858507201e-308, 0.0])),
    "the largest float": ("[1.7976931348623157e308]", np.array([1.7976931348623157e308])),
    "many digits": ("[0." + "1" * 500 + "]", np.array([1 / 9])),
    "empty": ("[]", np.empty(0)),
    "empty rows": ("[[],[]]", np.empty((2, 0))),
    "empty blocks": ("[[[],[]]]", np.empty((1, 2, 0))),
    "one row": ("[[1,2]]", np.array([[1, 2]], I)),
    "three axes": ("[[[1,2],[3,4]],[[5,6],[7,8.5]]]", np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]])),
    "32 axes": ("[" * 32 + "1" + "]" * 32, np.ones([1] * 32, I)),
    "space around": (" [ 1 ,\n\t2 ] ", np.array([1, 2], I)),
    "float32 in base64": ('{"shape":[1],"dtype":"float32","base64":"AACAPw=="}', np.array([1], np.float32)),
    "int32 in base64 is widened": ('{"shape":[1],"dtype":"int32","base64":"/////w=="}', np.array([-1], I)),
    "uint8 in base64 is widened": ('{"shape":[2],"dtype":"uint8","base64":"/wA="}', np.array([255, 0], I)),
    "base64 in another order": ('{"base64":"AAAAAAAA8D8=","shape":[1,1],"dtype":"float64"}', np.array([[1.0]])),
    "base64 of nothing": ('{"shape":[0,3],"dtype":"float64","base64":""}', np.empty((0, 3))),
    "base64 of one number": ('{"shape":[],"dtype":"float64","base64":"AAAAAAAA8D8="}', np.array(1.0)),
}

PLAIN: dict[str, tuple[bytes, Any]] = {
    "short lists elsewhere stay lists": (
        b'{"model":{"kernel":[3,3],"a":[[1,2],[3]]}}',
        {"model": {"kernel": [3, 3], "a": [[1, 2], [3]]}},
    ),
    "every kind of value": (
        b'{"a":1,"b":1.5,"c":true,"d":null,"e":"\\u00e9\\ud83d\\ude00","f":[],"g":{}}',
        {"a": 1, "b": 1.5, "c": True, "d": None, "e": "é😀", "f": [], "g": {}},
    ),
    "lists of objects and names among arrays": (
        b'{"answers":[{"q":"a"},{"q":"b"}],"data":{"x":["a","b"],"y":7}}',
        {"answers": [{"q": "a"}, {"q": "b"}], "data": {"x": ["a", "b"], "y": 7}},
    ),
    "a shape without base64": (
        b'{"variables":{"x":{"shape":[2,3]},"y":{"shape":["N"],"dtype":"float32"}}}',
        {"variables": {"x": {"shape": [2, 3]}, "y": {"shape": ["N"], "dtype": "float32"}}},
    ),
    "brackets and colons in texts": (
        b'{"formula":"X[0]: [[","a:b":{"c":"d: \\u003a \\u005b \\\\u005b"}}',
        {"formula": "X[0]: [[", "a:b": {"c": "d: : [ \\u005b"}},
    ),
    "the largest integers": (
        b'{"a":9223372036854775807,"b":-9223372036854775808}',
        {"a": 2**63 - 1, "b": -(2**63)},
    ),
    "large decimals": (b'{"a":1e300,"b":-1e19}', {"a": 1e300, "b": -1e19}),
    "one key in two objects": (b'{"a":{"b":1},"c":{"b":1}}', {"a": {"b": 1}, "c": {"b": 1}}),
    "64 deep": (b'{"a":' * 64 + b"1" + b"}" * 64, None),
}


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize(("text", "array"), ARRAYS.values(), ids=ARRAYS.keys())
def test_lists_of_numbers_become_arrays(reader: Reader, text: str, array: np.ndarray[Any, Any]) -> None:
    """Shape, dtype and every bit are as expected, and the array is protected."""
    array.flags.writeable = False

    assert outcome(reader, x(text)) == ("read", written({"data": {"x": array}}))


@pytest.mark.parametrize(("body", "document"), PLAIN.values(), ids=PLAIN.keys())
def test_the_rest_stays_plain_data(reader: Reader, body: bytes, document: Any) -> None:
    """What stands outside arrays is what JSON says, in its order; read twice, because descriptions are remembered."""
    expected = ("read", written(document)) if document else outcome(plain.read_exactly, body)

    assert expected[0] == "read"
    assert outcome(reader, body) == expected
    assert outcome(reader, body) == expected


@pytest.mark.parametrize("quick", ["simdjson", "simdjson, in slices", "orjson"])
@pytest.mark.parametrize("body", [x("[[1,2.5],[3,4]]"), b'{"a":{"b":"c: [0]"},"data":{"x":[[1,2]]}}'])
def test_a_quick_reader_is_sure_of_what_people_send(quick: str, body: bytes) -> None:
    """The exact reader is for the rare: formulas with brackets and arrays of every kind do without it."""
    assert READERS[quick](body, DEFAULT_LIMITS, ARRAYS_UNDER)


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_a_body_may_be_a_bytearray(reader: Reader, kind: type) -> None:
    """A body that was collected piece by piece needs no copy to be read."""
    body = kind(x("[[1,2],[3,4]]"))

    assert outcome(reader, body) == outcome(reader, bytes(body))


def test_what_is_remembered_of_a_description_is_not_shared(reader: Reader) -> None:
    """A description that two requests have in common is an object of its own in each."""
    body = b'{"model":{"layers":[{"type":"relu"}]}}'
    first = decode(body)
    first["model"]["layers"].append("spoilt")

    assert decode(body) == {"model": {"layers": [{"type": "relu"}]}}


def test_limits_hold_for_what_is_remembered_too() -> None:
    """A description that was read under wide limits is refused under narrow ones."""
    body = b'{"model":{"a":{"b":[1,2,3]},"c":1}}'
    narrow = [DecodingLimits(depth=3), DecodingLimits(values=6), DecodingLimits(lists=0), DecodingLimits(members=1)]

    assert simd.read(body, DEFAULT_LIMITS, ARRAYS_UNDER)
    for limits in narrow:
        with pytest.raises(plain.Unsure):
            simd.read(body, limits, ARRAYS_UNDER)


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_any_other_content_type_is_taken_for_json(content_type: str | None) -> None:
    """`curl -d` says that it sends a form, and many clients say nothing."""
    assert decode(b'{"a":1}', content_type) == {"a": 1}
