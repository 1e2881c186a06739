"""Nodes: canonical from birth, shared, forgotten after use, and safe between threads."""

import gc
import threading
import weakref
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, compiled, gradient, jvp, sum_of, topological, variable
from chainruler.engine.expression import Number

N, K = "N", 3
x, y, v = variable("x", (K,)), variable("y", (K,)), variable("v", (4,))
A, B, P, Q = variable("A", (N, K)), variable("B", (K, 4)), variable("P", (K, K)), variable("Q", (K, K))
C, D = variable("C", (N, 4)), variable("D", (N, K))
s, t = variable("s"), variable("t")
STACK = variable("S", (N, K, 4))
i = variable("i", (N,), "index")
gate = x > 0
size_of_batch = e.size([N])

IDENTITIES: dict[str, tuple[Expression, Expression]] = {
    "transpose of a product": ((A.T @ C).T, C.T @ A),
    "transpose of a transpose": (A.T.T, A),
    "transpose of an outer product": (e.outer(x, v).T, e.outer(v, x)),
    "transpose of a diagonal": (e.diag(x).T, e.diag(x)),
    "transpose of the identity": (e.identity(K).T, e.identity(K)),
    "transpose of a scaled matrix": ((2 * A).T, 2 * A.T),
    "transpose of what repeats": (e.broadcast_to(s, (N, K)).T, e.broadcast_to(s, (K, N))),
    "transpose of a stack times a vector": ((STACK.T @ x).T.T, STACK.T @ x),
    "softmax of the last axis": (e.Primitive.registry["softmax"]()(A), e.softmax(A)),
    "logsumexp of the last axis": (e.Primitive.registry["logsumexp"]()(A), e.logsumexp(A)),
    "one times": (1 * x, x),
    "plus zero": (x + 0, x),
    "minus itself": (x - x, e.broadcast_to(0, (K,))),
    "zero times": (0 * x, e.broadcast_to(0, (K,))),
    "zero times, larger": (0 * x * A, e.broadcast_to(0, (N, K))),
    "twice": (x + x, 2 * x),
    "thrice": (2 * x + x, 3 * x),
    "negation of a negation": (-1 * -x, x),
    "difference": (x - y, -y + x),
    "minus a sum": (s - (x + y), s - x - y),
    "scalar factors in front": (x * s * 2 * y, 2 * s * x * y),
    "scalar factors of a product": ((s * A) @ (3 * B), 3 * s * (A @ B)),
    "common number": (2 * x + 2 * y, 2 * (x + y)),
    "common factor": (s * x + s * y, s * (x + y)),
    "common factor with a minus": (s * x - s * y, s * (x - y)),
    "division cancels": (y / x * x, y),
    "division cancels the other way": (x * y / x, y),
    "division of itself": (x / x, e.broadcast_to(1, (K,))),
    "powers join": (x * x, x**2),
    "powers of powers join": ((x**2) ** 3, x**6),
    "power of a product": ((x * y) ** 2, x**2 * y**2),
    "power of a whole float": (x**2.0, x**2),
    "power of a product by a whole float": ((x * y) ** 2.0, x**2 * y**2),
    "power of what repeats": (e.broadcast_to(x, (N, K)) ** 2, e.broadcast_to(x**2, (N, K))),
    "power of a float": (e.constant(1.7) ** 2, e.constant(1.7**2)),
    "power of a whole number": (e.constant(3) ** -1, e.constant(Fraction(1, 3))),
    "power of a fraction": (e.constant(Fraction(2, 3)) ** -2, e.constant(Fraction(9, 4))),
    "power of nought": (e.constant(0) ** 2, e.constant(0)),
    "power of one": (e.constant(1) ** -3, e.constant(1)),
    "power that is large, but not too large": (e.constant(3) ** 255, e.constant(3**255)),
    "power one": (x**1, x),
    "power nought": (x**0, e.broadcast_to(1, (K,))),
    "product with a sum that divides": (x * (1 - y / x), x - y),
    "numbers": (e.constant(2) * 3 + 1, e.constant(7)),
    "exact fractions": (e.constant(1) / 3 + e.constant(1) / 6, e.constant(Fraction(1, 2))),
    "fraction or float": (e.constant(Fraction(1, 2)), e.constant(0.5)),
    "whole float": (e.constant(2.0), e.constant(2)),
    "log of softmax": (e.log(e.softmax(A)), A - e.logsumexp(A, keepdims=True)),
    "log of sigmoid": (e.log(e.sigmoid(x)), -e.softplus(-x)),
    "log of exp": (e.log(e.exp(x)), x),
    "log of what is missing to a sigmoid": (e.log(1 - e.sigmoid(x)), -e.softplus(x)),
    "log of an entry of a softmax": (
        e.log(e.select(e.softmax(A), i)),
        e.select(A - e.logsumexp(A, keepdims=True), i),
    ),
    "log of a part of a transposed sigmoid": (
        e.log(e.part_of(e.sigmoid(A).T, 0, 1, axis=0)),
        -e.part_of(e.softplus(-A).T, 0, 1, axis=0),
    ),
    "exp of log": (e.exp(e.log(x)), x),
    "gate squared": (gate * gate * y, gate * y),
    "identity from the left": (e.identity(N) @ A, A),
    "identity from the right": (A @ e.identity(K), A),
    "identity before a stack": (e.identity(K) @ STACK, STACK),
    "slope of a matrix by a vector": (gradient(sum_of(y * (P @ x)), [P])[0], e.outer(y, x)),
    "slope of a vector by a matrix": (gradient(sum_of((x @ P) * y), [P])[0], e.outer(x, y)),
    "slopes in the order of the terms": (gradient(sum_of(e.sin(x)) + sum_of(e.exp(x)), [x])[0], e.cos(x) + e.exp(x)),
    "slope along an index": (jvp([e.onehot(i, K)], [i], [variable("u", (N,))])[0], e.broadcast_to(0, (N, K))),
    "zero matrix": ((0 * A) @ B, e.broadcast_to(0, (N, 4))),
    "zero matrix from the right": (A @ (0 * B), e.broadcast_to(0, (N, 4))),
    "identity times vector": (e.identity(K) * x, e.diag(x)),
    "column times row": (e.reshape(x, (K, 1)) * v, e.outer(x, v)),
    "identity minus a matrix, times vector": ((e.identity(K) - P) * x, e.diag(x) - x * P),
    "sum of a scaled array": (sum_of(2 * s * x), 2 * s * sum_of(x)),
    "sum of a sum": (sum_of(sum_of(A, 0)), sum_of(A)),
    "axes in any order": (sum_of(STACK, (1, 0)), sum_of(STACK, (0, 1))),
    "axes twice": (sum_of(STACK, (0, -3)), sum_of(STACK, 0)),
    "axes of a maximum in any order": (e.max_of(STACK, (1, 0)), e.max_of(STACK, (0, 1))),
    "sum over nothing": (sum_of(A, ()), A),
    "sum of what repeats": (sum_of(e.broadcast_to(s, (N, K))), K * s * size_of_batch),
    "sum of a diagonal's rows": (sum_of(e.diag(x), -1), x),
    "sum of the rows of many diagonals": (sum_of(e.diag(A), -1), A),
    "mean over nothing": (e.mean(A, ()), A),
    "sum of softmax": (sum_of(e.softmax(A), -1), e.broadcast_to(1, (N,))),
    "sum of one-hot rows": (sum_of(e.onehot(i, K), -1), e.broadcast_to(1, (N,))),
    "sum over a single entry": (sum_of(e.reshape(x, (K, 1)), 1), x),
    "mean": (e.mean(A), sum_of(A) / (size_of_batch * K)),
    "reshape back": (e.reshape(e.reshape(P, (9,)), (K, K)), P),
    "reshape twice": (e.reshape(e.reshape(P, (9,)), (9, 1)), e.reshape(P, (9, 1))),
    "broadcast to the same": (e.broadcast_to(x, (K,)), x),
    "broadcast that repeats anyway": (e.broadcast_to(x, (N, K)) * A, x * A),
    "broadcast of a product that repeats anyway": (e.broadcast_to(2 * x * y, (N, K)) * A, 2 * x * y * A),
    "broadcasts that repeat anyway": (e.broadcast_to(x * y, (N, K)) * e.broadcast_to(x, (N, K)) * A, x**2 * y * A),
    "broadcasts multiplied": (e.broadcast_to(x, (N, K)) * e.broadcast_to(y, (N, K)), e.broadcast_to(x * y, (N, K))),
    "broadcasts added": (e.broadcast_to(x, (N, K)) + e.broadcast_to(y, (N, K)), e.broadcast_to(x + y, (N, K))),
    "broadcast of a sum that is taken away": (A - e.broadcast_to(x - y, (N, K)), A + y - x),
    "broadcast that adds anyway": (e.broadcast_to(x, (N, K)) + A, x + A),
    "maximum with nought": (e.maximum(x, 0), e.relu(x)),
    "maximum with nought first": (e.maximum(0, x), e.relu(x)),
    "less than": (x < y, y > x),
    "at most": (x <= y, y >= x),
    "step": (e.step(x), x > 0),
    "a number where": (e.where(gate, 1 / size_of_batch, 0), gate / size_of_batch),
    "a number where not": (e.where(gate, 0, e.broadcast_to(3, (K,))), 3 * (1 - gate)),
    "where both are one": (e.where(gate, y, y), y),
    "concatenation of one": (e.concatenate([x]), x),
    "concatenation of zeros": (e.concatenate([0 * x, 0 * v]), e.broadcast_to(0, (7,))),
    "the whole part": (e.part_of(x, 0, K), x),
    "part of zeros": (e.part_of(0 * x, 1, 2), e.broadcast_to(0, (1,))),
    "norm": (e.norm2(A), sum_of(A * A)),
    "logsumexp of what repeats": (e.logsumexp(e.broadcast_to(s, (N, K))), s + e.broadcast_to(e.log(3), (N,))),
}


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("name", IDENTITIES)
def test_equal_expressions_are_one_node(name: str) -> None:
    """What a textbook calls equal is built as the same object."""
    left, right = IDENTITIES[name]

    assert left is right


def test_numbers_and_scalars_stand_in_front() -> None:
    """A product is written as a textbook does: the number, what is a scalar, and the arrays in their order."""
    assert (x * t * y * 2 * s).args == (e.constant(2), t, s, x, y)


def test_what_is_taken_away_stands_behind() -> None:
    """A sum keeps the order of its terms, but for those with a minus."""
    assert (-x + y).args == (y, -x)
    assert (x / 2 + y).args == (x / 2, y)


@pytest.mark.parametrize(("base", "exponent"), [(Fraction(10, 7), 512), (3, 256), (Fraction(1, 3), 256)])
def test_a_power_that_would_be_huge_is_left_to_the_program(base: Number, exponent: int) -> None:
    """Written-out numbers are multiplied out exactly, but not without bound."""
    huge = e.constant(base) ** exponent

    assert huge.primitive.name == "power"
    np.testing.assert_allclose(compiled([huge])({})[0], float(base) ** exponent, rtol=1e-12)


DIFFERENT: dict[str, tuple[Expression, Expression]] = {
    "order of a product": (P @ Q, Q @ P),
    "order of an outer product": (e.outer(x, y), e.outer(y, x)),
    "root of a square": (e.sqrt(x**2), x),
    "a repeated vector": (e.broadcast_to(x, (N, K)), x),
    "kinds": (variable("z", (N,), "index"), variable("z", (N,))),
    "shapes": (variable("z", (N,)), variable("z", (3,))),
    "a row vector times the identity": (e.identity(K) * variable("u", (1,)), e.diag(x)),
    "keeping the axis": (sum_of(A, 1, keepdims=True), sum_of(A, 1)),
    "where": (e.where(gate, x, y), e.where(gate, y, x)),
    "comparisons": (x > y, x >= y),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_expressions_stay_apart(name: str) -> None:
    """What merely looks alike is not confused."""
    left, right = DIFFERENT[name]

    assert left is not right


def test_nodes_are_forgotten_after_use() -> None:
    """Nothing holds on to an expression that its maker has let go."""
    nodes = [e.tanh(variable("forgotten", (K,)) * 3.25 + 1)]
    watched = [weakref.ref(node) for node in topological(nodes) if node.args]
    assert len(watched) == 3
    nodes.clear()
    gc.collect()

    assert [ref() for ref in watched] == [None] * 3


def test_threads_that_build_alike_get_the_same_nodes() -> None:
    """Hash-consing holds between threads: each of many builds gives the very same objects."""
    built: list[list[Expression]] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        nodes = [variable("shared", (K,))]
        for k in range(400):
            nodes.append(e.sin(nodes[-1] * (k + 0.5)) + nodes[0])
        built.append(nodes)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(built) == 8
    assert all(a is b for nodes in built for a, b in zip(nodes, built[0], strict=True))


REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "truth": (lambda: bool(x), TypeError, "compare expressions with `is`"),
    "a string": (lambda: x + "1", TypeError, "str cannot stand in an expression"),  # type: ignore[operator]
    "a boolean": (lambda: x * True, TypeError, "bool cannot stand"),
    "infinity": (lambda: x + float("inf"), e.ExpressionError, "is not finite"),
    "nan": (lambda: x + float("nan"), e.ExpressionError, "is not finite"),
    "an expression as exponent": (lambda: x**y, e.ExpressionError, "written out"),  # type: ignore[operator]
    "a large exponent": (lambda: x**513, e.ExpressionError, "too large"),
    "an unknown comparison": (lambda: e.Primitive.registry["compare"]("~"), e.ExpressionError, "no comparison"),  # type: ignore[call-arg]
    "the label of a sum": (lambda: e.label_of(x + y), TypeError, "not a variable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_stand_in_an_expression_is_refused(name: str) -> None:
    """A refusal says what is wrong."""
    make, error, words = REFUSED[name]

    with pytest.raises(error, match=words):
        make()


def test_the_public_names_are_these() -> None:
    """Every public name is listed once, in order, and exists."""
    assert list(e.__all__) == sorted(set(e.__all__), key=e.__all__.index)
    assert [name for name in e.__all__ if not hasattr(e, name)] == []
