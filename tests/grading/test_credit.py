"""What earns points, and what does not: nothing earns nothing, and a right step from nonsense is no work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from tests.grading.problems import LAM, Array, Classifier, N, codes, report

k = Classifier()
right = k.backward()
signal = (k.P - k.Y) / N
random = np.random.default_rng(0)
noise = random.normal(size=signal.shape) * np.linalg.norm(signal) / np.sqrt(signal.size)


def from_signal(wrong: Array) -> dict[str, Array]:
    """An error signal, and what follows from it in right steps."""
    return {"Z2": wrong, "b2": wrong.sum(axis=0), "W2": wrong.T @ k.A1 + 2 * LAM * k.W2}


NONSENSE: dict[str, Array] = {
    "zeros": np.zeros_like(signal),
    "next to nothing": np.full_like(signal, 1e-200),
    "a millionth": signal * 1e-6,
    "noise": noise,
    "huge noise": noise * 1e6,
    "the opposite of a guess": (1 / 3 - k.P) / N,
    "ones": np.ones_like(signal),
}
WORK: dict[str, Array] = {
    "no mean": signal * N,
    "another sign": -signal,
    "loosely computed": signal + 0.3 * noise,
    "without the targets": (k.P - 1 / 3) / N,
    "rounded": np.round(signal, 3),
}


@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("follow_through", [True, False])
def test_what_follows_from_nonsense_earns_nothing(name: str, *, follow_through: bool) -> None:
    """Steps that are right by themselves are worth nothing where they start from nothing, or from noise."""
    graded = report(k.problem, from_signal(NONSENSE[name]), rubric={"follow_through": follow_through})

    assert graded["score"] == 0


@pytest.mark.parametrize("name", WORK)
def test_what_follows_from_work_earns_its_points(name: str) -> None:
    """A known mistake, or numbers of about the right size and direction, are something to go on from."""
    _, *after = report(k.problem, from_signal(WORK[name]))["results"]

    assert [result["score"] for result in after] == [1, 1]


@pytest.mark.parametrize("name", ["loosely computed", "without the targets"])
def test_without_follow_through_a_wrong_step_costs_again(name: str) -> None:
    """What follows from a wrong answer gets what that one gets."""
    results = report(k.problem, from_signal(WORK[name]), rubric={"follow_through": False})["results"]

    assert [result["score"] for result in results] == [0, 0, 0]
    assert "the step is right" not in results[1]["message"]


def test_only_what_is_asked_for_counts() -> None:
    """Where a rubric names answers, others are graded, get 0 of 0, and their message says so."""
    asked, extra = report(k.problem, {"W1": noise @ k.W2[:, :1], "b1": right["b1"]}, rubric={"points": {"W1": 2}})[
        "results"
    ]

    assert (asked["score"], asked["max_score"]) == (0, 2)
    assert (extra["verdict"], extra["score"], extra["max_score"]) == ("correct", 0, 0)
    assert "was not asked for" in extra["message"]


@pytest.mark.parametrize("formula", ["J", "L", "L + R", "J + 0"])
def test_the_loss_is_not_its_own_name(formula: str) -> None:
    """Naming the loss, or the two numbers that it is the sum of, is no answer."""
    (result,) = report(k.problem, {"loss": {"formula": formula}})["results"]

    assert result["verdict"] == "not_gradable"
    assert result["score"] == 0


def test_the_loss_may_be_written_out() -> None:
    """From the scores, with the penalty, it is right."""
    formula = "sum(logsumexp(Z2) - sum(Y * Z2, axis=1)) / N + lam * (sum(W1**2) + sum(W2**2))"
    (result,) = report(k.problem, {"loss": {"formula": formula}})["results"]

    assert result["verdict"] == "correct"


NORMED: dict[str, Any] = {
    "model": {"layers": [{"type": "linear"}, {"type": "batch_norm"}, {"type": "relu"}, {"type": "linear"}]},
    "loss": {"type": "cross_entropy"},
    "parameters": {"W1": k.W1, "b1": k.b1, "gamma2": np.full(5, 1.1), "beta2": np.full(5, 0.2), "W3": k.W2, "b3": k.b2},
    "data": {"x": k.X, "y": k.y},
}


@pytest.mark.sampled(0.34)
@pytest.mark.parametrize(
    ("array", "verdict"),
    [
        (np.zeros(5), "correct"),
        (np.array([1e-17, -2e-17, 0, 3e-17, 1e-18]), "correct"),
        (np.array([3e-9, -1e-9, 0, 0, 2e-9], np.float32), "correct"),
        (np.full(5, 1e-10), "wrong"),
        (np.full(5, 1e-3), "wrong"),
    ],
    ids=["zeros", "noise", "noise of float32", "more than noise", "a thousandth"],
)
def test_a_bias_before_batch_norm_is_right_at_zero(array: Array, verdict: str) -> None:
    """Its gradient is 0, and what rounding leaves of it is measured against what it is summed from."""
    (result,) = report(NORMED, {"b1": array})["results"]

    assert (result["verdict"], result["score"]) == (verdict, float(verdict == "correct"))


def test_a_rounded_answer_has_a_code_and_credit_of_its_own() -> None:
    """Three digits are right but rounded, by the rubric's word; fewer are no verdict; and distances are never told."""
    three = report(k.problem, {"b2": np.round(right["b2"], 3)})["results"][0]
    free = report(k.problem, {"b2": np.round(right["b2"], 3)}, rubric={"credit": {"rounded": 1}})["results"][0]
    one = report(k.problem, {"b2": np.round(right["b2"], 1)})["results"][0]

    assert (three["verdict"], codes(three), three["score"]) == ("correct_up_to_convention", ["rounded"], 0.9)
    assert free["score"] == 1
    assert (one["verdict"], one["score"]) == ("not_gradable", 0)
    assert three["error_band"] == one["error_band"] == "close (looks rounded)"


def test_a_mistake_in_few_digits_is_still_that_mistake() -> None:
    """What a known mistake explains is wrong by it, however short its numbers are."""
    flat = {**k.problem, "parameters": {**k.problem["parameters"], "W2": np.zeros((3, 5)), "b2": np.zeros(3)}}
    share = np.full((N, 3), 1 / 3) - k.Y

    (result,) = report(flat, {"b2": share.sum(axis=0)})["results"]

    assert (result["verdict"], codes(result)) == ("wrong", ["missing_mean"])


@pytest.mark.parametrize("array", [right["b2"][None], right["b2"][:, None]], ids=["keepdims", "a column"])
def test_a_row_or_column_for_a_vector_is_graded_as_the_vector(array: Array) -> None:
    """`sum(axis=0, keepdims=True)` is right by the rubric's word, and a wrong one is told by its mistake."""
    (fair,) = report(k.problem, {"b2": array})["results"]
    (free,) = report(k.problem, {"b2": array}, rubric={"credit": {"column_for_vector": 1}})["results"]
    (wrong,) = report(k.problem, {"b2": N * array})["results"]

    assert (fair["verdict"], fair["score"], free["score"]) == ("correct_up_to_convention", 0.75, 1)
    assert (wrong["verdict"], codes(wrong)) == ("wrong", ["missing_mean"])


@pytest.mark.parametrize("formula", ["np.sum(dZ2, axis=0, keepdims=True)", "dZ2.sum(axis=0, keepdims=True).T"])
def test_a_formula_that_keeps_an_axis_is_graded_like_its_array(formula: str) -> None:
    """Right up to the same convention, and wrong by the same mistakes."""
    (fair,) = report(k.problem, {"b2": {"formula": formula}})["results"]
    (wrong,) = report(k.problem, {"b2": {"formula": f"N * {formula}"}})["results"]

    assert (fair["verdict"], codes(fair), fair["score"]) == ("correct_up_to_convention", ["column_for_vector"], 0.75)
    assert (wrong["verdict"], codes(wrong)) == ("wrong", ["missing_mean"])


@pytest.mark.parametrize(
    ("formula", "verdict"), [("sum(dZ1, axis=0)", "correct"), ("0 * b1", "correct"), ("b1", "wrong")]
)
def test_a_formula_of_what_is_0_is_right_if_it_is_0(formula: str, verdict: str) -> None:
    """A bias before batch norm again: the sum of its signal, or simply 0."""
    (result,) = report(NORMED, {"b1": {"formula": formula}})["results"]

    assert result["verdict"] == verdict


@pytest.mark.parametrize(("wrong", "earned"), [("o", 0), ("o * o * (1 - o)", 0.5)], ids=["copied", "without target"])
def test_an_array_that_the_problem_gives_is_no_work(wrong: str, earned: float) -> None:
    """The outputs as they stand earn nothing; the step without its target earns what that mistake leaves."""
    (result,) = report(textbook.problem("two_two_two"), {"b2": {"formula": wrong}})["results"]

    assert (result["verdict"], result["score"]) == ("wrong", earned)
