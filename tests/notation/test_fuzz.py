"""Formulas with random damage are read or refused, in bounded time; nothing else ever happens."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.notation import FormulaError, FormulaLimits, Reading, read_latex, read_numpy
from tests.notation.test_security import SYMBOLS
from tests.support.sampling import examples

GOOD_NUMPY = (
    "1/N * (softmax(Z2) - Y).T @ A1 + 2 * lam * W2",
    "sum((softmax(Z2) - onehot(y, 10)) * (Z2 > 0), axis=0, keepdims=True)",
    "phi'(Z2) * (Y - Z2)^T.T / N",
    "-mean(Z2[arange(N), y] - logsumexp(Z2)) + lam * norm2(W2)",
)
GOOD_LATEX = (
    r"\frac1N (\operatorname{softmax}(Z_2) - Y)^\top A_1 + 2\lambda W_2",
    r"\sum_{i=1}^{N} \frac{1}{N} (\phi(Z_{2,i}) - Y_i) (A_{1,i})^T + 2\lambda W^{(2)}",
    r"\left\|W_2\right\|^2 + \sum_i \log \left[\operatorname{softmax}(Z_2)\right]_{y_i}",
    r"\mathbb{1}\{Z_2 > 0\} \odot e^{-Z_2} - \tfrac12 \phi'(Z_2)",
)
PIECES = [
    *"()[]{}'^_.,:=+-*/@<>|\\& \n0129NXYeiTW²·⊙λ",
    *("**", ".T", "sum", "axis=", "__class__", "lambda ", "1e9", "[:, None]", r"\frac", r"\sum_i", r"^\top", r"\odot"),
    *(r"\left(", r"\right)", r"\|", r"\mathrm{", "_{", "^{", r"\phi", r"\{"),
]


def mutated(good: str, cuts: list[tuple[int, int, str]]) -> str:
    """The text with pieces of it replaced."""
    for place, length, piece in cuts:
        at = place % (len(good) + 1)
        good = good[:at] + piece + good[at + length :]
    return good


CUTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 5), st.sampled_from(PIECES)), min_size=1, max_size=6)


def attempt(read: Callable[..., Reading], text: str) -> None:
    """Read the text; fail unless the answer is a reading or a FormulaError, soon."""
    begin = time.process_time()
    try:
        read(text, SYMBOLS, FormulaLimits(sizes={"N": 50}))
    except FormulaError as error:
        assert 0 <= error.span[0] < error.span[1] <= len(text) + 1  # noqa: PT017 (the reader may also succeed)
        assert error.pointed()  # noqa: PT017
    assert time.process_time() - begin < 2


@given(st.sampled_from(GOOD_NUMPY), CUTS)
@settings(max_examples=examples(500))
def test_numpy_fuzz(good: str, cuts: list[tuple[int, int, str]]) -> None:
    """A formula with random damage is read or refused."""
    attempt(read_numpy, mutated(good, cuts))


@given(st.sampled_from(GOOD_LATEX), CUTS)
@settings(max_examples=examples(500))
def test_latex_fuzz(good: str, cuts: list[tuple[int, int, str]]) -> None:
    """A formula with random damage is read or refused."""
    attempt(read_latex, mutated(good, cuts))


@pytest.mark.slow
@pytest.mark.parametrize(("read", "good"), [(read_numpy, GOOD_NUMPY), (read_latex, GOOD_LATEX)], ids=["numpy", "latex"])
def test_fuzz_fifty_thousand(read: Callable[..., Reading], good: tuple[str, ...]) -> None:
    """Fifty thousand damaged formulas of each notation are read or refused."""
    chance = random.Random(7)  # noqa: S311 (no secret is made of it)
    for _ in range(50_000):
        cuts = [
            (chance.randrange(200), chance.randrange(6), chance.choice(PIECES)) for _ in range(chance.randint(1, 6))
        ]
        attempt(read, mutated(chance.choice(good), cuts))
