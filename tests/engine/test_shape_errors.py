"""Refusals from shapes, before any number is touched: which expression, and which words say what to do."""

from collections.abc import Callable

import pytest

from chainruler import engine as e
from chainruler.engine import NotDifferentiable, ShapeError, variable

X, W, V = variable("X", ("N", 4)), variable("W", (3, 4)), variable("V", (4, 3))
x, s, u = variable("x", (3,)), variable("s"), variable("u", (1, 3))
y, i = variable("y", ("N",), "index"), variable("i", (2,), "index")
n, image = variable("n", ("N",)), variable("image", (2, 5, 4))


def primitive(name: str, *fields: object) -> e.Primitive:
    """A primitive of the registry."""
    return e.Primitive.registry[name](*fields)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "add": (lambda: X + x, r'"\+" needs operands of one shape, but got \(N, 4\) and \(3,\): 4 and 3 differ'),
    "multiply": (lambda: W * V, r'"\*" needs operands of one shape, but got \(3, 4\) and \(4, 3\)'),
    "batch against batch": (lambda: n + variable("m", ("M",)), r"N and M differ"),
    "batch against number": (lambda: X + variable("Z", (5, 4)), r"N and 5 differ"),
    "maximum": (lambda: e.maximum(X, x), r'"maximum" needs operands'),
    "compare": (lambda: x < X, r'"compare" needs operands'),
    "where": (lambda: e.where(X > 0, x, 0), r'"where" needs operands'),
    "matmul, right transposed": (
        lambda: X @ W,
        r"\(N, 4\) @ \(3, 4\) has 4 and 3\. Did you mean to transpose the right",
    ),
    "matmul, left transposed": (lambda: V @ V, r"4, 3\) @ \(4, 3\) has 3 and 4\. Did you mean to transpose the left"),
    "matmul, neither": (lambda: X @ variable("Z", (7, 2)), r"has 4 and 7\.$"),
    "matmul, a number": (lambda: X @ s, r'"@" needs matrices or vectors, but got \(N, 4\) @ \(\)'),
    "matmul, a number first": (lambda: s @ X, r'"@" needs matrices or vectors'),
    "matmul, vector": (lambda: X @ x, r"has 4 and 3"),
    "matmul, stacks": (
        lambda: variable("P", (2, 3, 3)) @ variable("Q", (5, 3, 3)),
        r"one shape, but got \(2,\) and \(5,\)",
    ),
    "matmul, left of a stack transposed": (lambda: V @ variable("P", (5, 4, 2)), r"has 3 and 4\. Did .* the left"),
    "matmul, right of a stack transposed": (lambda: variable("P", (2, 5, 4)) @ W, r"has 4 and 3\. Did .* the right"),
    "outer": (lambda: e.outer(X, x), r"outer needs two vectors, but got \(N, 4\) and \(3,\)"),
    "transpose": (lambda: x.T, r"\.T needs a matrix, but got the shape \(3,\)"),
    "reshape": (lambda: e.reshape(W, (5, 2)), r"\(3, 4\) cannot be reshaped to \(5, 2\): the sizes differ"),
    "reshape, batch": (lambda: e.reshape(X, (4,)), r"cannot be reshaped"),
    "reshape, number": (lambda: e.reshape(e.broadcast_to(s, (3,)), (4,)), r"cannot be reshaped"),
    "broadcast": (lambda: e.broadcast_to(x, (3, 4)), r"\(3,\) cannot be broadcast to \(3, 4\)"),
    "broadcast, fewer axes": (lambda: e.broadcast_to(X, (4,)), r"cannot be broadcast"),
    "broadcast, another repetition": (
        lambda: e.broadcast_to(e.broadcast_to(x, (4, 3)), (2, 3)),
        r"\(4, 3\) cannot be broadcast to \(2, 3\)",
    ),
    "diagonal": (lambda: e.diag(s), r"diag needs a vector"),
    "sum": (lambda: e.sum_of(X, 2), r"There is no axis 2 in the shape \(N, 4\)"),
    "sum, negative": (lambda: e.sum_of(X, -3), r"There is no axis -3"),
    "sum, as a node": (lambda: primitive("sum", (-3,))(X), r"sum over axis -3 needs that many axes, got \(N, 4\)"),
    "sum, not from the end": (lambda: primitive("sum", (0,))(X), r"sum over axis 0 needs"),
    "max": (lambda: primitive("max", (-2,))(x), r"max over axis -2 needs"),
    "softmax": (lambda: e.softmax(s), r"There is no axis -1 in the shape \(\)"),
    "softmax, as a node": (lambda: primitive("softmax", -2)(x), r"softmax over axis -2 needs"),
    "logsumexp, as a node": (lambda: primitive("logsumexp", -2)(x), r"logsumexp over axis -2 needs"),
    "onehot": (lambda: e.onehot(n, 3), r"onehot needs whole numbers"),
    "onehot, no classes": (lambda: e.onehot(y, 0), r"onehot needs at least one class, but got 0"),
    "select": (lambda: e.select(X, i), r"select needs one index a row, but got \(N, 4\) and \(2,\)"),
    "select, real": (lambda: e.select(X, n), r"select needs whole numbers to pick by, but got real ones"),
    "select, a number": (lambda: e.select(s, variable("j", (), "index")), r"select needs one index a row"),
    "gather, real": (lambda: e.gather(W, n), r"gather needs whole numbers"),
    "gather, axis": (lambda: primitive("gather", -3)(W, y), r"gather along axis -3 needs that axis"),
    "scatter": (lambda: primitive("scatter", -2, 5, 1)(W, y), r"scatter got slices \(3, 4\) for indices \(N,\)"),
    "scatter, real": (lambda: primitive("scatter", -2, 5, 1)(X, n), r"scatter needs whole numbers"),
    "scatter, too few axes": (lambda: primitive("scatter", -2, 5, 1)(n, y), r"scatter got slices"),
    "concatenate": (lambda: e.concatenate([X, W]), r"shapes that agree but on axis -1, got \(N, 4\), \(3, 4\)"),
    "concatenate, other columns": (lambda: e.concatenate([V, W], axis=0), r"shapes that agree but on axis -2"),
    "part, axis": (lambda: primitive("slice", -2, 0, 1)(x), r"0:1 is no part of axis -2 of \(3,\)"),
    "identity": (lambda: e.identity(4) @ variable("S", ("N", 3, 4)), r"has 4 and 3"),
    "concatenate, batches": (lambda: e.concatenate([X, X], axis=0), r"concatenate needs"),
    "concatenate, numbers": (lambda: primitive("concatenate", -1)(s, s), r"concatenate needs"),
    "part": (lambda: e.part_of(x, 2, 5), r"2:5 is no part of axis -1 of \(3,\)"),
    "part, empty": (lambda: e.part_of(x, 1, 1), r"1:1 is no part"),
    "part, backwards": (lambda: e.part_of(x, 2, 1), r"2:1 is no part"),
    "part, negative": (lambda: e.part_of(x, -1, 2), r"-1:2 is no part"),
    "part of a batch": (lambda: e.part_of(X, 0, 2, axis=0), r"0:2 is no part of axis -2 of \(N, 4\)"),
    "window": (lambda: e.window(image, (6, 2)), r"A window of \(6, 2\) does not fit into \(5, 4\) padded by \(0, 0\)"),
    "window, padded": (
        lambda: e.window(image, (8, 2), padding=(1, 0)),
        r"does not fit into \(5, 4\) padded by \(1, 0\)",
    ),
    "window, a vector": (lambda: e.window(x, (1, 1)), r"window needs an image of two axes, but got \(3,\)"),
    "window, unknown size": (lambda: e.window(X, (1, 1)), r"does not fit"),
    "unwindow": (
        lambda: e.unwindow(image, (5, 4), (2, 2)),
        r"unwindow needs \(4, 12\) at the end, but got \(2, 5, 4\)",
    ),
    "gradient of a matrix": (lambda: e.gradient(X, [X]), r"A gradient needs a scalar, but got the shape \(N, 4\)"),
    "cotangent": (lambda: e.vjp([X], [x], [X]), r"A cotangent must have the shape of its output, but got \(3,\)"),
    "tangent": (lambda: e.jvp([X], [X], [x]), r"A tangent must have the shape of its input, but got \(3,\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_does_not_fit(name: str) -> None:
    """The error is raised where the expression is built, with both shapes in it."""
    make, words = REFUSED[name]

    with pytest.raises((ShapeError, NotDifferentiable), match=words):
        make()


def test_unknown_sizes_have_no_derivative_of_a_pick() -> None:
    """To put a picked slice back, the number of classes and the height of the table must be known."""
    open_ended = variable("T", ("N", "K"))

    with pytest.raises(ShapeError, match="known number of classes"):
        e.gradient(e.sum_of(e.select(open_ended, y)), [open_ended])
    with pytest.raises(ShapeError, match="known height"):
        e.gradient(e.sum_of(e.gather(open_ended, i)), [open_ended])
