"""Every figure in a document that comes from a benchmark is what the benchmark measured."""

import re
from pathlib import Path

import pytest

from benchmarks import citations, command, report
from tests.support.repository import ROOT

SPEED = re.compile(
    r"\d[\d,.]*\s*(?:×(?!\d)|µs|times (?:as|what|faster|slower|less|more)|requests?(?:/s| a second)|MB/s)"
)
DECISIONS = ROOT / "docs" / "why.md"
"""Tells what was measured when a decision was made, and is not made true by another measurement."""

DOCUMENTS = sorted(citations.documents())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_figures_are_what_was_measured(document: Path) -> None:
    """Each citation says what the results say; `make bench` renews it."""
    text = document.read_text(encoding="utf-8")

    assert citations.renewed(text) == text


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path != DECISIONS], ids=lambda path: path.name)
def test_no_figure_stands_alone(document: Path) -> None:
    """A speed that is no citation could not be kept true: CONTRIBUTING.md tells how to cite."""
    text = citations.without(document.read_text(encoding="utf-8"))

    assert [found[0] for found in SPEED.finditer(text)] == []


@pytest.mark.parametrize("path", sorted(path for path, _ in report.files(command.HERE, command.PARTS)), ids=str)
def test_results_are_what_their_files_say(path: Path) -> None:
    """RESULTS.md and the pictures follow from results/*.json; `python -m benchmarks` writes them."""
    current = dict(report.files(command.HERE, command.PARTS))

    assert path.read_text(encoding="utf-8") == current[path]


def test_something_is_cited() -> None:
    """The rules above are put to the test: the documents do cite."""
    assert any("<!-- figure: " in document.read_text(encoding="utf-8") for document in DOCUMENTS)


@pytest.mark.parametrize(
    "text", ["1.5 × as fast", "it takes 3 times less", "4,800 requests/s", "4,800 requests a second", "12.5 µs"]
)
def test_a_speed_is_recognised(text: str) -> None:
    """The words in which a speed is told."""
    assert SPEED.search(text)


def test_a_shape_is_no_speed() -> None:
    """3×4 is how large an array is."""
    assert SPEED.search("an array of 3×4") is None
