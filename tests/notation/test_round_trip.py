"""What is printed reads back as the same node, in both notations, and prints of different nodes differ."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from chainruler.engine import Expression, ExpressionError, cos, label_of, sin, size, tanh, variable, variables
from chainruler.notation import (
    FormulaLimits,
    latex_symbol,
    mathml_symbol,
    read_latex,
    read_numpy,
    to_latex,
    to_mathml,
    to_numpy,
)
from tests.notation.expressions import divides_by_zero, expressions
from tests.support.sampling import examples

WIDE = FormulaLimits(characters=100_000, nodes=10_000, depth=200, exponent=10_000, elements=10**12)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Graphs this rich shrink for minutes; the failing text is in the message as it is."""
CHECKS = settings(
    max_examples=examples(100),
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def symbols(expression: Expression) -> dict[str, Expression]:
    """The names that a formula for the expression needs."""
    return {label_of(v): v for v in variables([expression])} | {"N": size(["N"])}


@given(expressions())
@CHECKS
def test_numpy_reads_back(expression: Expression) -> None:
    """The NumPy text of an expression means that very node."""
    assume(not divides_by_zero(expression))
    text = to_numpy(expression)

    assert read_numpy(text, symbols(expression), WIDE).expression is expression, text


@given(expressions())
@CHECKS
def test_latex_reads_back(expression: Expression) -> None:
    """The LaTeX text of an expression means that very node."""
    assume(not divides_by_zero(expression))
    text = to_latex(expression)

    assert read_latex(text, symbols(expression), WIDE).expression is expression, text


@given(expressions())
@CHECKS
def test_mathml_is_xml(expression: Expression) -> None:
    """The MathML of an expression is well-formed."""
    root = ET.fromstring(to_mathml(expression))  # noqa: S314 (our own text)

    assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert len(root) == 1


@given(expressions(depth=3), expressions(depth=3))
@CHECKS
def test_prints_of_different_expressions_differ(one: Expression, other: Expression) -> None:
    """Two nodes are never printed alike."""
    assume(one is not other)

    for printed in (to_numpy, to_latex, to_mathml):
        assert printed(one) != printed(other)


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,9}", fullmatch=True), st.from_regex(r"[A-Za-z_][\w]{0,9}", fullmatch=True)
)
@CHECKS
def test_names_are_printed_apart_and_read_back(one: str, other: str) -> None:
    """Two names are never printed alike, and a name in LaTeX is that name again."""
    if one != other:
        assert latex_symbol(one) != latex_symbol(other)
        assert mathml_symbol(one) != mathml_symbol(other)
    assert read_latex(latex_symbol(one), {one: variable(one, (3,))}).expression is variable(one, (3,))


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize("printed", [to_numpy, to_latex, to_mathml])
def test_ten_thousand_nodes_print(printed: Callable[[Expression], str]) -> None:
    """Depth is no trouble: a chain of 10,000 functions is printed."""
    chain = variable("x")
    for _ in range(5_000):
        chain = sin(tanh(chain))

    assert printed(chain).count("tanh") == 5_000


def test_a_text_that_would_explode_is_refused() -> None:
    """A graph whose parts are shared 60 times over would be 2^60 characters: it is refused, not attempted."""
    shared = variable("x", (3,))
    for _ in range(60):
        shared = sin(shared) * cos(shared)

    with pytest.raises(ExpressionError, match="name its parts"):
        to_numpy(shared)
