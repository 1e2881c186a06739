"""Numbers as people read them: aligned, as many digits as tell something, a true minus sign, and the sign in colour."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

MINUS = "−"
DIGITS = 6
"""Of the largest entry of an array; the others have as many decimals."""
MOST_DECIMALS = 9
MOST_MEASURED = 10_000
"""Entries that are looked at one by one to find how wide they are."""
MOST_LINES = 12
SHOWN = 3
"""Entries at each end of an axis that is too long to be shown."""
STYLES = {"negative": "dodger_blue1", "positive": "dark_orange", "zero": "dim"}
"""Not red and green: red means wrong."""

_NUMBER = re.compile(r"(?<![\w.])−?\d[\d.]*(?:e[+−]?\d+)?")


def number(value: float, digits: int = 9) -> str:
    """One number, with at most this number of digits."""
    return f"{value:.{digits}g}".replace("-", MINUS)


def error(value: float) -> str:
    """How large an error is: two digits are enough."""
    return f"{value:.1e}".replace(".0e", "e").replace("-", MINUS) if value else "0"


def shape(sizes: Sequence[int | str]) -> str:
    """The sizes as they are said: 3×4."""
    return "×".join(map(str, sizes)) or "scalar"


def array(values: NDArray[Any], width: int = 60) -> Text:
    """An array in rows and columns; of what has no room, the ends of each axis are shown."""
    if values.ndim == 0:
        return coloured(number(float(values)))
    texts = _Entries(values)
    columns = values.shape[-1]
    room = max(1, (width - 2 * values.ndim) // (texts.width + 1))
    lines = values.size // max(1, columns) if values.ndim > 1 else -(-columns // room)
    whole = (columns <= room or values.ndim == 1) and lines <= MOST_LINES
    printed = np.array2string(
        values,
        max_line_width=width if values.ndim == 1 else 10_000,
        separator=" ",
        threshold=values.size + 1 if whole else 0,
        edgeitems=1 if values.ndim > 2 else max(1, min(SHOWN, (room - 1) // 2)),
        formatter={"all": texts.text},
    )
    return coloured(printed.replace("\n\n", "\n").replace("...", "…"))


def coloured(text: str) -> Text:
    """The text with its numbers in the colour of their sign."""
    result = Text(text)
    for found in _NUMBER.finditer(text):
        zero = not re.search("[1-9]", found[0])
        sign = "zero" if zero else "negative" if found[0].startswith(MINUS) else "positive"
        result.stylize(STYLES[sign], *found.span())
    return result


def _decimals(text: str) -> int:
    """How many decimals a text has without zeros at its end."""
    return 0 if "e" in text else len(text.partition(".")[2].rstrip("0"))


class _Entries:
    """The entries of one array as texts of one width and with as many decimals."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.whole = values.dtype.kind not in "fc"
        sizes = np.abs(values[values != 0]) if values.size else np.zeros(0)
        power = math.floor(math.log10(sizes.max())) if sizes.size and not self.whole else 0
        self.scientific = not -4 <= power < DIGITS
        self.decimals = min(MOST_DECIMALS, max(0, DIGITS - 1 - power))
        self.width = 0
        shown = values.ravel() if values.size <= MOST_MEASURED else np.array([values.max(), values.min()])
        if not self.scientific and values.size <= MOST_MEASURED:
            self.decimals = max((_decimals(self.text(value)) for value in shown), default=0)
        self.width = max((len(self.text(value)) for value in shown), default=0)

    def text(self, value: Any) -> str:
        """One entry; 0 is written so only if it is exactly 0."""
        return self._bare(value).replace("-", MINUS).rjust(self.width)

    def _bare(self, value: Any) -> str:
        if self.whole or value == 0:
            return f"{abs(value) if value == 0 else value:.0f}"
        fixed = f"{value:.{self.decimals}f}"
        if self.scientific or not re.search("[1-9]", fixed):
            return f"{value:.{DIGITS - 1 if self.scientific else 1}e}".replace(".0e", "e")
        return fixed


def norm(array: NDArray[Any]) -> float:
    """The root of the sum of squares, also where a square alone would overflow."""
    largest = float(np.abs(array).max(initial=0.0))
    return largest * float(np.linalg.norm(array / largest)) if largest else 0.0
