"""The font in the documents: it has every character that a formula can be printed with."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from re import findall

import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings

import chainruler.html
from chainruler.engine import Expression
from chainruler.notation import mathml_symbol, to_mathml
from chainruler.notation.mathml import SLANTED
from chainruler.notation.names import GREEK
from tests.notation.expressions import expressions
from tests.support.sampling import examples

FOLDER = Path(chainruler.html.__file__).parent / "font"
FONT = TTFont(FOLDER / "stix-two-math.woff2")
HAS = frozenset(map(chr, FONT.getBestCmap()))
MOST_BYTES = 60_000


def shown(mathml: str) -> set[str]:
    """The characters on the screen: a letter that stands alone in an `mi` is slanted by the browser."""
    alone = {letter.translate(SLANTED) for letter in findall("<mi>(.)</mi>", mathml)}
    return alone | set(unescape("".join(findall(">([^<]*)<", mathml))))


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])
@given(expressions())
def test_it_has_what_formulas_are_printed_with(expression: Expression) -> None:
    """Every construct, over random expressions."""
    assert shown(to_mathml(expression)) <= HAS


@pytest.mark.parametrize("stem", ["Q", "h", "Zebra", *GREEK])
def test_it_has_the_letters_of_names(stem: str) -> None:
    """Every letter, upright and slanted, with a subscript and as a gradient."""
    for label in (stem, f"{stem}3", f"{stem}_out", f"d{stem}", f"d{stem}3", f"d{stem}_out"):
        assert shown(mathml_symbol(label, "J") + mathml_symbol(label)) <= HAS, label


def test_it_has_all_of_its_list_and_no_more_bytes_than_wanted() -> None:
    """What tools/math_font.py was given to cut out is there, small enough to be in every document."""
    listed = set((FOLDER / "characters.txt").read_text(encoding="utf-8")) - {"\n"}

    assert listed | set(SLANTED.values()) <= HAS
    assert (FOLDER / "stix-two-math.woff2").stat().st_size <= MOST_BYTES


def test_it_can_set_formulas() -> None:
    """The table that says where a root, a fraction line and a tall bracket go was not cut off."""
    assert "MATH" in FONT
    assert FONT["MATH"].table.MathVariants.VertGlyphCoverage.glyphs


def test_its_licence_is_beside_it() -> None:
    """The SIL Open Font License goes where the font goes, in the package and in the font."""
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8").upper()
    assert "Open Font License" in FONT["name"].getDebugName(13)
