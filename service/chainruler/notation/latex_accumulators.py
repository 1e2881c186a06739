r"""What is added up sample by sample: `\Delta W := \Delta W + \delta x^\top`, where \Delta W is one name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from chainruler.engine import Expression, sum_of
from chainruler.engine.simplify import value_of
from chainruler.notation.chains import Chain
from chainruler.notation.formula import FormulaError, Reading, Span, Symbols
from chainruler.notation.latex_left import SAMPLE, Left

_STYLE = r"(?:\\(?:mathbf|boldsymbol|bm|vec)(?![A-Za-z])\s*+)?"
_CHANGE = rf"\\Delta(?![A-Za-z])\s*+{_STYLE}\{{{{0,2}}\s*+(?P<name>[Wwb]|\\[tT]heta)(?![A-Za-z])\s*+\}}{{0,2}}"
_NAME = re.compile(_CHANGE)
_MARKS = r"(?:\s*+[_^]\s*+(?:\{[^{}]*+\}|[A-Za-z0-9]))*+"
_SIGN = r"(?::?=|\\(?:coloneqq|leftarrow|gets)(?![A-Za-z])|\+=|\\mathrel\s*+\{\s*+\+\s*+\}\s*+=)"
_DEFINED = re.compile(
    rf"(?:\A|[\n$,;.:&\[(]|\\\\|\\q?quad|\\begin\{{[a-z]+\*?\}})\s*+&?\s*+{_CHANGE.replace('?P<name>', '?:')}{_MARKS}"
    rf"\s*+&?\s*+{_SIGN}"
)
_FEET = re.compile(r"[_^](?:\{([^{}\\]*)\}|([a-z]))")
FROM_ZERO = "{name} is read as added up from 0."


def with_changes_as_names(text: str) -> str:
    r"""The text with DeltaW for \Delta W, where that stands on the left of a sign of equality; as long as it was.

    >>> with_changes_as_names(r"\Delta W^{(1)} = \delta x^\top")
    'DeltaW  ^{(1)} = \\delta x^\\top'
    """
    if not _DEFINED.search(text):
        return text
    return _NAME.sub(lambda match: f"Delta{match['name'].strip(chr(92))}".ljust(len(match[0])), text)


def is_change(name: str) -> bool:
    r"""Whether a name is that of a change of a parameter: as an answer it may be a sum, or a step of training."""
    return re.fullmatch(r"Delta(?:[Wwb]|[tT]heta)\w*", name) is not None


def term_of(text: str, chain: Chain) -> Span | None:
    """The place of what a chain adds to what stands on its left; None for any other chain."""
    if len(chain.lefts) != 1 or len(chain.members) != 1 or not chain.lefts[0].name:
        return None
    start, stop = chain.members[0]
    if chain.adds:
        return start, stop
    again = r"\s*".join(map(re.escape, chain.written.split()))
    match = re.compile(rf"[\s&]*{again}\s*\+").match(text, start, stop) if again else None
    return None if match is None else (match.end(), stop)


def added_up(
    text: str, chain: Chain, term: Span, symbols: Symbols, read: Callable[[Span, Left | None], Reading]
) -> Reading | None:
    """What a name becomes to which a term is added for each sample, or once; None if that is no such line."""
    left = replace(chain.lefts[0], shape=None)
    before = symbols.get(left.name)
    if before is not None and not isinstance(before, Expression):
        return None
    if before is None or value_of(before) == 0:
        for letter in (SAMPLE, *other_letters(text[slice(*term)], left)):
            try:
                found = read(term, replace(left, keys=(letter, *left.keys), of_sample=True))
            except FormulaError:
                continue
            return _noted(found.changed(lambda whole: sum_of(whole, 0)), left.name, before)
        return _noted(read(term, left if left.keys else None), left.name, before)
    if not chain.adds:
        return None
    return read(term, left if left.keys else None).changed(lambda whole: before + whole)


def other_letters(written: str, left: Left) -> list[str]:
    """The letter that counts the samples of a piece, if it has one besides those on the left."""
    feet = "".join(a or b for a, b in _FEET.findall(written))
    letters = set(re.findall("[a-dg-np-s]", feet)) - set(left.keys)
    return list(letters) if len(letters) == 1 else []


def _noted(found: Reading, name: str, before: Expression | None) -> Reading:
    """The reading, which says that it starts from 0 if the text does not."""
    return found if before is not None else replace(found, assumed=(*found.assumed, FROM_ZERO.format(name=name)))
