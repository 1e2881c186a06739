"""Requests as bytes, read by the service and by the safetensors library, which know nothing of the client."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import numpy as safetensors

from chainruler import wire
from chainruler.calls.table import COMPUTING
from chainruler_client.encoding import Encoding, decoded, encoded
from chainruler_client.encoding.arrays import ARRAYS_UNDER, Document
from chainruler_client.encoding.requests import BORDER
from chainruler_client.encoding.tensors import LARGE

ENCODINGS: tuple[Encoding, ...] = ("json", "base64", "safetensors")
DTYPES = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "?", ">f8", ">i4")

FINITE = {"allow_nan": False, "allow_infinity": False}
SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda code: hnp.arrays(code, SHAPES, elements=FINITE if "f" in code else None)
)
NAMES = st.text("abW12._~/-é ", min_size=1, max_size=6)


class Tensor:
    """What a tensor of PyTorch is to NumPy: it hands its numbers out once it is detached and on the CPU."""

    def __init__(self, array: Any, *, attached: bool = True) -> None:
        self.array = array
        self.attached = attached

    def detach(self) -> "Tensor":
        return Tensor(self.array, attached=False)

    def cpu(self) -> "Tensor":
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.attached:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return np.asarray(self.array, dtype)


def read(members: Mapping[str, Any], encoding: Encoding) -> Any:
    """What the service reads of a request."""
    body = encoded(members, encoding)
    return wire.decode(body.content, body.media_type)


def same(one: Any, other: Any) -> bool:
    """Whether two arrays have the same numbers in the same shape; float32 is exact in float64."""
    wide = [np.asarray(a, np.float64 if np.asarray(a).dtype.kind == "f" else np.int64) for a in (one, other)]
    return wide[0].shape == wide[1].shape and wide[0].tobytes() == wide[1].tobytes()


@given(st.dictionaries(NAMES, ARRAYS, max_size=4), st.sampled_from(ENCODINGS))
def test_every_array_arrives_as_it_is(arrays: dict[str, Any], encoding: Encoding) -> None:
    """Any dtype of real numbers, either byte order, any name, in each encoding."""
    document = read({"parameters": arrays, "dtype": "float64"}, encoding)

    assert document["dtype"] == "float64"
    assert document["parameters"].keys() == arrays.keys()
    assert all(same(document["parameters"][name], array) for name, array in arrays.items())


@given(hnp.arrays("f8", SHAPES, elements=FINITE), st.sampled_from(ENCODINGS), st.data())
def test_views_are_sent_as_they_look(array: Any, encoding: Encoding, data: st.DataObject) -> None:
    """Transposed, reversed, and every other one: strides do not travel."""
    view = data.draw(st.sampled_from([array.T, array[::-1], array[..., ::2], np.asfortranarray(array)]))

    assert same(read({"data": {"x": view}}, encoding)["data"]["x"], view)


@given(hnp.arrays(st.sampled_from(["f8", "i8"]), SHAPES, elements={"min_value": -(2**40), "max_value": 2**40}))
def test_a_list_is_an_array(array: Any) -> None:
    """Nested lists and tuples of Python's numbers are the array that NumPy makes of them, in each encoding."""
    lists = array.tolist()

    for encoding in ENCODINGS:
        for value in (lists, tuple(lists)):
            document = read({"vector": value, "batches": [{"x": value}]}, encoding)
            assert same(document["vector"], array)
            assert same(document["batches"][0]["x"], array)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(Tensor([[1.0, 2.0]]), [[1.0, 2.0]], id="a tensor"),
        pytest.param([Tensor([1.0]), Tensor([2.0])], [[1.0], [2.0]], id="a list of tensors"),
        pytest.param([np.float32(0.1), 2], [float(np.float32(0.1)), 2.0], id="scalars of NumPy"),
        pytest.param(range(3), [0, 1, 2], id="a range"),
        pytest.param(np.ones((2, 0)), np.ones((2, 0)), id="no entries"),
        pytest.param(np.float64(0.5), 0.5, id="a number"),
        pytest.param(np.array(3, "u1"), 3, id="an array without axes"),
    ],
)
def test_whatever_holds_numbers_can_be_sent(encoding: Encoding, value: Any, expected: Any) -> None:
    """`__array__` is enough, and a tensor is detached."""
    found = read({"data": {"x": value}}, encoding)["data"]["x"]

    assert np.array_equal(np.array(found), np.array(expected))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_lists_that_are_no_arrays_stay_lists(encoding: Encoding) -> None:
    """A layer's options, names, shapes: nothing of them is made an array, whatever they hold."""
    members = {
        "model": {"layers": [{"type": "conv2d", "kernel_size": [3, 3], "stride": np.array([1, 2])}]},
        "with_respect_to": ["W1", "b1"],
        "variables": {"y": {"shape": [5, 2]}, "z": {"shape": (3,)}},
        "include": ("outputs",),
        "answers": {"W1": {"formula": "dZ @ X", "syntax": "numpy"}, "b1": {"array": [1.0]}},
    }

    document = read(members, encoding)

    assert document["model"]["layers"][0] == {"type": "conv2d", "kernel_size": [3, 3], "stride": [1, 2]}
    assert document["variables"] == {"y": {"shape": [5, 2]}, "z": {"shape": [3]}}
    assert (document["with_respect_to"], document["include"]) == (["W1", "b1"], ["outputs"])
    assert document["answers"]["W1"] == {"formula": "dZ @ X", "syntax": "numpy"}
    assert same(document["answers"]["b1"]["array"], [1.0])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"data": {"x": np.array([[1.0, np.nan]])}}, "/data/x"),
        ({"data": {"x": np.full(2000, -np.inf, "f4")}}, "/data/x"),
        ({"data": {"x": [1.0, float("nan")]}}, "/data/x"),
        ({"regularization": {"l2": float("nan")}}, "/regularization/l2"),
        ({"optimizer": {"learning_rate": np.float32("inf")}}, "/optimizer/learning_rate"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_finite_is_never_null(encoding: Encoding, members: dict[str, Any], pointer: str) -> None:
    """The service refuses it where it stands; null could mean that something is left out."""
    with pytest.raises(wire.Invalid) as caught:
        read(members, encoding)

    assert caught.value.code == "non_finite_number"
    assert caught.value.pointer.startswith(pointer)


@pytest.mark.parametrize("value", [[True, False], [1.0, True], [[1.0], [False]]], ids=str)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_true_among_numbers_is_for_the_service_to_refuse(encoding: Encoding, value: Any) -> None:
    """A list of JSON's true is no array; an array of booleans is one, of 0 and 1."""
    with pytest.raises(wire.Invalid, match="boolean"):
        read({"data": {"x": value}}, encoding)
    assert same(read({"data": {"x": np.array([True, False])}}, encoding)["data"]["x"], [1, 0])


@pytest.mark.parametrize("value", [[2**63], np.array([2**63], "u8"), 10**30, [[1], [10**30]]], ids=str)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_integers_do_not_wrap_around(encoding: Encoding, value: Any) -> None:
    """One beyond 64 bits with sign is refused by the service, and read as a float where there are floats."""
    with pytest.raises(wire.Invalid, match="beyond 64 bits"):
        read({"data": {"x": value}}, encoding)
    assert np.array_equal(read({"data": {"x": [[1.0], [10**30]]}}, encoding)["data"]["x"], [[1.0], [1e30]])


@given(st.dictionaries(st.text("abcW123", min_size=1, max_size=4), ARRAYS, min_size=1, max_size=4))
def test_a_body_is_a_safetensors_file(arrays: dict[str, Any]) -> None:
    """The safetensors library, which is not used to write it, reads the same arrays."""
    body = encoded({"parameters": arrays}, "safetensors")

    found = safetensors.load(body.content)

    assert found.keys() == {f"parameters.{name}" for name in arrays}
    assert all(same(found[f"parameters.{name}"], array) for name, array in arrays.items())


def test_large_arrays_are_sent_from_where_they_are() -> None:
    """Without a copy, each as a piece by itself; what is small goes with what is next to it."""
    arrays = {name: np.full(size, 1.5) for name, size in (("a", 3), ("b", LARGE), ("c", 2), ("d", 4), ("e", LARGE))}

    body = encoded({"parameters": arrays}, "safetensors")

    large = [piece for piece in body.pieces if isinstance(piece, memoryview)]
    assert len(body.pieces) == 4
    assert [np.shares_memory(np.frombuffer(piece), arrays[name]) for piece, name in zip(large, "be", strict=True)] == [
        True
    ] * 2
    assert safetensors.load(body.content).keys() == {f"parameters.{name}" for name in arrays}


@given(st.dictionaries(NAMES, ARRAYS, max_size=6))
def test_tensors_are_aligned(arrays: dict[str, Any]) -> None:
    """So that the service can compute with the bytes of the body, without a copy."""
    body = encoded({"data": arrays}, "safetensors").content
    start = 8 + int.from_bytes(body[:8], "little")
    header = orjson.loads(body[8:start])
    sizes = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "U8": 1}

    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    assert [t for t in tensors if (start + t["data_offsets"][0]) % sizes[t["dtype"]]] == []


@given(
    st.dictionaries(
        NAMES,
        hnp.arrays(st.sampled_from(["f8", "f4", "i8"]), SHAPES, elements={"min_value": -100, "max_value": 100}),
        max_size=4,
    )
)
def test_answers_are_read_as_the_service_writes_them(arrays: dict[str, Any]) -> None:
    """Arrays at any place of an answer, in lists too; they can be written to."""
    answer = {"gradients": arrays, "steps": [{"x": array} for array in arrays.values()], "loss": 0.5}

    media_type, body = wire.encode(answer, wire.Encoding.SAFETENSORS)
    document = decoded(media_type, bytearray(body))

    assert document["loss"] == 0.5
    assert document.get("gradients", {}).keys() == arrays.keys()
    for entry, (name, array) in zip(document["steps"], arrays.items(), strict=True):
        assert document["gradients"][name].dtype == array.dtype
        assert same(document["gradients"][name], array)
        assert same(entry["x"], array)
        entry["x"][...] = 0


def test_the_encoding_is_chosen_by_size() -> None:
    """JSON for what is small, safetensors for what is large, and what was asked for in any case."""
    small, large = ({"data": {"x": np.zeros(BORDER // 8 + more)}} for more in (-1, 0))

    assert encoded(small).media_type == "application/json"
    assert encoded(large).media_type == "application/vnd.safetensors"
    assert encoded(large, "json").media_type == encoded(large, "base64").media_type == "application/json"
    assert encoded(small, "safetensors").media_type == "application/vnd.safetensors"
    assert orjson.loads(encoded(small, "base64").content)["data"]["x"].keys() == {"shape", "dtype", "base64"}


def test_arrays_stand_where_the_service_reads_them() -> None:
    """The client's list of members that hold arrays is the service's, as far as there are calls that take them."""
    members = {name for call in COMPUTING for name in call.request.model_fields}

    assert wire.ARRAYS_UNDER & members <= ARRAYS_UNDER <= wire.ARRAYS_UNDER


def test_a_document_in_a_document_has_arrays_in_the_same_places() -> None:
    """A problem that is sent as a member of its own is read as it is where it is the whole request."""
    problem = {"model": {"layers": [{"stride": [1, 2]}]}, "data": {"x": [[1, 2]]}, "parameters": {"W1": [[0.5]]}}

    document = Document({"problem": problem, "answers": {"W1": {"array": [1.0]}}, "include": [1, 2]})

    assert [".".join(map(str, keys)) for keys, _ in document.arrays] == [
        "problem.data.x",
        "problem.parameters.W1",
        "answers.W1.array",
    ]
    assert document.tree["problem"]["model"] == problem["model"]
