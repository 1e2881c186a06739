"""Numbers as people type them: `0.0822, 0.0827; −0.0226, −0.0227`, exact to the last digit that was typed."""

from __future__ import annotations

import re

import numpy as np

from chainruler.engine import Shape, show_shape
from chainruler.grading.comparing import Array
from chainruler.grading.errors import NotGradable

LONGEST = 20_000
MOST_NUMBERS = 5_000
MINUS = str.maketrans("−–﹣－", "----")
_NUMBER = re.compile(r"([+-]?)(\d{1,40}|\d{0,40}\.\d{0,40})(?:[eE]([+-]?\d{1,3}))?")
_ROWS = re.compile(r"\]\s*,?\s*\[|;|\n")


def typed(text: str, shape: Shape) -> tuple[Array, Array]:
    """The numbers of a text in a shape, and the unit of the last digit of each; NotGradable if they do not fill it."""
    if len(text) > LONGEST:
        raise NotGradable(f"The text has more than {LONGEST:,} characters.")
    rows = [row for row in (_row(part) for part in _ROWS.split(text.translate(MINUS).strip())) if row]
    numbers = [number for row in rows for number in row]
    if not numbers:
        raise NotGradable("There is no number here. Type numbers, with ; between rows: 1.5, 2; 0.1, −3.")
    if len(numbers) > MOST_NUMBERS:
        raise NotGradable(f"There are more than {MOST_NUMBERS:,} numbers here.")
    have = tuple(len(row) for row in rows)
    if not _fills(have, shape):
        found = f"{len(rows)} rows of {have[0]}" if len(set(have)) == 1 and len(rows) > 1 else f"{len(numbers)} numbers"
        wanted = f"shape {show_shape(shape)}" if shape else "one number"
        raise NotGradable(f"This is {found}, but {wanted} is needed. Put ; between rows.")
    values, units = zip(*numbers, strict=True)
    sides = [side for side in shape if isinstance(side, int)]
    return np.array(values).reshape(sides), np.array(units).reshape(sides)


def _row(text: str) -> list[tuple[float, float]]:
    return [_number(word) for word in re.split(r"[\s,]+", text.strip("[]() \t,")) if word.strip("[]()")]


def _number(word: str) -> tuple[float, float]:
    """A number, and the unit of its last digit."""
    match = _NUMBER.fullmatch(word.strip("[]()"))
    if match is None or not any(c.isdigit() for c in match[2]):
        raise NotGradable(f'"{word[:20]}" is not a number.')
    decimals = len(match[2].partition(".")[2])
    exponent = int(match[3] or 0)
    value = float(f"{match[1]}{match[2]}e{exponent}")
    if not np.isfinite(value):
        raise NotGradable(f'"{word[:20]}" is too large.')
    return value, 10.0 ** (exponent - decimals)


def _fills(rows: tuple[int, ...], shape: Shape) -> bool:
    """Whether rows of these lengths fill the shape; a vector may be typed as a row or as a column."""
    size = int(np.prod([dim for dim in shape if isinstance(dim, int)]))
    if sum(rows) != size:
        return False
    return len(shape) < 2 or (len(rows) == shape[0] and len(set(rows)) == 1) or (len(rows) == 1 and 1 in shape)
