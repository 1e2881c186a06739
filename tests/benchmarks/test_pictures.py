"""Pictures show every value, named, inside their frame."""

import re
from xml.etree import ElementTree as ET

import pytest

from benchmarks.pictures.curves import Curve, Curves
from benchmarks.pictures.dots import Dots
from chainruler.cli.pictures.axis import Axis, label

SVG = "{http://www.w3.org/2000/svg}"
DOTS = Dots(
    "some", "Who is <fast>", "requests a second", {"S": {"chainruler": 4800.0, "other": 90.0}, "L": {"chainruler": 9.5}}
)
CURVES = Curves(
    "some",
    "How it grows",
    [
        Curve(f"Curve {i}", "samples", "µs", [(1, 20.0), (10, 30.0), (100, 250.0)], [(10, 28.0), (100, 250.0)], "0.95")
        for i in range(4)
    ],
)


def read(picture: Dots | Curves) -> ET.Element:
    """The picture, parsed."""
    return ET.fromstring(picture.svg())  # noqa: S314 (written a moment ago, by us)


@pytest.mark.parametrize(("picture", "points"), [(DOTS, 3), (CURVES, 12)], ids=["dots", "curves"])
def test_every_value_is_a_point_inside_the_frame(picture: Dots | Curves, points: int) -> None:
    """As many points as values, each within the picture, and so is the place of every text."""
    root = read(picture)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    circles = list(root.iter(f"{SVG}circle"))
    texts = list(root.iter(f"{SVG}text"))

    assert len(circles) == points
    assert all(0 < float(c.attrib["cx"]) < width and 0 < float(c.attrib["cy"]) < height for c in circles)
    assert all(0 < float(t.attrib["x"]) < width and 0 < float(t.attrib["y"]) < height for t in texts)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (DOTS, ["Who is <fast>", "requests a second", "S", "L", "chainruler", "other", "4,800", "90", "9.5"]),
        (CURVES, ["How it grows", "Curve 3", "samples", "µs", "0.95", "100"]),
    ],
    ids=["dots", "curves"],
)
def test_titles_units_and_values_are_written(picture: Dots | Curves, words: list[str]) -> None:
    """Whoever sees the picture alone knows what it shows."""
    root = read(picture)
    written = {text.text for text in root.iter(f"{SVG}text")}

    assert [word for word in words if word not in written] == []


@pytest.mark.parametrize("picture", [DOTS, CURVES], ids=["dots", "curves"])
def test_every_colour_has_a_light_and_a_dark_shade(picture: Dots | Curves) -> None:
    """Each class that something is drawn with is told of twice, the second time for dark mode."""
    text = picture.svg()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    drawn = {kind for found in re.findall(r'class="([^"]*)"', text) for kind in found.split()}
    shapes = {"title", "strong", "line", "fit"}

    assert drawn - shapes
    assert all(f".{kind} {{" in light and f".{kind} {{" in dark for kind in drawn - shapes)


def test_equal_ratios_are_equal_distances() -> None:
    """The axis is logarithmic, and ends on marks."""
    axis = Axis.around([3.0, 700.0], 100, 400)

    assert (axis.low, axis.high) == (2.0, 1000.0)
    assert axis.at(axis.low) == pytest.approx(100)
    assert axis.at(axis.high) == pytest.approx(400)
    assert axis.at(20) - axis.at(10) == pytest.approx(axis.at(600) - axis.at(300))
    assert axis.marks() == [10.0, 100.0, 1000.0]
    assert Axis.around([3.0, 30.0], 0, 1).marks() == [2.0, 5.0, 10.0, 20.0, 50.0]
    assert Axis.around([5.0, 5.0], 0, 1).marks() == [5.0, 10.0]


@pytest.mark.parametrize(("value", "said"), [(4812.3, "4,812"), (90.0, "90"), (9.476, "9.48"), (0.1442, "0.144")])
def test_three_digits_are_enough(value: float, said: str) -> None:
    """Numbers are as long as they are trustworthy."""
    assert label(value) == said
