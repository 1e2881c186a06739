"""Assertions for tests and notebooks, points for nbgrader, credit for Otter, and what is never a zero."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainruler.calls.examples import CLASSIFIER, PARAMETERS
from chainruler_client import Client
from chainruler_client.errors import ConnectionFailed
from chainruler_client.exchange import HttpRequest, Response
from chainruler_client.grading import NothingGraded, WrongGradients, assert_gradients, graded
from chainruler_client.nbgrader import points
from chainruler_client.otter import PartialCredit

GRADIENTS = Client.local().gradients(CLASSIFIER).gradients
RIGHT, WRONG = GRADIENTS["W2"], GRADIENTS["W2"] - 2 * 0.05 * np.array(PARAMETERS["W2"])


class Down:
    """A service that is not there."""

    def send(self, request: HttpRequest) -> Response:
        """Nothing answers."""
        raise ConnectionFailed("No service is there.")

    def close(self) -> None:
        """There is nothing to close."""


DOWN = Client(transport=Down(), retries=0)


def test_right_gradients_pass() -> None:
    """In every form that students have them in: arrays, lists, formulas, or as the contract writes them."""
    report = assert_gradients(
        CLASSIFIER, W2=RIGHT, b2=GRADIENTS["b2"].tolist(), W1="dZ1.T @ X + 2*lam*W1", b1={"array": GRADIENTS["b1"]}
    )

    assert report.correct
    assert report.fraction == 1.0


def test_the_problem_may_be_wrapped_and_answers_named_as_people_name_them() -> None:
    """As `chainruler problem new` and the example courses have it; what cannot be read costs one answer."""
    issued = {"problem": CLASSIFIER, "token": "of a service", "seed": 1}

    report = graded(issued, dW2=RIGHT, grad_b2=GRADIENTS["b2"], W1_grad=ValueError("Its file is cut off."))

    assert [(one.answer, one.verdict) for one in report.results] == [
        ("W2", "correct"),
        ("b2", "correct"),
        ("W1", "not_gradable"),
    ]
    assert report.results[2].message == "Its file is cut off."
    assert graded({"problem": CLASSIFIER, "answers": {}}, W2=RIGHT).correct


def test_wrong_gradients_raise_with_the_diagnosis() -> None:
    """The message has the verdict, the step, and at its end the part of the points."""
    with pytest.raises(WrongGradients) as caught:
        assert_gradients(CLASSIFIER, W2=WRONG, b2=GRADIENTS["b2"])

    assert isinstance(caught.value, AssertionError)
    assert str(caught.value).strip().split("\n") == [
        "W2: wrong, 0.75 of 1 points",
        "  Wrong: the penalty is left out.",
        "  Hint: The gradient of the penalty is missing in dW2.",
        "b2: right, 1 of 1 points",
        "Credit: 0.875",
    ]
    assert caught.value.report is not None
    assert caught.value.report.results[0].verdict == "wrong"


def test_a_notebook_shows_the_diagnosis_and_no_code() -> None:
    """IPython asks the exception for its lines."""
    error = WrongGradients("W2: wrong")

    assert error._render_traceback_() == ["WrongGradients: W2: wrong"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Nothing was submitted for W2."),
        (["a", "b"], "W2 is a list, and no rectangular array of numbers."),
        ([[1.0], [2.0, 3.0]], "W2 is a list, and no rectangular array of numbers."),
        (object(), "W2 is a object, and no rectangular array of numbers."),
        (RIGHT * 1j, "W2 holds complex numbers, and gradients are real."),
        (RIGHT > 0, "no rectangular array of numbers"),
        (np.full((2, 3), np.nan), "W2 holds numbers that are not finite."),
        (RIGHT.T[:1], "W2 has shape (1, 2), but it must be (2, 3)."),
        ("dZ2.T @", "Formula, column"),
        ("W" * 3000, "at most 2000 are read"),
    ],
    ids=["none", "texts", "ragged", "object", "complex", "booleans", "nan", "shape", "syntax", "long"],
)
def test_what_cannot_be_read_is_told_and_is_no_verdict(answer: Any, words: str) -> None:
    """Alone and beside others, whose verdicts stay."""
    alone: dict[str, Any] = {}
    for others in (alone, {"b2": GRADIENTS["b2"]}):
        report = graded(CLASSIFIER, W2=answer, **others)
        found = {one.answer: one for one in report.results}

        assert found["W2"].verdict == "not_gradable"
        assert words in found["W2"].message
        assert (report.gradable, report.score) == (False, float(len(others)))
        assert all(found[name].verdict == "correct" for name in others)
    with pytest.raises(WrongGradients, match="not graded, which is no verdict"):
        assert_gradients(CLASSIFIER, W2=answer)


def test_points_and_the_rest_of_the_rubric_are_the_staff_s() -> None:
    """What the rubric names and nobody submitted counts."""
    rubric = {"points": {"W2": 3, "b2": 1}, "credit": {"missing_regularization": 0.5}}

    report = graded(CLASSIFIER, rubric=rubric, W2=WRONG)

    assert (report.score, report.max_score) == (1.5, 4.0)
    assert [one.verdict for one in report.results] == ["wrong", "not_gradable"]


def test_nothing_handed_in_is_told_of_every_answer() -> None:
    """Without asking anybody."""
    report = graded({}, rubric={"points": {"W2": 4, "b2": 2}})

    assert [(one.answer, one.verdict, one.max_score) for one in report.results] == [
        ("W2", "not_gradable", 4),
        ("b2", "not_gradable", 2),
    ]


@pytest.mark.parametrize(
    ("problem", "options", "words"),
    [
        (CLASSIFIER, {"client": DOWN}, "No service is there."),
        ({**CLASSIFIER, "loss": {"type": "entropy"}}, {}, "entropy"),
        (CLASSIFIER, {"rubric": {"credit": {"mean": 1}}}, "mean"),
    ],
    ids=["down", "problem", "rubric"],
)
def test_what_is_no_fault_of_the_student_s_is_no_assertion(
    problem: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    """It is an error of its own, which no test framework takes for a wrong answer."""
    with pytest.raises(NothingGraded, match="Nothing was graded, and no points were taken") as caught:
        assert_gradients(problem, **options, W2=RIGHT)

    assert words in str(caught.value)
    assert not isinstance(caught.value, AssertionError)


def test_an_answer_that_the_problem_has_not_is_the_staff_s_fault() -> None:
    """A slip in the name of an argument is no wrong answer."""
    with pytest.raises(NothingGraded, match="W9"):
        graded(CLASSIFIER, W9=RIGHT)


def test_a_cell_ends_with_its_points(capfd: pytest.CaptureFixture[str]) -> None:
    """The diagnosis on stdout, and nothing on stderr, which nbgrader takes for an error."""
    assert points(4, CLASSIFIER, W2=WRONG) == 3.0

    printed = capfd.readouterr()
    assert "the penalty is left out" in printed.out
    assert printed.err == ""


def test_nothing_that_could_be_graded_is_an_error_of_the_cell() -> None:
    """Where a student runs it."""
    with pytest.raises(NothingGraded):
        points(4, CLASSIFIER, client=DOWN, W2=RIGHT)


def test_it_ends_the_kernel_while_nbgrader_grades() -> None:
    """Because an error would be a zero; what happened stands on stdout."""
    code = "from tests.client.test_grading import *; points(4, CLASSIFIER, client=DOWN, W2=RIGHT); print('graded')"
    environment = {**os.environ, "NBGRADER_EXECUTION": "autograde"}

    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout.startswith("Nothing was graded")
    assert "graded\n" not in done.stdout
    assert done.stderr == ""


class Results:
    """What Otter hands to plugins, as far as it is looked at."""

    def __init__(self, **questions: list[SimpleNamespace]) -> None:
        self.questions, self.scores = questions, dict[str, float]()
        self.test_files = list(questions)

    def get_result(self, name: str) -> SimpleNamespace:
        """The test of a question."""
        return SimpleNamespace(test_case_results=self.questions[name])

    def update_score(self, name: str, score: float) -> None:
        """Set its score."""
        self.scores[name] = score


def case(message: str, points: float = 2, *, passed: bool = False) -> SimpleNamespace:
    """A test case that was run."""
    return SimpleNamespace(message=message, passed=passed, test_case=SimpleNamespace(points=points))


def test_otter_gives_the_part_of_the_points_that_is_left() -> None:
    """Of each case by its message; what has no such line stays as it is."""
    results = Results(
        q1=[case("❌\nWrongGradients: W2: wrong\nCredit: 0.75"), case("✅", 1, passed=True)],
        q2=[case("AssertionError: no")],
        q3=[case("Credit: 0.5\nby a student\nAssertionError: no")],
        q4=[case("✅", passed=True)],
        q5=[case("WrongGradients: W2: wrong\nCredit: 1e-05")],
    )

    PartialCredit("", {}, {}).after_grading(results)

    assert results.scores == {"q1": 2.5, "q5": 2e-05}


def test_otter_records_nothing_where_nothing_was_graded() -> None:
    """The plugin's error ends the grading."""
    results = Results(q1=[case("❌\nError at line 3\nNothingGraded: Nothing was graded. Down.")])

    with pytest.raises(NothingGraded, match="Down"):
        PartialCredit("", {}, {}).after_grading(results)
