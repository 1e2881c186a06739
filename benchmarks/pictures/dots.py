"""A point for each contender in each panel, on logarithmic axes: bars would need a zero, which these have not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from chainruler.cli.pictures import svg
from chainruler.cli.pictures.axis import Axis, label

OURS = "chainruler"
NAMES, PANEL, GAP, ROW, TOP, BOTTOM = 190.0, 190.0, 36.0, 26.0, 84.0, 56.0


@dataclass(frozen=True)
class Dots:
    """Values by panel and contender, all in one unit; who is not in a panel was not measured there."""

    name: str
    title: str
    unit: str
    panels: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """From JSON."""
        return cls(**content)

    @property
    def alt(self) -> str:
        """What stands for the picture where it cannot be seen."""
        return f"{self.title}: {self.unit}"

    def svg(self) -> str:
        """The picture."""
        names = list(dict.fromkeys(name for values in self.panels.values() for name in values))
        rows = {name: TOP + ROW * (i + 0.5) for i, name in enumerate(names)}
        foot = TOP + ROW * len(names)
        pieces = [svg.text(16, 28, self.title, "ink title"), svg.text(16, 48, self.unit, "quiet")]
        for name, y in rows.items():
            pieces.append(svg.text(NAMES - 10, y + 4, name, _ink(name) + " strong" * _is_ours(name), anchor="end"))
        for i, (title, values) in enumerate(self.panels.items()):
            start = NAMES + i * (PANEL + GAP)
            axis = Axis.around(values.values(), start, start + PANEL)
            pieces += [svg.text(start, TOP - 12, title, "ink strong"), *_ruled(axis, foot)]
            for name, value in values.items():
                pieces += _point(axis, value, rows[name], name)
        width = NAMES + len(self.panels) * (PANEL + GAP) + 8
        pieces.append(svg.text(NAMES, foot + 42, f"{self.unit}, logarithmic; further right is better", "quiet"))
        return svg.document(width, foot + BOTTOM, self.alt, pieces, by="python -m benchmarks")


def _ruled(axis: Axis, foot: float) -> Iterator[str]:
    """The marks of a panel."""
    for mark in axis.marks():
        yield svg.line(axis.at(mark), TOP, axis.at(mark), foot)
        yield svg.text(axis.at(mark), foot + 18, label(mark), "quiet", anchor="middle")


def _point(axis: Axis, value: float, y: float, name: str) -> Iterator[str]:
    """A value, and its number on the side where there is room."""
    x = axis.at(value)
    right = x < (axis.start + axis.end) / 2
    yield svg.dot(x, y, "ours" if _is_ours(name) else "other")
    yield svg.text(x + (9 if right else -9), y + 4, label(value), _ink(name), anchor="start" if right else "end")


def _ink(name: str) -> str:
    return "ours" if _is_ours(name) else "ink"


def _is_ours(name: str) -> bool:
    return name.startswith(OURS)
