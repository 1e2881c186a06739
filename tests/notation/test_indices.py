"""Formulas with letters: an entry of the gradient as einsum has it, and the same with one letter or sign changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.engine import Expression, evaluate, onehot, relu, variable
from chainruler.notation import FormulaError
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.equations import read_equations
from chainruler.notation.formula import Conventions, FormulaLimits, Reading

K, H, D, N = 3, 4, 5, 6
X, W1, b1, W2, b2 = (variable(n, s) for n, s in {"x": (D,), "W1": (H, D), "b1": (H,), "W2": (K, H), "b2": (K,)}.items())
z1, a1, z2, dz2, y, t = (
    variable(n, s, kind)  # type: ignore[arg-type]
    for n, s, kind in [
        ("z1", (H,), "real"), ("a1", (H,), "real"), ("z2", (K,), "real"), ("dz2", (K,), "real"), ("y", (), "index"),
        ("t", (K,), "real"),
    ]
)  # fmt: skip
P, Y = variable("P", ("N", K)), variable("Y", ("N", K))
A, labels = variable("A", ("N", H)), variable("labels", ("N",), "index")
SYMBOLS = {n: v for v in (X, W1, b1, W2, b2, z1, a1, z2, dz2, y, t, P, Y, A, labels) for n in [v.primitive.label]}  # type: ignore[attr-defined]
LINES: dict[Expression, Expression] = {z1: W1 @ X + b1, a1: relu(z1), z2: W2 @ a1 + b2}
CONVENTIONS = Conventions({y: t, labels: onehot(labels, K)}, lines=LINES)
r = np.random.default_rng(5)
V: dict[str, Any] = {n: r.normal(size=[N if d == "N" else int(d) for d in v.shape]) for n, v in SYMBOLS.items()}
V |= {"y": np.array(1), "t": np.eye(K)[1], "labels": np.array([0, 2, 1, 1, 0, 2])}
V["z1"] = V["W1"] @ V["x"] + V["b1"]
V["a1"] = np.maximum(V["z1"], 0)
V["z2"] = V["W2"] @ V["a1"] + V["b2"]
SOFT = np.exp(V["z2"]) / np.exp(V["z2"]).sum()
GATE = 1.0 * (V["z1"] > 0)
BACK = np.einsum("kj,k,j->j", V["W2"], V["dz2"], GATE)


def read(text: str) -> Reading:
    """A text in LaTeX, read as an answer to nothing in particular."""
    return read_answer(text, "latex", SYMBOLS, FormulaLimits(), CONVENTIONS, Asked(""))


def value(text: str) -> np.ndarray[Any, Any]:
    """What a text comes to at the numbers above."""
    expression = read(text).expression
    used = {n: V[n] for n, v in SYMBOLS.items()}
    return np.asarray(evaluate([expression], used)[0])


RIGHT: dict[str, np.ndarray[Any, Any]] = {
    r"\frac{\partial J}{\partial z_{2,k}} = \frac{e^{z_{2,k}}}{\sum_j e^{z_{2,j}}} - t_k": SOFT - V["t"],
    r"\frac{\partial J}{\partial z^{(2)}_k} = \frac{e^{z^{(2)}_k}}{\sum_{k=1}^{C} e^{z^{(2)}_k}} - \mathbb{1}\{k = y\}":
        SOFT - V["t"],
    r"\frac{\partial J}{\partial z^{(2)}_i} = -\sum_j t_j (\delta_{ij} - \operatorname{softmax}(z_2)_i)": SOFT - V["t"],
    r"\nabla_{z_2} J = \operatorname{softmax}(z_2) - t": SOFT - V["t"],
    r"\frac{\partial J}{\partial z_{2,i}} = \begin{cases} \mathrm{softmax}(z_2)_i - 1 & i = y \\"
    r" \mathrm{softmax}(z_2)_i & i \neq y \end{cases}": SOFT - V["t"],
    r"\frac{\partial J}{\partial z_{2,i}} = \begin{cases} \mathrm{softmax}(z_2)_i - 1, & \text{if $i = y$} \\"
    r" \mathrm{softmax}(z_2)_i, & \text{otherwise} \end{cases}": SOFT - V["t"],
    r"\frac{\partial J}{\partial W^{(2)}_{ij}} = \frac{\partial J}{\partial z^{(2)}_i} a^{(1)}_j":
        np.einsum("i,j->ij", V["dz2"], V["a1"]),
    r"\frac{\partial J}{\partial W^{(2)}_{ij}} = a^{(1)}_j dz_{2,i}": np.einsum("i,j->ij", V["dz2"], V["a1"]),
    r"\frac{\partial J}{\partial W_{2,i:}} = dz_{2,i} a_1": np.einsum("i,j->ij", V["dz2"], V["a1"]),
    r"\frac{\partial J}{\partial W_{2,:j}} = dz_2 a_{1,j}": np.einsum("i,j->ij", V["dz2"], V["a1"]),
    r"\frac{\partial J}{\partial a_{1,j}} = \sum_{k=1}^{K} W_{2,kj} dz_{2,k}": np.einsum("kj,k->j", V["W2"], V["dz2"]),
    r"\frac{\partial J}{\partial a_{1,j}} = (W_2^\top dz_2)_j": np.einsum("kj,k->j", V["W2"], V["dz2"]),
    r"\frac{\partial J}{\partial z_{1,j}} = \mathbf{1}[z_{1,j} > 0] \sum_k W_{2,kj} dz_{2,k}": BACK,
    r"\frac{\partial J}{\partial z_{1,j}} = \begin{cases} \sum_k W_{2,kj} dz_{2,k} & z_{1,j} > 0 \\ 0 & z_{1,j} \leq 0"
    r" \end{cases}": BACK,
    r"\frac{\partial J}{\partial W_{1,ij}} = \sum_k dz_{2,k} W_{2,ki} [z_{1,i} > 0] x_j":
        np.einsum("k,ki,i,j->ij", V["dz2"], V["W2"], GATE, V["x"]),
    r"\delta_k = dz_{2,k} \\ \frac{\partial J}{\partial W_{2,ij}} = \delta_i a_{1,j}":
        np.einsum("i,j->ij", V["dz2"], V["a1"]),
    r"q_i = \sum_j W_{2,ij} a_{1,j} + b_{2,i}": V["z2"],
    r"q_{ij} = A_{ij}^2": V["A"] ** 2,
    r"q_{ji} = A_{ij}": V["A"].T,
    r"q_i = \sum_j (A^\top A)_{jj} P_{ik} P_{ik}, \quad s_i = \sum_k P_{ik}": V["P"].sum(axis=1),
    r"q_j = (A^\top A)_{jj}": np.einsum("ij,ij->j", V["A"], V["A"]),
    r"q_{jk} = \sum_{i=1}^N A_{ij} (P_{ik} - [y_i = k])".replace("y_i", r"\mathrm{labels}_i"):
        np.einsum("ij,ik->jk", V["A"], V["P"] - np.eye(K)[V["labels"]]),
    r"q_{jkl} = \sum_i A_{ij} P_{ik} P_{il}": np.einsum("ij,ik,il->jkl", V["A"], V["P"], V["P"]),
    r"q = \sum_{i,k} P_{ik} Y_{ik}": np.einsum("ik,ik->", V["P"], V["Y"]),
    r"q_i = \sum_{k \neq y} W_{2,ki}": V["W2"].sum(axis=0) - V["W2"][1],
    r"q_k = \sum_{j \neq k} t_j": V["t"].sum() - V["t"],
}  # fmt: skip
JACOBIANS: dict[str, np.ndarray[Any, Any]] = {
    r"q_{ij} = \frac{\partial z^{(2)}_i}{\partial a^{(1)}_j}": V["W2"],
    r"q = \frac{\partial z_2}{\partial a_1}": V["W2"],
    r"q = \frac{\partial a_1}{\partial z_1}": np.diag(GATE),
    r"q_{ij} = \sum_l \frac{\partial J}{\partial z_{2,l}} \frac{\partial z_{2,l}}{\partial W_{2,ij}}":
        np.outer(V["dz2"], V["a1"]),
    r"q = \frac{\partial J}{\partial z_2} \frac{\partial z_2}{\partial W_2}": np.outer(V["dz2"], V["a1"]),
    r"q = \frac{\partial J}{\partial z_2} \frac{\partial z_2}{\partial a_1} \cdot "
    r"\frac{\partial a_1}{\partial z_1}": BACK,
    r"q = \frac{\partial J}{\partial z_2} \frac{\partial z_2}{\partial a_1} \odot [z_1 > 0]": BACK,
    r"q_j = \sum_k \sum_h \frac{\partial J}{\partial z_{2,k}} \frac{\partial z_{2,k}}{\partial a_{1,h}}"
    r" \frac{\partial a_{1,h}}{\partial z_{1,j}}": BACK,
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_letters_name_axes(text: str) -> None:
    """The entries are those that einsum computes, with the axes in the order of the left side's letters."""
    np.testing.assert_allclose(value(text), RIGHT[text], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", JACOBIANS)
def test_derivatives_of_lines_are_joined_by_name(text: str) -> None:
    """∂z/∂a is the Jacobian of the problem's own line, and neighbours contract over the symbol between them."""
    reading = read_equations(text, SYMBOLS, FormulaLimits(), CONVENTIONS)["q"]
    assert isinstance(reading, Reading)
    computed = np.asarray(evaluate([reading.expression], V)[0])

    np.testing.assert_allclose(computed, JACOBIANS[text], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", JACOBIANS)
def test_a_derivative_that_is_only_named_is_no_answer(text: str) -> None:
    """The chain rule by itself says nothing of what the derivatives are."""
    with pytest.raises(FormulaError, match="not worked out"):
        read(text)


CHANGES = [
    ("_{2,k}", "_{2,j}"),
    (" - ", " + "),
    ("_i", "_j"),
    ("_j", "_i"),
    ("z_{1", "a_{1"),
    ("\\sum_k", ""),
    ("t_k", ""),
]


def changed() -> list[tuple[str, str]]:
    """Each right text, and the same with one change on its right side where that changes the meaning."""
    found = []
    for text in RIGHT:
        left, equals, right = text.rpartition(" = ")
        plain = "cases" not in text and "[" not in text
        found += [(text, left + equals + right.replace(*c, 1)) for c in CHANGES if plain and c[0] in right]
    return found


@pytest.mark.parametrize(("text", "wrong"), changed())
def test_one_change_changes_the_value_or_is_refused(text: str, wrong: str) -> None:
    """Another letter or sign on the right side is another array, or none: nothing is fitted by size."""
    try:
        found = value(wrong)
    except FormulaError:
        return
    assert found.shape != RIGHT[text].shape or not np.allclose(found, RIGHT[text])


REFUSED = {
    r"q_{ii} = A_{ii}": "twice|lengths",
    r"q_i = a_{1,i} + b_{2,i}": "i runs to 4",
    r"q_j = \sum_{i=1}^{C} a_{1,i} + \sum_{k=1}^{C} b_{2,k}": "k runs to 4",
    r"q_{ij} = dz_2 a_1": "Two columns",
    r"q_i = [i < 2] a_{1,i}": "compared with =",
    r"q_i = [i = 2.5] a_{1,i}": "letters and class numbers",
    r"q_i = \begin{cases} 1 & i = y \\ t_i & z_{2,i} > 0 \end{cases}": "leave something out",
    r"q_i = \begin{cases} 1 & \text{otherwise} \\ 0 & i = y \end{cases}": "last case",
    r"q_i = \begin{cases} 1 & i = y": "never closed",
    r"q = \frac{\partial z_1}{\partial z_2} = 0 + \frac{\partial z_1}{\partial z_2}": "does not depend on z2",
    r"q = \frac{\partial z_2}{\partial q_9}": "not known",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_letters_do_not_say_is_refused(text: str) -> None:
    """The message says what is missing, at a place within the text."""
    with pytest.raises(FormulaError, match=REFUSED[text]) as caught:
        read(text)
    assert 0 <= caught.value.span[0] <= len(text)


def test_members_before_the_last_are_kept() -> None:
    """A chain keeps what each of its members means, as far as they can be read."""
    reading = read(r"q_i = \sum_j W_{2,ij} a_{1,j} + b_{2,i} = \heartsuit = z_{2,i}")

    assert reading.expression is z2
    assert len(reading.chain) == 1


PIECES = [
    *(r"\sum_{i=1}^{C}", r"\sum_{k \neq y}", r"\delta_{ij}", "[i = j]", r"\mathbb{1}\{k = y\}", r"\mathbf 1", "_{ij}"),
    *("_k", "^{(i)}", r"\frac{\partial J}{\partial z_{2,k}}", r"\frac{\partial z_2}{\partial W_2}", r"\begin{cases}"),
    *("&", r"\\", r"\end{cases}", r"\text{otherwise}", "W_2", "a_1", "P", "labels", "t", "=", "+", "-", "(", ")", "{"),
    *("}", "'", r"^\top", "*", "2", ",", r"\quad", r"\nabla_{z_2} J", "\\", "I(", "^", "_", r"\frac"),
]


def test_garbage_is_refused_and_nothing_else() -> None:
    """Whatever pieces stand beside each other, the text is read or a FormulaError names a place in it."""
    random = np.random.default_rng(11)
    for _ in range(400):
        text = " ".join(random.choice(PIECES, size=random.integers(1, 14)))
        places = [0]
        try:
            read(text)
        except FormulaError as error:
            places = list(error.span)
        assert 0 <= min(places) <= max(places) <= len(text) + 1, text
