"""How a cost grows: a panel for each curve, with logarithmic axes, the measured points and the line fitted to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from chainruler.cli.pictures import svg
from chainruler.cli.pictures.axis import Axis, label

COLUMNS, PANEL, LEFT, RIGHT, ABOVE, HEIGHT, BELOW, HEAD = 3, 204.0, 70.0, 18.0, 52.0, 150.0, 52.0, 36.0


@dataclass(frozen=True)
class Curve:
    """Points (x, y), what the axes are, the ends of the fitted line, and its slope in words."""

    title: str
    x: str
    y: str
    points: Sequence[Sequence[float]]
    fit: Sequence[Sequence[float]]
    slope: str


@dataclass(frozen=True)
class Curves:
    """Several curves side by side."""

    name: str
    title: str
    panels: Sequence[Curve]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """From JSON."""
        return cls(content["name"], content["title"], [Curve(**panel) for panel in content["panels"]])

    @property
    def alt(self) -> str:
        """What stands for the picture where it cannot be seen."""
        return f"{self.title}: " + "; ".join(f"{curve.title}, {curve.slope}" for curve in self.panels)

    def svg(self) -> str:
        """The picture."""
        width, height = LEFT + PANEL + RIGHT, ABOVE + HEIGHT + BELOW
        pieces = [svg.text(16, 28, self.title, "ink title")]
        for i, curve in enumerate(self.panels):
            row, column = divmod(i, COLUMNS)
            pieces += _panel(curve, column * width + LEFT, HEAD + row * height + ABOVE)
        columns, rows = min(COLUMNS, len(self.panels)), -(-len(self.panels) // COLUMNS)
        return svg.document(columns * width, HEAD + rows * height, self.alt, pieces, by="python -m benchmarks")


def _panel(curve: Curve, left: float, top: float) -> Iterator[str]:
    foot = top + HEIGHT
    across = Axis.around((x for x, _ in curve.points), left, left + PANEL)
    up = Axis.around((y for _, y in curve.points), foot, top)
    yield svg.text(left, top - 26, curve.title, "ink strong")
    yield svg.text(left, top - 9, curve.slope, "ours")
    for mark in across.marks():
        yield svg.line(across.at(mark), top, across.at(mark), foot)
        yield svg.text(across.at(mark), foot + 16, label(mark), "quiet", anchor="middle")
    for mark in up.marks():
        yield svg.line(left, up.at(mark), left + PANEL, up.at(mark))
        yield svg.text(left - 6, up.at(mark) + 4, label(mark), "quiet", anchor="end")
    yield svg.text(left + PANEL / 2, foot + 36, curve.x, "quiet", anchor="middle")
    yield svg.text(left - 54, top + HEIGHT / 2, curve.y, "quiet", anchor="middle", turned=True)
    yield svg.path([(across.at(x), up.at(y)) for x, y in curve.fit], "ours fit")
    for x, y in curve.points:
        yield svg.dot(across.at(x), up.at(y), "ours")
