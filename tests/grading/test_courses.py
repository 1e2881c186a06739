"""The conventions of courses: each example as it is posted, against gradients by hand in that course's own way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler.handlers.grading import grade
from chainruler.schemas.grading import GradeRequest
from tests.grading.problems import CONTEXT, codes, softmax
from tests.support.repository import ROOT

FOLDER = ROOT / "examples" / "courses"
Arrays = dict[str, Any]


def document(name: str) -> dict[str, Any]:
    """An example as it stands in its file."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def numbers(name: str) -> Any:
    """Its parameters and data as arrays, by attribute."""
    problem = document(name)["problem"]
    arrays = {**problem["parameters"], **problem["data"]}
    return type("Numbers", (), {key: np.array(value) for key, value in arrays.items()})


def two_layer_net() -> Arrays:
    """CS231n: W is (D, C), scores = h W2 + b2, and 2 reg W."""
    n, reg = numbers("two_layer_net"), 0.05
    h = np.maximum(0, n.x.dot(n.W1) + n.b1)
    dscores = softmax(h.dot(n.W2) + n.b2)
    dscores[np.arange(len(n.y)), n.y] -= 1
    dscores /= len(n.y)
    dh = dscores.dot(n.W2.T)
    dh[h <= 0] = 0
    return {
        "W1": n.x.T.dot(dh) + 2 * reg * n.W1,
        "b1": np.sum(dh, axis=0),
        "W2": h.T.dot(dscores) + 2 * reg * n.W2,
        "b2": np.sum(dscores, axis=0),
    }


def planar_columns() -> Arrays:
    """deeplearning.ai: samples are columns, biases are columns, keepdims."""
    n = numbers("planar_columns")
    m = n.x.shape[1]
    a1 = np.tanh(np.dot(n.W1, n.x) + n.b1)
    a2 = 1 / (1 + np.exp(-(np.dot(n.W2, a1) + n.b2)))
    dz2 = a2 - n.y
    dz1 = np.dot(n.W2.T, dz2) * (1 - np.power(a1, 2))
    return {
        "W1": np.dot(dz1, n.x.T) / m,
        "b1": np.sum(dz1, axis=1, keepdims=True) / m,
        "W2": np.dot(dz2, a1.T) / m,
        "b2": np.sum(dz2, axis=1, keepdims=True) / m,
    }


def word_vectors() -> Arrays:
    """cs224n: the naive softmax of a centre word's vector with all outside vectors, pair after pair."""
    n = numbers("word_vectors")
    result = {"U": np.zeros_like(n.U), "V": np.zeros_like(n.V)}
    for centre, outside in zip(n.x, n.y, strict=True):
        p = np.exp(n.U @ n.V[centre])
        p /= p.sum()
        p[outside] -= 1
        result["U"] += np.outer(p, n.V[centre])
        result["V"][centre] += n.U.T @ p
    return result


def single_precision() -> Arrays:
    """dlsys: everything in float32, with half the penalty."""
    n = numbers("single_precision")
    x, theta = n.x.astype(np.float32), n.Theta.astype(np.float32)
    z = np.exp(x @ theta)
    z = z / z.sum(axis=1, keepdims=True)
    hot = np.eye(3, dtype=np.float32)[n.y]
    return {"Theta": (x.T @ (z - hot) / np.float32(len(n.y)) + np.float32(0.1) * theta).astype(np.float32)}


COURSES: dict[str, Callable[[], Arrays]] = {
    "two_layer_net": two_layer_net,
    "planar_columns": planar_columns,
    "word_vectors": word_vectors,
    "single_precision": single_precision,
}


def test_every_example_is_here() -> None:
    """No file without a test."""
    assert {file.stem for file in FOLDER.glob("*.json")} == set(COURSES)


def graded(name: str, answers: Arrays | None = None) -> dict[str, Any]:
    """The report of an example's own answers, or of others."""
    posted = document(name)
    if answers is not None:
        posted["answers"] = {answer: {"array": np.asarray(array)} for answer, array in answers.items()}
    return grade(GradeRequest.model_validate(posted), CONTEXT)


@pytest.mark.parametrize("name", COURSES)
def test_the_formulas_of_a_course_are_right(name: str) -> None:
    """As the course writes them: `.dot`, `np.sum(…, keepdims=True)`, its own names."""
    report = graded(name)

    assert report["correct"], [result["message"] for result in report["results"]]


@pytest.mark.parametrize("name", COURSES)
def test_the_arrays_of_a_course_are_right(name: str) -> None:
    """What the course's own code computes, in its shapes and its precision."""
    assert graded(name, COURSES[name]())["correct"]


def test_float32_is_compared_as_float32() -> None:
    """What is exact to float32 alone is right, and a missing half of the penalty is not."""
    right = COURSES["single_precision"]()["Theta"]
    theta = np.array(document("single_precision")["problem"]["parameters"]["Theta"])

    result = graded("single_precision", {"Theta": right + np.float32(0.1) * theta.astype(np.float32)})["results"][0]

    assert result["verdict"] == "wrong"
    assert codes(result) == ["wrong_regularization_scale"]


@pytest.mark.parametrize(
    ("name", "answer", "bend", "code"),
    [
        ("two_layer_net", "W1", lambda g: g.T, "transposed"),
        ("planar_columns", "b1", lambda g: g.ravel(), "column_for_vector"),
        ("planar_columns", "W1", lambda g: g * 7, "missing_mean"),
        ("word_vectors", "U", lambda g: -g, "wrong_sign"),
    ],
)
def test_a_courses_usual_mistakes_are_told(name: str, answer: str, bend: Callable[[Any], Any], code: str) -> None:
    """In each layout, the same mistakes have the same codes."""
    result = graded(name, {answer: bend(COURSES[name]()[answer])})["results"][0]

    assert codes(result) == [code]
