"""safetensors bodies: what is read, and what is refused."""

import struct
from typing import Any

import numpy as np
import orjson
import pytest
import safetensors.numpy

from chainruler.wire import DecodingLimits, DocumentTooLarge, Encoding, Invalid, Malformed, WireError, decode, encode
from chainruler.wire.tensors import MEDIA_TYPE

ONE = np.array([1.0]).tobytes()
EMPTY = {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}
SECOND = {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}
X = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}


def body(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A body with this header, as text or as an object."""
    text = header if isinstance(header, bytes) else orjson.dumps(header)
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(data: bytes = ONE, **changes: Any) -> bytes:
    """A body with the one tensor data.x, something in it changed."""
    return body({"data.x": {**X, **changes}}, data)


def around(name: str, document: str) -> bytes:
    """A body with a document and one tensor in it."""
    return body({"__metadata__": {"document": document}, name: X}, ONE)


MALFORMED = {
    "empty": (b"", "ends before"),
    "seven bytes": (b"\0" * 7, "ends before"),
    "header cut": (body(b"{}", length=3), "ends before"),
    "header of 2**64 bytes": (b"\xff" * 8, "ends before"),
    "header is no JSON": (body(b"{"), "not JSON"),
    "header is a list": (body(b"[]"), "object"),
    "header has a key twice": (body(b'{"a":1,"a":1}'), "In its header: a stands twice"),
    "header has NaN": (body(b'{"a":NaN}'), "In its header: a is NaN"),
    "header is UTF-16": (body("{}".encode("utf-16")), "UTF-8"),
    "tensor is a list": (body({"data.x": []}), "Each tensor"),
    "tensor without a shape": (body({"data.x": {"dtype": "F64", "data_offsets": [0, 0]}}), "Each tensor"),
    "tensor with something more": (tensor(more=1), "Each tensor"),
    "offsets are text": (tensor(data_offsets="08"), "two integers"),
    "offsets are three": (tensor(data_offsets=[0, 8, 8]), "two integers"),
    "offsets are booleans": (tensor(data_offsets=[False, True]), "two integers"),
    "offsets run backwards": (tensor(data_offsets=[8, 0]), "cover"),
    "offsets begin too late": (tensor(b"\0" * 16, data_offsets=[8, 16]), "cover"),
    "offsets begin too early": (tensor(data_offsets=[-8, 0]), "cover"),
    "data cut": (tensor(ONE[:-1]), "cover"),
    "data too long": (tensor(ONE + b"\0"), "cover"),
    "a hole": (body({"a": X, "b": {**X, "data_offsets": [16, 24]}}, ONE * 3), "cover"),
    "an overlap": (body({"a": X, "b": X}, ONE), "cover"),
    "offsets that undo each other": (body({"a": X, "b": {**X, "data_offsets": [8, 0]}}), "cover"),
    "metadata are a list": (body({"__metadata__": []}), "__metadata__"),
    "metadata hold a number": (body({"__metadata__": {"a": 1}}), "__metadata__"),
}

ARRAY = "malformed_array"
INFINITE = "non_finite_number"
TAKEN = "duplicate_key"
PATH = "malformed_path"

INVALID = {
    "dtype unknown": (tensor(dtype="F128"), ARRAY, "/data/x"),
    "dtype is a list": (tensor(dtype=["F64"]), ARRAY, "/data/x"),
    "booleans": (tensor(b"\1", dtype="BOOL", data_offsets=[0, 1]), ARRAY, "/data/x"),
    "shape of more": (tensor(shape=[2]), ARRAY, "/data/x"),
    "shape of less": (tensor(shape=[0]), ARRAY, "/data/x"),
    "shape bomb": (tensor(shape=[2**62, 2**62]), ARRAY, "/data/x"),
    "empty shape bomb": (tensor(b"", shape=[0, 2**40], data_offsets=[0, 0]), ARRAY, "/data/x"),
    "shape negative": (tensor(shape=[-1, -1]), ARRAY, "/data/x"),
    "shape of 33 axes": (tensor(shape=[1] * 33), ARRAY, "/data/x"),
    "NaN": (tensor(np.array([np.nan]).tobytes()), INFINITE, "/data/x"),
    "infinity": (tensor(np.array([-np.inf]).tobytes()), INFINITE, "/data/x"),
    "NaN in float32": (tensor(np.array([np.nan, 1], "f4").tobytes(), dtype="F32", shape=[2]), INFINITE, "/data/x"),
    "path with a hole": (body({"data..x": X}, ONE), PATH, ""),
    "path empty": (body({"": X}, ONE), PATH, ""),
    "path into a number": (around("data.x", '{"data":1}'), TAKEN, "/data/x"),
    "path taken by the document": (around("data.x", '{"data":{"x":1}}'), TAKEN, "/data/x"),
    "path taken by a tensor": (body({"data": X, "data.x": SECOND}, ONE * 2), TAKEN, "/data/x"),
    "two ways to one path": (body({"data.x": X, "/data/x": SECOND}, ONE * 2), TAKEN, "/data/x"),
    "index beyond the list": (around("batches.1.x", '{"batches":[{}]}'), PATH, "/batches/1/x"),
    "index is no number": (around("batches.-1.x", '{"batches":[{}]}'), PATH, "/batches/-1/x"),
    "document is a list": (around("data.x", "[]"), "not_an_object", ""),
    "document has NaN": (around("data.x", '{"loss":{"scale":NaN}}'), INFINITE, "/loss/scale"),
}
DEEP = body({"a" + ".a" * 64: X}, ONE)


def read(content: bytes, limits: DecodingLimits | None = None) -> dict[str, Any]:
    """The document of a safetensors body."""
    return decode(content, MEDIA_TYPE, limits or DecodingLimits())


@pytest.mark.parametrize(("content", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_safetensors_is_malformed(content: bytes, message: str) -> None:
    """Header and offsets are checked before any tensor is made."""
    with pytest.raises(Malformed) as caught:
        read(content)

    assert caught.value.code == "malformed_safetensors"
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("content", "code", "pointer"),
    [row for row in INVALID.values() if row[1]],
    ids=[i for i, r in INVALID.items() if r[1]],
)
def test_what_cannot_be_is_invalid(content: bytes, code: str, pointer: str) -> None:
    """Tensors are held to the same rules as arrays in JSON, and named by their path."""
    with pytest.raises(Invalid) as caught:
        read(content)

    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_a_tensor_without_axes_is_one_number() -> None:
    """The empty product is one."""
    assert read(tensor(shape=[]))["data"]["x"].shape == ()


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        (body(b" " * 65_537), DecodingLimits(), "header_too_large"),
        (body({"a": X, "b": SECOND}, ONE * 2), DecodingLimits(arrays=1), "too_many_arrays"),
        (body({f"a{i}": EMPTY for i in range(1_025)}), DecodingLimits(header=10**6), "too_many_arrays"),
    ],
    ids=["header", "two tensors", "many empty tensors"],
)  # fmt: skip
def test_what_is_beyond_a_limit_is_too_large(content: bytes, limits: DecodingLimits, code: str) -> None:
    """A header above 64 KB and a thousand empty tensors cost nothing."""
    with pytest.raises(DocumentTooLarge) as caught:
        read(content, limits)

    assert caught.value.code == code


def test_a_path_may_not_be_too_deep() -> None:
    """A key of many dots makes no tower of objects."""
    with pytest.raises(WireError) as caught:
        read(DEEP)

    assert caught.value.code == "too_deep"


def test_tensors_stand_at_their_paths() -> None:
    """A file as the safetensors library writes it is read, the document in its metadata around the tensors."""
    document = '{"model":{"layers":[{"type":"linear"}]},"batches":[{},{"y":[0,1]}]}'
    content = safetensors.numpy.save(
        {
            "parameters.W1": np.arange(6.0).reshape(2, 3),
            "/parameters/layers.0.weight": np.ones(2, np.float32),
            "batches.0.x": np.array([[1, 2]], np.int32),
            "batches.1.x": np.array([[255]], np.uint8),
        },
        metadata={"document": document, "format": "np"},
    )

    found = read(content)

    assert found["model"] == {"layers": [{"type": "linear"}]}
    assert found["parameters"]["W1"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["parameters"]["layers.0.weight"].dtype == np.float32
    assert [(batch["x"].tolist(), batch["x"].dtype) for batch in found["batches"]] == [
        ([[1, 2]], "int64"),
        ([[255]], "int64"),
    ]
    assert found["batches"][1]["y"].tolist() == [0, 1]


def test_a_document_is_not_needed() -> None:
    """Tensors alone are a document too, and so is nothing at all."""
    assert read(tensor())["data"]["x"].tolist() == [1.0]
    assert read(body({})) == {}


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_arrays_are_views_of_the_body(kind: type) -> None:
    """No number is copied, whatever holds the body, and none can be written to."""
    content = kind(encode({"data": {"x": np.arange(1000.0)}}, Encoding.SAFETENSORS)[1])

    array = decode(content, MEDIA_TYPE)["data"]["x"]

    assert np.shares_memory(array, np.frombuffer(content, np.uint8))
    assert not array.flags.writeable


@pytest.mark.parametrize("dtype", ["F64", "I64"])
def test_only_what_is_not_aligned_is_copied(dtype: str) -> None:
    """A header of odd length puts the data where arithmetic is slow; the copy is aligned and as well protected."""
    header = orjson.dumps({"data.x": {**X, "dtype": dtype}})
    content = body(header + b" " * (-len(header) % 8 + 1), ONE)

    array = read(content)["data"]["x"]

    assert array.flags.aligned
    assert not array.flags.writeable
    assert array.tobytes() == ONE


def test_where_no_array_may_stand_a_tensor_is_a_list() -> None:
    """The document is the one that JSON would have brought: nothing behind the wire meets an array unawares."""
    document = {"loss": {"counts": [1, 2]}, "problem": {"loss": {"scale": 0.5}, "data": {"x": [[1.0]]}}}
    told = {**document, "loss": {"counts": np.array([1, 2])}}
    told["problem"] = {"loss": {"scale": np.array(0.5)}, "data": {"x": np.array([[1.0]])}}

    sent = ((told, Encoding.SAFETENSORS), (document, Encoding.JSON))
    found, wanted = (decode(encode(one, kind)[1], kind.value) for one, kind in sent)

    assert {type(one["problem"]["data"]["x"]) for one in (found, wanted)} == {np.ndarray}
    assert repr(found) == repr(wanted)


def test_many_numbers_that_are_no_arrays_are_too_many() -> None:
    """They would be Python's numbers, thirty bytes each: they are counted with all other values."""
    content = encode({"loss": {"a": np.zeros(60), "b": np.zeros(41)}}, MEDIA_TYPE)[1]

    with pytest.raises(DocumentTooLarge, match="100 values"):
        decode(content, MEDIA_TYPE, DecodingLimits(values=100))


def test_the_library_reads_what_is_written() -> None:
    """An answer is a file that safetensors' own strict reader accepts, with the widest tensors first and aligned."""
    answer = {"loss": 0.5, "gradients": {"W1": np.ones((2, 2)), "odd": np.ones(3, np.float32), "b": np.zeros((0, 3))}}

    media_type, content = encode({**answer, "classes": np.array([1, 2])}, MEDIA_TYPE)
    tensors = safetensors.numpy.load(content)

    assert media_type == MEDIA_TYPE
    assert {name: array.dtype for name, array in tensors.items()} == {
        "gradients.W1": "float64",
        "gradients.odd": "float32",
        "gradients.b": "float64",
        "classes": "int64",
    }
    back = decode(content, media_type, arrays_under={"classes"})
    assert back["loss"] == 0.5
    assert np.shares_memory(back["classes"], np.frombuffer(content, np.uint8))  # or it was copied, to be aligned
