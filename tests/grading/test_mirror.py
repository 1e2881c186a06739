"""The mirror: whatever a derivation prints can be submitted as an answer, line by line and whole, and is right."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from chainruler import textbook
from chainruler.cli.commands.derive import code, latex
from chainruler.handlers.grading import grade
from chainruler.notation.courses import COURSES
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request
from chainruler_client.results import Derivation, Line
from tests.grading.problems import CONTEXT
from tests.handlers.calls import call
from tests.handlers.problems import PROBLEMS, posted
from tests.networks.cases import case_of, documents

DOCUMENTS = dict(documents())
VIEWS = ("batch", "sample")
HANDS = ("matrix", "index", "einsum", "pytorch")
CASES = [
    (name, view, hand)
    for name, view, hand in product(DOCUMENTS, VIEWS, HANDS)
    if view == "batch" or not name.startswith("batch_norm")
]


def problem_in(name: str, view: str) -> dict[str, Any]:
    """A system of the textbook or a generated problem with numbers, derived in a view."""
    document = textbook.problem(name) if name in textbook.names() else posted(case_of(DOCUMENTS[name]))
    return {**document, "model": {**document["model"], "derivation": view}}


def derived(problem: dict[str, Any], hand: str, style: str | None = None) -> Derivation:
    """Its derivation in a hand, and in the names of a course."""
    return Derivation.read(call("derivation", {**problem, "hand": hand, **({"style": style} if style else {})}))


def lines_of(problem: dict[str, Any], hand: str) -> list[Line]:
    """The lines of its derivation in a hand."""
    return derived(problem, hand).steps


def gradients(lines: list[Line]) -> dict[str, Line]:
    """The lines that are gradients, by the names of what they are gradients by."""
    turn = next((place for place, line in enumerate(lines) if not line.because.startswith("By definition")), len(lines))
    return {line.symbol[1:]: line for line in lines[turn:] if "/" not in line.symbol}


def verdicts(problem: dict[str, Any], answers: Any, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The verdict on each answer, with what is said of it where it is not right."""
    request = {"problem": problem, "answers": answers, "rubric": {"symbols": dict(names or {})}}
    results = grade(read_request(GradeRequest, request), CONTEXT)["results"]
    return {one["answer"]: one["verdict"] if one["verdict"] == "correct" else str(one) for one in results}


def check_line_by_line(name: str, view: str, hand: str, style: str | None = None) -> None:
    """Each gradient, as it is printed with its left side, is right."""
    problem = problem_in(name, view)
    derivation = derived(problem, hand, style)
    lines = gradients(derivation.steps)
    for member, syntax in {"text": "numpy", "latex": "latex"}.items():
        texts = {of: getattr(line.written, member) for of, line in lines.items()}
        answers = {of: {"formula": text, "syntax": syntax} for of, text in texts.items() if text is not None}
        if answers:
            told = verdicts(problem, answers, derivation.names)
            assert told == dict.fromkeys(answers, "correct"), (hand, member)


def check_whole(name: str, view: str, hand: str, style: str | None = None) -> None:
    """The whole derivation as one text names every gradient, and all of them are right."""
    problem = problem_in(name, view)
    derivation = derived(problem, hand, style)
    lines = derivation.steps
    for member, page in {"text": code, "latex": latex}.items():
        if all(getattr(line.written, member) is not None for line in lines):
            right = dict.fromkeys(gradients(lines), "correct")

            told = verdicts(problem, page(lines), derivation.names)
            assert right.items() <= told.items(), (hand, member)


@pytest.mark.sampled(0.15)
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", textbook.names())
def test_each_line_of_a_textbook_is_a_right_answer(name: str, view: str, hand: str) -> None:
    """For each worked system, in every view and hand."""
    check_line_by_line(name, view, hand)


@pytest.mark.sampled(0.08)
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", textbook.names())
def test_a_textbooks_derivation_is_a_right_answer_as_a_whole(name: str, view: str, hand: str) -> None:
    """For each worked system, in every view and hand."""
    check_whole(name, view, hand)


@pytest.mark.sampled(0.003)
@pytest.mark.parametrize(("name", "view", "hand"), CASES)
def test_each_line_of_every_derivation_is_a_right_answer(name: str, view: str, hand: str) -> None:
    """For every layer with every loss, in every view and hand."""
    check_line_by_line(name, view, hand)


@pytest.mark.sampled(0.001)
@pytest.mark.parametrize(("name", "view", "hand"), CASES)
def test_every_derivation_is_a_right_answer_as_a_whole(name: str, view: str, hand: str) -> None:
    """For every layer with every loss, in every view and hand."""
    check_whole(name, view, hand)


@pytest.mark.sampled(0.0005)
@pytest.mark.parametrize("style", COURSES)
@pytest.mark.parametrize(("name", "view", "hand"), CASES)
def test_each_line_in_the_names_of_a_course_is_a_right_answer(name: str, view: str, hand: str, style: str) -> None:
    """For every layer with every loss, in every view and hand, with its names as those of the rubric."""
    check_line_by_line(name, view, hand, style)


@pytest.mark.sampled(0.03)
@pytest.mark.parametrize("style", COURSES)
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", textbook.names())
def test_a_textbook_in_the_names_of_a_course_is_right_as_a_whole(name: str, view: str, hand: str, style: str) -> None:
    """For each worked system, in every view and hand, with its names as those of the rubric.

    Where a course gives one thing the name that the problem gives another, a page of both says too little.
    """
    names = derived(problem_in(name, view), hand, style).names or {}
    if not set(names) & set(names.values()):
        check_whole(name, view, hand, style)


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize("name", textbook.names())
def test_a_derivative_on_the_left_is_enough(name: str) -> None:
    r"""`\frac{\partial\mathrm{Err}}{\partial z}` names the gradient by z, whatever the problem calls its objective."""
    problem = problem_in(name, "batch")
    lines = gradients(lines_of(problem, "matrix"))
    answers = {of: {"formula": line.latex.partition(" = ")[2]} for of, line in lines.items()}

    assert verdicts(problem, answers) == dict.fromkeys(lines, "correct")


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("hand", HANDS)
def test_what_has_no_form_in_a_hand_says_why(hand: str) -> None:
    """Every line has a form in every hand, but for those of images and of joined parts in index notation."""
    lines = [line for problem in PROBLEMS.values() for line in lines_of(problem, hand)]
    nouns = {"a part", "another shape", "a concatenation"} if hand == "index" else set()
    wanted = {f"This has {noun}, for which there is no index notation here." for noun in nouns}

    assert {line.written.reason for line in lines if line.written and line.written.reason} == wanted


@pytest.mark.parametrize("hand", HANDS)
def test_asking_for_a_hand_changes_nothing_else(hand: str) -> None:
    """What is answered without a hand is answered with one too."""
    problem = textbook.problem("two_two_two")
    asked, plain = (call("derivation", {**problem, **more}) for more in ({"hand": hand}, {}))

    assert all(step.pop("written") for step in [asked["objective"], *asked["steps"]])
    assert asked == plain


def test_a_softmax_that_is_written_out_may_overflow() -> None:
    """Far outside of the usual numbers its exponentials are none, which says nothing against the formula."""
    name = next(name for name in DOCUMENTS if name.startswith("batch_norm-inference"))

    check_whole(name, "batch", "index")
