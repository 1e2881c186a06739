r"""Gradients of losses that are likelihoods or divergences, as they are written by hand in NumPy and in LaTeX."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.test_layers import issued, verdict

LOGS = {"outputs": "log_probabilities"}
RATES = {"type": "poisson", "outputs": "rates"}
FOCAL = (
    "P = softmax(Z1)\np = np.sum(P * Y, axis=1, keepdims=True)\n(2 * (1 - p) * <>np.log(p) - (1 - p)**2) * (Y - P) / N"
)
CASES: list[tuple[str, dict[str, Any], str, str, str, str]] = [
    ("softmax", {"type": "kl_divergence"}, "Z1", "numpy", "(<> - Y) / N", "A1|Z1"),
    ("softmax", {"type": "kl_divergence"}, "W1", "latex", r"\frac1N <>^\top X", r"(A_1 - Y)|(Y - A_1)"),
    ("log_softmax", {"type": "kl_divergence", **LOGS}, "Z1", "numpy", "(<> - Y) / N", "np.exp(A1)|A1"),
    ("log_softmax", {"type": "nll", **LOGS}, "A1", "latex", r"-\frac{1}{N} <>", r"Y|\frac{Y}{A_1}"),
    ("", {"type": "poisson"}, "Z1", "numpy", "(<> - Y) / N", "np.exp(Z1)|Z1"),
    ("", {"type": "poisson"}, "W1", "latex", r"\frac1N \sum_i (e^{z_i} <> y_i) x_i^\top", "-|+"),
    ("softplus", RATES, "Z1", "latex", r"\frac1N (1 - \frac{Y}{A_1}) \odot <>", r"\sigma(Z_1)|1"),
    ("", {"type": "gaussian_nll"}, "s", "numpy", "0.5 / N * (1 <> (Y - mu)**2 * np.exp(-s))", "-|+"),
    ("", {"type": "gaussian_nll"}, "mu", "latex", r"\frac1N <> \odot e^{-s}", r"(\mu - Y)|(Y - \mu)"),
    ("", {"type": "focal"}, "Z1", "numpy", FOCAL, "p * |"),
]


@pytest.mark.parametrize(("layer", "loss", "answer", "syntax", "formula", "ways"), CASES)
def test_a_gradient_of_a_likelihood_is_judged(
    layer: str, loss: dict[str, Any], answer: str, syntax: str, formula: str, ways: str
) -> None:
    """What is right is correct, and with one piece changed it is wrong."""
    between: list[dict[str, Any]] = [{"type": layer}] if layer else []
    problem = issued({"type": "linear", "units": 4}, *between, loss=loss)
    right, wrong = ways.split("|")

    assert verdict(problem, answer, syntax, formula.replace("<>", right)) == "correct"
    assert verdict(problem, answer, syntax, formula.replace("<>", wrong)) == "wrong"
