r"""`\begin{cases} p_i - 1 & i = y \\ p_i & \text{otherwise} \end{cases}` taken apart into values and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chainruler.notation.cuts import pieces
from chainruler.notation.formula import Span

OPENING = r"\\begin\s*\{\s*[dr]?cases\*?\s*\}"
_EITHER = re.compile(r"\\(?:(?P<begin>begin)|end)\s*\{\s*[dr]?cases\*?\s*\}")
_ROW, _CELL = re.compile(r"\\\\(?:\s*\[[^\]]*\])?"), re.compile("&")
_WORDS = re.compile(
    r"(?:\s|\\(?:quad|qquad)(?![A-Za-z])|\\[,;: ])*(?:\\(?:text\w*|mathrm|mbox|operatorname|rm)\s*)?\{?\s*"
)
_IF = re.compile(r"(?:if|for|when|where)(?![A-Za-z])[\s~$}]*")
_ELSE = re.compile(r"(?:otherwise|else|elsewhere|sonst)?[\s.,}]*")


@dataclass(frozen=True)
class Case:
    """The places of a value and of its condition; without a condition, it is what holds otherwise."""

    value: Span
    condition: Span | None


def end_of_cases(text: str, place: int, stop: int) -> Span | None:
    """Where the sign stands that closes cases which were opened before a place."""
    depth = 1
    for match in _EITHER.finditer(text, place, stop):
        depth += 1 if match["begin"] else -1
        if depth == 0:
            return match.span()
    return None


def cases_between(text: str, start: int, stop: int) -> Iterator[Case]:
    """The rows of cases."""
    for top, bottom in pieces(text[start:stop], _ROW):
        cells = [(a + start + top, b + start + top) for a, b in pieces(text[start + top : start + bottom], _CELL)]
        if text[cells[0][0] : cells[-1][1]].strip():
            first, last = cells[0]
            value = first, first + len(text[first:last].rstrip().rstrip(",;"))
            yield Case(value, _condition(text, *cells[1]) if len(cells) > 1 else None)


def _condition(text: str, start: int, stop: int) -> Span | None:
    """The place of a condition without the words around it; None for `otherwise`."""
    words = _WORDS.match(text, start, stop)
    inner = words.end() if words else start
    if _ELSE.fullmatch(text, inner, stop):
        return None
    if found := _IF.match(text, inner, stop):
        start = found.end()
    end = start + len(text[start:stop].rstrip().rstrip(".,;"))
    opened = text[start:end].count("{") - text[start:end].count("}")
    return start, start + len(text[start:end].rstrip("}$ ")) if opened < 0 else end
