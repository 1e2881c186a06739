"""Formulas in documents: what the printer writes is there, and nothing else can be."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from chainruler.engine import Expression
from chainruler.html.mathematics import LONGEST, formula
from chainruler.notation import to_mathml
from tests.html.test_element import ATTACKS
from tests.notation.expressions import expressions
from tests.support.markup import Markup
from tests.support.sampling import examples


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])
@given(expressions())
def test_what_the_printer_writes_comes_out_as_it_is(expression: Expression) -> None:
    """Elements, variants and text of a printed formula are kept; the namespace is not needed in HTML."""
    printed = to_mathml(expression)
    wanted = Markup(printed.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    read = Markup(str(formula(printed)))

    assert read.elements == wanted.elements
    assert read.words == wanted.words


def test_what_a_service_slips_in_is_text() -> None:
    """Of elements and attributes that are no mathematics, the text is left."""
    for attack in ATTACKS:
        read = Markup(str(formula(f'<math onclick="x" href="javascript:x"><mi class="y">{attack}</mi></math>') or ""))

        assert read.tags <= {"math", "mi"}, attack
        assert [found for _, found in read.elements if found] == [], attack
        assert read.faults == [], attack


def test_what_is_no_formula_is_none() -> None:
    """Neither is text beside a formula, nor two, nor one that nobody would read."""
    assert formula("x") is None
    assert formula("<math><mi>x</mi></math> y") is None
    assert formula("<math></math><math></math>") is None
    assert formula(f"<math><mi>{'x' * LONGEST}</mi></math>") is None
