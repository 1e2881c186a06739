"""What formulas mean, in both notations; what is refused, where, and with what advice; and the parts of a reading."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chainruler.engine import Primitive, relu, sigmoid, size, softmax, substitute, variable
from chainruler.engine.expression import Expression, build
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.notation import FormulaError, Symbols, read_latex, read_numpy, to_latex, to_numpy

N = size(["N"])
X, Z1, A1 = variable("X", ("N", 4)), variable("Z1", ("N", 5)), variable("A1", ("N", 5))
Z2, Y, dZ2 = variable("Z2", ("N", 3)), variable("Y", ("N", 3)), variable("dZ2", ("N", 3))
W1, W2, b1 = variable("W1", (5, 4)), variable("W2", (3, 5)), variable("b1", (5,))
y, lam, delta = variable("y", ("N",), "index"), variable("lam"), variable("delta", (3,))
v, x, V = variable("v", (3,)), variable("x", (4,)), variable("V", (2, 3, 4))
SYMBOLS: Symbols = {
    "N": N,
    "X": X,
    "Z1": Z1,
    "A1": A1,
    "Z2": Z2,
    "Y": Y,
    "dZ2": dZ2,
    "W1": W1,
    "W2": W2,
    "b1": b1,
    "y": y,
    "lam": lam,
    "delta": delta,
    "v": v,
    "x": x,
    "V": V,
    "phi": relu,
    "psi": softmax,
    "Q": variable("Q", (3, 3)),
}
NUMPY = {
    "(softmax(Z2) - Y)^T @ A1 / N": "1/N * (softmax(Z2) - Y).T @ A1",
    "1/N*(softmax(Z2)-Y)'@A1 + 2*λ*W₂": "1/N * (softmax(Z2) - Y).T @ A1 + 2 * lam * W2",
    "(dZ2 @ W2) ⊙ (Z1 > 0)": "(dZ2 @ W2) * (Z1 > 0)",
    "2·lam·W2": "2 * lam * W2",
    "delta @ x.T": "outer(delta, x)",
    "2 × W2 − W2": "W2",
    "np.sum(dZ2, axis=0)": "sum(dZ2, axis=0)",
    "dZ2.sum(axis=0)": "sum(dZ2, axis=0)",
    "dZ2.sum(0, keepdims=True)": "sum(dZ2, axis=0, keepdims=True)",
    "dZ2.mean()": "1/3 * sum(dZ2) / N",
    "dZ2.T.dot(A1)": "dZ2.T @ A1",
    "dot(dZ2.T, A1)": "dZ2.T @ A1",
    "np.maximum(0, Z1)": "relu(Z1)",
    "max(0, Z1)": "relu(Z1)",
    "phi'(Z1)": "Z1 > 0",
    "sigmoid'(Z1)": "sigmoid(Z1) * (1 - sigmoid(Z1))",
    "step(Z1)": "Z1 > 0",
    "norm2(W2)": "sum(W2**2)",
    "x² + x^2": "2 * x**2",
    "lambda * W2": "lam * W2",
    "delta.T @ v": "delta @ v",
    "outer(delta, x)": "outer(delta, x)",
    "swapaxes(V, -1, -2)": "swapaxes(V, -1, -2)",
    "Z2[arange(N), y]": "Z2[arange(N), y]",
    "b1[:, None] * W1": "b1[:, None] * W1",
    "1/3 + 1/6": "1/2",
    "0.1 * x": "0.1 * x",
    "\n  X @\n W1.T  ": "X @ W1.T",
}
LATEX = {
    r"\frac1N (\operatorname{softmax}(Z_2)-Y)^\top A_1 + 2\lambda W_2": "1/N * (softmax(Z2) - Y).T @ A1 + 2 * lam * W2",
    r"\tfrac{1}{N}(\psi(Z^{(2)})-Y)^{\mathsf T} A^{(1)}": "1/N * (softmax(Z2) - Y).T @ A1",
    r"\sum_{i=1}^{N} \frac1N(\psi(Z_{2,i})-Y_i)(A_{1,i})^T + 2\lambda W^{(2)}": (
        "1/N * (softmax(Z2) - Y).T @ A1 + 2 * lam * W2"
    ),
    r"\sum_i (dZ_2)_i": "sum(dZ2, axis=0)",
    r"\sum_{i=1}^N \left((W_2^\intercal (dZ_2)_i) \odot [Z_{1,i} > 0]\right) X_i^T": "((dZ2 @ W2) * (Z1 > 0)).T @ X",
    r"-\frac1N\sum_{i} \log \psi(Z_{2,i})_{y_i}": "-1/N * sum((Z2 - logsumexp(Z2, keepdims=True))[arange(N), y])",
    r"\sum_{i=1}^N\sum_{k=1}^3 Y_{ik} Z_{2,ik}": "sum(Y * Z2)",
    r"\sum_k v_k \delta_k": "sum(v * delta)",
    r"\sum_{i=1}^{N} \|X_i\|^2": "sum(X**2)",
    r"(W_2^\top \delta) \odot \phi'(b_1)": "(W2.T @ delta) * (b1 > 0)",
    r"W_2^\top\delta \odot \mathbb{1}\{b_1>0\}": "(W2.T @ delta) * (b1 > 0)",
    r"\mathbf W_2^{T}\boldsymbol{\delta}": "W2.T @ delta",
    r"W_2 W_1 x": "W2 @ W1 @ x",
    r"XW_1^T + b_1": "X @ W1.T + b1",
    r"\delta x^\top": "outer(delta, x)",
    r"\delta^\top v": "delta @ v",
    r"v^\top W_2": "v @ W2",
    r"\left\|W_2\right\|_F^2 + \|W_1\|^2": "sum(W2**2) + sum(W1**2)",
    r"\frac{1}{1+e^{-Z_2}}": "1 / (1 + exp(-Z2))",
    r"\sigma(Z_1)\circ(1-\sigma(Z_1))": "sigmoid(Z1) * (1 - sigmoid(Z1))",
    r"\mathbb{I}[Z_1 > 0] \odot A_1": "(Z1 > 0) * A1",
    r"[Z_1 \geq 0]": "Z1 >= 0",
    r"\frac{\partial J}{\partial Z_2}^\top A_1": "dZ2.T @ A1",
    r"dZ_2^\top A_1": "dZ2.T @ A1",
    r"\max(0, Z_1)": "relu(Z1)",
    r"|v|": "abs(v)",
    r"\sqrt{\lambda}\, v": "sqrt(lam) * v",
    r"3 \times 10^{-2} v": "0.03 * v",
    r"1/N (\psi(Z_2) - Y)": "1/N * (softmax(Z2) - Y)",
}
WRONG_NUMPY = {
    "(softmax(Z2) - Y .T @ A1": (1, '")" is missing'),
    "softmax(Z2) - Y) @ A1": (16, "closes nothing"),
    "softmx(Z2)": (1, 'Did you mean "softmax"?'),
    "softmax(Z3)": (9, 'Did you mean "Z2"?'),
    "(softmax(Z2) - Z1).T @ X": (2, "(N, 3) and (N, 5)"),
    "dZ2 @ A1": (1, "Did you mean to transpose the left operand"),
    "A1 @ W2": (1, "(N, 5) @ (3, 5)"),
    "W2 + 2 lam": (8, "An operator is missing"),
    "1/N (Z2 - Y)": (3, "N * (…)"),
    "X · W1.T": (3, "write @ (matrix product) or * (entry by entry)"),
    "max(Z1, 0)": (1, "maximum(a, b)"),
    "softmax'(Z2)": (1, "mixes entries"),
    "sum(Z2, axis=4)": (1, "no axis 4"),
    "dW2 = Z2": (5, "right-hand side only"),
    "X @": (3, 'missing after "@"'),
    r"\frac1N X": (1, "LaTeX"),
}
WRONG_LATEX = {
    r"\delta x": (1, r"write a^\top b, a b^\top or a \odot b"),
    r"\delta \cdot v": (1, r"a \odot b"),
    r"\delta W_2": (1, r"put ^\top after it"),
    r"W_2 x^\top": (1, "only a column can follow"),
    r"W_2 + \delta^\top + v": (7, "A row is added to a column"),
    r"\sum_i Y_i + X_i": (14, "belongs to no sum"),
    r"\sum_i 3": (1, "depends on i"),
    r"\sum_{i=1}^3 Y_i": (14, "this axis to N"),
    r"\sum_{i=0}^N Y_i": (1, r"\sum_{i=1}^{N}"),
    r"Q Q \odot Q": (3, "two ways"),
    r"Q^2": (1, r"^{\odot 2}"),
    r"1/2\lambda": (3, r"\frac"),
    r"\log v Y": (1, "parentheses"),
    r"W_7 X": (1, "not known"),
    r"\operatorname{softmx}(Z_2)": (1, 'Did you mean "softmax"?'),
    r"X W_1": (1, r"^\top"),
    r"X \times W_1": (1, r"\times stands between numbers"),
    r"\left(X": (6, "never closed"),
    r"dW = 3": (4, "right-hand side only"),
    r"\foo X": (1, r"\foo"),
    r"X_i": (1, "belongs to no sum"),
}


@pytest.mark.parametrize("text", NUMPY)
def test_numpy_means(text: str) -> None:
    """Each formula is read as the printed one."""
    assert to_numpy(read_numpy(text, SYMBOLS).expression) == NUMPY[text]


@pytest.mark.parametrize("text", LATEX)
def test_latex_means(text: str) -> None:
    """Each formula is read as the printed one."""
    assert to_numpy(read_latex(text, SYMBOLS).expression) == LATEX[text]


@pytest.mark.parametrize("text", WRONG_NUMPY)
def test_numpy_refusals(text: str) -> None:
    """Each error names the column and says what to do."""
    column, advice = WRONG_NUMPY[text]
    with pytest.raises(FormulaError) as caught:
        read_numpy(text, SYMBOLS)

    assert (caught.value.column, advice in caught.value.message) == (column, True), str(caught.value)


@pytest.mark.parametrize("text", WRONG_LATEX)
def test_latex_refusals(text: str) -> None:
    """What is wrong or may mean two things is refused at its place, with advice."""
    column, advice = WRONG_LATEX[text]
    with pytest.raises(FormulaError) as caught:
        read_latex(text, SYMBOLS)

    assert (caught.value.column, advice in caught.value.message) == (column, True), str(caught.value)


def test_an_error_points_at_its_place() -> None:
    """The caret line stands below what is meant, also after characters that Python counts as several bytes."""
    with pytest.raises(FormulaError) as caught:
        read_numpy("2·λ·W₂ + Z9", SYMBOLS)

    assert caught.value.pointed().splitlines() == ["2·λ·W₂ + Z9", "         ^^"]


@pytest.mark.parametrize(
    ("read", "text"),
    [(read_numpy, "1/N * (softmax(Z2) - Y).T @ A1"), (read_latex, r"\frac{1}{N} (\psi(Z_2) - Y)^\top A_1")],
)
def test_every_part_has_its_place(read: object, text: str) -> None:
    """A reading gives each piece of the text with what it means."""
    reading = (read_numpy if read is read_numpy else read_latex)(text, SYMBOLS)
    found = {text[slice(*part.span)]: part.expression for part in reading.parts()}

    assert found["Y"] is Y
    assert found["1"] is build("add", 1)
    assert next(
        e for t, e in found.items() if "Y" in t and "A" not in t and len(t) > 8 and "T" not in t and "top" not in t
    ) is (softmax(Z2) - Y)
    assert reading.root.span == (0, len(text))


@pytest.mark.parametrize(
    ("read", "text"),
    [(read_numpy, "(softmax(Z2) + Y).T @ A1"), (read_latex, r"\sum_{i=1}^N (\psi(Z_{2,i}) + Y_i) A_{1,i}^\top")],
)
def test_a_part_can_be_exchanged(read: object, text: str) -> None:
    """With a part replaced, the formula is built anew around it: so a grader finds the repair of a wrong sign."""
    reading = (read_numpy if read is read_numpy else read_latex)(text, SYMBOLS)
    wrong = next(p for p in reading.parts() if p.expression.primitive.name == "add")
    left, right = wrong.expression.args

    assert reading.with_part(wrong, left - right) is (softmax(Z2) - Y).T @ A1


def test_a_new_primitive_is_printed_and_read() -> None:
    """A function needs nothing in notation: its name and fields are enough."""

    @dataclass(frozen=True)
    class Leaky(Elementwise):
        """x above 0, a part of it below."""

        slope: float = 0.01
        name = "leaky_test"

        def partials(self, node: Expression) -> list[Expression]:
            return [sigmoid(node.args[0])]

    try:
        expression = Leaky(0.2)(Z1) + Leaky()(Z1)

        assert to_numpy(expression) == "leaky_test(Z1, slope=0.2) + leaky_test(Z1)"
        assert read_numpy(to_numpy(expression), SYMBOLS).expression is expression
        assert read_latex(to_latex(expression), SYMBOLS).expression is expression
    finally:
        del Primitive.registry["leaky_test"]


def test_symbols_are_what_the_caller_binds() -> None:
    """A name may stand for a whole expression, and sigma for the model's own function."""
    bound: Symbols = {"A": relu(X), "sigma": softmax, "X": X}

    assert read_latex(r"\sigma(A)", bound).expression is softmax(relu(X))
    assert read_numpy("sigma(A) + X", bound).expression is substitute([softmax(relu(X)) + X], {})[0]
