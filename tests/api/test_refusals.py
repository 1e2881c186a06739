"""Every bad input that is known to break services of this kind: refused by name, at once, in few bytes."""

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from fastapi import FastAPI

from chainruler.app import create_app
from chainruler.settings import Settings
from tests.api.requests import good, spoilt
from tests.support.http import call

X = "[[1.0,2.0],[0.5,-1.5],[-1.0,0.5]]"
JSON = {"Content-Type": "application/json"}
TENSORS = {"Content-Type": "application/vnd.safetensors"}


def tensors(header: Any, data: bytes = b"") -> bytes:
    """A safetensors body."""
    text = header if isinstance(header, bytes) else orjson.dumps(header)
    return len(text).to_bytes(8, "little") + text + data


def layers(*found: dict[str, Any], **more: Any) -> bytes:
    """A request with this model and drawn parameters."""
    model = {"layers": list(found)}
    return orjson.dumps(good(model=model, parameters=None, initialize={"type": "he_normal", "seed": 0}, **more))


STEPS = good(optimizer={"type": "sgd", "learning_rate": 0.1})
LINEAR = {"type": "linear", "units": 2}

Row = tuple[str, bytes | Callable[[], bytes], dict[str, str], int, str | None, str | None]
TABLE: dict[str, Row] = {
    "empty body": ("gradients", b"", JSON, 400, "malformed_json", ""),
    "not JSON": ("gradients", b"x=1", JSON, 400, "malformed_json", ""),
    "cut in the middle": ("gradients", orjson.dumps(good())[:-9], JSON, 400, "malformed_json", ""),
    "UTF-16": ("gradients", orjson.dumps(good()).decode().encode("utf-16"), JSON, 400, "not_utf8", ""),
    "byte order mark": ("gradients", b"\xef\xbb\xbf" + orjson.dumps(good()), JSON, 400, "not_utf8", ""),
    "bytes that are no UTF-8": ("gradients", b'{"model": "\xff"}', JSON, 400, "not_utf8", ""),
    "nested 100,000 deep": ("gradients", b'{"data":{"x":' + b"[" * 100_000, JSON, 400, "too_deep", ""),
    "nested 900 deep": (
        "gradients",
        b'{"model":' + b"[" * 900 + b"]" * 900 + b"}",
        JSON,
        400,
        "too_deep",
        None,
    ),
    "a list": ("gradients", b"[1]", JSON, 422, "not_an_object", ""),
    "NaN": ("gradients", spoilt(X, "[[NaN,2.0]]"), JSON, 422, "non_finite_number", "/data/x/0/0"),
    "Infinity": ("gradients", spoilt(X, "[[1.0,-Infinity]]"), JSON, 422, "non_finite_number", "/data/x/0/1"),
    "1e999": ("gradients", spoilt(X, "[[1e999,2.0]]"), JSON, 422, "non_finite_number", "/data/x/0/0"),
    "400 digits": ("gradients", spoilt(X, f"[[{'9' * 400},2.0]]"), JSON, 422, None, "/data/x/0/0"),
    "text for a number": ("gradients", spoilt(X, '[["1.5",2.0]]'), JSON, 422, "not_a_number", "/data/x/0/0"),
    "true for a number": ("gradients", spoilt(X, "[[true,2.0]]"), JSON, 422, "not_a_number", "/data/x/0/0"),
    "ragged": ("gradients", spoilt(X, "[[1.0,2.0],[3.0]]"), JSON, 422, "ragged_array", "/data/x/1"),
    "no samples": ("gradients", spoilt(X, "[]"), JSON, 422, "wrong_shape", "/data/x"),
    "a vector for samples": ("gradients", spoilt(X, "[1.0,2.0]"), JSON, 422, "wrong_shape", "/data/x"),
    "a key twice": (
        "gradients",
        spoilt('"y":[0,1,1]', '"y":[0,1,1],"y":[0,1,1]'),
        JSON,
        422,
        "duplicate_key",
        "/data/y",
    ),
    "an unknown key": ("gradients", orjson.dumps(good(modle={})), JSON, 422, "unknown_field", "/modle"),
    "half a surrogate": ("gradients", spoilt('"relu"', '"\\ud800"'), JSON, 422, "invalid_text", "/model/layers/1/type"),
    "NUL in a name": (
        "gradients",
        spoilt('"relu"', '"re\\u0000lu"'),
        JSON,
        422,
        "invalid_text",
        "/model/layers/1/type",
    ),
    "an unknown layer": ("gradients", layers({"type": "dense"}), JSON, 422, "unknown_type", "/model/layers/0/type"),
    "a wrong shape": (
        "gradients",
        spoilt("[[0.3,-0.1,0.2],[-0.2,0.5,0.1]]", "[[0.3],[0.5]]"),
        JSON,
        422,
        "wrong_shape",
        "/parameters/W2",
    ),
    "a class too many": ("gradients", spoilt('"y":[0,1,1]', '"y":[0,1,2]'), JSON, 422, "class_out_of_range", "/data/y"),
    "no loss": ("gradients", spoilt('"loss":{"type":"cross_entropy"},', ""), JSON, 422, "missing_field", "/loss"),
    "overflow on the way": (
        "gradients",
        spoilt("0.5,-0.2", "1e308,-1e308"),
        JSON,
        422,
        "non_finite_result",
        "",
    ),
    "a billion units": (
        "gradients",
        layers({"type": "linear", "units": 10**9}, LINEAR),
        JSON,
        422,
        "too_many_parameters",
        "/model",
    ),
    "a trillion steps": (
        "step",
        orjson.dumps({**STEPS, "steps": 10**12}),
        JSON,
        422,
        "too_many_steps",
        "/steps",
    ),
    "arrays in a name": ("gradients", orjson.dumps(good(dtype=[1] * 1000)), JSON, 422, None, "/dtype"),
    "a shape that is a lie": (
        "gradients",
        orjson.dumps(good(data={"x": {"shape": [2**40, 2], "dtype": "float64", "base64": "AAAA"}, "y": [0]})),
        JSON,
        422,
        "malformed_array",
        "/data/x/base64",
    ),
    "a header that is a lie": ("gradients", (2**62).to_bytes(8, "little"), TENSORS, 400, "malformed_safetensors", ""),
    "a tensor of 8 TB": (
        "gradients",
        tensors({"data.x": {"dtype": "F64", "shape": [0, 2**40], "data_offsets": [0, 0]}}),
        TENSORS,
        422,
        "malformed_array",
        "/data/x",
    ),
    "NaN in a tensor": (
        "gradients",
        tensors({"data.x": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, b"\xff" * 8),
        TENSORS,
        422,
        "non_finite_number",
        "/data/x",
    ),
    "gzip": ("gradients", orjson.dumps(good()), {"Content-Encoding": "gzip"}, 415, "compressed_body", ""),
    "an answer in XML": ("gradients", orjson.dumps(good()), {"Accept": "text/xml"}, 406, "not_acceptable", ""),
    "more than a body may have": ("gradients", lambda: b" " * (32 * 2**20 + 1), JSON, 413, "body_too_large", ""),
    "pickle": ("gradients", b"\x80\x04cos\nsystem\n", {"Content-Type": "application/octet-stream"}, 400, None, ""),
    "5,000 wrong members": (
        "gradients",
        orjson.dumps(good(**{f"wrong{i}": "x" * 100 for i in range(2_000)})),
        JSON,
        422,
        "unknown_field",
        "/wrong0",
    ),
    "200,000 texts for numbers": (
        "gradients",
        lambda: orjson.dumps(good(data={"x": ["bad"] * 200_000})),
        JSON,
        413,
        "too_many_values",
        None,
    ),
}


@pytest.fixture(scope="module")
def service() -> FastAPI:
    """One application for the whole table: what one row breaks, the next would notice."""
    return create_app(Settings(), log=lambda line: None)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_bad_input_is_refused(service: FastAPI, row: Row) -> None:
    """Status, code and place are as told; the answer is short, comes soon, and the next request is answered."""
    path, body, headers, status, code, place = row
    began = time.process_time()
    answer = call(service, "POST", f"/v1/{path}", content=body if isinstance(body, bytes) else body(), headers=headers)
    took = time.process_time() - began

    document = answer.json()
    first = document["errors"][0]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert code in (first["code"], None)
    assert place in (first["pointer"], None)
    assert len(answer.content) < 8192
    assert len(document["errors"]) <= 10
    assert took < 2
    assert call(service, "POST", "/v1/gradients", json=good()).status_code == 200


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 405), ("HEAD", 405), ("OPTIONS", 405), ("DELETE", 405), ("BREW", 405)]
)
def test_another_method_is_told_which_one_there_is(service: FastAPI, method: str, status: int) -> None:
    """405 with Allow, also for OPTIONS, which only CORS would need."""
    answer = call(service, method, "/v1/gradients")

    assert (answer.status_code, answer.headers["allow"]) == (status, "POST")


@pytest.mark.parametrize(
    "path", ["/v1/gradients/", "/v1//gradients", "/v1/gradients%00", "/v1/gradient", "/V1/gradients"]
)
def test_another_path_is_not_found_and_not_redirected(service: FastAPI, path: str) -> None:
    """A redirect would lose the body."""
    assert call(service, "POST", path, json=good()).status_code == 404


def test_many_faults_are_counted_and_ten_are_listed(service: FastAPI) -> None:
    """`errors` has the first ten, and `more` says how many there are besides; with ten there is no `more`."""
    many, ten = (
        call(service, "POST", "/v1/gradients", json=good(**{f"wrong{i}": 1 for i in range(count)})).json()
        for count in (23, 10)
    )

    assert (len(many["errors"]), many["more"]) == (10, 13)
    assert (len(ten["errors"]), ten.get("more")) == (10, None)


def test_nothing_of_the_input_comes_back(service: FastAPI) -> None:
    """Neither numbers nor texts of the request are in the problem, only names of members."""
    answer = call(service, "POST", "/v1/gradients", json=good(dtype="hunter2", include=["hunter2"]))

    assert answer.status_code == 422
    assert "hunter2" not in answer.text
