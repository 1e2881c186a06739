"""Formulas in characters: they read as on paper, mean what the code means, and leave nothing out."""

import ast
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainruler import textbook
from chainruler.cli.showing.mathematics import LOWERED, derivative, formula, symbol
from chainruler_client import Client

WRITTEN = {
    "dZ2.T @ A1 + 2 * lam * W2": "dZ₂ᵀ A₁ + 2λ W₂",
    "1/N * (softmax(Z3) - Y)": "1/N (softmax(Z₃) − Y)",
    "(A @ B).T @ C": "(A B)ᵀ C",
    "A @ (B @ C)": "A (B C)",
    "(A + B) @ C": "(A + B) C",
    "dA2 * (Z2 > 0)": "dA₂ ⊙ [Z₂ > 0]",
    "A @ -B": "A (−B)",
    "-A @ B": "−A B",
    "-(a * b) @ C": "(−a ⊙ b) C",
    "(W2.T @ dz2) * h * (1 - h)": "(W₂ᵀ dz₂) ⊙ h ⊙ (1 − h)",
    "a * (b * c)": "a ⊙ (b ⊙ c)",
    "-(t - o)": "−(t − o)",
    "-e_c / p": "−e_c / p",
    "a / (b / c)": "a / (b / c)",
    "a - (b - c)": "a − (b − c)",
    "2 * (X - Y)": "2 (X − Y)",
    "lam * (sum(W1**2) + sum(W2**2))": "λ (‖W₁‖² + ‖W₂‖²)",
    "sum(dZ3, axis=0)": "Σᵢ (dZ₃)ᵢ",
    "sum(dZ3, axis=1)": "sum(dZ₃, axis=1)",
    "-sum(e_y * log(a))": "−Σ (e_y ⊙ log(a))",
    "sum(logsumexp(Z3) - Z3[arange(N), y]) / N": "Σ (logsumexp(Z₃) − Z₃[y]) / N",
    "outer(dz2, h)": "dz₂ hᵀ",
    "outer(a + b, h)": "(a + b) hᵀ",
    "take(W, c, axis=0)": "W[c]",
    "swapaxes(A, -1, -2)": "Aᵀ",
    "abs(x - y)": "|x − y|",
    "sigmoid(z1)": "σ(z₁)",
    "(x + 1)**3": "(x + 1)³",
    "x**-1": "x^(−1)",
    "x**1.5": "x^1.5",
    "sqrt(v)": "√(v)",
    "dU[1:6]": "dU[1:6]",
    "full((1,), z_c)": "full((1), z_c)",
    "a if b else c": "a if b else c",
    "a // b": "a FloorDiv b",
    "not python (": "not python (",
}


@pytest.mark.parametrize(("code", "written"), WRITTEN.items(), ids=WRITTEN)
def test_code_becomes_mathematics(code: str, written: str) -> None:
    """Each construct has its sign, and parentheses stand where they are needed."""
    assert formula(code) == written


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("W2", "W₂"),
        ("dZ10", "dZ₁₀"),
        ("lam", "λ"),
        ("gamma0", "γ₀"),
        ("dgamma0", "dγ₀"),
        ("ell", "ℓ"),
        ("e_c", "e_c"),
        ("W_in", "Wᵢₙ"),
        ("z_s", "zₛ"),
        ("J_reg", "J_reg"),
        ("loss_of_all_9", "loss_of_all_9"),
    ],
)
def test_names_have_their_letters_and_subscripts(label: str, written: str) -> None:
    """A subscript is lowered if all of it can be; there are no signs for some letters."""
    assert symbol(label) == written


def test_derivatives_have_two_names() -> None:
    """dW2 is ∂J/∂W₂, and a Jacobian is that of one line by another."""
    assert [derivative(label, "J_reg") for label in ("dW2", "da/dz", "Z2", "d")] == ["∂J_reg/∂W₂", "∂a/∂z", "Z₂", "d"]


@pytest.mark.parametrize("name", textbook.names())
def test_a_derivation_leaves_nothing_out(name: str) -> None:
    """Every name in the code of every line is in what is shown, and every parenthesis is closed."""
    for step in Client.local().derivation(textbook.problem(name)).steps:
        shown = formula(step.numpy)
        names = {node.id for node in ast.walk(ast.parse(step.numpy)) if isinstance(node, ast.Name)}
        signs = {"sum", "outer", "arange", "take", "sigmoid", "sqrt", "abs"}

        assert [label for label in names - signs if symbol(label) not in shown and label != "N"] == []
        assert all(shown.count(left) == shown.count(right) for left, right in ("()", "[]"))


LETTERS = st.sampled_from("ABCD").map(lambda letter: (letter, "matrix"))
FACTORS = st.sampled_from(["2", "lam", "N"]).map(lambda number: (number, "number"))
Code = tuple[str, str]


def combined(parts: st.SearchStrategy[Code]) -> st.SearchStrategy[Code]:
    """Sums, products, powers and transposes of parts; what mixes numbers and matrices gives matrices."""

    def joined(left: Code, right: Code, sign: str) -> Code:
        matrix = "matrix" in {left[1], right[1]}
        if sign in "+-" and left[1] != right[1]:
            sign = "*"
        if sign == "@" and not left[1] == right[1] == "matrix":
            sign = "*"
        return f"({left[0]}) {sign} ({right[0]})", "matrix" if matrix else "number"

    pairs = st.builds(joined, parts, parts, st.sampled_from(["+", "-", "*", "@"]))
    negated = parts.map(lambda part: (f"-({part[0]})", part[1]))
    turned = parts.map(lambda part: (f"({part[0]}).T", part[1]) if part[1] == "matrix" else part)
    return pairs | negated | turned


def read_back(shown: str) -> str:
    """The code that what is shown stands for: beside each other, matrices are multiplied, and numbers scale."""
    text = re.sub("[₀-₉]", lambda found: str("₀₁₂₃₄₅₆₇₈₉".index(found[0])), shown).replace("−", "-")
    text = re.sub(r"(\d)λ", r"\1 λ", text).replace("ᵀ", ".T").replace("⊙", "*")
    pieces = re.findall(r"\.T|[A-D]|[Nλ]|\d+|[()*+-]", text)
    code = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        ends = before in {")", ".T", "N", "λ"} or before.isalnum()
        begins = piece == "(" or piece in {"N", "λ"} or piece.isalnum()
        code += (" % " if ends and begins else "") + piece
    return code.replace("λ", "lam")


class Value:
    """A number or a matrix, for which `%` is what standing beside each other means, and binds as it does on paper."""

    def __init__(self, array: object) -> None:
        self.array = np.asarray(array, float)

    T = property(lambda self: Value(self.array.T))
    __add__ = lambda self, other: Value(self.array + other.array)  # noqa: E731
    __sub__ = lambda self, other: Value(self.array - other.array)  # noqa: E731
    __neg__ = lambda self: Value(-self.array)  # noqa: E731
    __mul__ = lambda self, other: Value(self.array * other.array)  # noqa: E731

    def __matmul__(self, other: "Value") -> "Value":
        return Value(self.array @ other.array)

    def __mod__(self, other: "Value") -> "Value":
        scales = self.array.ndim == 0 or other.array.ndim == 0
        return Value(self.array * other.array) if scales else self @ other


@settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(LETTERS | FACTORS, combined, max_leaves=8))
def test_what_is_shown_means_what_the_code_means(code: Code) -> None:
    """Read as it is read on paper, the formula has the value of the code: no parenthesis is missing."""
    rng = np.random.default_rng(0)
    scope = {letter: Value(rng.normal(size=(3, 3))) for letter in "ABCD"} | {"N": Value(5.0), "lam": Value(0.7)}
    shown = formula(code[0])

    expected = eval(re.sub(r"\d+", r"V(\g<0>)", code[0]), {**scope, "V": Value})  # noqa: S307
    read = eval(re.sub(r"\d+", r"V(\g<0>)", read_back(shown)), {**scope, "V": Value})  # noqa: S307

    np.testing.assert_allclose(read.array, expected.array, err_msg=f"{code[0]} is shown as {shown}")


def test_letters_can_be_lowered_and_told_apart() -> None:
    """No two letters have one subscript."""
    assert len(set(LOWERED.values())) == len(LOWERED)
