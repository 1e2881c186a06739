r"""Expressions as LaTeX: `\frac{1}{N}\left(\operatorname{softmax}(Z_2) - Y\right)`; it reads back as the same."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import Expression, Primitive
from chainruler.notation.mathematics import Markup, MathStyle, SymbolOf, partial, symbol
from chainruler.notation.presentation import present

_OPERATORS = {"−": "-", "⊙": r"\odot", "≥": r"\geq", "≤": r"\leq", "∂": r"\partial", "·": r"\cdot"}
_TALL = (r"\frac", r"\sum", r"\left", r"\sqrt")


def to_latex(expression: Expression, symbols: SymbolOf | None = None) -> str:
    """The expression as LaTeX; `symbols` says how certain names are to be written instead."""
    return present(expression, MathStyle(LatexMarkup(), symbols))


def latex_symbol(label: str, loss: str | None = None) -> str:
    r"""A name as LaTeX: dZ2 is `dZ_2`, or `\frac{\partial J}{\partial Z_2}` if the loss is named."""
    return symbol(label, LatexMarkup()) if loss is None else partial(label, loss, LatexMarkup())


class LatexMarkup(Markup):
    """The marks of LaTeX."""

    def number(self, value: float) -> str:
        text = repr(value)
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else text

    def letter(self, letter: str, word: str, *, of_loss: bool = False) -> str:
        written = letter if letter.isascii() else "\\" + {"lam": "lambda"}.get(word, word)
        return f"d{written}" if of_loss else written

    def word(self, text: str) -> str:
        return rf"\mathrm{{{_escaped(text)}}}"

    def function(self, primitive: Primitive) -> str:
        return primitive.latex or rf"\operatorname{{{_escaped(primitive.name)}}}"

    def operator(self, sign: str) -> str:
        return _OPERATORS.get(sign, sign)

    def row(self, parts: Sequence[str]) -> str:
        text = ""
        for place, part in enumerate(parts):
            text += _gap(text, part, first=place == 1) + part
        return text

    def fraction(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def superscript(self, base: str, mark: str) -> str:
        return f"{base}^{mark}" if mark == r"\top" else f"{base}^{{{mark}}}"

    def subscript(self, base: str, mark: str) -> str:
        return f"{base}_{mark}" if len(mark) == 1 and mark.isdigit() else f"{base}_{{{mark}}}"

    def fenced(self, inner: str, fence: str = "(") -> str:
        left, right = (r"\|", r"\|") if fence == "‖" else ("(", ")")
        return rf"\left{left}{inner}\right{right}"

    def arguments(self, inner: str) -> str:
        return self.fenced(inner) if any(mark in inner for mark in _TALL) else f"({inner})"

    def gate(self, inner: str) -> str:
        return rf"\mathbb{{1}}\{{{inner}\}}"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"

    def sum(self, index: str, stop: str) -> str:
        return rf"\sum_{{{index}=1}}^{{{stop}}}"

    def transposed(self) -> str:
        return r"\top"


def _escaped(text: str) -> str:
    """A name as it stands in upright letters."""
    marks = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return "".join(marks.get(c, f"\\{c}" if c in "_{}$&%#" else c) for c in text)


_SPACED = {"+", "-", "=", ">", "<", *_OPERATORS.values()} - {r"\partial"}


def _gap(before: str, part: str, *, first: bool) -> str:
    """A space around operators, and wherever two things would run together; nothing after a sign in front."""
    if before == "-" and first:
        return ""
    last = before.rpartition(" ")[2]
    if part in _SPACED or last in _SPACED:
        return " " if before else ""
    if part == "," or part.startswith(("(", r"\left(")) or not before:
        return ""
    if last.endswith(","):
        return " "
    return " " if part[0].isalnum() or last == "d" else ""
