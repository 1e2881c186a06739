"""The mirror: whatever a derivation prints can be submitted as an answer, line by line and whole, and is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chainruler import textbook
from chainruler.cli.commands.derive import code, latex
from chainruler.handlers.grading import grade
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request
from chainruler_client.results import Line
from tests.grading.problems import CONTEXT
from tests.handlers.calls import call
from tests.handlers.problems import posted
from tests.networks.cases import case_of, documents

DOCUMENTS = dict(documents())
VIEWS = ("batch", "sample")
CASES = [(name, view) for name in DOCUMENTS for view in VIEWS if view == "batch" or not name.startswith("batch_norm")]
WRITTEN: dict[str, Callable[[Line], str]] = {"latex": lambda line: line.latex, "numpy": code}
PAGES: dict[str, Callable[[list[Line]], str]] = {
    "latex": latex,
    "numpy": lambda lines: "".join(f"{code(line)}\n" for line in lines),
}


def problem_in(name: str, view: str) -> dict[str, Any]:
    """A system of the textbook or a generated problem with numbers, derived in a view."""
    document = textbook.problem(name) if name in textbook.names() else posted(case_of(DOCUMENTS[name]))
    return {**document, "model": {**document["model"], "derivation": view}}


def lines_of(problem: dict[str, Any]) -> list[Line]:
    """The lines of its derivation."""
    return [Line(**step) for step in call("derivation", problem)["steps"]]


def gradients(lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """The lines that are gradients, each with the name of what it is a gradient by."""
    turn = next((place for place, line in enumerate(lines) if not line.because.startswith("By definition")), len(lines))
    return ((line.symbol[1:], line) for line in lines[turn:] if "/" not in line.symbol)


def verdicts(problem: dict[str, Any], answers: Any) -> dict[str, str]:
    """The verdict on each answer, with what is said of it where it is not right."""
    results = grade(read_request(GradeRequest, {"problem": problem, "answers": answers}), CONTEXT)["results"]
    return {one["answer"]: one["verdict"] if one["verdict"] == "correct" else str(one) for one in results}


def check_line_by_line(name: str, view: str) -> None:
    """See that each gradient, as it is printed with its left side, is right."""
    problem = problem_in(name, view)
    lines = dict(gradients(lines_of(problem)))
    for syntax, written in WRITTEN.items():
        answers = {of: {"formula": written(line), "syntax": syntax} for of, line in lines.items()}

        assert verdicts(problem, answers) == dict.fromkeys(lines, "correct"), syntax


def check_whole(name: str, view: str) -> None:
    """See that the whole derivation as one text names every gradient, and that all of them are right."""
    problem = problem_in(name, view)
    lines = lines_of(problem)
    named = dict.fromkeys((of for of, _ in gradients(lines)), "correct")
    for syntax, page in PAGES.items():
        assert named.items() <= verdicts(problem, page(lines)).items(), syntax


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", textbook.names())
def test_a_textbooks_derivation_is_a_right_answer(name: str, view: str) -> None:
    """Each line of each worked system, and the whole of it."""
    check_line_by_line(name, view)
    check_whole(name, view)


@pytest.mark.sampled(0.02)
@pytest.mark.parametrize(("name", "view"), CASES)
def test_each_line_of_every_derivation_is_a_right_answer(name: str, view: str) -> None:
    """For every layer with every loss."""
    check_line_by_line(name, view)


@pytest.mark.sampled(0.006)
@pytest.mark.parametrize(("name", "view"), CASES)
def test_every_derivation_is_a_right_answer_as_a_whole(name: str, view: str) -> None:
    """For every layer with every loss."""
    check_whole(name, view)


@pytest.mark.parametrize("name", textbook.names())
def test_a_derivative_on_the_left_is_enough(name: str) -> None:
    r"""`\frac{\partial\mathrm{Err}}{\partial z}` names the gradient by z, whatever the problem calls its objective."""
    problem = problem_in(name, "batch")
    lines = dict(gradients(lines_of(problem)))
    answers = {of: {"formula": line.latex.partition(" = ")[2]} for of, line in lines.items()}

    assert verdicts(problem, answers) == dict.fromkeys(lines, "correct")
