"""The same request gets the same bytes, whatever was graded before and whatever is still kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from chainruler.memory import LEDGER
from tests.grading.problems import C, Classifier, D, N, report

k = Classifier()
Submission = tuple[dict[str, Any], dict[str, Any]]


def posed(samples: int, weights: list[float] | None = None) -> dict[str, Any]:
    """The classifier with some of its samples, or more of them, and weights of its classes."""
    random = np.random.default_rng(samples)
    data = {"x": random.normal(size=(samples, D)), "y": random.integers(0, C, samples)}
    loss = {"type": "cross_entropy"} if weights is None else {"type": "cross_entropy", "class_weights": weights}
    return {**k.problem, "loss": loss, "data": {"x": k.X, "y": k.y} if samples == N else data}


SUBMISSIONS: dict[str, Submission] = {
    "no mean": (k.problem, k.backward(k.P - k.Y)),
    "another batch": (posed(8), {"b2": np.ones(C)}),
    "weights ignored": (posed(7, [1.0, 2.0, 0.5]), k.backward()),
    "weights that are all 1": (posed(7, [1.0, 1.0, 1.0]), k.backward()),
    "formula with a switch": (k.problem, {"b1": {"formula": "sum(where(Z1 > 6, 2, 1) * dZ1, axis=0)"}}),
    "wrong formulas": (k.problem, {
        "W1": {"formula": "(((softmax(Z2) - Y) @ W2) * A1).T @ X + lam * W1"},
        "b1": {"formula": "sum(((softmax(Z2) + Y) / N @ W2) * (Z1 < 0), axis=0)"},
        "W2": {"formula": "A1.T @ (Y - softmax(Z2)) / N"},
    }),
    "one mistake in formulas": (k.problem, {
        "W1": {"formula": "((softmax(Z2) - Y) / N @ W2).T @ X + 2 * lam * W1"},
        "b1": {"formula": "sum(((softmax(Z2) - Y) / N @ W2) * (Z1 < 0), axis=0)"},
    }),
    "right formula": (k.problem, {"b1": {"formula": "sum((dZ2 @ W2) * where(A1 > 0, 1, 0), axis=0)"}}),
}  # fmt: skip


def graded(name: str) -> bytes:
    """The report, which is worked out again."""
    LEDGER.caches["reports"].clear()
    return orjson.dumps(report(*SUBMISSIONS[name]), option=orjson.OPT_SERIALIZE_NUMPY)


def first(name: str) -> bytes:
    """The report, when nothing was graded before."""
    for cache in ("keys", "structures", "networks", "problems", "plans"):
        LEDGER.caches[cache].clear()
    return graded(name)


def test_a_report_does_not_depend_on_what_was_graded_before() -> None:
    """In either order, after problems of the same network with other samples and other weights of its classes."""
    alone = {name: first(name) for name in SUBMISSIONS}
    LEDGER.caches["structures"].clear()

    for names in (list(SUBMISSIONS), list(SUBMISSIONS)[::-1]):
        assert {name: graded(name) for name in names} == alone
        LEDGER.caches["keys"].clear()
        LEDGER.caches["structures"].clear()
    assert b"class_weights_ignored" in alone["weights ignored"]
    assert b"missing_mean" in alone["no mean"]
