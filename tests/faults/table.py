"""Bad input, and what is required of the answer: one row each, by the name that a report would give it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from chainruler.calls.examples import STEP
from tests.api.requests import good, spoilt
from tests.faults.sending import Send, asked, head, post, raw

MB = 2**20
JSON, TENSORS, LINES = (f"Content-Type: application/{kind}" for kind in ("json", "vnd.safetensors", "x-ndjson"))
X = "[[1.0,2.0],[0.5,-1.5],[-1.0,0.5]]"
LINEAR = {"type": "linear", "units": 2}


@dataclass(frozen=True)
class Row:
    """A request, the status and code that it gets, and what it may cost: processor seconds, and bytes at the height."""

    send: Send
    status: int
    code: str | None = None
    seconds: float = 1.0
    memory: int = 32 * MB
    longest: int = 8192


def wrong(status: int, code: str | None, body: Any, path: str = "/v1/gradients", *headers: str, **most: Any) -> Row:
    """A body that is refused; anything but bytes and functions is sent as JSON."""
    content = body if isinstance(body, bytes) or callable(body) else orjson.dumps(body)
    return Row(post(path, content, *(headers or (JSON,))), status, code, **most)


def layers(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request with these layers and drawn parameters."""
    request = good(model={"layers": list(found)}, initialize={"type": "he_normal", "seed": 0}, **more)
    return {key: value for key, value in request.items() if key != "parameters"}


def tensors(header: Any, data: bytes = b"") -> bytes:
    """A safetensors body."""
    text = header if isinstance(header, bytes) else orjson.dumps(header)
    return len(text).to_bytes(8, "little") + text + data


def tensor(dtype: str, shape: list[int], length: int) -> dict[str, Any]:
    """One entry of a header."""
    return {"data.x": {"dtype": dtype, "shape": shape, "data_offsets": [0, length]}}


def nested(depth: int) -> dict[str, Any]:
    """Residual layers inside one another."""
    inner: dict[str, Any] = {"type": "relu"}
    for _ in range(depth):
        inner = {"type": "residual", "layers": [inner]}
    return inner


def npz() -> bytes:
    """80 MB of zeros in 80 kB."""
    file = io.BytesIO()
    np.savez_compressed(file, x=np.zeros(10**7))
    return file.getvalue()


def chunks(count: int, piece: bytes = b" " * MB) -> Iterable[bytes]:
    """A body in chunks that has no end."""
    return (b"%x\r\n" % len(piece) + piece + b"\r\n" for _ in range(count))


CHUNKED = head("POST", "/v1/gradients", "Transfer-Encoding: chunked")
BODIES = {
    "1: 300 MB, declared": Row(raw(head("POST", "/v1/gradients", f"Content-Length: {300 * MB}")), 413),
    "1: 300 MB, in chunks": Row(raw(CHUNKED, chunks(300)), 413, memory=96 * MB),
    "1: a text of 30 MB": wrong(422, None, lambda: b'{"a":"' + b"x" * (30 * MB) + b'"}', memory=160 * MB),
    "1: an escaped text of 30 MB": wrong(
        422, None, lambda: b'{"a":"' + rb"\u0041" * (5 * MB) + b'"}', memory=200 * MB, seconds=2
    ),
    "1: 30 MB of spaces": wrong(400, "malformed_json", lambda: b" " * (30 * MB), memory=128 * MB),
    "1: 30 MB of numbers for a name": wrong(
        413,
        "too_many_values",
        lambda: spoilt('"type":"cross_entropy"', '"type":[' + "1," * (15 * MB) + "1]"),
        memory=400 * MB,
        seconds=4,
    ),
    "2: 200,000 texts for numbers": wrong(
        413, "too_many_values", lambda: orjson.dumps(good(data={"x": ["bad"] * 200_000}))
    ),
    "2: 2,000 wrong members": wrong(422, "unknown_field", good(**{f"wrong{i}": "x" * 100 for i in range(2_000)})),
    "2: 3,000 wrong layers": wrong(422, None, good(model={"layers": [{"type": 1}] * 3_000})),
    "2: a million objects": wrong(
        413, "too_many_values", lambda: b'{"a":[' + b"{}," * MB + b"{}]}", memory=96 * MB, seconds=2
    ),
    "2: 60,000 members": wrong(
        413, "too_many_members", lambda: b"{" + b",".join(b'"%d":1' % i for i in range(60_000)) + b"}"
    ),
    "2: three million members": wrong(
        413,
        "too_many_values",
        lambda: b'{"data":{' + b",".join(b'"%07d":1' % i for i in range(2_700_000)) + b"}}",
        memory=192 * MB,
        seconds=0.5,
    ),
    "2: 1,025 arrays": wrong(413, "too_many_arrays", good(parameters={f"W{i}": [1.0] for i in range(1_025)})),
    "2: two million rows": wrong(
        413, "too_many_lists", lambda: b'{"data":{"x":[' + b"[1]," * (2 * MB) + b"[1]]}}", memory=64 * MB
    ),
    "11: gzip": wrong(
        415, "compressed_body", gzip.compress(orjson.dumps(good())), "/v1/gradients", "Content-Encoding: gzip"
    ),
    "11: a bomb of zlib": wrong(
        415, "compressed_body", zlib.compress(b" " * (200 * MB)), "/v1/gradients", "Content-Encoding: deflate"
    ),
    "11: zstd": wrong(415, "compressed_body", b"\x28\xb5\x2f\xfd", "/v1/gradients", "Content-Encoding: zstd"),
    "11: br": wrong(415, "compressed_body", b"\x8b", "/v1/gradients", "Content-Encoding: br"),
    "12: npz": wrong(400, None, npz, "/v1/gradients", "Content-Type: application/octet-stream"),
    "12: pickle": wrong(400, None, b"\x80\x04cos\nsystem\n", "/v1/gradients", "Content-Type: application/x-pickle"),
}
"""Faults 1, 2, 11 and 12: too much, and what unpacks to too much."""

HUGE_STEP = {**STEP["one step"], "steps": 10**12}
SHAPES = {
    "3: a billion units": wrong(422, "too_many_parameters", layers({"type": "linear", "units": 10**9}, LINEAR)),
    "3: 10^15 units": wrong(422, None, layers({"type": "linear", "units": 10**15}, LINEAR)),
    "3: 10^400 units": wrong(422, None, spoilt('"type":"relu"', '"type":"linear","units":1' + "0" * 400)),
    "3: a billion classes": wrong(422, None, layers({"type": "linear", "units": 10**9})),
    "3: a trillion steps": wrong(422, "too_many_steps", HUGE_STEP, "/v1/step"),
    "3: 300 layers": wrong(422, "too_many_layers", layers(*[LINEAR] * 300)),
    "3: residual layers, 60 deep": wrong(422, None, layers(nested(20), LINEAR)),
    "3: a table for a billion words": wrong(
        422, None, layers({"type": "embedding", "tokens": 10**9, "units": 100}, LINEAR)
    ),
    "3: a Jacobian of 10^9": wrong(
        422,
        "too_large_jacobian",
        layers({"type": "linear", "units": 1000}, of="Z1", with_respect_to="W1", loss=None, data={"x": [[1.0] * 1000]})
        | {"data": {"x": [[1.0] * 1000]}},
        "/v1/jacobian",
    ),
    "3: a variable of 10^18": wrong(
        422, None, {"formula": "sum(A)", "variables": {"A": {"shape": [10**9, 10**9]}}}, "/v1/differentiate"
    ),
    "3: ones in a formula": wrong(
        422, None, {"formula": "sum(A) + sum(ones((100000, 100000)))", "variables": {"A": [1.0]}}, "/v1/differentiate"
    ),
    "3: base64 that lies": wrong(
        422, "malformed_array", good(data={"x": {"shape": [2**40, 2], "dtype": "float64", "base64": "AAAA"}, "y": [0]})
    ),
    "3: a tensor of 8 TB": wrong(422, None, tensors(tensor("F64", [0, 2**40], 0)), "/v1/gradients", TENSORS),
    "12: a header that lies": wrong(
        400, "malformed_safetensors", (2**62).to_bytes(8, "little"), "/v1/gradients", TENSORS
    ),
    "12: a header of 1 MB": wrong(413, None, tensors(b" " * MB), "/v1/gradients", TENSORS),
    "12: 1,025 tensors": wrong(
        413,
        None,
        tensors({f"d.{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(1_025)}),
        "/v1/gradients",
        TENSORS,
    ),
    "12: a dtype that runs code": wrong(
        422, None, tensors(tensor("OBJECT", [1], 8), bytes(8)), "/v1/gradients", TENSORS
    ),
    "12: offsets that lie": wrong(400, None, tensors(tensor("F64", [1], 2**50), bytes(8)), "/v1/gradients", TENSORS),
    "12: bytes that nobody owns": wrong(400, None, tensors(tensor("F64", [1], 8), bytes(80)), "/v1/gradients", TENSORS),
}
"""Faults 3 and 12: little that says it is much."""

NUMBERS = {
    "4: NaN": wrong(422, "non_finite_number", spoilt(X, "[[NaN,2.0]]")),
    "4: Infinity": wrong(422, "non_finite_number", spoilt(X, "[[1.0,-Infinity]]")),
    "4: NaN as a text": wrong(422, "not_a_number", spoilt(X, '[["NaN",2.0]]')),
    "4: 1e999": wrong(422, "non_finite_number", spoilt(X, "[[1e999,2.0]]")),
    "4: 400 digits": wrong(422, None, spoilt(X, f"[[{'9' * 400},2.0]]")),
    "4: a million digits": wrong(422, None, lambda: spoilt(X, f"[[{'9' * 10**6},2.0]]"), seconds=2),
    "4: 1e999 for a learning rate": wrong(
        422, None, orjson.dumps(STEP["one step"]).replace(b'"learning_rate":0.1', b'"learning_rate":1e999'), "/v1/step"
    ),
    "4: NaN in a tensor": wrong(
        422, "non_finite_number", tensors(tensor("F64", [1], 8), b"\xff" * 8), "/v1/gradients", TENSORS
    ),
    "4: NaN in base64": wrong(
        422,
        "non_finite_number",
        good(data={"x": {"shape": [1], "dtype": "float64", "base64": "//////////8="}, "y": [0]}),
    ),
    "5: overflow on the way": wrong(422, "non_finite_result", spoilt("0.5,-0.2", "1e308,-1e308")),
    "5: overflow in a step": wrong(
        422, "non_finite_result", {**STEP["one step"], "optimizer": {"type": "sgd", "learning_rate": 1e308}}, "/v1/step"
    ),
    "6: NaN where nothing should be": wrong(422, None, spoilt('"model"', '"modle":NaN,"model"')),
    "7: ragged": wrong(422, "ragged_array", spoilt(X, "[[1.0,2.0],[3.0]]")),
    "7: empty": wrong(422, "wrong_shape", spoilt(X, "[]")),
    "7: rows without entries": wrong(422, "empty_array", spoilt(X, "[[],[],[]]")),
    "7: shapes that do not fit": wrong(422, "wrong_shape", spoilt(X, "[[1.0,2.0,3.0]]")),
    "10: true for a number": wrong(422, "not_a_number", spoilt(X, "[[true,2.0]]")),
    "10: a text for a number": wrong(422, "not_a_number", spoilt(X, '[["1.5",2.0]]')),
    "10: a member that nobody knows": wrong(422, "unknown_field", good(modle={})),
    "10: a member twice": wrong(422, "duplicate_key", spoilt('"y":[0,1,1]', '"y":[0,1,1],"y":[0,1,1]')),
    "31: denormals": wrong(200, None, good(data={"x": [[5e-324, -5e-324]] * 20_000, "y": [0] * 20_000})),
}
"""Faults 4 to 7, 10 and 31: numbers that are none."""

TEXTS = {
    "8: half a surrogate": wrong(422, "invalid_text", spoilt('"relu"', '"\\ud800"')),
    "8: NUL": wrong(422, "invalid_text", spoilt('"relu"', '"re\\u0000lu"')),
    "8: no UTF-8": wrong(400, "not_utf8", b'{"model": "\xff"}'),
    "8: UTF-16": wrong(400, "not_utf8", orjson.dumps(good()).decode().encode("utf-16")),
    "8: a byte order mark": wrong(400, "not_utf8", b"\xef\xbb\xbf" + orjson.dumps(good())),
    "9: 100,000 deep": wrong(400, "too_deep", b'{"data":{"x":' + b"[" * 100_000),
    "9: a million deep": wrong(413, "too_many_values", lambda: b'{"a":' + b'{"a":' * MB, seconds=2),
    "9: 900 deep": wrong(400, "too_deep", b'{"model":' + b"[" * 900 + b"]" * 900 + b"}"),
    "9: 900 deep in a tensor's document": wrong(
        400,
        "too_deep",
        tensors({"__metadata__": {"document": '{"a":' + "[" * 900 + "]" * 900 + "}"}}),
        "/v1/gradients",
        TENSORS,
    ),
    "29: a form": wrong(
        400, "malformed_json", b"x=1", "/v1/gradients", "Content-Type: application/x-www-form-urlencoded"
    ),
    "29: XML wanted": wrong(406, "not_acceptable", good(), "/v1/gradients", JSON, "Accept: text/xml"),
    **{
        f"29: {method}": Row(asked(method, "/v1/gradients"), 405)
        for method in ("GET", "OPTIONS", "DELETE", "PUT", "PROPFIND")
    },
    **{
        f"29: {path}": wrong(404, None, good(), path)
        for path in (
            "/v1/gradients/",
            "/v1//gradients",
            "/v1/gradients%00",
            "/V1/gradients",
            "/v1/%2e%2e/health",
            "/" + "a" * 9_000,
        )
    },
}
"""Faults 8, 9 and 29: texts that are none, and doors that there are not."""

BODY = orjson.dumps(good())
WIRE = {
    "28: two lengths": Row(
        raw(head("POST", "/v1/step", "Content-Length: 5", "Transfer-Encoding: chunked"), b"0\r\n\r\n"), 400
    ),
    "28: another length": Row(raw(head("POST", "/v1/step", "Content-Length: 5", "Content-Length: 6"), b"abcdef"), 400),
    "28: a negative length": Row(raw(head("POST", "/v1/step", "Content-Length: -1")), 400),
    "28: a length of 10^30": Row(raw(head("POST", "/v1/step", f"Content-Length: {10**30}")), 400),
    "28: a chunk without a length": Row(raw(CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"), 400),
    "28: a chunk longer than it says": Row(raw(CHUNKED, b"3\r\nabcdef\r\n0\r\n\r\n"), 400),
    "28: a header folded": Row(
        raw(b"GET /health/live HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nConnection: close\r\n\r\n"), 400
    ),
    "28: headers of 100 kB": Row(raw(head("GET", "/health/live", "A: " + "b" * 100_000)), 431),
    "28: 10,000 headers": Row(raw(head("GET", "/health/live", *["A: b"] * 20_000)), 431),
    "28: no HTTP": Row(raw(b"\x00\x01\x02\r\n\r\n"), 400),
    "28: HTTP/9": Row(raw(b"GET / HTTP/9.9\r\n\r\n"), 400),
    "29: an upgrade": Row(asked("GET", "/health/live", "Upgrade: websocket", "Connection: Upgrade, close"), 200),
}
"""Fault 28: bytes between the requests."""

TABLE = {**BODIES, **SHAPES, **NUMBERS, **TEXTS, **WIRE}
