"""The small changes of a wrong formula, and what a first look at them by numbers rules out."""

from __future__ import annotations

import random
from itertools import islice

import numpy as np
import pytest

from chainruler.grading.formulas import SubmittedFormula
from chainruler.grading.judging import Judge
from chainruler.grading.repairs import _changed
from chainruler.grading.rubric import OwnMistake, Rubric
from chainruler.grading.tries import Look, _pool, _with, tries_of
from chainruler.handlers.posing import key_to
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.problems import CONTEXT, Classifier

key = key_to(ObjectiveRequest.model_validate(Classifier().problem), CONTEXT).key
SIGNALS = ["({p} - Y) / N", "({p} - Y)", "(Y - {p}) / N", "{p} / N", "2 * ({p} - Y) / N"]
SCORES = ["softmax(Z2)", "softmax(Z2)", "exp(Z2)", "Z2"]
GATES = ["(Z1 > 0)", "(Z1 > 0)", "1", "(Z1 < 0)", "A1", "(A1 > 0) * 2"]
FACTORS = ["2 * lam", "lam", "0", "-2 * lam", "1"]


def formula(answer: str, seed: int) -> SubmittedFormula:
    """A formula for an answer with mistakes in it, or with none."""
    rng = random.Random(seed)  # noqa: S311 (cases of a test)
    signal = rng.choice(SIGNALS).format(p=rng.choice(SCORES))
    back = f"(({signal}) @ W2) * {rng.choice(GATES)}"
    text = {
        "W2": f"({signal}).T @ {rng.choice(['A1', 'A1', 'Z1'])} + {rng.choice(FACTORS)} * W2",
        "b2": f"{rng.choice(['sum', 'mean'])}({signal}, axis=0)",
        "W1": f"({back}).T @ X + {rng.choice(FACTORS)} * W1",
        "b1": f"sum({back}, axis=0)",
    }[answer]
    return Judge(key, Rubric()).formula_of(OwnMistake(answer, text, "", syntax="numpy"))


@pytest.mark.parametrize("answer", ["W2", "b2", "W1", "b1"])
@pytest.mark.parametrize("seed", range(3))
def test_a_first_look_rules_out_nothing_that_mends(answer: str, seed: int) -> None:
    """A change that makes a formula right passes it, and most others do not."""
    wrong = formula(answer, seed)
    look, passed, mending = Look(wrong), 0, []
    with np.errstate(all="ignore"):
        for one in islice(tries_of(wrong), 300):
            may, mends = look.may_mend(one), _changed(wrong, one.part, one.new, one.cause) is not None
            passed += may
            mending.append(may or not mends)

    assert all(mending)
    assert wrong.is_right or passed < 0.5 * len(mending)


@pytest.mark.parametrize("answer", ["W2", "b2", "W1", "b1"])
def test_whether_a_try_changes_anything_is_known_before_it_is_built(answer: str) -> None:
    """Some leave a part as it is: a gate times itself, what is already there, 0 times something."""
    wrong = [formula(answer, seed) for seed in range(6)]
    tries = [
        one for f in wrong for part in f.reading.parts() for new in _pool(f) for one in _with(part, new, f.line.context)
    ]

    assert [one.changes for one in tries] == [one.new is not one.part.expression for one in tries]
    assert not all(one.changes for one in tries)
