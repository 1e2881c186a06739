"""Problems that are issued: good numbers, the same for the same seed, and signed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler import textbook
from chainruler.grading.tokens import InvalidToken, opened, sealed
from chainruler.handlers import issued as issued_tokens
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.grading import grade
from chainruler.handlers.posing import key_to
from chainruler.handlers.problems import problems
from chainruler.networks import Layer, SpecError
from chainruler.schemas.grading import GradeRequest, ProblemsAnswer, ProblemsRequest, TokenSpec
from tests.grading.problems import CONTEXT, report
from tests.support.sampling import examples

ACTIVATIONS = ["relu", "sigmoid", "tanh", "softplus", "leaky_relu"]
LOSSES = [
    {"type": "cross_entropy"},
    {"type": "squared_error"},
    {"type": "squared_error", "scale": 0.5, "reduction": "sum"},
]


def issue(**asked: Any) -> dict[str, Any]:
    """A problem as the service issues it."""
    return problems(ProblemsRequest.model_validate(asked), CONTEXT)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """Networks of up to three layers, their sizes left open, with every layout, loss and penalty."""
    hidden = draw(st.lists(st.sampled_from(ACTIVATIONS), max_size=2))
    layers: list[dict[str, Any]] = []
    for activation in hidden:
        layers += [{"type": "linear"}, {"type": activation}]
    model = {"layers": [*layers, {"type": "linear"}], "layout": draw(st.sampled_from(["out_in", "in_out"]))}
    model["samples"] = draw(st.sampled_from(["rows", "columns"]))
    penalty = draw(st.sampled_from([None, {"l2": 0.05}, {"l2": 0.3, "scale": 0.5}, {"l1": 0.07}]))
    return {"model": model, "loss": draw(st.sampled_from(LOSSES)), "regularization": penalty}


@settings(max_examples=examples(25))
@given(models(), st.integers(0, 2**20))
def test_every_mistake_shows_on_issued_numbers(asked: dict[str, Any], seed: int) -> None:
    """All mistakes change something, no two look alike, sizes are distinct, no number is 0, and no kink is near."""
    made = issue(**asked, seed=seed)
    told, numbers = made["report"], made["problem"]

    ProblemsAnswer.model_validate(made)
    assert told["invisible"] == []
    assert told["indistinguishable"] == []
    assert told["visible"] == told["mistakes"] > 15
    assert len(set(told["sizes"].values())) == len(told["sizes"])
    assert told["distance_from_kinks"] is None or told["distance_from_kinks"] > 1e-3
    assert all((array != 0).all() for array in [*numbers["parameters"].values(), numbers["data"]["x"]])


def test_the_seed_settles_the_numbers() -> None:
    """The same seed, the same problem, to the bit; another seed, another problem."""
    asked: dict[str, Any] = {"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "cross_entropy"}}
    first, again, other = issue(**asked, seed=4), issue(**asked, seed=4), issue(**asked, seed=5)

    np.testing.assert_array_equal(first["problem"]["parameters"]["W1"], again["problem"]["parameters"]["W1"])
    assert first["token"] == again["token"]
    assert not np.array_equal(first["problem"]["parameters"]["W1"], other["problem"]["parameters"]["W1"])


def test_sizes_that_are_said_are_kept_and_what_they_hide_is_told() -> None:
    """Three features, three outputs, three samples, and λ = ½: the report names what that hides, and why."""
    model = {"layers": [{"type": "linear", "units": 3}], "input": 3}
    told = issue(model=model, loss={"type": "cross_entropy"}, regularization={"l2": 0.5}, samples=3)

    alike = told["report"]["indistinguishable"]
    assert told["problem"]["data"]["x"].shape == (3, 3)
    assert ["wrong_regularization_scale", "wrong_regularization_scale"] in [entry["codes"] for entry in alike]
    assert any("N and the width of Z1 are both 3" in entry["why"] and "lam is 0.5" in entry["why"] for entry in alike)


def test_a_token_is_the_problem() -> None:
    """What is graded by its token is graded as the problem itself, and the token holds no gradient."""
    made = issue(model={"layers": [{"type": "linear"}]}, loss={"type": "cross_entropy"})
    answers = {"W1": {"formula": "(softmax(Z1) - Y).T @ X"}}

    assert report({"token": made["token"]}, answers) == report(made["problem"], answers)


def test_a_token_may_be_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """To an id, to a rubric and to a time: another is refused, and the rubric need not be sent."""
    made = issue(
        model={"layers": [{"type": "linear"}]},
        loss={"type": "cross_entropy"},
        id="ada",
        rubric={"points": {"W1": 7}},
        expires="2099-01-01T00:00:00Z",
    )
    asked = {"problem": {"token": made["token"]}, "answers": {"W1": {"formula": "0 * W1"}}, "id": "ada"}
    graded = grade(GradeRequest.model_validate(asked), CONTEXT)
    changes: list[dict[str, object]] = [{"id": "bob"}, {"id": None}, {"rubric": {"points": {"W1": 70}}}]

    assert graded["max_score"] == 7
    for change in changes:
        with pytest.raises(SpecError):
            grade(GradeRequest.model_validate(asked | change), CONTEXT)
    monkeypatch.setattr(issued_tokens, "datetime", Late)
    with pytest.raises(SpecError, match="good until 2099"):
        grade(GradeRequest.model_validate(asked), CONTEXT)


class Late(datetime):
    """A clock in another century."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Late:
        """A hundred years from the rest of these tests."""
        return cls(2126, 1, 1, tzinfo=tz)


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40), st.data())
def test_a_token_that_is_changed_is_refused(document: bytes, secret: bytes, data: st.DataObject) -> None:
    """One changed character anywhere, or another key, and it is not ours."""
    token = sealed(document, secret)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCdef019-_.x"))
    changed = token[:place] + other + token[place + 1 :]

    assert opened(token, [secret]) == document
    with pytest.raises(InvalidToken):
        opened(token, [secret + b"x"])
    for wrong in {changed, token + other, token + "." + other} - {token}:
        with pytest.raises(InvalidToken):
            opened(wrong, [secret])


@given(st.binary(max_size=300), st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5, unique=True))
def test_tokens_of_every_key_are_taken(document: bytes, secrets: list[bytes]) -> None:
    """So that a key can be changed: the new one signs, and tokens of the old one are good until it is dropped."""
    for secret in secrets:
        assert opened(sealed(document, secret), secrets) == document
        with pytest.raises(InvalidToken):
            opened(sealed(document, secret), [other for other in secrets if other != secret])


@given(st.text(max_size=200))
def test_any_text_is_refused_as_a_token(text: str) -> None:
    """Whatever is sent in its place is refused by name, and nothing is unpacked before it is known to be ours."""
    with pytest.raises(SpecError) as caught:
        key_to(TokenSpec(token=text), CONTEXT)

    assert caught.value.code == "invalid_token"


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"model": {"input": 1, "layers": [{"type": "tanh"}]}}, "wrong_combination", "/model/layers"),
        ({"answers": ["W9"]}, "unknown_parameter", "/answers/0"),
        ({"model": {"layers": [{"type": "linear", "units": 300}], "input": 300}}, "too_many_parameters", "/model"),
        ({"model": {"layers": [{"type": "linnear"}]}}, "unknown_type", "/model/layers/0/type"),
    ],
)
def test_what_cannot_be_issued_is_said(change: dict[str, Any], code: str, where: str) -> None:
    """An unknown parameter, too large a model, a model that cannot be."""
    asked = {"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "cross_entropy"}, **change}

    with pytest.raises(SpecError) as caught:
        issue(**asked)

    assert (caught.value.code, caught.value.pointer) == (code, where)


def test_what_has_no_loss_is_not_issued() -> None:
    """Outputs below 0 have no logarithm, so that no call would take the problem; probabilities have one."""
    layers = [{"type": "linear"}, {"type": "tanh"}, {"type": "linear"}]

    assert issue(model={"layers": [*layers, {"type": "softmax"}]}, loss={"type": "nll"})["problem"]
    with pytest.raises(NonFiniteResult):
        issue(model={"layers": layers}, loss={"type": "nll"})


def test_names_that_are_known_are_told_once() -> None:
    """Where the data are called x, they are so for both reasons."""
    (result,) = report(textbook.problem("two_two_two"), {"nothing": {"formula": "W1"}})["results"]

    known = result["message"].partition("Known are ")[2].rstrip(".").split(", ")
    assert "x" in known
    assert len(known) == len(set(known))


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("kind", Layer.registry)
def test_a_loss_times_nothing_is_no_fault(kind: str) -> None:
    """Its gradients are 0, and some have no line: the mistakes that would be made in those are passed over."""
    for layer in Layer.registry[kind].examples():
        for sample in ([3], [6, 6, 2]):
            flat = [] if len(sample) == 1 else [{"type": "flatten"}]
            layers = [layer.document(), *flat, {"type": "linear", "units": 2}]
            with suppress(SpecError):  # not every layer takes every shape
                made = issue(model={"layers": layers, "input": sample}, loss={"type": "nll", "scale": 0.0})

                assert made["problem"]["model"]["layers"][0]["type"] == kind
