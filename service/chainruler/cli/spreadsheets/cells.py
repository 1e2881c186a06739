"""Cells of a spreadsheet: numbers stay numbers, and no text, which students may have chosen, becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from chainruler.grading.platforms.sheet import clean

Cell: TypeAlias = str | float
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a text begins that a spreadsheet takes for a formula: also behind spaces, and in full width."""
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
DIGITS = 10
"""Decimals of a number: more are rounding alone."""
LONGEST = 32_000
"""Characters of a cell: spreadsheets have a little more."""


def written(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def safe(cell: Cell) -> Cell:
    """The cell as no spreadsheet takes it for a formula; points without what adding them up rounds."""
    if not isinstance(cell, str):
        return round(cell, DIGITS)
    text = clean(cell, LONGEST)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
