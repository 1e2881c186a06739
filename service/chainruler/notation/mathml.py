"""Expressions as MathML Core, which browsers show without a library.

Core has no `mathvariant` but "normal": letters that are slanted or double-struck whatever stands beside them are
characters of their own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_letters
from xml.sax.saxutils import escape

from chainruler.engine import Expression, Primitive
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.mathematics import Markup, MathStyle, SymbolOf, partial, symbol
from chainruler.notation.names import GREEK
from chainruler.notation.presentation import present
from chainruler.notation.text import Text, TextPart

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def _slanted() -> Iterator[tuple[int, str]]:
    """Each letter of `GREEK` and of the alphabet with its mathematical italic."""
    for letter in (*ascii_letters, *GREEK.values()):
        latin = letter in ascii_letters
        name = f"MATHEMATICAL ITALIC {'CAPITAL' if letter.isupper() else 'SMALL'} "
        name += letter.upper() if latin else unicodedata.name(letter).partition("LETTER ")[2]
        yield ord(letter), "ℎ" if letter == "h" else unicodedata.lookup(name)  # Planck's constant was there first


SLANTED = dict(_slanted())
"""What a browser makes of a letter that stands alone, to be written out where it does not."""


def to_mathml(expression: Expression, symbols: SymbolOf | None = None, naming: Naming = OWN) -> str:
    """The expression as a MathML element; `symbols` says how certain names are to be written instead."""
    return _whole(present(expression, MathStyle(MathmlMarkup(naming), symbols)))


def mathml_symbol(label: str, loss: str | None = None, naming: Naming = OWN) -> str:
    """A name as a MathML element: dZ2 is dZ₂, or ∂J/∂Z₂ if the loss is named."""
    markup = MathmlMarkup(naming)
    return _whole(symbol(label, markup) if loss is None else partial(label, loss, markup))


def mathml_equation(sides: Iterable[TextPart]) -> str:
    """One element for an equation, of what is in those of its sides."""
    return _whole("<mo>=</mo>".join(map(str, sides)))


def inner_of(element: str) -> str:
    """What is in a math element."""
    return element.partition(">")[2].rpartition("</math>")[0]


def _whole(inner: TextPart) -> str:
    return f'<math xmlns="{_NAMESPACE}">{inner}</math>'


def _shown(text: str) -> str:
    """The text as XML: escaped, and without the characters that XML cannot hold."""
    allowed = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return escape(allowed)


class MathmlMarkup(Markup):
    """The elements of MathML."""

    def number(self, value: float) -> Text:
        return Text(f"<mn>{value!r}</mn>")

    def letter(self, letter: str, word: str, *, of_loss: bool = False) -> Text:
        return Text(f"<mi>{_shown(f'd{letter}'.translate(SLANTED) if of_loss else letter)}</mi>")

    def word(self, text: str) -> Text:
        normal = ' mathvariant="normal"' if len(text) == 1 else ""  # a single letter would be slanted, as a variable is
        return Text(f"<mi{normal}>{_shown(text)}</mi>")

    def function(self, primitive: Primitive) -> Text:
        stem = (primitive.latex or "").removeprefix("\\")
        return Text(f"<mi>{GREEK[stem]}</mi>" if stem in GREEK else f"<mi>{_shown(primitive.name)}</mi>")

    def operator(self, sign: str) -> Text:
        return Text(f"<mo>{escape(sign)}</mo>")

    def row(self, parts: Sequence[Text]) -> Text:
        return parts[0] if len(parts) == 1 else Text("<mrow>", *parts, "</mrow>")

    def fraction(self, over: Text, under: Text) -> Text:
        return Text("<mfrac>", over, under, "</mfrac>")

    def superscript(self, base: Text, mark: Text) -> Text:
        return Text("<msup>", base, mark, "</msup>")

    def subscript(self, base: Text, mark: Text) -> Text:
        return Text("<msub>", base, Text("<mn>", mark, "</mn>") if mark.short.isdigit() else mark, "</msub>")

    def numbered(self, base: Text, number: str) -> Text:
        left, right = self.naming.brackets
        return self.superscript(base, Text(f"<mrow><mo>{left}</mo><mn>", number, f"</mn><mo>{right}</mo></mrow>"))

    def fenced(self, inner: Text, fence: str = "(") -> Text:
        left, right = ("‖", "‖") if fence == "‖" else ("(", ")")
        return Text(f"<mrow><mo>{left}</mo>", inner, f"<mo>{right}</mo></mrow>")

    def arguments(self, inner: Text) -> Text:
        return Text("<mo>&#x2061;</mo>", self.fenced(inner))

    def gate(self, inner: Text) -> Text:
        return Text("<mrow><mi>𝟙</mi><mo>{</mo>", inner, "<mo>}</mo></mrow>")

    def root(self, inner: Text) -> Text:
        return Text("<msqrt>", inner, "</msqrt>")

    def sum(self, index: Text, stop: Text) -> Text:
        return Text("<munderover><mo>∑</mo><mrow>", index, "<mo>=</mo><mn>1</mn></mrow>", stop, "</munderover>")

    def transposed(self) -> Text:
        return Text("<mo>⊤</mo>")
