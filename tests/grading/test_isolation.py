"""What goes wrong with one answer spoils that answer: faults are injected at every stage of grading one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from chainruler.engine import ExpressionError
from chainruler.grading import explaining, formulas, judging, report, words
from chainruler.grading.isolation import NOT_GRADED
from tests.grading.problems import Classifier
from tests.grading.problems import report as report_of

k = Classifier()
RIGHT = k.backward()
WRONG = "(softmax(Z2) - Y).T @ A1 + 2 * lam * W2"
GOOD = {"b2": {"formula": "sum(dZ2, axis=0)"}, "b1": RIGHT["b1"], "W1": 2 * RIGHT["W1"]}

STAGES: list[tuple[Any, str]] = [
    (judging, "read"), (judging, "symbols_for"), (judging, "formula_explained"), (judging, "repair_of"),
    (formulas.SubmittedFormula, "check_defined"), (formulas.SubmittedFormula, "equals"),
    (formulas.SubmittedFormula, "value"),
    (judging.Judge, "_own"), (judging.Judge, "_read_formula"), (explaining, "_gives_formula"),
    (report, "_read_as"), (words, "message"),
]  # fmt: skip
FAULTS = [ExpressionError("A value for Z[i]#0 is needed."), KeyError("inner"), RecursionError(), ZeroDivisionError()]


def failing(real: Callable[..., Any], fault: Exception) -> Callable[..., Any]:
    """The same function, which fails once while the answer W2 is graded: whenever the text of it is in its reach."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if any(_concerns(x) for x in (*args, *kwargs.values())):
            raise fault
        return real(*args, **kwargs)

    return call


def _concerns(x: Any) -> bool:
    """Whether an argument is, or belongs to, the formula that is to fail."""
    reading = getattr(getattr(x, "formula", x), "reading", None)
    text = x if isinstance(x, str) else getattr(reading, "text", "")
    return text == WRONG or getattr(x, "answer", "") == "W2" or getattr(x, "name", "") == "dW2" or x == "W2"


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize(("owner", "stage"), STAGES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_fault_in_any_stage_spoils_one_answer(
    owner: Any, stage: str, fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others get the verdicts they have without it, the one is not gradable, and no name of the inside is told."""
    caplog.set_level(logging.CRITICAL + 1)
    alone = report_of(k.problem, GOOD)["results"]
    monkeypatch.setattr(owner, stage, failing(getattr(owner, stage), fault))

    spoilt, *others = report_of(k.problem, {"W2": {"formula": WRONG}, **GOOD})["results"]

    assert others == alone
    assert (spoilt["verdict"], spoilt["score"], spoilt["message"]) == ("not_gradable", 0, NOT_GRADED)


def test_arrays_that_cannot_be_explained_together_are_explained_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the search fails over all arrays at once, each is looked at by itself, and one that fails spoils itself."""
    real = explaining.arrays_explained

    def explained(key: Any, start: Any, handed: Any, **options: Any) -> Any:
        if len(handed) > 1 or "db1" in handed:
            raise RuntimeError
        return real(key, start, handed, **options)

    monkeypatch.setattr(judging, "arrays_explained", explained)
    first, second = report_of(k.problem, {"W1": 2 * RIGHT["W1"], "b1": 3 * RIGHT["b1"]})["results"]

    assert (first["verdict"], second["verdict"]) == ("wrong", "not_gradable")
    assert first["diagnosis"][0]["code"] != "unknown"


PIECES = [
    "Z_2",
    "Z_{2,i}",
    "Y",
    "y_i",
    "y",
    r"\psi(Z_{2,i})",
    "W_2",
    "a_{1,i}",
    "X_i",
    "N",
    r"\lambda",
    r"\log",
    r"\sum_i",
    "^\\top",
]
PIECES += [
    r"\frac",
    r"\odot",
    "+",
    "-",
    "(",
    ")",
    "{",
    "}",
    "2",
    "^2",
    r"\mathbb{1}\{",
    r"\}",
    ">",
    "_j",
    r"\sum_{j=1}^3",
    "'",
    "0",
    "/",
]


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize("seed", range(40))
def test_no_text_spoils_another_answer(seed: int) -> None:
    """Pieces of formulas in any order are graded or refused; the right answer beside them stays right."""
    random = Random(seed)  # noqa: S311
    for _ in range(4):
        text = " ".join(random.choices(PIECES, k=random.randrange(1, 12)))
        answers = {"b1": {"formula": text, "syntax": "latex"}, "b2": {"formula": "sum(dZ2, axis=0)"}}
        spoilt, right = report_of(k.problem, answers)["results"]

        assert right["verdict"] == "correct"
        assert spoilt["message"] != NOT_GRADED, text
        assert "#" not in spoilt["message"], text
