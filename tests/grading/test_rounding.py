"""What rounding is said to do to an entry, against what float32 does to it."""

from __future__ import annotations

import numpy as np

from chainruler.grading.comparing import FLOAT32, FLOAT64, OVERALL, SURE
from chainruler.grading.key import AnswerKey
from chainruler.networks import problem_of, shapes_of
from tests.grading.arrays import Array, by_hand
from tests.networks.cases import Case

EPS = FLOAT32.eps


def test_float32_is_off_by_as_much_as_is_said() -> None:
    """No entry of a float32 gradient is farther off than is allowed, and typical ones are off by what is expected."""
    ratios, lengths = [], []
    for seed in range(24):
        posed = by_hand(seed)
        for name, right in posed.double.items():
            expected = posed.key.rounding(f"d{name}", EPS)
            off = np.abs(posed.single[name] - right)
            assert not off[expected == 0].any()
            ratios.append((off / np.where(expected > 0, expected, 1)).ravel())
            lengths.append(np.linalg.norm(off) / np.linalg.norm(expected))
    every = np.concatenate(ratios)

    assert every.max() < SURE / 2
    assert max(lengths) < OVERALL / 2
    assert 0.1 < np.median(every) < 1


def key_of(x: Array, weight: Array) -> AnswerKey:
    """The key to a ReLU network of one unit, with the scores x w and the loss y²."""
    layers = [{"type": "linear", "bias": False}, {"type": "relu"}, {"type": "linear", "bias": False}]
    document = {"model": {"layers": layers}, "loss": {"type": "squared_error"}}
    parameters = {"W1": weight, "W2": np.ones((1, 1))}
    data = {"x": x, "y": np.full((len(x), 1), -1.0)}
    problem = problem_of(document)
    return AnswerKey(problem, shapes_of(problem, parameters, data), len(x), Case(document, parameters, data).arrays())


def test_a_gate_within_rounding_may_be_open_or_shut() -> None:
    """Where a score is 1e-9 and its terms are near 1, float32 cannot tell its sign; float64 can."""
    near = key_of(np.array([[1.0, -1.0 + 1e-9]]), np.ones((1, 2)))
    clear = key_of(np.array([[1.0, -0.5]]), np.ones((1, 2)))

    assert near.rounding("dZ1", EPS).item() > 0.1
    assert near.rounding("dZ1", FLOAT64.eps).item() < 1e-9
    assert clear.rounding("dZ1", EPS).item() < 1e-5


def test_a_sum_that_cancels_is_measured_against_its_terms() -> None:
    """A mean of 1e6 and −1e6 is off by what 1e6 is off by."""
    large, small = (key_of(np.array([[size, 1.0], [size, 2.0]]), np.array([[1.0, 0.5]])) for size in (1e6, 1.0))

    assert large.rounding("dW1", EPS)[0, 1] > 1e4 * small.rounding("dW1", EPS)[0, 1]
