"""`grade --report`: what a class got wrong, as a page and in JSON; equal wrong answers are one way, however written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.course import GRADIENTS, begin, grade
from tests.support.markup import Markup
from tests.support.repository import ROOT
from tests.support.terminal import on_terminal

PENALTY = "dZ2.T @ A1 + 2 * lam * {}"
WRITTEN = {
    "the largest": ["max(W2)", "max(2 * W2) / 2", "max(W2, axis=(0, 1))", "max(max(W2, axis=0))"],
    "a mean": ["mean(W2)", "mean(2 * W2) / 2"],
}
"""Penalties that no known mistake gives, each written in several ways."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with submissions, of which some are wrong in ways that nothing explains."""
    begin(tmp_path, monkeypatch)
    for penalties in WRITTEN.values():
        for penalty in penalties:
            submit(f"x{len(list(Path('class').iterdir()))}", W2=PENALTY.format(penalty))
    noise = 1 + 1e-12 * np.random.default_rng(0).normal(size=(2, *GRADIENTS["W2"].shape))
    odd = GRADIENTS["W2"] + np.arange(GRADIENTS["W2"].size).reshape(GRADIENTS["W2"].shape)
    for n in range(2):
        submit(f"array {n} <script>", W2=(odd * noise[n]).tolist())


def submit(name: str, **answers: Any) -> None:
    """Put a submission into the class."""
    Path("class", f"{name}.json").write_text(json.dumps({"b2": GRADIENTS["b2"].tolist()} | answers))


def written(*arguments: str | Path) -> dict[str, Any]:
    """The report in JSON, as it is written beside whatever else is."""
    grade("--report", "class.json", *arguments, submission="class")
    found: dict[str, Any] = json.loads(Path("class.json").read_text())
    return found


def test_equal_wrong_answers_are_one_way() -> None:
    """Three ways that nothing explains come first, each with all who have it; the known one has its cause."""
    found = written()
    ways = [(way["answer"], way["causes"], len(way["who"])) for way in found["ways"]]

    assert sorted(ways[:3]) == [("W2", [], 2), ("W2", [], 2), ("W2", [], 4)]
    assert ways[3:] == [("W2", ["missing_regularization"], 1)]
    assert (found["submissions"], found["graded"], found["correct"]) == (11, 10, 1)
    assert [one["who"] for one in found["unread"]] == [["eve"]]


def test_what_the_report_proposes_for_the_rubric_names_the_way() -> None:
    """Pasted as it is, the entries of formulas make causes of what nothing explained; only the numbers are left."""
    entries = [way["entry"] for way in written()["ways"] if way["entry"]]
    rubric = json.loads(Path("rubric.json").read_text()) | {"mistakes": entries}
    Path("rubric.json").write_text(json.dumps(rubric))
    again = written()
    causes = {cause["code"]: len(cause["who"]) for cause in again["causes"]}

    assert len(entries) == 2
    assert sorted(causes.items()) == [("missing_regularization", 1), ("own_w2_1", 4), ("own_w2_2", 2)]
    assert [len(way["who"]) for way in again["ways"] if not way["causes"]] == [2]


def test_every_member_of_the_document_is_in_the_manual() -> None:
    """docs/staff.md says what programs find in the report, in its answers, causes, ways and reasons."""
    manual = (ROOT / "docs" / "staff.md").read_text(encoding="utf-8").partition("| member of `class.json`")[2]
    found = written()
    members = {*found, *(name for one in ("answers", "causes", "ways", "unread") for name in found[one][0])}

    assert [name for name in sorted(members) if f"`{name}`" not in manual] == []


def test_the_page_is_one_file_with_everybody_and_no_markup_of_theirs() -> None:
    """It is written beside the list, with the numbers of an example, and the name of a file is text."""
    seen = grade("--report", "class.html", "--report", "class.json", "--format", "csv", submission="class")
    read = Markup(Path("class.html").read_text(encoding="utf-8"))

    assert seen.code == 1
    assert seen.out.startswith("id,")
    assert read.faults == []
    assert "script" not in read.tags
    assert "array 0 <script>" in read.text
    assert "W2 = [[" in read.text
    assert "It is not JSON" in read.text


def test_nothing_is_graded_for_a_report_that_cannot_be_written() -> None:
    """That a page ends in .html and a document in .json is said before anything is done."""
    seen = grade("--report", "class.pdf", submission="class")

    assert seen.code == 2
    assert ".html" in seen.err
    assert not Path("class.pdf").exists()


def test_a_terminal_ends_with_what_the_class_got_wrong() -> None:
    """Answer by answer, the unexplained with an example each, and the causes."""
    arguments = ["--problem", "problem.json", "--rubric", "rubric.json", "--submission", "class"]
    seen = on_terminal("grade", *arguments, columns=100).text

    assert "11, 10 of them graded" in seen
    assert "4   W2       dZ₂ᵀ A₁ + 2λ max(W₂)" in seen
    assert "the numbers of array 0 <script>" in seen
    assert "missing_regularization" in seen


def test_one_submission_has_a_report_too() -> None:
    """A class may be one person."""
    grade("--report", "one.json", submission="class/bob.json")
    found = json.loads(Path("one.json").read_text())

    assert (found["submissions"], found["graded"]) == (1, 1)
    assert [way["causes"] for way in found["ways"]] == [["missing_regularization"]]


def test_a_name_that_is_no_text_is_in_the_report_all_the_same() -> None:
    """File names are bytes; what is no character is shown as a question mark."""
    Path("class").joinpath(b"\xff.json".decode(errors="surrogateescape")).write_text('{"W2": "2 * W2"}')
    named = {name for way in written("--report", "class.html")["ways"] for name in way["who"]}

    assert "?" in named
