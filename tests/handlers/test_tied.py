"""Tied weights: layers that name one parameter share it, against the same network with a parameter for each."""

from typing import Any

import numpy as np
import pytest

from chainruler.handlers.grading import grade
from chainruler.networks import SpecError
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request
from tests.handlers.calls import CONTEXT, Document, call, sent
from tests.handlers.problems import close

RANDOM = np.random.default_rng(0)


def linear(weight: str | None = None, units: int | None = None) -> Document:
    """A linear layer whose weights have this name."""
    named = {} if weight is None else {"parameters": {"weight": weight}}
    return {"type": "linear", **named, **({} if units is None else {"units": units})}


def problem(layers: list[Document], weights: Document, samples: str, layout: str) -> Document:
    """A regression of 5 values on themselves, with biases of 0 but where they are sent."""
    x = RANDOM.normal(size=(6, 5) if samples == "rows" else (5, 6))
    column = (lambda n: [[0.1]] * n) if samples == "columns" else (lambda n: [0.1] * n)
    parameters = {**weights, "b1": column(3), "b2": column(5)}
    model = {"layers": layers, "samples": samples, "layout": layout}
    document: Document = sent(
        {"model": model, "loss": {"type": "squared_error"}, "parameters": parameters, "data": {"x": x, "y": x}}
    )
    return document


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
@pytest.mark.parametrize("samples", ["rows", "columns"])
@pytest.mark.parametrize("first", ["W", "W.T"])
def test_a_transposed_tie_sums_both_gradients(first: str, samples: str, layout: str) -> None:
    """An autoencoder's one matrix has the gradient of the one use plus the transposed gradient of the other."""
    matrix = RANDOM.normal(size=(3, 5) if layout == "out_in" else (5, 3))
    other = "W" if first == "W.T" else "W.T"
    stored = matrix.T if first == "W.T" else matrix
    tied = problem([linear(first), {"type": "tanh"}, linear(other)], {"W": stored}, samples, layout)
    free = problem([linear(), {"type": "tanh"}, linear()], {"W1": matrix, "W2": matrix.T}, samples, layout)
    free["data"] = tied["data"]
    have, want = call("gradients", tied), call("gradients", free)
    both = want["gradients"]["W1"] + want["gradients"]["W2"].T

    assert have["loss"] == pytest.approx(want["loss"], rel=1e-14)
    close(have["gradients"]["W"], both.T if first == "W.T" else both, 1e-13)
    assert call("gradcheck", tied)["correct"]


def test_a_tie_may_be_of_any_layers() -> None:
    """Square layers in turn, and an embedding whose table is the last weights; penalties count the array once."""
    turns = {"layers": [linear("W", 4), {"type": "tanh"}, linear("W"), {"type": "tanh"}, linear("W")], "input": 4}
    words = {"layers": [{"type": "embedding", "num_embeddings": 6, "embedding_dim": 3}, linear("E1")]}
    cases: list[tuple[Document, Document]] = [
        (turns, {"x": RANDOM.normal(size=(5, 4)), "y": [0, 1, 2, 3, 0]}),
        (words, {"x": [0, 2, 5, 2], "y": [1, 2, 0, 5]}),
    ]
    for model, data in cases:
        document: Document = {"model": model, "loss": {"type": "cross_entropy"}, "regularization": {"l2": 0.1}}
        document |= {"initialize": {"type": "he_normal", "seed": 1}, "data": data}
        answer = call("gradients", sent(document))
        weights = answer["parameters"]["W" if model is turns else "E1"]

        assert answer["penalty"] == pytest.approx(0.1 * np.sum(weights**2), rel=1e-14)
        assert call("gradcheck", sent(document))["correct"]


def test_the_derivation_shows_both_paths() -> None:
    """The gradient of a shared matrix is a line with a term for each use."""
    tied = problem([linear("W"), {"type": "tanh"}, linear("W.T")], {"W": np.ones((3, 5))}, "rows", "out_in")
    lines = {step["symbol"]: step["numpy"] for step in call("derivation", tied)["steps"]}

    assert lines["dW"] == "dZ1.T @ X + A1.T @ dZ2"


@pytest.mark.parametrize(
    ("formula", "code"),
    [("dZ1.T @ X + (dZ2.T @ A1).T", None), ("dZ1.T @ X", "missing_term"), ("A1.T @ dZ2", "missing_term")],
)
def test_a_use_that_is_forgotten_is_found(formula: str, code: str | None) -> None:
    """Of a shared matrix the gradient of one use alone is wrong, by the term that is missing."""
    weights = {"W": RANDOM.normal(size=(3, 5))}
    tied = problem([linear("W"), {"type": "tanh"}, linear("W.T")], weights, "rows", "out_in")
    request = read_request(GradeRequest, {"problem": tied, "answers": {"W": {"formula": formula}}})
    result: Any = grade(request, CONTEXT)["results"][0]

    assert [one["code"] for one in result["diagnosis"]] == ([] if code is None else [code])


NORM = {"type": "layer_norm", "parameters": {"weight": "W"}}
TURNED = {"type": "layer_norm", "parameters": {"weight": "g.T"}}


@pytest.mark.parametrize(
    ("layers", "code", "pointer", "words"),
    [
        ([linear("W", 3), linear("W", 4)], "wrong_shape", "/model/layers/1/parameters/weight", 'shares "W"'),
        ([linear("W", 3), linear("W")], "wrong_shape", "/model/layers/1/parameters/weight", 'mean "W.T"?'),
        ([linear("W", 3), NORM], "wrong_shape", "/model/layers/1/parameters/weight", "would be a scale"),
        ([TURNED], "wrong_shape", "/model/layers/0/parameters/weight", "Only a matrix"),
        ([linear("W.X", 3)], "bad_name", "/model/layers/0/parameters/weight", "must be a name"),
        ([linear("W2", 5), linear(None, 5)], "duplicate_name", "/model", 'called "W2"'),
    ],
    ids=["another shape", "transposed", "another kind", "no matrix", "no name", "not on purpose"],
)
def test_what_cannot_be_shared_is_refused(layers: list[Document], code: str, pointer: str, words: str) -> None:
    """By the layer that shares; a name that a layer has by itself is no tie."""
    document = {"model": {"layers": layers, "input": 5}, "loss": {"type": "squared_error"}}
    with pytest.raises(SpecError) as refused:
        call("derivation", document)
    told = f"{refused.value.message} {refused.value.hint}"

    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert words in told
