"""A sum over samples, taken apart: each part is what the sample gives alone; what mixes samples is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, NotSeparable, compiled, gradient, per_sample, sum_of, variable

X, y, n, m = variable("X", ("N", 3)), variable("y", ("N",), "index"), variable("n", ("N",)), variable("m", ("N",))
Y, image, pairs = variable("Y", ("N", 3, 4)), variable("image", ("N", 2, 4, 4)), variable("pairs", ("N", 2), "index")
W, b, w, table, V = (
    variable("W", (4, 3)),
    variable("b", (4,)),
    variable("w", (3,)),
    variable("T", (5, 3)),
    variable("V", (4, 4)),
)
kernel, square = variable("K", (3, 8)), variable("Q", ("N", "N"))
EVERYTHING = [X, y, n, m, Y, image, pairs, W, b, w, table, V, kernel, square]

Z = X @ W.T + b
cross_entropy = e.logsumexp(Z) - e.select(Z, y)
hidden = e.relu(Z) @ V
convolved = e.relu(kernel @ e.reshape(e.window(image, (2, 2)), ("N", 8, 9)))

SUMS: dict[str, Expression] = {
    "sum of rows": sum_of(X, 0),
    "sum of everything": sum_of(e.tanh(X)),
    "weighted rows": sum_of(e.reshape(n, ("N", 1)) * X, 0),
    "product with the samples": X.T @ e.tanh(X),
    "product with a vector of samples": X.T @ n,
    "a vector of samples times rows": n @ X,
    "inner product": n @ m,
    "scaled": 3 * variable("s") * sum_of(X, 0),
    "linear in a sum": W @ sum_of(X, 0),
    "sum of sums": sum_of(X, 0) + 2 * (X.T @ n),
    "part and join": e.concatenate([e.part_of(sum_of(X, 0), 1, 3), sum_of(Y, (0, 1))]),
    "transposed": (X.T @ Z).T,
    "diagonal": e.diag(sum_of(X, 0)),
    "stack": sum_of(Y, 0),
    "stack of products": sum_of(W @ Y, 0),
    "rows and stacks": sum_of(e.reshape(X, ("N", 1, 3)) @ Y, 0),
    "softmax": sum_of(e.softmax(X), 0),
    "maximum": sum_of(e.max_of(X, 1)),
    "columns": sum_of(X.T, -1),
    "all columns": sum_of(e.tanh(X.T)),
    "columns, entry by entry": e.tanh(X.T) @ n,
    "gathered": sum_of(e.gather(table, y) * X, 0),
    "pairs": sum_of(e.gather(table, pairs), (0, 1)),
    "even rows": X.T @ e.broadcast_to(1, ("N", 2)),
    "even rows in another shape": sum_of(e.reshape(e.broadcast_to(w, ("N", 3)), ("N", 3, 1)) * Y, 0),
    "images of their windows": sum_of(e.tanh(e.unwindow(Y, (1, 6), (1, 3)))),
    "with a product of weights": sum_of(X, 0) @ (W.T @ V),
}
GRADIENTS: dict[str, tuple[Expression, list[Expression]]] = {
    "linear": (sum_of(Z), [W, X]),
    "cross-entropy": (sum_of(cross_entropy), [W, b]),
    "hidden layer": (sum_of(hidden**2), [W, b, V]),
    "layer norm": (sum_of((Z - e.mean(Z, -1, keepdims=True)) ** 2 * (2 + Z)), [W]),
    "embedding": (sum_of(e.tanh(e.gather(table, y)) * X), [table]),
    "bag of embeddings": (sum_of(sum_of(e.gather(table, pairs), 1) ** 2), [table]),
    "convolution": (sum_of(convolved**2), [kernel]),
    "vector of weights": (sum_of((X @ w) ** 2), [w]),
}


def numbers(N: int) -> dict[str, Any]:
    """Data and parameters."""
    rng = np.random.default_rng(3)
    shapes = {v.primitive.label: [N if d == "N" else int(d) for d in v.shape] for v in EVERYTHING}  # type: ignore[attr-defined]
    values: dict[str, Any] = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return values | {"y": rng.integers(3, size=N), "pairs": rng.integers(5, size=(N, 2)), "s": np.float64(0.7)}


def alone(values: dict[str, Any], k: int) -> dict[str, Any]:
    """The values with a single sample."""
    data = {"X", "y", "n", "m", "Y", "image", "pairs"}
    return {name: value[k : k + 1] if name in data else value for name, value in values.items()}


def check(expression: Expression) -> None:
    """Each part is what its sample gives alone, and the parts add up to the whole."""
    inputs = [*EVERYTHING[:-1], variable("s")]
    parts = per_sample(expression)
    values = numbers(6)
    (apart,) = compiled([parts], inputs)(values)
    program = compiled([expression], inputs)
    each = np.stack([program(alone(values, k))[0] for k in range(6)])

    assert parts.shape == ("N", *expression.shape)
    np.testing.assert_allclose(apart, each, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(apart.sum(axis=0), program(values)[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_over_samples(name: str) -> None:
    """A sum over samples comes apart into its terms."""
    check(SUMS[name])


@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient(name: str) -> None:
    """The gradient of a sum of losses comes apart into the gradients of the samples."""
    loss, wrt = GRADIENTS[name]
    check(loss)
    for slope in gradient(loss, [x for x in wrt if "N" not in x.shape]):
        check(slope)


def test_the_mean_loss_with_a_penalty() -> None:
    """The parts of the gradient of a mean plus a penalty: each sample's over N, and an even share of the penalty."""
    loss = e.mean(cross_entropy) + 0.3 * e.norm2(W)
    (slope,) = gradient(loss, [W])
    (bare,) = gradient(sum_of(cross_entropy), [W])
    values = numbers(6)
    (apart,) = compiled([per_sample(slope)], EVERYTHING)(values)
    each = np.stack([compiled([bare], EVERYTHING[:-1])(alone(values, k))[0] for k in range(6)])

    np.testing.assert_allclose(apart, (each + 0.6 * values["W"]) / 6, rtol=1e-12, atol=1e-13)


MIXED: dict[str, Callable[[], Expression]] = {
    "rows of a softmax over samples": lambda: sum_of(e.softmax(X.T, axis=-1) @ X),
    "softmax over samples": lambda: sum_of(e.softmax(X, axis=0) * X),
    "centred over samples": lambda: sum_of((X - e.mean(X, 0)) ** 2),
    "square of a sum": lambda: sum_of(X, 0) ** 2,
    "product of sums": lambda: sum_of(n) * sum_of(m),
    "exponential of a sum": lambda: e.exp(sum_of(n)),
    "a product of all pairs": lambda: sum_of(X @ X.T),
    "all pairs of differences": lambda: sum_of((e.reshape(n, ("N", 1)) - n) ** 2),
    "all pairs by outer": lambda: sum_of(e.outer(n, m) * square),
    "repeated along another axis": lambda: sum_of(e.broadcast_to(n, ("N", "N")) * square),
    "a matrix of samples times a stack": lambda: sum_of(X @ Y),
    "columns picked by samples": lambda: sum_of(e.gather(X, y, axis=1) * square),
    "a matrix that orders the samples": lambda: sum_of(X.T @ e.exp(e.identity("N"))),
    "largest sample": lambda: e.max_of(n),
    "log of a sum of exp": lambda: e.logsumexp(n),
    "a matrix of all pairs times rows": lambda: sum_of(square @ X),
    "a matrix of all pairs, summed": lambda: sum_of(square, 1),
    "no sum": lambda: e.tanh(X),
    "a vector of samples": lambda: n,
    "the solution of two sums": lambda: (X.T @ X) @ (X.T @ n),
    "one sum for each sample": lambda: sum_of(e.tanh(X * sum_of(X, 0))),
}


@pytest.mark.parametrize("name", MIXED)
def test_what_mixes_samples_is_refused(name: str) -> None:
    """There is no part for each sample, and none is made up."""
    expression = MIXED[name]()

    with pytest.raises(NotSeparable):
        per_sample(expression)


def test_the_axis_of_samples_may_have_another_name() -> None:
    """Samples are the rows of whatever size is named."""
    rows = variable("R", ("K", 3))

    assert per_sample(sum_of(rows**2, 0), "K").shape == ("K", 3)
