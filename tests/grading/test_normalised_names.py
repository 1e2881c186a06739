"""Answers about normalisation as courses write them: `xhat`, `var`, `eps`, `gamma`, in code and in LaTeX."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
PROBLEM: dict[str, Any] = {
    key: value for key, value in k.problem.items() if key not in {"parameters", "regularization"}
}
PROBLEM |= {
    "model": {
        "layers": [
            {"type": "linear", "units": 5},
            {"type": "batch_norm"},
            {"type": "relu"},
            {"type": "linear", "units": 3},
        ]
    },
    "initialize": {"type": "he_normal", "seed": 1},
}
VARIANCES = [
    "Z1.var(axis=0)", "np.var(Z1, axis=0)", "np.var(Z1, 0)", "np.std(Z1, axis=0) ** 2", "Z1.var(0)",
    "torch.var(Z1, dim=0, unbiased=False)", "Z1.var(dim=0, correction=0)", "((Z1 - mu) ** 2).mean(axis=0)",
]  # fmt: skip
OTHERS = ["np.var(Z1, axis=0, ddof=1)", "torch.var(Z1, dim=0)", "Z1.var(dim=0)", "Z1.std(axis=0)", "np.var(Z1)"]
BACKWARD = """
mu = Z1.mean(axis=0)
var = {variance}
ivar = 1 / np.sqrt(var + {eps})
xhat = (Z1 - mu) * ivar
dxhat = dZ2 * gamma
dZ1 = ivar / N * (N * dxhat - dxhat.sum(axis=0) - xhat * np.sum(dxhat * xhat, axis=0))
"""
RIGHT = {
    "gamma": ("gamma2", "dgamma = np.sum(dout * x_norm, axis=0)", "dout is read as dZ2. x_norm is read as H2."),
    "beta": ("beta2", "dbeta = dout.sum(axis=0)", "dout is read as dZ2."),
    "gamma, in LaTeX": ("gamma2", r"\sum_i \frac{\partial J}{\partial z_{2,i}} \odot \hat z_i", "z_hat is read as H2."),
    "what is normalised": ("H2", "dxhat = dZ2 * gamma", "gamma is read as gamma2."),
    "the variance": ("V2", "-0.5 * np.sum(dxhat * (Z1 - mu), axis=0) * (var + eps)**-1.5", "eps is read as 1e-05."),
    "the mean": ("mu2", "-np.sum(dxhat, axis=0) / np.sqrt(var + epsilon)", "var is read as V2."),
    "the next layer": ("W3", "dout.T @ A2", "dout is read as dZ3."),
}


def graded(answer: str, formula: str) -> dict[str, Any]:
    """The result of one formula."""
    return dict(report(PROBLEM, {answer: {"formula": formula}})["results"][0])


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize("eps", ["1e-5", "eps", "epsilon"])
@pytest.mark.parametrize("variance", VARIANCES)
def test_a_variance_is_that_of_the_layer(variance: str, eps: str) -> None:
    """However it is called; and nothing else is."""
    result = graded("Z1", BACKWARD.format(variance=variance, eps=eps))

    assert result["verdict"] == "correct", result["message"]


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize("variance", OTHERS)
def test_another_variance_is_not(variance: str) -> None:
    """PyTorch divides by one less unless it is told not to, as NumPy does where it is told to."""
    assert graded("Z1", BACKWARD.format(variance=variance, eps="1e-5"))["verdict"] != "correct"


@pytest.mark.parametrize("name", RIGHT)
def test_names_of_normalisation_are_read(name: str) -> None:
    """They acquit, and the report says how they were read."""
    answer, formula, said = RIGHT[name]
    result = graded(answer, formula)

    assert result["verdict"] == "correct", result["message"]
    assert said in result["message"]


def test_a_lost_path_is_named_all_the_same() -> None:
    """A name that is read by convention convicts of a known mistake."""
    result = graded("Z1", "dxhat / np.sqrt(var + eps)")

    assert (result["verdict"], codes(result)) == ("wrong", ["missing_norm_path"])


def test_sigma_of_something_is_the_logistic_function() -> None:
    """Also beside a layer that has a standard deviation."""
    targets = [[number % 2] for number in PROBLEM["data"]["y"]]
    layers = [*PROBLEM["model"]["layers"][:-1], {"type": "linear", "units": 1}]
    problem = {**PROBLEM, "model": {"layers": layers}, "loss": {"type": "binary_cross_entropy"}}
    problem["data"] = {**PROBLEM["data"], "y": targets}
    answer = {"formula": r"\frac{1}{N}\left(\sigma(Z_3) - y\right)", "syntax": "latex"}

    assert report(problem, {"Z3": answer})["results"][0]["verdict"] == "correct"


@pytest.mark.parametrize(("variance", "accepted"), [(r"\sigma^2", True), (r"\sigma_B^2", True), (r"\sigma_B", False)])
def test_a_variance_is_the_square_of_a_deviation(variance: str, accepted: bool) -> None:
    """Where a layer normalises, this sign is no logistic function."""
    slope = rf"\frac{{Z_{{1,i}} - \mu}}{{\sqrt{{{variance} + \epsilon}}}}"
    result = graded("gamma2", rf"\sum_i dZ_{{2,i}} \odot {slope}")

    assert result["verdict"].startswith("correct") == accepted, result["message"]
