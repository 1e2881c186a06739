"""Mistakes as students make them, each in NumPy by hand: the grader has to find out what they did.

Nothing here uses the library's own mistakes: what is submitted is computed the way somebody would who gets it wrong.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.grading.problems import LAM, Arrays, Classifier, N, codes, report

k = Classifier()
EVERY = ("W1", "b1", "W2", "b2")
d = (k.P - k.Y) / N  # the right error signal
e = np.exp(k.Z2)
gate = k.Z1 > 0


def all_have(*found: str) -> dict[str, set[str]]:
    """The same mistakes behind each answer."""
    return {answer: set(found) for answer in EVERY}


def times(factor: float) -> Arrays:
    """All gradients, penalty and all, times a factor."""
    return {name: factor * array for name, array in k.backward().items()}


STUDENTS: dict[str, tuple[Callable[[], Arrays], dict[str, set[str]]]] = {
    "no mean": (lambda: k.backward(k.P - k.Y), all_have("missing_mean")),
    "mean twice": (lambda: k.backward(d / N), all_have("extra_mean")),
    "mean again in dW1, thread 63071": (
        lambda: k.backward(W1=((d @ k.W2) * gate).T @ k.X / N + 2 * LAM * k.W1),
        {"W1": {"extra_mean"}},
    ),
    "no target": (lambda: k.backward(k.P / N), all_have("missing_target")),
    "ascends": (lambda: k.backward(-d), all_have("wrong_sign")),
    "no regularizer": (
        lambda: {
            **k.backward(),
            "W1": k.backward()["W1"] - 2 * LAM * k.W1,
            "W2": k.backward()["W2"] - 2 * LAM * k.W2,
        },
        {"W1": {"missing_regularization"}, "W2": {"missing_regularization"}},
    ),
    "half the regularizer": (
        lambda: {**k.backward(), "W1": k.backward()["W1"] - LAM * k.W1, "W2": k.backward()["W2"] - LAM * k.W2},
        {"W1": {"wrong_regularization_scale"}, "W2": {"wrong_regularization_scale"}},
    ),
    "regularizer over N": (
        lambda: {**k.backward(), "W2": k.backward()["W2"] - 2 * LAM * k.W2 * (1 - 1 / N)},
        {"W2": {"wrong_regularization_scale"}},
    ),
    "regularizer subtracted": (
        lambda: {**k.backward(), "W2": k.backward()["W2"] - 4 * LAM * k.W2},
        {"W2": {"wrong_sign"}},
    ),
    "regularizer on biases": (
        lambda: {**k.backward(), "b1": k.backward()["b1"] + 2 * LAM * k.b1, "b2": k.backward()["b2"] + 2 * LAM * k.b2},
        {"b1": {"regularized_bias"}, "b2": {"regularized_bias"}},
    ),
    "no gate": (lambda: k.backward(dZ1=d @ k.W2), {"W1": {"missing_gate"}, "b1": {"missing_gate"}}),
    "gate on the gradient": (
        lambda: k.backward(dZ1=(d @ k.W2) * ((d @ k.W2) > 0)),
        {"W1": {"wrong_gate"}, "b1": {"wrong_gate"}},
    ),
    "gate without the bias": (
        lambda: k.backward(dZ1=(d @ k.W2) * (k.X @ k.W1.T > 0)),
        {"W1": {"wrong_gate"}, "b1": {"wrong_gate"}},
    ),
    "gate the wrong way round": (
        lambda: k.backward(dZ1=(d @ k.W2) * (k.Z1 <= 0)),
        {"W1": {"wrong_gate"}, "b1": {"wrong_gate"}},
    ),
    "z for a, thread 31965": (lambda: k.backward(W2=d.T @ k.Z1 + 2 * LAM * k.W2), {"W2": {"wrong_operand"}}),
    "unnormalised": (
        lambda: k.backward((e - k.Y) / N),
        all_have("unnormalised_softmax"),
    ),
    "p (1 − p) too much": (
        lambda: k.backward(d * k.P * (1 - k.P)),
        all_have("extra_factor"),
    ),
    "mean in the bias": (lambda: k.backward(b1=((d @ k.W2) * gate).mean(axis=0)), {"b1": {"extra_mean"}}),
    "only the true class": (
        lambda: k.backward(dZ1=((d * k.Y) @ k.W2) * gate),
        {"W1": {"not_summed_over_outputs"}, "b1": {"not_summed_over_outputs"}},
    ),
    "only the first output": (
        lambda: k.backward(dZ1=np.outer(d[:, 0], k.W2[0]) * gate),
        {"W1": {"not_summed_over_outputs"}, "b1": {"not_summed_over_outputs"}},
    ),
    "no mean and no target": (
        lambda: k.backward(k.P),
        all_have("missing_mean", "missing_target"),
    ),
    "sign and no regularizer": (
        lambda: {
            **k.backward(-d),
            "W1": -(k.backward()["W1"] - 2 * LAM * k.W1),
            "W2": -(k.backward()["W2"] - 2 * LAM * k.W2),
        },
        {
            "W1": {"wrong_sign", "missing_regularization"},
            "W2": {"wrong_sign", "missing_regularization"},
            "b1": {"wrong_sign"},
            "b2": {"wrong_sign"},
        },
    ),
    "no gate and no regularizer": (
        lambda: k.backward(dZ1=d @ k.W2, W1=(d @ k.W2).T @ k.X),
        {"W1": {"missing_gate", "missing_regularization"}, "b1": {"missing_gate"}},
    ),
    "another mistake in each": (
        lambda: k.backward(
            W2=k.backward()["W2"] - 2 * LAM * k.W2, b2=-k.backward()["b2"], b1=k.backward()["b1"] + 2 * LAM * k.b1
        ),
        {"W2": {"missing_regularization"}, "b2": {"wrong_sign"}, "b1": {"regularized_bias"}},
    ),
    "times 3.3": (
        lambda: k.backward(b2=3.3 * k.backward()["b2"], W2=3.3 * d.T @ k.A1 + 2 * LAM * k.W2),
        {"W2": {"wrong_scale"}, "b2": {"wrong_scale"}},
    ),
    "everything twice, the regularizer too": (lambda: times(2), all_have("extra_factor")),
    "everything 3.3 times, the regularizer too": (lambda: times(3.3), all_have("wrong_scale")),
    "everything N times, the regularizer too": (lambda: times(N), all_have("missing_mean")),
    "ascends twice as far": (lambda: times(-2), all_have("wrong_sign", "extra_factor")),
}


@pytest.mark.parametrize("name", STUDENTS)
def test_what_a_student_did_is_found_out(name: str) -> None:
    """Exactly the mistakes are named, for the answers that they reach, and the other answers are right."""
    make, expected = STUDENTS[name]
    graded = report(k.problem, make())

    for result in graded["results"]:
        wanted = expected.get(result["answer"])
        assert result["verdict"] == ("correct" if wanted is None else "wrong"), result
        assert set(codes(result)) == (wanted or set()), result
        assert all(entry["confidence"] == "unique" for entry in result["diagnosis"])


def test_the_right_gradients_are_right() -> None:
    """What was written by hand, and is not wrong, gets all points."""
    graded = report(k.problem, k.backward())

    assert graded["correct"]
    assert graded["score"] == graded["max_score"] == 4


def test_known_factors_are_told_rather_than_an_odd_one() -> None:
    """A factor of C early and a mean in one later line are these two, although some number would do as well."""
    wrong = k.backward(dZ1=(d @ k.W2) * gate * 3)
    wrong["W1"] = wrong["W1"] - ((d @ k.W2) * gate * 3).T @ k.X * (1 - 1 / N)

    results = report(k.problem, wrong)["results"]

    found = {result["answer"]: {entry["code"] for entry in result["diagnosis"]} for result in results}
    assert found == {"W2": set(), "b2": set(), "W1": {"wrong_scale", "extra_mean"}, "b1": {"wrong_scale"}}


def test_one_odd_factor_is_one_mistake_wherever_it_shows() -> None:
    """Whoever has everything 1.7 times as large is told so of each answer."""
    right = k.backward()
    results = report(k.problem, {name: 1.7 * right[name] for name in ("b1", "b2")})["results"]

    assert [codes(result) for result in results] == [["wrong_scale"], ["wrong_scale"]]
    assert all("1.7 times" in result["diagnosis"][0]["evidence"] for result in results)


def test_what_nobody_can_explain_is_unknown() -> None:
    """Numbers out of nowhere are wrong for a reason that is not known, and nothing is made up."""
    graded = report(k.problem, {"W2": k.backward()["W2"] + np.random.default_rng(0).normal(size=k.W2.shape)})

    assert graded["results"][0]["verdict"] == "wrong"
    assert codes(graded["results"][0]) == ["unknown"]
    assert graded["score"] == 0


@pytest.mark.parametrize(
    ("answer", "array", "code"),
    [
        ("b2", d, "not_summed_over_batch"),
        ("b2", d.T @ k.A1, "bias_times_input"),
        ("W2", d[:, :, None] * k.A1[:, None, :] + 2 * LAM * k.W2, "not_summed_over_batch"),
    ],
    ids=["bias sample by sample", "bias times input", "weights sample by sample"],
)
def test_what_has_the_wrong_shape_costs_nothing_and_is_told(answer: str, array: np.ndarray, code: str) -> None:
    """An answer that could not be compared is not gradable, and if it is a known mistake that is said."""
    result = report(k.problem, {answer: array})["results"][0]

    assert result["verdict"] == "not_gradable"
    assert "has shape" in result["message"]
    assert codes(result) == [code]
