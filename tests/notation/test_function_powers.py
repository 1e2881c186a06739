"""Powers at the name of a function, derivatives with indices, and a softmax whose sum may run either way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chainruler.engine import evaluate, size, variable
from chainruler.notation import FormulaError, Symbols, read_latex

N = size(["N"])
Z, dZ2, H = variable("Z3", ("N", 3)), variable("dZ2", ("N", 3)), variable("H2", ("N", 3))
SQUARE = variable("Q", (3, 3))
SYMBOLS: Symbols = {"N": N, "Z3": Z, "dZ2": dZ2, "H2": H, "Q": SQUARE}
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    r"\tanh": np.tanh, r"\sin": np.sin, r"\cos": np.cos, r"\exp": np.exp, r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
}  # fmt: skip
SOFTMAX = r"\frac{e^{Z_3}}{\sum_%s e^{Z_{3,k}}}"


def value(formula: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What a formula gives on random numbers, and these numbers."""
    random = np.random.default_rng(3)
    numbers = {"Z3": random.normal(size=(5, 3)), "dZ2": random.normal(size=(5, 3)), "H2": random.normal(size=(5, 3))}
    numbers["Q"] = random.normal(size=(3, 3))
    return np.asarray(evaluate([read_latex(formula, SYMBOLS).root.expression], numbers)[0]), numbers


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("power", [1, 2, 3])
@pytest.mark.parametrize("argument", ["(Z_3)", r"\left(Z_3\right)", " Z_3", "(Q)"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_power_at_the_name_of_a_function_is_that_of_its_value(name: str, argument: str, power: int) -> None:
    r"""\tanh^2(Z) is the square of each entry of tanh(Z), of square matrices too."""
    result, numbers = value(f"{name}^{{{power}}}{argument}")
    given = numbers["Q" if "Q" in argument else "Z3"]
    np.testing.assert_allclose(result, FUNCTIONS[name](given) ** power, rtol=1e-12)


@pytest.mark.parametrize("power", ["{-1}", "{-2}", "0", r"{\frac{1}{2}}"])
def test_a_power_that_may_be_the_inverse_is_refused(power: str) -> None:
    r"""\tanh^{-1} is not taken for 1 / tanh."""
    with pytest.raises(FormulaError, match="inverse of tanh"):
        read_latex(rf"\tanh^{power}(Z_3)", SYMBOLS)


@pytest.mark.parametrize("by", ["Z_{2,i}", "Z_{2i}", "z_{2,i}", "Z_i^{(2)}", "Z^{(2)}_{i}"])
def test_the_derivative_by_a_row_is_a_row(by: str) -> None:
    """∂J/∂Z_{2,i} is row i of dZ2, whatever the order of its marks."""
    result, numbers = value(rf"\sum_i \frac{{\partial J}}{{\partial {by}}} \odot H_{{2,i}}")
    np.testing.assert_allclose(result, (numbers["dZ2"] * numbers["H2"]).sum(axis=0), rtol=1e-12)


def test_the_index_of_a_derivative_needs_a_sum() -> None:
    """An index that no sum runs over is named as it was written."""
    with pytest.raises(FormulaError, match=r"index j of Z_\{2,j\} belongs to no sum"):
        read_latex(r"\sum_i \frac{\partial J}{\partial Z_{2,j}}", SYMBOLS)


def test_a_softmax_whose_sum_may_run_either_way_is_refused() -> None:
    """Beside a whole matrix one index may count samples or classes; with its limit it is read as it says."""
    with pytest.raises(FormulaError, match="over the samples or over the classes"):
        read_latex(SOFTMAX % "k", SYMBOLS)
    result, numbers = value(SOFTMAX % "{k=1}^{N}")
    powers = np.exp(numbers["Z3"])
    np.testing.assert_allclose(result, powers / powers.sum(axis=0), rtol=1e-12)
