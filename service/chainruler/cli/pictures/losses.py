"""The loss over the epochs of a training, as a curve; as PNG where a library for that is installed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from chainruler.cli.complaints import Complaint
from chainruler.cli.pictures import svg
from chainruler.cli.pictures.axis import Axis, LinearAxis, label

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 360.0, 76.0, 88.0, 56.0, 56.0
MOST_POINTS = 1000
STEEP = 30
"""From this ratio of the largest loss to the smallest on, the axis is logarithmic."""
NO_LIBRARY = "A PNG needs the package cairosvg, which is not installed."


def check_writable(path: Path) -> None:
    """Refuses a name for which there is no format, before anybody waits for a training."""
    if path.suffix == ".png" and find_spec("cairosvg") is None:
        raise Complaint(NO_LIBRARY, hint=f"pip install cairosvg, or name it {path.with_suffix('.svg')}.")
    if path.suffix not in {".svg", ".png"}:
        raise Complaint(f"{path} ends neither in .svg nor in .png: there is no picture of that kind.")


def write(path: Path, losses: Sequence[float], title: str) -> None:
    """The curve into a file, as SVG or PNG by its name."""
    picture = curve(losses, title)
    if path.suffix == ".png":
        from cairosvg import svg2png  # noqa: PLC0415 (it need not be installed)

        svg2png(bytestring=picture.encode(), write_to=str(path), scale=2)
    else:
        path.write_text(picture, encoding="utf-8")


def curve(losses: Sequence[float], title: str) -> str:
    """The picture; the first loss is that before anything was learnt."""
    right, foot = WIDTH - RIGHT, HEIGHT - BOTTOM
    across = LinearAxis.around([0, max(1, len(losses) - 1)], LEFT, right)
    up: Axis | LinearAxis = (Axis if _is_steep(losses) else LinearAxis).around(losses, foot, TOP)
    points = [
        (across.at(epoch), up.at(losses[epoch])) for epoch in _chosen(len(losses)) if math.isfinite(losses[epoch])
    ]
    pieces = [svg.text(16, 28, title, "ink title"), *_ruled(across, up, right, foot)]
    pieces += [svg.path(points, "ours curve"), svg.dot(*points[-1], "ours")]
    pieces.append(svg.text(points[-1][0] + 10, points[-1][1] + 4, f"{losses[-1]:.3g}", "ours strong"))
    said = f"{title}: from {losses[0]:.3g} to {losses[-1]:.3g}"
    return svg.document(WIDTH, HEIGHT, said, pieces, by="chainruler train")


def _ruled(across: LinearAxis, up: Axis | LinearAxis, right: float, foot: float) -> Iterator[str]:
    """The marks of both axes, and what they are."""
    for mark in across.marks():
        if mark == round(mark):
            yield svg.text(across.at(mark), foot + 20, f"{mark:,.0f}", "quiet", anchor="middle")
    for mark in up.marks():
        yield svg.line(LEFT, up.at(mark), right, up.at(mark))
        yield svg.text(LEFT - 8, up.at(mark) + 4, label(mark), "quiet", anchor="end")
    yield svg.text((LEFT + right) / 2, foot + 42, "epoch", "quiet", anchor="middle")
    scale = ", logarithmic" if isinstance(up, Axis) else ""
    yield svg.text(LEFT - 56, (TOP + foot) / 2, f"loss{scale}", "quiet", anchor="middle", turned=True)


def _is_steep(losses: Sequence[float]) -> bool:
    return min(losses) > 1e-12 and max(losses) < 1e12 and max(losses) > STEEP * min(losses)


def _chosen(count: int) -> list[int]:
    """The places of the points that are drawn: all, or as many as can be told apart."""
    if count <= MOST_POINTS:
        return list(range(count))
    return sorted({*range(0, count, math.ceil(count / MOST_POINTS)), count - 1})
