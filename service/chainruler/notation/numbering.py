r"""Equation numbers: `\tag{3}`, `\label{eq:w2}` and `\quad (2)` stand beside a formula and are no part of it."""

from __future__ import annotations

import re

_GAP = r"(?:\\q?quad(?![A-Za-z])|\\hfill(?![A-Za-z])|\\hspace\*?\s*\{[^{}]*\})"
_COUNTED = r"[A-Z]?[0-9]+(?:[.\-][0-9]+)*['′]?[a-z]?|[ivx]+|\*+|\\(?:star|ast|dagger)"
_NUMBER = rf"\(\s*(?:[Ee]q(?:uation)?\.?[\s~]*)?(?:{_COUNTED})\s*\)"
_TEXT = r"\\(?:text|textrm|textbf|textit|mathrm|mbox)\s*"
_COMMANDS = re.compile(
    r"\\(?:tag\*?|label)\s*\{(?:[^{}]|\{[^{}]*\})*\}|\\(?:notag|nonumber)(?![A-Za-z])|\\l?eqno\s*(?:\{[^{}]*\}|\([^()]*\)|[0-9]+)"
)
_AT_THE_END = re.compile(rf"{_GAP}(?:\s|{_GAP}|\\[,;:!\ ]|~)*(?:{_NUMBER}|{_TEXT}\{{\s*{_NUMBER}\s*\}})\s*[.,;]?\s*$")
_FACTOR = re.compile(r"\\tag\*?\s*\{[^{}]*\b(?:times|minus|twice|half|negative|sign|or|if|for)\b")
"""What is no number of an equation, but something about its value."""
_FULL_STOP = re.compile(r"[.,;]\s*$")


def without_number(text: str) -> str:
    r"""The formula with spaces where its number and the full stop of its sentence are, so that places stay.

    >>> without_number(r"a + b, \tag{3}").rstrip(), without_number(r"a + b \qquad (2)").rstrip()
    ('a + b', 'a + b')
    """
    for pattern in (_COMMANDS, _AT_THE_END, _FULL_STOP):
        text = pattern.sub(lambda match: match[0] if _FACTOR.search(match[0]) else " " * len(match[0]), text)
    return text
