"""Requests that are refused: one thing is wrong with each, and it is named, with its place and what to do about it."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import SpecError, TooLarge
from chainruler.schemas.reading import InvalidRequest
from tests.handlers.calls import CALLS, GOOD, call, changed, sent, two_layers
from tests.handlers.refusals import REFUSALS, Refusal

ROWS = [(name, case) for name, table in REFUSALS.items() for case in table]


def refused(name: str, document: object) -> SpecError:
    """The one error of a request that is refused."""
    try:
        call(name, document)
    except SpecError as error:
        return error
    except InvalidRequest as several:
        (only,) = several.errors
        return only
    raise AssertionError("It was not refused.")


def see(error: SpecError, row: Refusal) -> None:
    """Sees that an error is what a row of the table says."""
    said = f"{error.message} {error.hint or ''}"

    assert (error.code, error.pointer) == (row.code, row.pointer), said
    assert isinstance(error, TooLarge) == row.code.startswith(("too_many", "too_large"))
    at = 0
    for words in row.words.split("…"):
        at = said.find(words, at)
        assert at >= 0, said


@pytest.mark.parametrize("name", CALLS)
def test_the_good_request_is_answered(name: str) -> None:
    """The table changes one thing each: without the change everything is right."""
    assert call(name, GOOD[name])


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize(("name", "case"), ROWS, ids=[f"{name}: {case}" for name, case in ROWS])
def test_a_request_is_refused_in_words(name: str, case: str) -> None:
    """Code, pointer, and what message and hint must say."""
    row = REFUSALS[name][case]

    see(refused(name, changed(GOOD[name], row.place, row.value)), row)


def asks(name: str, place: str, value: Any, **more: Any) -> tuple[str, Any]:
    """A call, and its good request with several changes."""
    return name, changed(GOOD[name] | more, place, value)


def wide(units: int, **more: Any) -> dict[str, Any]:
    """A network that is as wide as that, its parameters still to be drawn."""
    layers = [{"type": "linear", "units": units}, {"type": "linear", "units": 2}]
    return {
        **changed(two_layers(**more), "parameters", ...),
        "model": {"layers": layers},
        "initialize": {"type": "zeros"},
    }


TABLE = {"type": "embedding", "num_embeddings": 10**12, "embedding_dim": 10**6}
SAMPLED = {"type": "sampled_softmax", "sampler": "uniform", "count": 10**9}
BATCHES = [GOOD["step"]["data"], {"x": [[1, 2, 3, 4]]}]
WITHOUT_DATA = changed(GOOD["step"], "data", ...)
NO_UNITS = changed(GOOD["gradients"], "parameters", ...)
UNITS = changed(wide(3), "initialize", ...)
WHOLE: dict[str, tuple[tuple[str, Any], str, str, str]] = {
    "a list": (("gradients", []), "wrong_type", "", "must be a JSON object, not a list."),
    "null": (("step", None), "wrong_type", "", "must be a JSON object, not null."),
    "a billion units": (("gradients", wide(10**9)), "too_many_parameters", "/model", "at most 100,000"),
    "a trillion rows": (
        ("gradients", wide(2) | {"model": {"layers": [TABLE]}, "data": {"x": [[1]], "y": [1]}}),
        "wrong_shape",
        "/data/y",
        "1000000",
    ),
    "a trillion rows, forward": (
        ("forward", {"model": {"layers": [TABLE]}, "initialize": {"type": "zeros"}, "data": {"x": [[1]]}}),
        "too_many_parameters",
        "/model",
        "1,000,000,000,000,000,000",
    ),
    "a billion samples of classes": (("gradients", wide(3, loss=SAMPLED)), "too_many_operations", "/data/x", "at most"),
    "a thousand layers": (
        ("gradients", {**two_layers(), "model": {"layers": [{"type": "relu"}] * 1000}}),
        "too_many_layers",
        "/model/layers",
        "256",
    ),
    "a large Jacobian": (
        ("jacobian", {**wide(2000), "of": "Z1", "with_respect_to": "W1"}),
        "too_large_jacobian",
        "/of",
        "80,000,000…vjp",
    ),
    "per-sample gradients of many": (
        ("gradients", wide(2000, include=["per_sample"], data={"x": np.ones((99, 4)), "y": [0] * 99})),
        "too_large_intermediate",
        "/include",
        "fewer samples",
    ),
    "probes of a large network": (
        ("gradcheck", wide(2000, entries=10_000)),
        "too_many_operations",
        "/entries",
        "Probe fewer",
    ),
    "training of a large network": (
        ("step", wide(2000, optimizer={"type": "adam"}, steps=99_999)),
        "too_many_operations",
        "/steps",
        "state comes back",
    ),
    "a variable of 10^18 numbers": (
        ("differentiate", {"formula": "sum(W)", "variables": {"W": {"shape": [10**9, 10**9]}}}),
        "invalid_formula",
        "/formula",
        "too long",
    ),
    "a batch without targets": (
        ("step", {**WITHOUT_DATA, "batches": BATCHES}),
        "missing_data",
        "/batches/1/y",
        "With batches.1: data.y is missing",
    ),
    "a batch of another width": (
        ("step", {**WITHOUT_DATA, "batches": [BATCHES[0], {"x": [[1.0]], "y": [0]}]}),
        "wrong_shape",
        "/batches/1/x",
        "With batches.1: x has 1 features",
    ),
    "a batch of another width for drawn parameters": (
        (
            "step",
            {**wide(3), "data": {}, "batches": [BATCHES[0], {"x": [[1.0]], "y": [0]}], "optimizer": {"type": "adam"}},
        ),
        "wrong_shape",
        "/batches/1/x",
        "With batches.1: x has 1 features",
    ),
    "a batch that is no object": (
        ("step", {**WITHOUT_DATA, "batches": [BATCHES[0], 3]}),
        "wrong_type",
        "/batches/1",
        "an object",
    ),
    "a batch with NaN": (
        ("step", {**WITHOUT_DATA, "batches": [{"x": [[float("nan")]], "y": [0]}]}),
        "not_finite",
        "/batches/0/x",
        "finite",
    ),
    "neither data nor batches": (("step", WITHOUT_DATA), "missing_data", "/data/x", "(N, 4)"),
    "sizes that nobody says": (("gradients", NO_UNITS), "missing_field", "/model/layers/0", "units"),
    "parameters that nobody draws": (
        ("gradients", UNITS),
        "missing_field",
        "/parameters",
        "none were sent.…initialize",
    ),
    "an unknown initialiser": (
        ("gradients", UNITS | {"initialize": {"type": "kaiming_normal"}}),
        "unknown_type",
        "/initialize/type",
        'Did you mean "he_normal"?',
    ),
    "no block form": (asks("jacobian", "form", "block", of="Z2"), "no_block_form", "/form", 'Ask for "form": "dense".'),
    "per-sample gradients of coupled samples": (
        (
            "gradients",
            wide(3, include=["per_sample"])
            | {"model": {"layers": [{"type": "batch_norm"}]}}
            | {"data": {"x": [[1.0, 2.0]] * 3, "y": [0, 1, 1]}},
        ),
        "couples_samples",
        "/include",
        "batch_norm",
    ),
    "an entry that there is not": (
        ("differentiate", {"formula": "sum(Z[arange(2), y])", "variables": {"Z": [[1.0, 2.0]] * 2, "y": [0, 2]}}),
        "index_out_of_range",
        "/variables/y",
        "picks the entry 2, but there are 2: 0 to 1.",
    ),
    "an entry from the end": (
        ("differentiate", {"formula": "sum(onehot(y, 3) @ Z)", "variables": {"Z": [1.0, 2.0, 3.0], "y": [0, -1]}}),
        "index_out_of_range",
        "/variables/y",
        "-1",
    ),
    "by what picks entries": (
        (
            "differentiate",
            {
                "formula": "sum(take(Z, y, axis=0))",
                "variables": {"Z": [1.0, 2.0], "y": [0, 1]},
                "with_respect_to": ["Z", "y"],
            },
        ),
        "not_differentiable",
        "/with_respect_to/1",
        "whole numbers",
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_whole_request_is_refused_in_words(case: str) -> None:
    """Sizes are refused by arithmetic, before anything of that size is made; the rest as in the table."""
    (name, document), code, pointer, words = WHOLE[case]

    see(refused(name, sent(document) if document else document), Refusal("", ..., code, pointer, words))


def test_several_mistakes_are_told_at_once() -> None:
    """Up to ten of what can be seen from the form of a request, each with its own place."""
    document = {
        **GOOD["step"],
        "steps": "2",
        "dtype": "half",
        "optimiser": {},
        "data": {f"x{i}": None for i in range(20)},
    }
    with pytest.raises(InvalidRequest) as caught:
        call("step", document)

    assert len(caught.value.errors) == 10
    assert len({error.pointer for error in caught.value.errors}) == 10


def test_an_error_does_not_repeat_what_was_sent() -> None:
    """Neither long names nor numbers come back in full."""
    long = "secret" * 1000
    for place in (long, f"model.{long}", f"parameters.{long}", f"data.{long}"):
        error = refused("gradients", changed(GOOD["gradients"], place, [1.0]))

        assert len(error.message) < 300
