r"""Expressions as LaTeX: `\frac{1}{N}\left(\operatorname{softmax}(Z_2) - Y\right)`; it reads back as the same."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import Expression, Primitive
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.mathematics import Markup, MathStyle, SymbolOf, partial, symbol
from chainruler.notation.presentation import present
from chainruler.notation.text import Text

_OPERATORS = {"−": "-", "⊙": r"\odot", "≥": r"\geq", "≤": r"\leq", "∂": r"\partial", "·": r"\cdot"}


def to_latex(expression: Expression, symbols: SymbolOf | None = None, naming: Naming = OWN) -> str:
    """The expression as LaTeX; `symbols` says how certain names are to be written instead."""
    return present(expression, MathStyle(LatexMarkup(naming), symbols))


def latex_symbol(label: str, loss: str | None = None, naming: Naming = OWN) -> str:
    r"""A name as LaTeX: dZ2 is `dZ_2`, or `\frac{\partial J}{\partial Z_2}` if the loss is named."""
    markup = LatexMarkup(naming)
    return str(symbol(label, markup) if loss is None else partial(label, loss, markup))


class LatexMarkup(Markup):
    """The marks of LaTeX."""

    def number(self, value: float) -> Text:
        text = repr(value)
        mantissa, _, exponent = text.partition("e")
        return Text(rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else text)

    def letter(self, letter: str, word: str, *, of_loss: bool = False) -> Text:
        written = letter if letter.isascii() else "\\" + {"lam": "lambda"}.get(word, word)
        return Text(f"d{written}" if of_loss else written)

    def word(self, text: str) -> Text:
        return Text(rf"\mathrm{{{_escaped(text)}}}")

    def function(self, primitive: Primitive) -> Text:
        return Text(primitive.latex or rf"\operatorname{{{_escaped(primitive.name)}}}")

    def operator(self, sign: str) -> Text:
        return Text(_OPERATORS.get(sign, sign))

    def row(self, parts: Sequence[Text]) -> Text:
        text = Text()
        for place, part in enumerate(parts):
            text = Text(text, _gap(text, part, first=place == 1), part)
        return text

    def fraction(self, over: Text, under: Text) -> Text:
        return Text(r"\frac{", over, "}{", under, "}", tall=True)

    def superscript(self, base: Text, mark: Text) -> Text:
        return Text(base, "^", mark) if mark.short == r"\top" else Text(base, "^{", mark, "}")

    def subscript(self, base: Text, mark: Text) -> Text:
        return Text(base, "_", mark) if len(mark) == 1 and mark.short.isdigit() else Text(base, "_{", mark, "}")

    def letters(self, parts: Sequence[Text]) -> Text:
        return Text(*parts)

    def numbered(self, base: Text, number: str) -> Text:
        left, right = self.naming.brackets
        return Text(base, f"^{{{left}", number, f"{right}}}")

    def fenced(self, inner: Text, fence: str = "(") -> Text:
        left, right = (r"\|", r"\|") if fence == "‖" else ("(", ")")
        return Text(rf"\left{left}", inner, rf"\right{right}", tall=True)

    def arguments(self, inner: Text) -> Text:
        return self.fenced(inner) if inner.tall else Text("(", inner, ")")

    def gate(self, inner: Text) -> Text:
        return Text(r"\mathbb{1}\{", inner, r"\}")

    def root(self, inner: Text) -> Text:
        return Text(r"\sqrt{", inner, "}", tall=True)

    def sum(self, index: Text, stop: Text) -> Text:
        return Text(r"\sum_{", index, "=1}^{", stop, "}", tall=True)

    def transposed(self) -> Text:
        return Text(r"\top")


def _escaped(text: str) -> str:
    """A name as it stands in upright letters."""
    marks = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return "".join(marks.get(c, f"\\{c}" if c in "_{}$&%#" else c) for c in text)


_SPACED = {"+", "-", "=", ">", "<", *_OPERATORS.values()} - {r"\partial"}


def _gap(before: Text, part: Text, *, first: bool) -> str:
    """A space around operators, and wherever two things would run together; nothing after a sign in front."""
    if not len(before) or (before.short == "-" and first):
        return ""
    last = before.end.rpartition(" ")[2]
    if part.short in _SPACED or last in _SPACED:
        return " "
    if part.short == "," or part.start.startswith(("(", r"\left(")):
        return ""
    if last.endswith(","):
        return " "
    return " " if part.start[:1].isalnum() or last == "d" else ""
