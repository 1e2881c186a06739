r"""Gradients through the layers that people ask about, as they are written by hand in NumPy and in LaTeX."""

from __future__ import annotations

from typing import Any

import pytest

from chainruler.handlers.problems import problems
from chainruler.schemas.grading import ProblemsRequest
from tests.grading.problems import CONTEXT, report

LAST = {"type": "linear", "units": 2}
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
CASES_OF = r"dA_1 \odot \begin{{cases}} {} \end{{cases}}"
CENTRED = "(g - Z1 / r * <>(g * Z1 / r, axis=1, keepdims=True)) / r"
GROUPS = """G = Z1.reshape(N, <>)
r = np.sqrt(G.var(axis=-1, keepdims=True) + 1e-5)
h = (G - G.mean(axis=-1, keepdims=True)) / r
"""
THROUGH = """g = (dZ2 * gamma2).reshape(N, 2, 3)
((<> - h * (g * h).mean(-1, keepdims=True)) / r).reshape(N, 6)"""
SETTINGS = {"group_norm": {"groups": 2}, "swiglu": {"units": 5}}
ANSWERS: dict[str, list[tuple[str, str, str, str]]] = {
    "hardswish": [
        ("Z1", "numpy", "dA1 * np.where(Z1 < -3, 0, np.where(Z1 > 3, 1, (2 * Z1 + <>) / 6))", "3|6"),
        ("Z1", "numpy", "dA1 * (np.clip(Z1 + 3, 0, 6) / 6 + Z1 / 6 * (np.abs(Z1) < <>))", "3|6"),
        (
            "Z1",
            "latex",
            CASES_OF.format(r"0 & Z_1 < -3 \\ <> & Z_1 > 3 \\ \frac{2 Z_1 + 3}{6} & \text{otherwise}"),
            "1|0",
        ),
    ],
    "mish": [
        ("Z1", "numpy", "dA1 * (np.tanh(softplus(Z1)) + Z1 * (1 - np.tanh(softplus(Z1))**2) * <>)", "sigmoid(Z1)|1"),
        (
            "Z1",
            "latex",
            r"dA_1 \odot (t + <> (1 - t^2) \odot \frac{1}{1 + e^{-Z_1}}), t = \tanh(\ln(1 + e^{Z_1}))",
            r"Z_1 \odot|",
        ),
    ],
    "selu": [
        ("Z1", "numpy", f"dA1 * {LAMBDA} * np.where(Z1 > 0, 1, {ALPHA} * <>)", "np.exp(Z1)|(np.exp(Z1) - 1)"),
        (
            "Z1",
            "latex",
            CASES_OF.format(rf"{LAMBDA} & Z_1 > 0 \\ {LAMBDA * ALPHA} <> & Z_1 \le 0"),
            "e^{Z_1}|(e^{Z_1} - 1)",
        ),
    ],
    "prelu": [
        ("alpha2", "numpy", "np.sum(dA2 * <>, axis=0)", "np.minimum(Z1, 0)|Z1"),
        ("W1", "numpy", "(dA2 * np.where(Z1 > 0, 1, <>)).T @ X", "alpha|alpha * Z1"),
        (
            "alpha2",
            "latex",
            r"\frac{\partial J}{\partial \alpha_j} = \sum_i (dA_2)_{ij} <>(0, (Z_1)_{ij})",
            r"\min|\max",
        ),
        ("Z1", "latex", r"dA_2 \odot (\mathbb{1}\{Z_1 > 0\} + \alpha_2 \odot \mathbb{1}\{Z_1 <> 0\})", r"\le|\ge"),
    ],
    "rms_norm": [
        ("gamma2", "numpy", "np.sum(dZ2 * Z1 / np.sqrt(np.mean(Z1**2, axis=<>, keepdims=True) + 1e-5), axis=0)", "1|0"),
        ("Z1", "numpy", f"r = np.sqrt(M2 + eps)\ng = dZ2 * gamma\n{CENTRED}", "np.mean|np.sum"),
        ("gamma2", "latex", r"\frac{\partial J}{\partial \gamma_j} = \sum_i (dZ_2)_{ij} <>_{ij}", "(H_2)|(Z_1)"),
    ],
    "group_norm": [
        ("gamma2", "numpy", f"{GROUPS}(dZ2 * h.reshape(N, 6)).sum(axis=0)", "2, 3|3, 2"),
        ("Z1", "numpy", f"{GROUPS.replace('<>', '2, 3')}{THROUGH}", "g - g.mean(-1, keepdims=True)|g"),
        ("beta2", "latex", r"\sum_{i=1}^N <>_{2,i}", "dZ|dH"),
    ],
    "swiglu": [
        ("V2", "numpy", "(dA2 * <>).T @ Z1", "silu(Z2)|sigmoid(Z2)"),
        ("W2", "numpy", "s = 1 / (1 + np.exp(-Z2))\n(dA2 * <> * (s + Z2 * s * (1 - s))).T @ Z1", "U2|A2"),
        ("V2", "latex", r"(dA_2 \odot <> \odot \sigma(Z_2))^\top Z_1", "Z_2|U_2"),
        ("Z2", "latex", r"dA_2 \odot U_2 \odot (<> + Z_2 \odot \sigma'(Z_2))", r"\sigma(Z_2)|1"),
    ],
    "log_softmax": [
        ("Z1", "numpy", "dA1 - np.exp(A1) * np.sum(dA1, axis=<>, keepdims=True)", "1|0"),
        ("Z1", "latex", r"(dZ_1)_{ij} = (dA_1)_{ij} - e^{(A_1)_{ij}} \sum_k (dA_1)_{<>}", "ik|kj"),
    ],
}
"""Answers with a hole, and what stands in it where they are right and where they are wrong."""
CASES = [(layer, *answer) for layer, answers in ANSWERS.items() for answer in answers]


def issued(*layers: dict[str, Any], loss: dict[str, Any] | None = None) -> Any:
    """Numbers for a network of these layers, under a squared error unless another loss is given."""
    asked = {"model": {"layers": list(layers), "input": 4}, "loss": loss or {"type": "squared_error"}, "seed": 3}
    return problems(ProblemsRequest.model_validate(asked), CONTEXT)["problem"]


def verdict(problem: Any, answer: str, syntax: str, formula: str) -> str:
    """How one formula is judged."""
    return str(report(problem, {answer: {"formula": formula, "syntax": syntax}})["results"][0]["verdict"])


@pytest.mark.parametrize(("layer", "answer", "syntax", "formula", "ways"), CASES)
def test_a_gradient_through_a_layer_is_judged(layer: str, answer: str, syntax: str, formula: str, ways: str) -> None:
    """What is right is correct, and with one piece changed it is wrong."""
    problem = issued({"type": "linear", "units": 6}, {"type": layer, **SETTINGS.get(layer, {})}, LAST)
    right, wrong = ways.split("|")

    assert verdict(problem, answer, syntax, formula.replace("<>", right)) == "correct"
    assert verdict(problem, answer, syntax, formula.replace("<>", wrong)) == "wrong"


@pytest.mark.parametrize(("layer", "slope"), [("softplus", r"\sigma(Z_1)"), ("gelu", r"\sigma'(Z_1)")])
def test_sigma_may_be_the_sigmoid_or_the_activation(layer: str, slope: str) -> None:
    r"""The derivative of a softplus is σ; elsewhere σ may be any activation, and a right reading acquits."""
    problem = issued({"type": "linear", "units": 5}, {"type": layer}, LAST)

    assert verdict(problem, "Z1", "latex", rf"dA_1 \odot {slope}") == "correct"
    assert verdict(problem, "W2", "latex", r"dZ_2^\top \sigma(Z_1)") == "correct"
    assert verdict(problem, "Z1", "latex", rf"dA_1 \odot {slope}^2") != "correct"


@pytest.mark.parametrize("layer", ["silu", "mish", "selu", "hardswish", "gelu", "elu", "leaky_relu"])
def test_activations_are_called_by_the_names_of_layers(layer: str) -> None:
    """They mean the layer with its usual settings, and nothing where the network sets the layer otherwise."""
    problem = issued({"type": "linear", "units": 5}, {"type": layer}, LAST)
    for name in (layer, f"F.{layer}"):
        assert verdict(problem, "W2", "numpy", f"dZ2.T @ {name}(Z1)") == "correct"
        assert verdict(problem, "W2", "numpy", f"dZ2.T @ {name}(A1)") == "wrong"

    other = issued({"type": "linear", "units": 5}, {"type": "leaky_relu", "negative_slope": 0.2}, LAST)
    assert verdict(other, "W2", "numpy", "dZ2.T @ F.leaky_relu(Z1)") == "not_gradable"
