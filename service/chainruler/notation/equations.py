r"""Equations in LaTeX as they are pasted, with environments and left sides; each line may use those before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from chainruler.engine import Expression
from chainruler.notation.formula import Conventions, FormulaError, Limits, Reading, Span, Symbols
from chainruler.notation.latex_reader import read_latex
from chainruler.notation.numbering import without_number

_DISPLAYS = r"equation|align|aligned|alignat|alignedat|split|gather|gathered|eqnarray|multline|displaymath|flalign|math"
_WRAPPING = re.compile(
    rf"\\(?:begin|end)\s*\{{(?:{_DISPLAYS})\*?\}}(?:\s*\{{[0-9]+\}})?|\$+|\\[\[\]()](?![A-Za-z])"
    r"|\\(?:displaystyle|nonumber|notag)(?![A-Za-z])"
)
_BREAK = re.compile(
    r"\\\\(?:\s*\[[^\]]*\])?|\\(?:Rightarrow|implies|Longrightarrow|iff)(?![A-Za-z])|[,;.]?\s*\\qquad|[,;]\s*\\quad"
)
_EQUALS = re.compile(r":?=|\\(?:coloneqq|leftarrow|gets|equiv|triangleq|doteq)(?![A-Za-z])")
_NESTING = r"\\(?P<env>begin|end)(?![A-Za-z])|\\.|(?P<open>[({\[])|(?P<close>[)}\]])|(?s:.)"
_STYLES = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathit|mathrm|mathcal|mathsf|vec|operatorname|text|rm|bf|left|right|,|;|:|!)(?![A-Za-z])"
)
_PARTIAL = r"(?:\\partial|d|\\mathrm\{?d\}?)"
_DERIVATIVES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\\[td]?frac\{{{_PARTIAL}(?P<of>[^{{}}]*)\}}\{{{_PARTIAL}(?P<by>(?:[^{{}}]|\{{[^{{}}]*\}})+)\}}",
        rf"{_PARTIAL}(?P<of>[^/{{}}]*)/{_PARTIAL}(?P<by>.+)",
        r"\\nabla_(?:\{(?P<by>(?:[^{}]|\{[^{}]*\})+)\}|(?P<one>[A-Za-z]))(?P<of>.*)",
    )
)
_LETTER = re.compile(
    r"(?P<d>d)?\\?(?P<stem>[A-Za-z]+)(?:[_^]\{?[(\[]?(?P<number>[0-9]+)[)\]]?\}?|_\{?(?P<word>[A-Za-z]+)\}?)?"
)


def are_equations(text: str) -> bool:
    """Whether a text in LaTeX is more than one formula by itself."""
    return _WRAPPING.search(text) is not None or any(True for _ in _cuts(text, _EQUALS)) or r"\\" in text


def read_equations(
    text: str, symbols: Symbols, limits: Limits, conventions: Conventions
) -> dict[str, Reading | FormulaError]:
    """What equations define, by the names of their left sides, in their order; nothing for a formula by itself."""
    if len(text) > limits.code_characters:
        message = f"The text has {len(text)} characters; at most {limits.code_characters} are read."
        raise FormulaError(message, "", (0, 1))
    plain = _WRAPPING.sub(lambda match: " " * len(match[0]), text)
    own: dict[str, Expression] = {}
    found: dict[str, Reading | FormulaError] = {}
    for name, span in _results(plain, conventions):
        found.pop(name, None)
        try:
            reading = _read(plain, span, {**symbols, **own}, limits, conventions)
        except FormulaError as error:
            found[name] = error
            own.pop(name, None)
        else:
            found[name] = reading
            own |= {name: reading.expression} if name else {}
    return found


def _read(text: str, span: Span, symbols: Symbols, limits: Limits, conventions: Conventions) -> Reading:
    """The formula of one right side, with its places in the whole text."""
    start, stop = span
    padded = " " * start + text[start:stop]
    padded = "".join(" " if c == "&" else c for c in without_number(padded))
    longer = Limits(characters=max(limits.characters, start + limits.characters), sizes=limits.sizes)
    return read_latex(padded, symbols, longer, conventions)


def _results(text: str, conventions: Conventions) -> Iterator[tuple[str, Span]]:
    """For each line, the name on its left and the span of its last member; a line that begins with = goes on."""
    name = ""
    for start, stop in _lines(text):
        cuts = [(start, start), *((a + start, b + start) for a, b in _cuts(text[start:stop], _EQUALS)), (stop, stop)]
        members = [(before[1], after[0]) for before, after in pairwise(cuts)]
        first = text[slice(*members[0])].replace("&", " ").strip()
        if len(members) > 1 and first:
            name = _named(first, conventions)
        elif len(members) == 1:
            if not first.strip(" ,.;"):
                continue
            name = ""
        yield name, members[-1]


def _lines(text: str) -> Iterator[Span]:
    """The lines of a display; where TeX's sign for a new line is missing, each line of the text that is an equation."""
    place = 0
    for start, stop in [*_cuts(text, _BREAK), (len(text), len(text))]:
        yield from _equations_between(text, place, start)
        place = stop


def _equations_between(text: str, start: int, stop: int) -> Iterator[Span]:
    lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"[^\n]+", text[start:stop]) if m[0].strip()]
    if len(lines) > 1 and all(any(True for _ in _cuts(text[a:b], _EQUALS)) for a, b in lines):
        yield from lines
    else:
        yield start, stop


def _cuts(text: str, sign: re.Pattern[str]) -> Iterator[Span]:
    """Where a sign stands outside of all brackets, cases and matrices."""
    depth = place = 0
    pattern = re.compile(
        rf"(?P<sign>{sign.pattern})|\\(?P<env>begin|end)(?![A-Za-z])|\\.|(?P<open>[({{\[])|(?P<close>[)}}\]])|(?s:.)"
    )
    for match in pattern.finditer(text):
        if match["sign"] is not None:
            if depth == 0 and not re.search(r"[<>!]$", text[place : match.start()]):
                yield match.span()
        elif match["env"] is not None:
            depth += 1 if match["env"] == "begin" else -1
        elif match["open"] or match["close"]:
            depth = max(0, depth + (1 if match["open"] else -1))


def _named(left: str, conventions: Conventions) -> str:
    r"""The name of a left side as code has it: dW2 for \frac{\partial J}{\partial W^{(2)}}, delta2 for \delta_2."""
    plain = re.sub(r"\{([A-Za-z]|\\(?!partial)[A-Za-z]+)\}", r"\1", _STYLES.sub("", left))
    plain = re.sub(r"\s+", "", plain)
    for pattern in _DERIVATIVES:
        match = pattern.fullmatch(plain)
        if match is not None:
            by = match["by"] or match.groupdict().get("one") or ""
            of = match["of"].strip("{}")
            letter = _LETTER.fullmatch(by)
            if letter is not None and re.sub(r"[\\()]|_.*", "", of) in conventions.objectives | {""}:
                return f"d{_label(letter)}"
            return left
    letter = _LETTER.fullmatch(plain)
    return left if letter is None else _label(letter)


def _label(letter: re.Match[str]) -> str:
    word = f"_{letter['word']}" if letter["word"] else ""
    return f"{letter['d'] or ''}{letter['stem']}{letter['number'] or ''}{word}"
