"""Answers that cannot be read spoil themselves: in any encoding, the others are graded as if they were not there."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest

from chainruler.app import create_app
from chainruler.wire import tensors
from tests.grading.problems import Classifier
from tests.support.http import call

k = Classifier()
RIGHT = k.backward()
GOOD = {"W1": {"array": 2 * RIGHT["W1"]}, "b2": {"array": RIGHT["b2"]}}
APP = create_app()
NAN = np.array([np.nan, 1, 2])

UNREAD: dict[str, tuple[str, Any, str]] = {
    "not a number": ("b1", {"array": [1, None, 2, 3, 4]}, "answers.b1.array[1] is null in an array of numbers."),
    "NaN": ("b1", {"array": [1, float("nan"), 2, 3, 4]}, "answers.b1.array[1] is NaN, infinite, or too large"),
    "rows of two lengths": ("W2", {"array": [[1, 2], [3]]}, "answers.W2.array[1] has 1 number, the rows before"),
    "NaN in base64": (
        "b1",
        {"array": {"shape": [1], "dtype": "float64", "base64": "AAAAAAAA+H8="}},
        "answers.b1.array holds nan at index [0]: only finite numbers are read.",
    ),
    "a name that is mistyped": ("b9", {"array": [1, 2]}, 'There is no gradient by "b9" in this problem.'),
    "a name of nothing": ("Z1x", {"formula": "1"}, 'There is no gradient by "Z1x" in this problem.'),
    "two answers in one": ("b1", {"text": "1", "formula": "b1"}, 'must have one of "array", "formula" and "text".'),
    "nothing in it": ("b1", {}, 'must have one of "array", "formula" and "text".'),
    "a member that is mistyped": ("b1", {"fromula": "b1"}, '"fromula" is not known here. Did you mean "formula"?'),
    "an array by itself": ("b1", [1, 2], "answer must be an object, not an array of numbers."),
    "a formula that is a number": ("b1", {"formula": 3}, "formula must be a string"),
    "a syntax that is none": ("b1", {"formula": "b1", "syntax": "mathml"}, 'syntax must be "numpy" or "latex".'),
    "text that is none": ("b1", {"formula": "a\0b"}, "answers.b1.formula holds a NUL"),
}


def report(body: bytes, kind: str = "application/json") -> dict[str, Any]:
    """What the service answers, whose status must be 200."""
    answered = call(APP, "POST", "/v1/grade", content=body, headers={"Content-Type": kind})
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


def plain(answers: dict[str, Any]) -> bytes:
    """A submission in JSON; NaN is written as Python writes it."""
    document = orjson.loads(orjson.dumps({"problem": k.problem}, option=orjson.OPT_SERIALIZE_NUMPY))
    return json.dumps({**document, "answers": answers}, default=lambda array: array.tolist()).encode()


@pytest.mark.parametrize("case", UNREAD)
def test_an_answer_that_cannot_be_read_spoils_no_other(case: str) -> None:
    """It is not gradable, with what is wrong with it; the others have the results that they have without it."""
    name, spec, words = UNREAD[case]
    graded = report(plain({name: spec, **GOOD}))

    *others, spoilt = graded["results"]
    assert others == report(plain(GOOD))["results"]
    assert (spoilt["answer"], spoilt["verdict"], spoilt["score"]) == (name, "not_gradable", 0)
    assert words in spoilt["message"]
    assert not graded["gradable"]


def test_nan_in_a_tensor_spoils_no_other() -> None:
    """The same in safetensors, where an array is a tensor by itself."""
    arrays = {name: spec["array"] for name, spec in GOOD.items()} | {"b1": NAN}
    document = orjson.loads(orjson.dumps({"problem": k.problem}, option=orjson.OPT_SERIALIZE_NUMPY))
    keyed = [(("answers", name, "array"), array) for name, array in arrays.items()]
    body = b"".join(tensors.pieces_of(document, keyed))

    *others, spoilt = report(body, "application/vnd.safetensors")["results"]

    assert [other["verdict"] for other in others] == ["wrong", "correct"]
    assert (spoilt["verdict"], spoilt["message"][:35]) == ("not_gradable", "answers.b1.array holds nan at index")


def test_a_submission_of_such_answers_alone_has_a_report() -> None:
    """It has no points, and no reason is missing; what the rubric asks for besides is told to be missing."""
    asked = json.loads(plain({"b1": [1], "b9": {"text": "1"}}))
    graded = report(json.dumps({**asked, "rubric": {"points": {"b1": 2, "W1": 3}}}).encode())

    assert (graded["score"], graded["max_score"], graded["gradable"]) == (0, 5, False)
    assert [result["answer"] for result in graded["results"]] == ["b1", "b9", "W1"]
    assert graded["results"][2]["message"] == "Nothing was submitted for W1."
