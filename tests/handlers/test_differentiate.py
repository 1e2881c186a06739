"""Formulas differentiated: values by autograd, formulas that read back, and variables that pick entries."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from chainruler.engine import Expression, compiled, variable
from chainruler.notation import read_latex, read_numpy
from tests.handlers.calls import Answer, Document, call, sent
from tests.handlers.problems import close

RNG = np.random.default_rng(2)
W, X, Y, Z = RNG.normal(size=(3, 4)), RNG.normal(size=4), RNG.normal(size=3), RNG.uniform(0.5, 2.0, size=(3, 3))
CLASSES = np.array([2, 0, 1])
HOT = np.eye(3)[CLASSES]

Function = Callable[..., Any]
FORMULAS: dict[str, tuple[str, dict[str, Any], Function]] = {
    "squares": ("sum((W @ x - y)**2)", {"W": W, "x": X, "y": Y}, lambda W, x, y: anp.sum((W @ x - y) ** 2)),
    "cross-entropy": (
        "mean(logsumexp(Z) - sum(H * Z, axis=1))",
        {"Z": Z, "H": HOT},
        lambda Z, H: anp.mean(anp.log(anp.sum(anp.exp(Z), axis=1)) - anp.sum(H * Z, axis=1)),
    ),
    "quotient": ("sum(exp(x) / (1 + x**2))", {"x": X}, lambda x: anp.sum(anp.exp(x) / (1 + x**2))),
    "a number": ("a**3 + 2 * a * b", {"a": np.array(1.5), "b": np.array(-0.5)}, lambda a, b: a**3 + 2 * a * b),
    "whole numbers": (
        "sum(W * V)",
        {"W": np.arange(6).reshape(2, 3), "V": np.ones((2, 3))},
        lambda W, V: anp.sum(W * V),
    ),
    "entries": ("sum(log(Z)[arange(3), c])", {"Z": Z, "c": CLASSES}, lambda Z, c: anp.sum(anp.log(Z)[np.arange(3), c])),
    "one-hot": ("sum(onehot(c, 3) * Z**2)", {"Z": Z, "c": CLASSES}, lambda Z, c: anp.sum(np.eye(3)[c] * Z**2)),
    "rows": ("sum(take(Z, c, axis=0) * W)", {"Z": Z, "c": CLASSES, "W": Z.T}, lambda Z, c, W: anp.sum(Z[c] * W)),
}


def differentiate(formula: str, variables: dict[str, Any], **more: Any) -> Answer:
    """The answer for a formula and its variables, through JSON."""
    document: Document = sent({"formula": formula, "variables": variables, **more})
    return call("differentiate", document)


@pytest.mark.parametrize("name", FORMULAS)
def test_value_and_gradients(name: str) -> None:
    """The value and the gradient by every variable that does not pick entries are those of autograd."""
    formula, variables, function = FORMULAS[name]
    answer = differentiate(formula, variables)
    moving = [key for key in variables if not (key == "c" and name in {"entries", "one-hot", "rows"})]

    assert answer["value"] == pytest.approx(float(function(**variables)), rel=1e-13)
    assert list(answer["gradients"]) == list(answer["formulas"]) == moving
    for place, key in enumerate(variables):
        if key in moving:
            arrays = [np.asarray(a, float) if k in moving else a for k, a in variables.items()]
            close(answer["gradients"][key], grad(function, place)(*arrays))


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_read_back(name: str) -> None:
    """Each printed formula, read again, computes the gradient: in NumPy; in LaTeX where it has a spelling for it."""
    formula, variables, _ = FORMULAS[name]
    answer = differentiate(formula, variables)
    symbols: dict[str, Expression] = {
        key: variable(key, np.shape(a), "index" if key == "c" else "real") for key, a in variables.items()
    }
    read: dict[str, Any] = {"numpy": read_numpy, "latex": read_latex}
    for notation in ("numpy", "latex") if "c" not in variables else ("numpy",):
        for key, written in answer["formulas"].items():
            (value,) = compiled([read[notation](written[notation], symbols).expression])(variables)
            close(np.broadcast_to(value, np.shape(variables[key])), answer["gradients"][key])
        (value,) = compiled([read[notation](answer["read_as"][notation], symbols).expression])(variables)
        assert value == pytest.approx(answer["value"], rel=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
def test_mathml_is_well_formed(name: str) -> None:
    """Every formula of an answer is one `math` element."""
    formula, variables, _ = FORMULAS[name]
    answer = differentiate(formula, variables)

    for written in (answer["read_as"], *answer["formulas"].values()):
        assert ET.fromstring(written["mathml"]).tag.endswith("}math")  # noqa: S314 (our own text)


@pytest.mark.parametrize("name", FORMULAS)
def test_shapes_alone_give_the_formulas(name: str) -> None:
    """Without numbers there are no values, and the formulas are the same: what picks is found in the formula."""
    formula, variables, _ = FORMULAS[name]
    answer = differentiate(formula, {key: {"shape": list(np.shape(a))} for key, a in variables.items()})
    full = differentiate(formula, variables)

    assert answer == {"read_as": full["read_as"], "formulas": full["formulas"]}


def test_one_variable_without_numbers_takes_the_values_away() -> None:
    """A value needs all of them."""
    assert differentiate("sum(x * y)", {"x": X, "y": {"shape": [4]}}).keys() == {"read_as", "formulas"}


def test_whole_numbers_that_do_not_pick_are_numbers() -> None:
    """They do not wrap around at 64 bits as integers do."""
    answer = differentiate("x * x", {"x": 4_000_000_000})

    assert (answer["value"], answer["gradients"]["x"]) == (1.6e19, 8e9)


def test_latex_is_read() -> None:
    """The same formula in LaTeX has the same value and gradients."""
    latex = differentiate(r"\|W x - y\|^2", {"W": W, "x": X, "y": Y}, syntax="latex")
    numpy = differentiate("sum((W @ x - y)**2)", {"W": W, "x": X, "y": Y})

    assert sent(latex) == sent(numpy)


def test_only_what_is_asked_for_is_differentiated_by() -> None:
    """In the order in which it was asked for, and each once."""
    answer = differentiate("sum(x * z)", {"x": X, "z": X}, with_respect_to=["z", "x", "z"])

    assert list(answer["gradients"]) == ["z", "x"]
    assert list(differentiate("sum(x * z)", {"x": X, "z": X}, with_respect_to=["z"])["formulas"]) == ["z"]


def test_what_the_formula_does_not_use_has_a_gradient_of_zeros() -> None:
    """As autograd has it, too."""
    assert differentiate("sum(x)", {"x": X, "y": Y})["gradients"]["y"].tolist() == [0.0, 0.0, 0.0]
