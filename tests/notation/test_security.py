"""Whatever is typed, a reader answers with a reading or a FormulaError, in bounded time, and runs nothing."""

from __future__ import annotations

import time

import pytest

from chainruler.engine import relu, size, variable
from chainruler.notation import FormulaError, FormulaLimits, Symbols, read_latex, read_numpy
from tests.notation.attacks import ATTACKS, LATEX_ATTACKS

SYMBOLS: Symbols = {
    "N": size(["N"]),
    "X": variable("X", ("N", 784)),
    "Y": variable("Y", ("N", 10)),
    "Z2": variable("Z2", ("N", 10)),
    "A1": variable("A1", ("N", 128)),
    "W2": variable("W2", (10, 128)),
    "y": variable("y", ("N",), "index"),
    "v": variable("v", (784,)),
    "lam": variable("lam"),
    "phi": relu,
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_numpy_attacks_are_refused(text: str) -> None:
    """Each attack is a FormulaError that names a place within the text, within a second of this process's time."""
    begin = time.process_time()
    with pytest.raises(FormulaError) as caught:
        read_numpy(text, SYMBOLS)
    elapsed = time.process_time() - begin

    assert elapsed < 1
    assert 1 <= caught.value.column <= len(text) + 1
    assert str(caught.value).endswith((".", "?", "…")) or "(" in str(caught.value)


@pytest.mark.parametrize("text", LATEX_ATTACKS.values(), ids=LATEX_ATTACKS)
def test_latex_attacks_are_refused(text: str) -> None:
    """Each attack is a FormulaError that names a place within the text, within a second of this process's time."""
    begin = time.process_time()
    with pytest.raises(FormulaError) as caught:
        read_latex(text, SYMBOLS)
    elapsed = time.process_time() - begin

    assert elapsed < 1
    assert 1 <= caught.value.column <= len(text) + 1


def test_sizes_are_bounded_by_what_the_caller_says() -> None:
    """X Xᵀ is N by N: read where N is at most 100, refused where it may be 2,000."""
    small, large = FormulaLimits(sizes={"N": 100}), FormulaLimits(sizes={"N": 2000})

    assert read_numpy("X @ X.T", SYMBOLS, small).expression.shape == ("N", "N")
    with pytest.raises(FormulaError, match="more than 1,000,000 numbers"):
        read_numpy("X @ X.T", SYMBOLS, large)
