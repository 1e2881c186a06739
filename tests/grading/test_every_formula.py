"""Formulas for every layer and loss: none that is right is called wrong, and none that is wrong is called right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest

from chainruler.grading.judging import RawAnswer
from chainruler.notation import to_numpy
from tests.grading.problems import report
from tests.grading.writing import DOCUMENTS, Written, lines_of, right_latex, right_numpy, wrong

IN_GATE, IN_FULL = 25, 400
FLAT = [
    ("dropout-hinge-sum-1-in_out", "b1", "1 + exp(-1e6 * (sum(W1) - 0.37)**2)"),
    ("batch_norm-absolute_error-mean-2-out_in", "X", "1 + exp(-1e4 * sum(gamma1**2))"),
]
DISTANCES: list[tuple[dict[str, Any], str]] = [
    ({"type": "squared_error"}, "sum(2 / N * (Z1 - Y), axis=0)"),
    ({"type": "absolute_error"}, "sum(sign(Z1 - Y), axis=0) / N"),
    ({"type": "huber", "delta": 0.6}, "sum(maximum(minimum(Z1 - Y, 0.6), -0.6), axis=0) / N"),
    ({"type": "formula", "formula": "sqrt(sum((Y - Z1)**2))"}, "sum(Z1 - Y, axis=0) / sqrt(sum((Y - Z1)**2))"),
]
Maker = Callable[[Random], Iterator[Written]]


def check(made: Maker, seed: int, count: int, *, right: bool) -> None:
    """See that so many formulas are right, or wrong."""
    for written in islice(made(Random(seed)), count):  # noqa: S311
        judged = written.read()

        accepted = judged.right or judged.convention is not None
        assert accepted == right, (str(written), judged.trouble)


@pytest.mark.parametrize("made", [right_numpy, right_latex])
def test_no_right_formula_is_called_wrong(made: Maker) -> None:
    """Whatever algebra it was rewritten by."""
    check(made, 1, IN_GATE, right=True)


def test_no_wrong_formula_is_called_right() -> None:
    """With one mistake, next to right, or right for numbers of the usual size only."""
    check(wrong, 2, IN_GATE, right=False)


@pytest.mark.slow
@pytest.mark.parametrize("made", [right_numpy, right_latex])
def test_hundreds_of_right_formulas(made: Maker) -> None:
    """The same, with more of them."""
    check(made, 3, IN_FULL, right=True)


@pytest.mark.slow
def test_hundreds_of_wrong_formulas() -> None:
    """The same, with more of them: none is called right."""
    check(wrong, 3, IN_FULL, right=False)


@pytest.mark.parametrize(("case", "answer", "factor"), FLAT)
def test_a_difference_shows_where_the_right_gradient_is_not_zero(case: str, answer: str, factor: str) -> None:
    """At most numbers where the factor is not 1 the loss is flat, and any multiple of a gradient of 0 is 0."""
    name = next(name for name in DOCUMENTS if name.startswith(case))
    right = to_numpy(next(line for line in lines_of(name) if line.of == answer).right)

    assert Written(name, answer, RawAnswer(formula=right)).read().right
    assert not Written(name, answer, RawAnswer(formula=f"({right}) * ({factor})")).read().right


@pytest.mark.parametrize(("loss", "formula"), DISTANCES)
def test_targets_without_numbers_have_either_sign(loss: dict[str, Any], formula: str) -> None:
    """The distance from |Y| is not the distance from Y."""
    assert verdict_of(loss, formula) == "correct"
    assert verdict_of(loss, formula.replace("Y", "abs(Y)", 1)) == "wrong"


@pytest.mark.parametrize("term", ["log(Y)", "sqrt(Y)"])
def test_targets_are_not_negative_where_the_loss_has_no_value_for_those(term: str) -> None:
    """A loss that takes the logarithm of its targets, or a root, is graded all the same."""
    assert verdict_of({"type": "formula", "formula": f"sum({term} * Z1)"}, f"sum({term}, axis=0)") == "correct"


def verdict_of(loss: dict[str, Any], formula: str) -> str:
    """The verdict on the gradient by the bias, for a problem without numbers."""
    problem = {"model": {"layers": [{"type": "linear", "units": 3}], "input": 4}, "loss": loss}
    return str(report(problem, {"b1": {"formula": formula}})["results"][0]["verdict"])
