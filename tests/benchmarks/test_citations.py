"""Documents cite results, and are renewed from them."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.citations import NotMeasured, renewed, without
from benchmarks.report import Table

ROWS = [
    ["S = 4-10-3, N=150", "**ours**", "1.06", "2,000"],
    ["S = 4-10-3, N=150", "ours checked", "1.26", "1,900"],
    ["M = 784-128-10, N=128", "**ours**", "1.00", "70"],
]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with the results of one part."""
    report.save(tmp_path, "engine", [Table("Gradients", "Lower is better.", ["workload", "by", "ratio", "rate"], ROWS)])
    return tmp_path


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        ("engine; Gradients; M; ratio", "1.00"),
        ("engine; Gradients; S; ours; ratio", "1.06"),
        ("engine; Gradients; S; ours checked; rate", "1,900"),
        ("engine; Gradients; S = 4-10-3, N=150; ours; by", "ours"),
    ],
)
def test_a_figure_is_the_cell_that_its_comment_names(place: str, cell: str, results: Path) -> None:
    """The first words of a cell are enough, a cell that is the whole key comes first, emphasis is left out."""
    text = f"It takes <!-- figure: {place} -->7<!-- /figure --> times."

    assert renewed(text, results) == f"It takes <!-- figure: {place} -->{cell}<!-- /figure --> times."


def test_a_table_is_cited_whole(results: Path) -> None:
    """Between its comments stands the table, and nothing else of the document moves."""
    text = "Before.\n\n<!-- table: engine; Gradients -->\nold\n<!-- /table -->\nAfter.\n"

    current = renewed(text, results)

    assert "| M = 784-128-10, N=128 | **ours** | 1.00 | 70 |\n" in current
    assert current.startswith("Before.\n\n<!-- table: engine; Gradients -->\n\n| workload |")
    assert current.endswith("|\n\n<!-- /table -->\nAfter.\n")
    assert renewed(current, results) == current


@pytest.mark.parametrize(
    "place",
    [
        "motor; Gradients; M; ratio",
        "engine; Jacobians; M; ratio",
        "engine; Gradients; S; ratio",
        "engine; Gradients; L; ratio",
        "engine; Gradients; M; our; ratio",
        "engine; Gradients; M; speed",
    ],
    ids=["part", "table", "two rows", "no row", "part of a word", "column"],
)
def test_what_was_not_measured_is_not_cited(place: str, results: Path) -> None:
    """A comment that names no cell, or more than one, is an error and no empty figure."""
    with pytest.raises(NotMeasured, match=place.split(";", maxsplit=1)[0]):
        renewed(f"<!-- figure: {place} -->1<!-- /figure -->", results)


def test_what_is_cited_can_be_left_out() -> None:
    """The rest of a document is what has to do without figures."""
    text = "a <!-- figure: p; t; r; c -->5 ×<!-- /figure --> b\n<!-- table: p; t -->\n| 7 × |\n<!-- /table -->\n"

    assert without(text) == "a  b\n\n"
