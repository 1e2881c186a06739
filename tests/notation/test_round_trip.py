"""What is printed reads back as the same node, in both notations, and prints of different nodes differ."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from chainruler.engine import Expression, label_of, size, variables
from chainruler.notation import Limits, read_latex, read_numpy, to_latex, to_numpy
from tests.notation.expressions import expressions

WIDE = Limits(characters=100_000, nodes=10_000, depth=200, exponent=10_000, elements=10**12)
CHECKS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def symbols(expression: Expression) -> dict[str, Expression]:
    """The names that a formula for the expression needs."""
    return {label_of(v): v for v in variables([expression])} | {"N": size(["N"])}


@given(expressions())
@CHECKS
def test_numpy_reads_back(expression: Expression) -> None:
    """The NumPy text of an expression means that very node."""
    text = to_numpy(expression)

    assert read_numpy(text, symbols(expression), WIDE).expression is expression, text


@given(expressions())
@CHECKS
def test_latex_reads_back(expression: Expression) -> None:
    """The LaTeX text of an expression means that very node."""
    text = to_latex(expression)

    assert read_latex(text, symbols(expression), WIDE).expression is expression, text
