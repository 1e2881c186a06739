from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainruler.engine import (
    Evaluation,
    Expression,
    ExpressionError,
    broadcast_to,
    compiled,
    label_of,
    mean,
    relu,
    reshape,
    select,
    size,
    softmax,
    variable,
)
from tests.engine.graphs import INPUTS, Graph, arrays, graphs

Array = NDArray[np.float64]
X, W, B = variable("X", ("N", 4)), variable("W", (4, 3)), variable("b", (3,))
Z = variable("Z", ("N", 3))
DEFINITIONS = {Z: X @ W + B}
LOSS = mean(softmax(relu(Z)) * Z)


def numbers() -> dict[Expression, Array]:
    """A value for each variable."""
    random = np.random.default_rng(0)
    return {X: random.normal(size=(5, 4)), W: random.normal(size=(4, 3)), B: random.normal(size=3)}


def test_values_are_those_of_a_program() -> None:
    """Evaluating node by node gives what a compiled program gives, through definitions and for sizes such as N."""
    values = numbers()
    program = compiled([Z, LOSS], None, "float64", tuple(DEFINITIONS.items()))
    expected = program({label_of(symbol): array for symbol, array in values.items()})

    evaluation = Evaluation(values, DEFINITIONS)

    for expression, value in zip([Z, LOSS], expected, strict=True):
        np.testing.assert_allclose(evaluation(expression), value, rtol=1e-14)


@given(graphs(), st.integers(0, 2**16))
def test_random_expressions_have_the_values_of_their_programs(graph: Graph, seed: int) -> None:
    """Every value of a random graph of all primitives, evaluated node by node, is what its program computes."""
    expressions = graph.build()
    inputs, values = expressions[: len(INPUTS)], arrays(seed, 4)
    with np.errstate(all="ignore"):
        expected = compiled(expressions, inputs)(dict(zip(INPUTS, values, strict=True)))

    evaluation = Evaluation(dict(zip(inputs, values, strict=True)))

    for expression, value in zip(expressions, expected, strict=True):
        np.testing.assert_allclose(evaluation(expression), value, rtol=1e-10, atol=1e-10)


@given(st.integers(0, 100))
def test_other_values_reach_all_that_depends_on_them_and_nothing_else(seed: int) -> None:
    """A change of W is a change of Z and of the loss; X and what is made of it alone are taken over as they are."""
    values = numbers()
    evaluation = Evaluation(values, DEFINITIONS)
    of_x = X * 2
    before, kept = evaluation(LOSS), evaluation(of_x)
    other = np.random.default_rng(seed).normal(size=(4, 3))

    moved = evaluation.with_values({W: other})

    np.testing.assert_array_equal(moved(Z), values[X] @ other + values[B])
    assert moved(of_x) is kept
    assert not moved.depends(of_x)
    assert moved.depends(LOSS)
    assert evaluation(LOSS) is before


def test_a_defined_symbol_can_be_given_another_value() -> None:
    """What is said of Z goes before what defines it, also on top of another change."""
    evaluation = Evaluation(numbers(), DEFINITIONS)
    fixed = np.ones((5, 3))

    moved = evaluation.with_values({W: np.zeros((4, 3))}).with_values({Z: fixed})

    np.testing.assert_array_equal(moved(Z * 2), fixed * 2)
    np.testing.assert_array_equal(moved(W), np.zeros((4, 3)))


def test_nothing_is_remembered_of_scratch_work() -> None:
    """A scratch evaluation knows what its origin knew, and leaves nothing behind there."""
    evaluation = Evaluation(numbers(), DEFINITIONS)
    evaluation(Z)
    once = evaluation.scratch()(Z**2)

    assert evaluation(Z**2) is not once
    assert evaluation.scratch()(Z) is evaluation(Z)


def test_a_value_that_is_missing_is_named() -> None:
    """A variable without a value, and a size that nothing tells, are refused by name."""
    with pytest.raises(ExpressionError, match="A value for W is needed"):
        Evaluation({X: np.zeros((5, 4))}, DEFINITIONS)(Z)
    with pytest.raises(ExpressionError, match="how large N is"):
        Evaluation({W: np.zeros((4, 3))})(size(["N"]))


def test_class_numbers_that_are_reshaped_and_repeated_still_pick() -> None:
    """What a program returns is real; a value that picks entries stays whole numbers on its way to the next node."""
    labels = variable("y", ("N",), "index")
    picked = select(broadcast_to(W, ("N", 4, 3)), broadcast_to(reshape(labels, ("N", 1)), ("N", 4)))
    weights, numbers_of = np.random.default_rng(1).normal(size=(4, 3)), np.array([0, 2, 1, 1, 0])

    evaluation = Evaluation({W: weights, labels: numbers_of})

    np.testing.assert_array_equal(evaluation(picked), weights[:, numbers_of].T)
