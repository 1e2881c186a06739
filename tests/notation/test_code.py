"""Code that is read and never run: what it gives is what NumPy gives that runs it."""

import subprocess
import sys
import time
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation, Expression, size, variable
from chainruler.notation import FormulaError, FormulaLimits
from chainruler.notation.answer import Asked, read_answer
from chainruler.notation.code import is_code
from chainruler.notation.code_reader import read_code
from chainruler.notation.formula import Conventions

N, D, H, C = 7, 4, 5, 3
SYMBOLS: dict[str, Expression] = {
    "X": variable("X", ("N", D)), "W1": variable("W1", (H, D)), "b1": variable("b1", (H,)),
    "W2": variable("W2", (C, H)), "b2": variable("b2", (C,)), "Z1": variable("Z1", ("N", H)),
    "A1": variable("A1", ("N", H)), "Z2": variable("Z2", ("N", C)), "Y": variable("Y", ("N", C)),
    "y": variable("y", ("N",), "index"), "lam": variable("lam"), "N": size(["N"]),
}  # fmt: skip
CONVENTIONS = Conventions({SYMBOLS["y"]: SYMBOLS["Y"]})
LIMITS = FormulaLimits(sizes={"N": N})
CODE = {
    "in place at classes": "dz = softmax(Z2); dz[range(N), y] -= 1; dz /= N",
    "softmax written out": """
        exp_scores = np.exp(Z2 - np.max(Z2, axis=1, keepdims=True))
        probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
        dscores = probs            # two names of one array
        dscores[np.arange(N), y] -= 1
        dscores /= N
    """,
    "a name that containers have too": "p = softmax(Z2); p[range(N), y] -= 1; dW2 = p.T @ A1",
    "a loop over samples in columns": """
        Xt, At = X.T, A1.T
        dW1, part = np.zeros(W1.shape), np.zeros((W1.shape[0], 2))
        for i in range(N):
            x = Xt[:, i:i+1]
            part += At[:, i:i+1] @ X[i:i+1, 1:3] + A1[i:i+1].T @ Xt[1:3, i:1+i].T
            dW1 += (W1 @ x + np.tile(np.ones((1, 1)), (W1.shape[0], 1))) @ x.T
    """,
    "variances": """
        a, b = np.var(Z2), Z2.std(axis=1, keepdims=True)
        c, d = np.var(A1, 0, ddof=1), A1.var(axis=(0, 1), ddof=2)
        e = np.std(Z2, axis=-1, ddof=1) + b[:, 0] + a * d
    """,
    "a mask": """
        dscores = (softmax(Z2) - Y) / N
        dhidden = np.dot(dscores, W2)
        dhidden[A1 <= 0] = 0
        dW1 = np.dot(dhidden.T, X)
        dW1 += lam * W1
    """,
    "a function": '''
        def backward(X, y):
            """The backward pass."""
            m, d = X.shape
            dZ2 = (softmax(Z2) - np.eye(3)[y]) / m
            dA1 = np.matmul(dZ2, W2)
            dZ1 = np.multiply(dA1, (Z1 > 0).astype(float))
            dW1 = dZ1.T.dot(X.reshape(m, -1))
            db1 = np.sum(dZ1, axis=0, keepdims=True)
            return dW1, db1
        dW1, db1 = backward(X, y)
        db1 = db1 + 0
    ''',
    "a loop over samples": """
        dW2, db2 = np.zeros_like(W2), np.zeros(3)
        for i in range(N):
            p = np.exp(Z2[i]) / np.sum(np.exp(Z2[i]))
            p[y[i]] -= 1
            dW2 += np.outer(p, A1[i]) / N
            db2 += p / N
        dW2 += 2 * lam * W2
    """,
    "rows that are set": """
        dscores = np.zeros((N, 3))
        for i in range(X.shape[0]):
            dscores[i] = softmax(Z2[i])
            dscores[i, y[i]] -= 1
        dW2 = dscores.T @ A1 / len(X)
    """,
    "a loop over rows": """
        dW1 = np.zeros(W1.shape)
        for x_i, z_i in zip(X, Z1):
            dW1 += np.outer(z_i, x_i)
        dW1 = dW1 / N
    """,
    "margins": """
        dW = np.zeros(W2.shape)
        for i in range(N):
            scores = W2 @ A1[i] + b2
            for j in range(3):
                if j == y[i]:
                    continue
                margin = scores[j] - scores[y[i]] + 1
                if margin > 0:
                    dW[j, :] += A1[i]
                    dW[y[i], :] -= A1[i]
        dW /= N
    """,
    "parts": "a = np.zeros((3, 5)); a[:, 0] = b2; a[1] += W2[0]; a[0, :] *= 2; b = a[:, 1:3]; c = b.sum(axis=0)",
    "spellings": """
        a = np.clip(np.square(Z2), 0.1, 2) + np.maximum(Z2, 0) - np.where(Z2 > 0, Z2, 0.5 * Z2)
        b = np.sum(np.log(1 + np.exp(Z1)), axis=1)[:, np.newaxis] * np.ones_like(A1)
        c = np.squeeze(np.sum(Z2, axis=0, keepdims=True)) - np.add(b2, 1) / np.sqrt(len(X))
    """,
}


@pytest.fixture
def numbers() -> dict[str, Any]:
    """A value for each symbol."""
    random = np.random.default_rng(3)
    values: dict[str, Any] = {
        name: random.normal(size=tuple(N if isinstance(dim, str) else dim for dim in symbol.shape))
        for name, symbol in SYMBOLS.items()
        if name not in {"y", "Y", "N"}
    }
    values["A1"] = np.maximum(values["Z1"], 0)
    values["y"] = random.integers(0, C, N)
    return values | {"Y": np.eye(C)[values["y"]]}


def softmax(z: Any) -> Any:
    """The softmax of each row."""
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def run_and_read(text: str, numbers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What running code leaves, and what each of its arrays is as it is read; None for those that are not known."""
    run: dict[str, Any] = {label: np.array(value) for label, value in numbers.items()}
    run |= {"np": np, "softmax": softmax, "N": N}
    exec(dedent(text), run)  # noqa: S102 (code of these files)

    cells = read_code(text, SYMBOLS, LIMITS, CONVENTIONS).cells
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})
    return run, {label: cell.part and point(cell.part.expression) for label, cell in cells.items()}


def assert_runs_as_it_is_read(text: str, numbers: dict[str, Any]) -> None:
    """Every array that is left at the end has the value that running the code gives it, and the last one is known."""
    run, read = run_and_read(text, numbers)

    assert list(read.values())[-1] is not None
    for label in read.keys() & run.keys():
        if read[label] is not None:
            np.testing.assert_allclose(read[label], run[label], rtol=1e-12, atol=1e-12, err_msg=label)


@pytest.mark.parametrize("name", CODE)
def test_code_gives_what_numpy_gives(name: str, numbers: dict[str, Any]) -> None:
    """Every array that is left at the end has the value that running the code gives it, and the last one is known."""
    assert_runs_as_it_is_read(CODE[name], numbers)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("p = F.softmax(Z2, dim=1)", "softmax(Z2)"),
        ("dz = (torch.softmax(Z2, dim=1) - F.one_hot(y, 3).float()) / X.size(0)", "(softmax(Z2) - onehot(y, 3)) / N"),
        ("dW = dz.t().mm(A1) if False else Z2.t().mm(A1)", None),
        ("dW = Z2.t().mm(A1)", "Z2.T @ A1"),
        ("h = Z1.clamp(min=0)", "maximum(Z1, 0)"),
        ("self.db2 = Z2.sum(0)", "sum(Z2, axis=0)"),
        ("grads['W2'] = np.dot(self.cache['Z2'].T, self.A1)", "Z2.T @ A1"),
        ("g = A1.unsqueeze(2).squeeze() * (Z1 != 0)", "A1 * (1 - (Z1 == 0))"),
    ],
)
def test_pytorch_and_kept_arrays_are_read(text: str, plain: str | None) -> None:
    """Methods of tensors, and arrays that are kept under a name or a key, mean what formulas have for them."""
    if plain is None:
        with pytest.raises(FormulaError):
            read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dW2"))
        return
    reading = read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dW2"))

    assert reading.expression is read_answer(plain, "numpy", SYMBOLS, LIMITS, CONVENTIONS, Asked("dW2")).expression


ASKED = Asked("dW2", "W2", ("W1", "b1", "W2", "b2", "Z1", "Z2", "A1"))


@pytest.mark.parametrize("name", ["dW2", "grads['W2']", "grad_W2", "W2.grad", "self.dW2", "dL_dW2", "G", "out"])
def test_a_left_side_names_what_is_asked_or_is_of_ones_own(name: str) -> None:
    """Any name of the gradient, or one that is nobody's."""
    reading = read_answer(f"{name} = Z2.T @ A1", "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert reading.expression is SYMBOLS["Z2"].T @ SYMBOLS["A1"]


def test_a_left_side_that_names_another_answer_is_told() -> None:
    """The gradient by W1 is none by W2, unless W2's stands beside it."""
    with pytest.raises(FormulaError, match="gradient by W1, but the gradient by W2 is asked"):
        read_answer("dW1 = Z1.T @ X", "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    both = "dW2 = Z2.T @ A1\ndW1 = Z1.T @ X\nW1 -= rate * dW1"
    assert read_answer(both, "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED).expression.shape == (C, H)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dW2 = undefined @ A1", '"undefined" is not known'),
        ("dW2 = Z2.T @ A1\ndW2 += dW3", '"dW3" is not known'),
        ("while True: dW2 = 1", "only assignments"),
        ("dW2 = {Z2}", "not part of a formula"),
        ("for i in range(N):\n    dW2 = Z2[i]", "inside of the loop only"),
        ("dW2 = np.zeros_like(W2)\nfor i in range(N):\n    dW2 += dW2", "only a part of this is summed"),
        ("dW2 = np.zeros_like(W2)\nfor i in range(N):\n    dW2 *= 2", "are read"),
        ("dW2 = Z2.T @ A1\ndW2[y] += 1", "only the last counts"),
        ("dW2 = W2\nfor k in range(30):\n    for l in range(30):\n        dW2 = dW2 + 1", "256 passes"),
        ("dW2 = (", "cannot be read"),
        pytest.param("x" * 20_001 + "=1", "20003 characters", id="too long"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    """A clear message, at a place within the text."""
    with pytest.raises(FormulaError, match=message) as caught:
        read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert 0 <= caught.value.span[0] <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x = ().__class__.__bases__[0].__subclasses__()",
        "f = lambda: 1\ndW2 = f()",
        "exec('1')",
        "dW2 = open('/etc/passwd').read()",
        "import os\ndW2 = os.environ['HOME']",
        'dW2 = eval("W2")',
        "dW2 = W2 ** W2 ** W2 ** 99",
        "dW2 = np.zeros((10**6, 10**6))",
        "a = 'x' * 10**9",
        "dW2 = W2.__init__",
        "def f():\n" + "".join(f"{' ' * (d + 1)}for i{d} in range(32):\n" for d in range(12)) + " " * 14 + "a = 1",
    ],
)
def test_attacks_by_code_are_refused(text: str) -> None:
    """Nothing is run, and the refusal comes at once."""
    began = time.process_time()
    with pytest.raises(FormulaError):
        read_answer(text, "numpy", SYMBOLS, LIMITS, CONVENTIONS, ASKED)

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text", ["Z2.T @ A1", "softmax(Z2, axis=1)", "sum(Z2, axis=0, keepdims=True)", "Z2 == 1", "W2'"]
)
def test_a_formula_by_itself_is_no_code(text: str) -> None:
    """Keyword arguments, comparisons and primes are parts of formulas."""
    assert not is_code(text)


def test_reading_code_is_linear() -> None:
    """Four times the lines take no more than eight times as long."""

    def seconds(lines: int) -> float:
        text = "a = Z2\n" + "a = a + Z2 * 0.5\n" * lines
        began = time.process_time()
        read_code(text, SYMBOLS, LIMITS, CONVENTIONS)
        return time.process_time() - began

    seconds(10)
    assert min(seconds(200) for _ in range(3)) < 8 * min(seconds(50) for _ in range(3)) + 0.02


def test_what_python_warns_of_is_not_written_to_the_log() -> None:
    """Of `1if` and of strange escapes in an answer."""
    program = (
        "from chainruler.notation.code import module_of\n"
        "from chainruler.notation.formula import FormulaLimits\n"
        "module_of('a = 1if b else 2\\nc = \"\\\\d\"', FormulaLimits())\n"
        "print('read')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("read\n", "")
