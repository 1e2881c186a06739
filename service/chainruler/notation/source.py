"""A typed formula made ready for Python's parser: aliases replaced, places remembered, everything foreign refused."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field

from chainruler.notation.formula import DEFAULT_LIMITS, FormulaError, FormulaLimits, Span
from chainruler.notation.names import LETTERS

_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      |(?P<name>[A-Za-zα-ωΑ-Ωϕϵ_][A-Za-z0-9α-ωΑ-Ωϕϵ_₀-₉]*)
      |(?P<open>[(\[])|(?P<close>[)\]])
      |(?P<dots>\.\.\.)|(?P<point>\.)
      |(?P<after>'|ᵀ|²|³|\^T\b|\^\{T\}|\^⊤|⊤)
      |(?P<sign>[+\-−])
      |(?P<binary>\*\*|==|>=|<=|≥|≤|[*/@^<>·⋅×⊙∘])
      |(?P<comma>,)|(?P<colon>:)|(?P<equals>=)
      |(?P<space>\s+)""",
    re.VERBOSE,
)
SPELLED = {"'": ".T", "ᵀ": ".T", "^T": ".T", "^{T}": ".T", "^⊤": ".T", "⊤": ".T", "²": "**2", "³": "**3", "−": "-"}
SPELLED |= {"^": "**", "≥": ">=", "≤": "<=", "⊙": "*", "∘": "*", "·": "*", "⋅": "*", "×": "*"}
DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CLOSES = {")": "(", "]": "["}
_OPERAND = {"number", "name", "close", "after", "dots"}


@dataclass
class Source:
    """The code that stands for a formula, and for each of its characters the place in the formula."""

    text: str
    code: str = ""
    places: list[int] = field(default_factory=list)
    dots: set[int] = field(default_factory=set)
    """Where a multiplication sign stands that may mean either product."""

    def span(self, start: int, stop: int) -> Span:
        """The place in the formula of a piece of the code, given in bytes."""
        data = self.code.encode()
        first, last = len(data[:start].decode()), len(data[:stop].decode())
        begin = self.places[min(first, len(self.places) - 1)]
        end = self.places[last] if last < len(self.places) else len(self.text)
        return begin, max(begin + 1, len(self.text[:end].rstrip()))

    def append(self, code: str, place: int, length: int) -> None:
        """Append a piece of code, and note the place and length of the formula's text that it was read from."""
        self.code += code
        self.places += range(place, place + length) if len(code) == length else [place] * len(code)

    def at(self, line: int, column: int) -> int:
        """The place in the code, in bytes, of a line and a column."""
        lines = self.code.encode().split(b"\n")
        return sum(len(before) + 1 for before in lines[:line]) + column

    def error(self, message: str, start: int, stop: int) -> FormulaError:
        """The error of a piece of the formula."""
        return FormulaError(message, self.text, (start, stop))


def prepared(text: str, limits: FormulaLimits) -> Source:
    """The formula as code that Python's parser can take; FormulaError for whatever no formula has."""
    if len(text) > limits.characters:
        raise FormulaError(f"The formula has {len(text)} characters; at most {limits.characters} are read.", "", (0, 1))
    return _Scan(text, limits).run()


def spelling(name: str) -> str:
    """A name as formulas have it, with letters for Greek ones and small digits; nothing for what cannot be one.

    >>> spelling("W1"), spelling("δ₂"), spelling("lambda"), spelling("class"), spelling("a b")
    ('W1', 'delta2', 'lam', '', '')
    """
    try:
        code = prepared(name, DEFAULT_LIMITS).code
    except FormulaError:
        return ""
    return code if code.isidentifier() and not keyword.iskeyword(code) else ""


class _Scan:
    """One pass over the text from left to right."""

    def __init__(self, text: str, limits: FormulaLimits) -> None:
        self.text, self.limits = text, limits
        self.source = Source(text)
        self.open: list[tuple[str, int]] = []
        self.before = ""
        """The kind of the piece before, of spaces none."""
        self.before_text = ""

    def run(self) -> Source:
        place = 0
        while place < len(self.text):
            match = _TOKEN.match(self.text, place)
            if match is None:
                raise self._foreign(place)
            kind = match.lastgroup or ""
            if kind != "space":
                self._check(kind, match[0], place)
                self.source.append(self._spelled(match[0], place), place, len(match[0]))
                self.before, self.before_text = kind, match[0]
            elif self.source.code:
                self.source.append(" " * len(match[0]), place, len(match[0]))
            place = match.end()
        self._finish()
        return self.source

    def _spelled(self, piece: str, place: int) -> str:
        """The piece as Python has it."""
        if piece in "·⋅×":
            self.source.dots.add(place)
        if piece == "lambda":
            return "lam"
        if piece[0].isalpha():
            return (
                "".join(LETTERS.get(c, c) for c in piece).translate(DIGITS) if piece in LETTERS else self._ascii(piece)
            )
        return SPELLED.get(piece, piece)

    @staticmethod
    def _ascii(piece: str) -> str:
        """A name with its Greek letters and small digits spelled out: δ₂ is delta2."""
        return "".join(LETTERS.get(c, c) for c in piece).translate(DIGITS)

    def _error(self, message: str, place: int, length: int = 1) -> FormulaError:
        return self.source.error(message, place, place + length)

    def _check(self, kind: str, piece: str, place: int) -> None:
        """See that the piece may follow the one before."""
        ends = self.before in _OPERAND
        if kind in {"number", "name"} and ends and self.before != "point":
            raise self._error(f'An operator is missing before "{piece}": write * or @.', place, len(piece))
        if kind == "name" and keyword.iskeyword(piece) and piece not in {"lambda", "True", "False", "None"}:
            raise self._error(f'"{piece}" is not part of a formula.', place, len(piece))
        if kind == "open":
            self._opened(piece, place, ends=ends)
        elif kind == "close":
            self._closed(piece, place)
        elif kind in {"binary", "after", "point"} and not ends:
            raise self._error(self._missing(piece), place, len(piece))
        elif kind == "equals" and not self.open:
            raise self._error("Give the right-hand side only: leave out what stands before and with the =.", place)
        elif kind == "colon" and not (self.open and self.open[-1][0] == "["):
            raise self._error('":" is not part of a formula.', place)

    def _missing(self, piece: str) -> str:
        if piece == "'":
            return "Quotes and texts are not part of a formula; after a name or bracket ' means transposed."
        return f'Something is missing before "{piece}".'

    def _opened(self, piece: str, place: int, *, ends: bool) -> None:
        """A bracket opens: a call after a name, an index after an operand, else a group."""
        called = self.before == "name" or (self.before == "after" and self.before_text == "'")
        if ends and piece == "(" and not called:
            raise self._error('An operator is missing before "(": write * or @.', place)
        if not ends and piece == "[":
            raise self._error("Lists are not part of a formula: use the names of the arrays.", place)
        self.open.append((piece, place))
        if len(self.open) > self.limits.depth:
            raise self._error(f"Brackets stand more than {self.limits.depth} deep.", place)

    def _closed(self, piece: str, place: int) -> None:
        if not self.open or self.open[-1][0] != _CLOSES[piece]:
            raise self._error(f'This "{piece}" closes nothing: remove it, or open a bracket before it.', place)
        if self.before in {"binary", "sign", "equals"}:
            raise self._error(f'Something is missing after "{self.before_text}".', place)
        if self.before == "open" and not re.search(r"[\w,]\s*\(\s*$", self.source.code):
            raise self._error("There is nothing between these brackets.", place)
        self.open.pop()

    def _finish(self) -> None:
        end = len(self.text.rstrip())
        if not self.source.code.strip():
            raise self._error("The formula is empty.", 0)
        if self.open:
            bracket, place = self.open[-1]
            missing = {"(": ")", "[": "]"}[bracket]
            raise self._error(f'"{missing}" is missing: this "{bracket}" is never closed.', place)
        if self.before not in _OPERAND:
            raise self._error(f'Something is missing after "{self.before_text}".', end - 1)

    def _foreign(self, place: int) -> FormulaError:
        """The error of a character that no formula has."""
        character = self.text[place]
        hints = {
            "\\": r'This looks like LaTeX: say so (syntax "latex"), or write NumPy.',
            "&": "Multiply gates: (a > 0) * (b > 0).",
            "!": "Write 1 - (a == b).",
            "ᵗ": "Write .T for the transpose.",
        }
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        return self._error(hints.get(character, f'"{shown}" is not part of a formula.'), place)
