"""Signatures: equal for equal answers, whatever they are written like, apart for others, and silent about the truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from tests.grading.problems import Classifier, report

FORMS = {
    "no penalty": ["dZ2.T @ A1", "(A1.T @ dZ2).T", "2 * dZ2.T @ A1 / 2 + 0 * W2"],
    "half the penalty": ["dZ2.T @ A1 + lam * W2", "lam * W2 + (A1.T @ dZ2).T"],
    "this size only": ["dZ2.T @ A1 * N / 5", "N * (dZ2.T @ A1) / 5"],
    "nothing": ["W2 - W2", "0 * W2"],
}
PROBLEM = Classifier()


def signature(answer: Any, problem: Classifier = PROBLEM) -> dict[str, Any]:
    """The signature of a wrong answer to W2."""
    given = {"formula": answer} if isinstance(answer, str) else answer
    (result,) = report(problem.problem, {"W2": given}, signatures=True)["results"]
    return dict(result["signature"])


def near(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two signatures are equal up to their tolerance."""
    slack = max(one["tolerance"], other["tolerance"]) * max(one["numbers"][0], other["numbers"][0])
    return bool(np.allclose(one["numbers"], other["numbers"], rtol=0, atol=slack))


def pairs(families: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[bool, dict[str, Any], dict[str, Any]]]:
    """All pairs, and whether they are of one family."""
    members = [(name, one) for name, family in families.items() for one in family]
    yield from ((a == b, one, other) for (a, one), (b, other) in combinations(members, 2))


def test_formulas_are_compared_by_what_they_mean() -> None:
    """Rewritten formulas share a signature, different ones do not: also those equal for the posed numbers alone."""
    found = {name: [signature(text) for text in texts] for name, texts in FORMS.items()}

    assert [alike == near(one, other) for alike, one, other in pairs(found)].count(False) == 0


def test_a_formula_has_the_same_signature_whatever_numbers_are_posed() -> None:
    """So classes can be counted in which everybody has numbers of their own, and no posed number is in it."""
    for texts in FORMS.values():
        assert signature(texts[0]) == signature(texts[0], Classifier(seed=8))


def test_arrays_are_compared_up_to_rounding() -> None:
    """Noise of the last digits, float32 and typed digits are the same answer; one wrong entry is another."""
    random = np.random.default_rng(0)
    for _ in range(10):
        wrong = random.normal(size=(3, 5)) * 10.0 ** random.integers(-6, 6)
        noisy = wrong * (1 + 1e-13 * random.normal(size=wrong.shape))
        other = wrong.copy()
        other.flat[random.integers(wrong.size)] += 1e-3 * np.abs(wrong).max()
        typed = ";".join(" ".join(f"{entry:.6e}" for entry in row) for row in wrong)
        found = {
            "one": [
                signature(wrong),
                signature(noisy),
                signature(wrong.astype(np.float32)),
                signature({"text": typed}),
            ],
            "other": [signature(other)],
        }

        assert [alike == near(one, two) for alike, one, two in pairs(found)].count(False) == 0


@pytest.mark.parametrize("reveal", ["score", "diagnosis"])
def test_there_is_none_unless_asked_for_and_none_of_a_right_answer(reveal: str) -> None:
    """Reports are as they were; of a right answer it would be a signature of the truth."""
    right = PROBLEM.backward()["W2"]
    answers = {"W2": right, "b2": {"formula": "2 * sum(dZ2, axis=0)"}, "b1": {"formula": "what is this"}}
    plain = report(PROBLEM.problem, answers, reveal=reveal)["results"]
    asked = report(PROBLEM.problem, answers, reveal=reveal, signatures=True)["results"]

    assert ["signature" in one for one in plain] == [False, False, False]
    assert ["signature" in one for one in asked] == [False, True, False]


def test_what_follows_is_told_by_name() -> None:
    """A wrong answer that a right step makes of wrong ones names those."""
    wrong = 1.5 * (PROBLEM.P - PROBLEM.Y) / 7 + 0.25
    handed = {"Z2": wrong, **PROBLEM.backward(dZ2=wrong)}
    told = {one["answer"]: one["follows"] for one in report(PROBLEM.problem, handed)["results"]}

    assert told["Z2"] == []
    assert told["b2"] == ["Z2"]
    assert [one["follows"] for one in report(PROBLEM.problem, handed, reveal="score")["results"]] == [[]] * 5
