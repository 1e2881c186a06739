"""One entry of each row, and the classes that a sample has not, in the spellings of NumPy and JAX."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, numbers, run_and_read

__all__ = ["numbers"]  # a fixture

PICKED = (
    "np.take_along_axis(Z2, y[:, None], axis=1)",
    "np.take_along_axis(Z2, y[:, np.newaxis], 1)",
    "np.take_along_axis(Z2, indices=y.reshape(-1, 1), axis=-1)",
    "np.take_along_axis(Z2, y.reshape(N, 1), axis=1)",
    "np.expand_dims(np.take_along_axis(Z2, y[:, None], axis=1).squeeze(1), 1)",
    "np.take_along_axis(2 * Z2, y[:, None], axis=1)[:, 0][:, None] / 2",
)
OTHER_CLASSES = (
    "np.arange(3) != y[:, None]",
    "y[:, None] != np.arange(3)",
    "np.arange(3)[None, :] != y[:, None]",
    "np.arange(Z2.shape[1]) != y[:, np.newaxis]",
    "~(np.arange(3) == y[:, None])",
    "np.logical_not(np.arange(3)[None] == y[:, None])",
    "np.not_equal(np.arange(3), y[:, None])",
    "np.arange(3)[np.newaxis, :] != y.reshape(-1, 1)",
)
USES = (
    "d = ((Z2 - s + 1 > 0) & (m)).astype(np.float32)",
    "d = np.maximum(0, Z2 - s + 1) * m",
    "d = np.where(m, Z2 - s + 1, 0)",
)


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("picked", "others"), list(product(PICKED, OTHER_CLASSES)))
@pytest.mark.parametrize("use", USES)
def test_margins_are_what_numpy_gives(picked: str, others: str, use: str, numbers: dict[str, Any]) -> None:
    """However the true class's score is picked, and the other classes are."""
    text = f"s = {picked}\nm = {others}\n{use}\ntotal = d.sum(axis=1)"
    wanted, read = run_and_read(text, numbers)

    assert {"s", "m", "d", "total"} <= read.keys()
    for name in ("s", "d", "total"):
        np.testing.assert_allclose(read[name], wanted[name], atol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "np.take_along_axis(Z2, y, axis=1)",
        "np.take_along_axis(Z2, y[:, None], axis=0)",
        "np.take_along_axis(Z2, Z1, axis=1)",
        "np.take_along_axis(Z2, y[None, :], axis=1)",
        "np.take_along_axis(Z2, y[:, None])",
    ],
)
def test_other_picks_are_refused(text: str) -> None:
    """What is no one entry of each row is not guessed."""
    with pytest.raises(FormulaError):
        read_answer(f"d = {text}", "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dZ2", "Z2", ("Z2",)))
