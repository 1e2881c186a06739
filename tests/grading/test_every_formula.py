"""Formulas for every layer and loss: none that is right is called wrong, and none that is wrong is called right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

import pytest

from tests.grading.writing import Written, right_latex, right_numpy, wrong

IN_GATE, IN_FULL = 60, 600
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
    """Of those that differ beyond some number a few are not met: where the right line is 0 almost everywhere there."""
    accepted = [written for written in islice(wrong(Random(3)), IN_FULL) if written.read().right]  # noqa: S311

    assert len(accepted) <= IN_FULL // 100, [str(written) for written in accepted]
