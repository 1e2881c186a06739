"""What is printed in a hand computes, by code that is not ours, what the compiled program computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from chainruler.engine import (
    Expression,
    ExpressionError,
    compiled,
    variable,
    variables,
)
from chainruler.notation import Asked, read_answer, read_latex
from chainruler.notation.contractions import to_einsum
from chainruler.notation.formula import DEFAULT_CONVENTIONS
from chainruler.notation.index_notation import entry_sides
from chainruler.notation.latex import LatexMarkup
from chainruler.notation.latex_left import Left
from chainruler.notation.pytorch import to_pytorch
from tests.notation.expressions import divides_by_zero, expressions
from tests.notation.test_printed_numpy_runs import LARGE, run_by_numpy, values
from tests.notation.test_round_trip import CHECKS, WIDE, symbols
from tests.notation.torch_by_numpy import Functional, Tensor, Torch

Hand = Callable[[Expression], str]


def printed(hand: Hand, expression: Expression) -> str:
    """The text of an expression that can be written in a hand; another one is drawn for what cannot."""
    try:
        return hand(expression)
    except ExpressionError:
        assume(condition=False)
        raise


def run_by_torch(text: str, given: dict[str, Any]) -> Any:
    """What PyTorch makes of the text; our own printer's, so that eval is safe."""
    tensors = {name: np.asarray(array).view(Tensor) for name, array in given.items()}
    names = {"torch": Torch(), "F": Functional(), "N": LARGE, **tensors}
    with np.errstate(all="ignore"):
        return eval(text, {"__builtins__": {}, **names})  # noqa: S307


def check_runs(found: Any, expression: Expression, numbers: dict[str, Any], text: str) -> None:
    """See that a text gave the numbers of the compiled program, wherever these are finite and not too large."""
    carrier = variable("carrier", ("N",))
    program = compiled([expression], [*variables([expression]), carrier])
    (expected,) = program({**numbers, "carrier": np.zeros(LARGE)})
    assume(np.all(np.isfinite(expected)) and np.max(np.abs(expected), initial=0) < 1e12)
    found = np.asarray(found, float)
    assume(np.all(np.isfinite(found)))

    assert found.shape == expected.shape, text
    largest = 1 + np.max(np.abs(expected), initial=0)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * largest, err_msg=text)


@given(expressions(), st.integers(0, 1000))
@CHECKS
def test_einsum_runs_to_the_same_numbers(expression: Expression, seed: int) -> None:
    """NumPy's einsum takes the letters as they are printed."""
    numbers = values(expression, seed)
    text = to_einsum(expression)
    note(text)

    check_runs(run_by_numpy(text, numbers), expression, numbers, text)


@given(expressions(), st.integers(0, 1000))
@CHECKS
def test_pytorch_runs_to_the_same_numbers(expression: Expression, seed: int) -> None:
    """The text has PyTorch's names and keywords, and none of what PyTorch refuses."""
    numbers = values(expression, seed)
    text = printed(to_pytorch, expression)
    note(text)

    check_runs(run_by_torch(text, numbers), expression, numbers, text)


@pytest.mark.parametrize("hand", [to_einsum, to_pytorch])
@given(expressions(), st.integers(0, 1000))
@CHECKS
def test_what_is_printed_is_read_with_the_same_value(hand: Hand, expression: Expression, seed: int) -> None:
    """The reader gives another node perhaps, and the same numbers."""
    assume(not divides_by_zero(expression))
    text, numbers = printed(hand, expression), values(expression, seed)
    note(text)
    read = read_answer(text, "numpy", symbols(expression), WIDE, DEFAULT_CONVENTIONS, Asked("")).expression

    check_runs(value_of(read, numbers), expression, numbers, text)


@given(expressions(depth=3), st.integers(0, 1000))
@CHECKS
def test_entries_are_read_with_the_same_value(expression: Expression, seed: int) -> None:
    """An entry in letters, as the array that has it at each place, has the same numbers."""
    assume(not divides_by_zero(expression))
    named = symbols(expression)
    try:
        left, right = map(str, entry_sides("T", expression, None, LatexMarkup(), named))
    except ExpressionError:
        assume(condition=False)
        raise
    keys = tuple(left.partition("_{")[2].rstrip("}"))
    read = read_latex(right, named, WIDE, DEFAULT_CONVENTIONS, Left("", keys, expression.shape)).expression
    numbers = values(expression, seed)

    check_runs(value_of(read, numbers), expression, numbers, right)


def value_of(expression: Expression, numbers: dict[str, Any]) -> Any:
    """The value of an expression."""
    carrier = variable("carrier", ("N",))
    (value,) = compiled([expression], [*variables([expression]), carrier])({**numbers, "carrier": np.zeros(LARGE)})
    return value
