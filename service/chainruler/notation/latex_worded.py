r"""Cases in words: `p_i - 1 \text{ if } i = y, \text{ else } p_i`, and `1 if z > 0, 0 otherwise`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chainruler.notation.cuts import cuts
from chainruler.notation.formula import Span
from chainruler.notation.latex_cases import Case
from chainruler.notation.latex_patterns import EQUALITY

_IF, _ELSE = "if|when|wenn|falls", "else|otherwise|sonst"
_WORD = re.compile(
    rf"\\(?:text|mbox|textrm|mathrm)\s*+\{{[\s,;.]*+(?:and\s++)?(?:{_IF}|{_ELSE})[\s,:]*+\}}"
    rf"|(?<![A-Za-z\\{{])(?:{_IF}|{_ELSE})(?![A-Za-z])"
)
_OPEN = f"{_IF}|for|whenever|unless|or|oder"
OPEN_WORDS = frozenset(f"{_OPEN}|{_ELSE}".split("|"))
"""Words that leave open which value a formula has, unless both cases are said."""
IN_WORDS = "A condition in words needs both cases: write cases, or an indicator such as [i = j]."
SEVERAL = "Of two alternatives, leave one."
MAY_CHANGE = "These words may change the value: leave them out, or write what they say as a formula."
_CONDITIONAL = re.compile(
    rf"\\(?:text|mbox|textrm|mathrm)\s*+\{{[\s,;.(]*+(?:only\s++)?(?:{_OPEN})[\s,:]*+\}}"
    rf"|(?<![A-Za-z\\{{])(?:{_OPEN})(?![A-Za-z])"
)
_NEXT = re.compile(r"[,;]|\\(?:text|mbox|textrm)\s*+\{\s*+and\s*+\}|(?<![A-Za-z\\{])and(?![A-Za-z])")
_SEPARATOR = r"(?:[\s~,;.$&]|\\[,;:! ]|\\q?quad(?![A-Za-z]))"
_EDGE = re.compile(rf"{_SEPARATOR}*+")
_TAIL = re.compile(rf"(?<![\s~,;.$&]){_SEPARATOR}++\Z")


def worded(text: str) -> list[Case] | None:
    """A value under a condition in words and the value otherwise; None if a text says no such thing."""
    words = list(cuts(text, _WORD))
    if len(words) != 2:
        return None
    (if_start, if_stop), (else_start, else_stop) = words
    if re.search(_ELSE, text[if_start:if_stop]) or not re.search(_ELSE, text[else_start:else_stop]):
        return None
    value, condition = _trimmed(text, 0, if_start), _trimmed(text, if_stop, else_start)
    otherwise = _trimmed(text, else_stop, len(text))
    if otherwise[0] >= otherwise[1]:  # "1 if z > 0, 0 otherwise"
        end = next(cuts(text[slice(*condition)], _NEXT), None)
        if end is None:
            return None
        otherwise = _trimmed(text, condition[0] + end[1], condition[1])
        condition = _trimmed(text, condition[0], condition[0] + end[0])
    return [Case(value, condition), Case(otherwise, None)]


def trouble_with(words: str) -> str:
    """Why these are no part of a formula, if they say when it holds or something about its value; else nothing."""
    said = words.strip(" ,.;:()").split()
    if {"or", "oder"} & set(said):
        return SEVERAL
    if not OPEN_WORDS.isdisjoint(said):
        return IN_WORDS
    return MAY_CHANGE if len(said) > 1 else ""


def definitions(text: str) -> Iterator[Span]:
    """The places of signs of equality outside of all brackets, but for those in a condition."""
    start, stop = _condition(text)
    return (span for span in cuts(text, EQUALITY) if not start <= span[0] < stop)


def _condition(text: str) -> Span:
    """The place of a condition in words: where no other value follows, it goes on to the end."""
    cases = worded(text)
    if cases is not None:
        return cases[0].condition or (0, 0)
    word = next(cuts(text, _CONDITIONAL), None)
    return (0, 0) if word is None else (word[0], len(text))


def _trimmed(text: str, start: int, stop: int) -> Span:
    """The place of a piece without the separators around it."""
    begin, end = _EDGE.match(text, start, stop), _TAIL.search(text, start, stop)
    return (begin.end() if begin else start), (end.start() if end else stop)
