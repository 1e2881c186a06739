"""Programs: what they accept, what they refuse, what they keep and what they call."""

import re
from itertools import product
from typing import Any

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import (
    Block,
    ExpressionError,
    NotDifferentiable,
    ShapeError,
    compiled,
    evaluate,
    jacobian,
    jacobian_block,
    variable,
)

X, W, y, s = variable("X", ("N", 3)), variable("W", (2, 3)), variable("y", ("N",), "index"), variable("s")
rows = np.arange(12.0).reshape(4, 3)


def test_programs_are_kept_by_structure() -> None:
    """The same expressions, however often they are built, have one program."""
    assert compiled([e.tanh(X @ W.T)]) is compiled([e.tanh(X @ W.T)])
    assert compiled([X @ W.T], dtype="float32") is not compiled([X @ W.T])


class Labelled(np.ndarray):
    """An array that is more than an array."""


def test_lists_integers_and_other_types_are_taken() -> None:
    """Whatever NumPy makes an array of is computed in the program's own type."""
    program = compiled([X * 2, s + 1], [X, s])
    taken: list[Any] = [rows, rows.tolist(), rows.astype(int), rows.astype(np.float32), rows.astype(">f8")]
    taken += [np.asfortranarray(rows), rows[::1], rows.view(Labelled)]
    for value, nought in product(taken, (0, 0.0, np.float64(0), np.array(0.0))):
        doubled, one = program({"X": value, "s": nought})

        assert doubled.__class__ is np.ndarray
        assert doubled.dtype == one.dtype == np.dtype("=f8")
        np.testing.assert_array_equal(doubled, rows * 2)


MISFITS: dict[str, tuple[dict[str, Any], str]] = {
    "too few columns": (
        {"X": np.ones((4, 2)), "W": np.ones((2, 3))},
        r"X has shape \(4, 2\), but \(N, 3\) is needed|\(4, 3\)",
    ),
    "too few axes": ({"X": np.ones(3), "W": np.ones((2, 3))}, r"X has shape \(3,\)"),
    "transposed": ({"X": rows, "W": np.ones((3, 2))}, r"W has shape \(3, 2\), but \(2, 3\) is needed"),
    "other batch": ({"X": rows, "W": np.ones((2, 3)), "y": [0, 1, 1]}, r"y has shape \(3,\), but \(4,\) is needed"),
    "missing": ({"X": rows, "y": [0, 1, 1, 0]}, r"A value for W is needed"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_values_that_do_not_fit_are_refused(name: str) -> None:
    """The message names the input, the shape that it has and the one that is needed."""
    values, words = MISFITS[name]

    with pytest.raises(ExpressionError, match=words):
        compiled([e.select(X @ W.T, y)], [X, W, y])({"y": [0, 1, 1, 0], **values})


def test_an_unknown_variable_or_size_is_refused() -> None:
    """A program cannot compute what nothing that is given says."""
    with pytest.raises(ShapeError, match="no input called W"):
        compiled([X @ W.T], [X])
    with pytest.raises(ShapeError, match="how large N is"):
        compiled([e.broadcast_to(s, ("N", 3))], [s])


def test_a_repeated_number_is_of_the_programs_type() -> None:
    """A written-out number has no type of its own."""
    repeated = [e.broadcast_to(2, ("N",))]
    single, double = (compiled(repeated, [X], dtype)({"X": rows})[0] for dtype in ("float32", "float64"))

    assert single.dtype == np.float32
    assert double.dtype == np.float64


def test_definitions_are_computed_once_in_order() -> None:
    """A definition gives a variable's value to those after it."""
    a, b = variable("a", ("N", 2)), variable("b", ("N", 2))
    program = compiled([b, a], [X, W], definitions=((a, e.tanh(X @ W.T)), (b, a * a)))
    squared, plain = program({"X": rows, "W": np.ones((2, 3))})

    np.testing.assert_array_equal(squared, plain * plain)
    assert program.source.count("tanh(") == 1


def test_softmax_and_logsumexp_share_their_exponential() -> None:
    """What two primitives need of the same thing is computed once."""
    program = compiled([e.softmax(X), e.logsumexp(X)])

    assert program.source.count("exp(") == 1


def test_a_chain_of_functions_needs_one_array() -> None:
    """An array that nothing reads any more is written over."""
    program = compiled([e.sin(e.exp(e.tanh(X * 2))) + 1], [X])

    assert program.source.count(" = multiply(") == 1
    assert program.source.count(" = ") <= 3


def test_results_of_one_call_survive_the_next() -> None:
    """No array is kept between calls: results stay what they were."""
    program = compiled([e.exp(X) + 1, e.tanh(X)], [X])
    first = program({"X": rows})
    kept = [result.copy() for result in first]
    program({"X": -rows})

    assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))


def test_what_is_not_finite_is_handed_out_without_a_warning() -> None:
    """An overflow is a result, for the caller to report."""
    big, bad = evaluate([e.exp(X), e.log(-X)], {"X": rows + 1000})

    assert np.isinf(big).all()
    assert np.isnan(bad).all()


BLOCKS = {
    "left factor": (X @ W.T, X),
    "right factor, transposed": (X @ W.T, W),
    "right factor": (X @ variable("V", (3, 2)), variable("V", (3, 2))),
    "left factor, transposed": (variable("M", (3, 2)).T @ variable("V", (3, 4)), variable("M", (3, 2))),
    "scaled, plus a bias": (3 * s * (X @ W.T) + variable("b", (2,)), W),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_block_of_a_product_is_its_jacobian_without_the_zeros(name: str) -> None:
    """Filled in with its zeros, the block is the dense Jacobian."""
    output, wrt = BLOCKS[name]
    block = jacobian_block(output, wrt)
    inputs = e.variables([output])
    rng = np.random.default_rng(0)
    values = {e.label_of(v): rng.normal(size=[4 if d == "N" else int(d) for d in v.shape]) for v in inputs}
    dense, whole = compiled([block.dense(), jacobian(output, wrt)], inputs)(values)

    assert isinstance(block, Block)
    assert block.values.ndim == 2
    np.testing.assert_allclose(dense, whole, rtol=1e-13)


@pytest.mark.parametrize("output", [e.tanh(X @ W.T), W * 2, (X @ W.T) @ (W @ W.T)])
def test_what_is_no_product_has_no_block(output: e.Expression) -> None:
    """The sparse form is there only where it is right."""
    with pytest.raises(NotDifferentiable, match="only for a matrix product"):
        jacobian_block(output, W)


x, v, w, t = variable("x", (3,)), variable("v", (3,)), variable("w", (3,)), variable("t")
long = variable("long", (64,))
CALLS: dict[str, tuple[e.Expression, str]] = {
    "difference": (x - v, "subtract"),
    "difference, written the other way round": (-x + v, "subtract"),
    "two minuses": (-x - v, "add negative"),
    "sums and a difference": (x + v - 2 * w, "add multiply subtract"),
    "half": (x + 0.5 * v, "add multiply"),
    "gates added": ((x > 0) + (v > 0) + w, "add add greater greater"),
    "gates multiplied": ((x > 0) * (v > 0) * w, "greater greater multiply multiply"),
    "inverse of a product": (1 / (x * v), "divide divide"),
    "from one": (1 - x, "subtract"),
    "quotient": (x / v, "divide"),
    "scaled quotient": (2 * x / v, "divide multiply"),
    "scalars are joined first": (2 * s * t * x, "multiply"),
    "scalars are divided first": (s * x / t, "multiply"),
    "a scalar times the smaller array": (s * x * W, "multiply multiply"),
    "long rows, both repeated": (s * e.outer(x, long), "multiply multiply_rows"),
    "long rows, one repeated": (long * e.reshape(long, (1, 64)), "multiply reshape"),
    "inverse": (1 / x, "reciprocal"),
    "square": (x**2, "square"),
    "cube": (x**3, "multiply square"),
    "root": (e.sqrt(x), "sqrt"),
    "other power": (x**5, "power"),
    "sum of squares": (e.norm2(W), "dot ravel scalar"),
    "a gate times": ((x > 0) * v, "greater multiply"),
    "a choice": (e.where(x > 0, v, w), "greater where"),
    "a choice of an array or a number": (e.where(x > 0, v, 2), "greater where"),
    "an entry a row": (e.select(X, y), "count"),
    "softplus": (e.softplus(x), "absolute add exp log1p maximum negative"),
    "sigmoid": (e.sigmoid(x), "add exp negative reciprocal"),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_call_is_made_that_is_not_needed(name: str) -> None:
    """Minus is a subtraction, division a division, and scalars meet each other before they meet an array."""
    expression, wanted = CALLS[name]
    body = compiled([expression]).source.partition("\n")[2]

    assert sorted(re.findall(r"(\w+)\(", body.replace("return (", ""))) == wanted.split()


@pytest.mark.parametrize(("classes", "by_columns"), [(16, True), (17, False)])
def test_short_one_hot_rows_are_stored_by_columns(classes: int, *, by_columns: bool) -> None:
    """What has few columns is laid out as products of short rows are, so that both meet in one pass."""
    program = compiled([e.onehot(y, classes)])

    assert (".T" in program.source) is by_columns


SMALLEST = {
    "a vector": ((3,), ("N", 3)),
    "a column": (("N", 2, 1), ("N", 1, 3)),
    "what has no batch": ((99, 1), ("N",)),
}


@pytest.mark.parametrize("name", SMALLEST)
def test_a_scalar_meets_the_smallest_array(name: str) -> None:
    """Of arrays that a product repeats, the one with the fewest entries is scaled before it is repeated."""
    small, large = (variable(label, shape) for label, shape in zip("ab", SMALLEST[name], strict=True))
    for scaled in (s * small * large, s * large * small):
        program = compiled([scaled], [small, large, s])

        assert "multiply(v0, v2" in program.source
        assert "(v1, v2" not in program.source


def test_a_gate_is_taken_from_the_activation() -> None:
    """Where relu(z) is computed, its derivative looks at it, so that z can be written over."""
    z = variable("z", (3,))
    program = compiled([e.relu(z + 1) * v, (z + 1 > 0) * v], [z, v])
    first, second = program({"z": [-2.0, 0.0, 1.0], "v": [1.0, 2.0, 3.0]})

    assert re.search(r"maximum\((\w+), 0.0, out=\1\)", program.source)
    assert program.source.count(" = ") == 3
    np.testing.assert_array_equal(first, [0.0, 2.0, 6.0])
    np.testing.assert_array_equal(second, [0.0, 2.0, 3.0])
