"""Names of answers as students write them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainruler_client.naming import TwoAnswers, named

OWN = {"parameters": {"W1": 0, "b1": 0, "W2": 0, "b2": 0, "gamma": 0}}
SPELLINGS = (
    *("d{}", "d_{}", "grad_{}", "grad{}", "{}_grad", "{}grad", "g{}", "gradient_{}", "{}_gradient", "grad_of_{}"),
    *('grads["{}"]', "grads['{}']", "grads[{}]", "grads.{}", "{}.grad", "∂{}", "nabla_{}", "∇{}"),
    *("dL_d{}", "dJ_d{}", "dJd{}", "dL/d{}", "dLoss_d{}", "dloss_d{}", "∂L/∂{}"),
)


@given(name=st.sampled_from([*OWN["parameters"], "Z1", "A2", "x"]), spelling=st.sampled_from(SPELLINGS))
@pytest.mark.parametrize("asked", [False, True])
def test_every_spelling_of_a_gradient_means_it(name: str, spelling: str, asked: bool) -> None:
    """Whether the rubric asks for it or the problem has it."""
    wanted = ["W9", name] if asked else []

    assert named({spelling.format(name): 1}, wanted, {} if asked else OWN) == {name: 1}


@pytest.mark.parametrize("key", ["dW2", "W2_grad", "grad_W2"])
def test_a_name_of_the_problem_means_itself(key: str) -> None:
    """Also if it reads as a gradient by another; so does one that is asked for."""
    own = {"parameters": {**OWN["parameters"], key: 0}}

    assert named({key: 1, "W2": 2}, ["W2"], own) == {key: 1, "W2": 2}
    assert named({key: 1, "W2": 2}, ["W2", key], {}) == {key: 1, "W2": 2}


@pytest.mark.parametrize("key", ["scratch", "data", "delta2", "dloss", "gradients", "W7_grad", "d", "", "dW", "ddW2"])
def test_what_is_no_gradient_of_the_problem_keeps_its_name(key: str) -> None:
    """To be said to be unknown, or left aside."""
    assert named({key: 1}, ["W2", "loss"], OWN) == {key: 1}


def test_small_letters_are_taken_for_large_ones_where_that_is_one() -> None:
    """dw2 means W2, unless the problem tells both apart."""
    assert named({"dw2": 1}, ["W2"], OWN) == {"W2": 1}
    assert named({"dx": 1, "dX": 2}, ["x", "X"], {}) == {"x": 1, "X": 2}
    assert named({"dwW": 1}, ["wW", "Ww"], {}) == {"wW": 1}
    assert named({"dww": 1}, ["wW", "Ww"], {}) == {"dww": 1}


def test_a_token_has_the_usual_names() -> None:
    """What its problem has is for the service to know."""
    assert named({"dW1": 1, "dZ3": 2, "dgamma": 3}, [], {"token": "t"}) == {"W1": 1, "Z3": 2, "dgamma": 3}
    assert named({"db2": 1}, [], "token") == {"b2": 1}


@pytest.mark.parametrize(
    ("one", "other"), [([1.0], [2.0]), (np.zeros(2), np.zeros(3)), ("dZ2", [1.0]), ({"text": "1"}, {"text": "2"})]
)
def test_two_different_answers_to_one_question_are_none(one: object, other: object) -> None:
    """The names are said; the same answer twice is one."""
    found = named({"dW2": one, "grad_W2": other, "b2": 1}, [], OWN)

    assert isinstance(found["W2"], TwoAnswers)
    assert str(found["W2"]) == '"dW2" and "grad_W2" both mean W2, and are different: one answer is wanted.'
    assert found["b2"] == 1
    assert not isinstance(named({"dW2": one, "grad_W2": one}, [], OWN)["W2"], TwoAnswers)
