"""Expressions made at random: every construct that has a written form, over scalars, vectors, matrices and stacks."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from chainruler import engine
from chainruler.engine import Dim, Expression, Shape, constant, size, topological, variable
from chainruler.engine.expression import Number, build
from chainruler.engine.primitives.gates import Compare
from chainruler.engine.primitives.indexing import Gather, OneHot, Scatter
from chainruler.engine.primitives.joining import Concatenate, Slice

DIMS: tuple[Dim, ...] = ("N", 2, 3, 4)
NAMES = ("X", "W1", "b2", "Z3", "dZ2", "lam", "gamma0", "alpha", "W_classes", "err", "db1", "dgamma", "A12", "theta")
UNARY = ("exp", "log1p", "sin", "cos", "tanh", "sigmoid", "softplus", "relu", "erf", "absolute", "sign", "expm1", "log")
SHAPES: tuple[Shape, ...] = (
    (),
    (),
    (3,),
    ("N",),
    (4,),
    ("N", 3),
    (3, 4),
    (4, 3),
    ("N", 4),
    ("N", 1),
    (2, 3, 4),
    ("N", 3, 2),
)

numbers = st.one_of(
    st.integers(-9, 9).filter(bool),
    st.fractions(-3, 3, max_denominator=12).filter(bool),
    st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: abs(x) > 1e-9),
)


def label(name: str, shape: Shape) -> str:
    """A name that belongs to this shape alone, so that one formula never has a name with two shapes."""
    codes = {"N": "n", 1: "o", 2: "p", 3: "q", 4: "r", 5: "s", 6: "t"}
    suffix = "".join(codes[dim] for dim in shape)
    stem = name.rstrip("0123456789") if suffix else name
    return stem.partition("_")[0] + f"_{suffix}" if suffix else name


def leaf(shape: Shape) -> st.SearchStrategy[Expression]:
    """A variable of the shape; for a scalar also a number or a size."""
    names = st.sampled_from(NAMES).map(lambda name: variable(label(name, shape), shape))
    if shape:
        return names
    return st.one_of(names, numbers.map(constant), st.just(size(["N"])))


def raised(x: Expression, exponent: Number) -> Expression:
    """The power of an expression."""
    return x**exponent


def index(shape: Shape) -> Expression:
    """Whole numbers from 0 to 2 of the shape."""
    return variable(label("y", shape) if shape else "y", shape, "index")


def divides_by_zero(expression: Expression) -> bool:
    """Whether a written-out 0 stands below a line, as x / (y - y) has it; the readers refuse that."""
    return any(
        node.primitive.name == "power" and node.args[0] is constant(0) and node.primitive.exponent < 0  # type: ignore[attr-defined]
        for node in topological([expression])
    )


@st.composite
def expressions(draw: st.DrawFn, shape: Shape | None = None, depth: int = 4) -> Expression:
    """An expression of the shape, of any shape if none is given."""
    if shape is None:
        shape = draw(st.sampled_from(SHAPES))
    if depth == 0:
        return draw(leaf(shape))
    inner = expressions(shape, depth - 1)
    ways = [leaf(shape), *_elementwise(inner, depth, shape), *_reductions(shape, depth)]
    if shape:
        ways += [*_arrays(shape, inner), *_picked(shape)]
    if len(shape) > 1:
        ways += _products(shape, depth)
    result: Expression = draw(st.one_of(*ways))
    return result


def _elementwise(inner: st.SearchStrategy[Expression], depth: int, shape: Shape) -> list[st.SearchStrategy[Expression]]:
    scalar = expressions((), min(depth - 1, 1))
    powers = st.sampled_from([2, 3, -1, -2, 0.5, -0.5, Fraction(1, 3), 1.7])
    pairs = st.tuples(inner, inner)
    gates = st.builds(lambda p, r: Compare(r)(*p), pairs, st.sampled_from([">", ">=", "<", "<=", "=="]))
    return [
        st.lists(inner, min_size=2, max_size=4).map(lambda terms: build("add", *terms)),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / b, inner, inner),
        st.builds(lambda s, x: s * x, scalar, inner),
        st.builds(lambda x, n: n * x, inner, numbers),
        st.builds(raised, inner, powers),
        st.builds(lambda x, name: getattr(engine, name)(x), inner, st.sampled_from(UNARY)),
        st.builds(lambda p: engine.maximum(*p), pairs),
        st.builds(lambda p: engine.minimum(*p), pairs),
        gates,
        st.builds(lambda g, p: engine.where(g, *p), gates, pairs),
        st.builds(lambda g, x: g * x, gates, inner),
    ]


def _reductions(shape: Shape, depth: int) -> list[st.SearchStrategy[Expression]]:
    vector = expressions((3,), depth - 1)
    if not shape:
        return [
            st.builds(engine.matmul, vector, vector),
            expressions(("N", 3), depth - 1).map(engine.sum_of),
            expressions((3, 4), depth - 1).map(engine.norm2),
            expressions((2, 3, 4), 0).map(engine.sum_of),
            vector.map(engine.max_of),
            vector.map(engine.logsumexp),
            vector.map(lambda v: engine.select(v, index(()))),
        ]
    bigger = expressions((*shape, 3), min(depth - 1, 2)) if len(shape) < 3 else None
    first = expressions(("N", *shape), min(depth - 1, 2)) if len(shape) < 3 and "N" not in shape else None
    found = [] if bigger is None else [
        bigger.map(lambda x: engine.sum_of(x, -1)),
        bigger.map(lambda x: engine.max_of(x, -1)),
        bigger.map(engine.logsumexp),
        bigger.map(lambda x: engine.select(x, index(shape))),
    ]  # fmt: skip
    return (
        found
        if first is None
        else [*found, first.map(lambda x: engine.sum_of(x, 0)), first.map(lambda x: engine.mean(x, 0))]
    )


def _arrays(shape: Shape, inner: st.SearchStrategy[Expression]) -> list[st.SearchStrategy[Expression]]:
    ways = [
        inner.map(engine.softmax),
        inner.map(lambda x: engine.softmax(x, 0)),
        inner.map(lambda x: x - engine.logsumexp(x, keepdims=True)),
        inner.map(lambda x: x / engine.sum_of(x, -1, keepdims=True)),
        expressions((), 1).map(lambda x: engine.broadcast_to(x, shape)),
        leaf(shape[1:]).map(lambda x: engine.broadcast_to(x, shape)),
    ]
    if isinstance(shape[-1], int) and shape[-1] > 1:
        half = (*shape[:-1], 1), (*shape[:-1], shape[-1] - 1)
        ways.append(st.builds(Concatenate(-1), leaf(half[0]), leaf(half[1])))
        wide = (*shape[:-1], shape[-1] + 2)
        ways.append(leaf(wide).map(Slice(-1, 1, 1 + shape[-1])))
    if shape[0] == "N" and len(shape) < 3:
        ways.append(leaf((4, *shape[1:])).map(lambda table: Gather(-table.ndim)(table, index(("N",)))))
    if isinstance(shape[0], int) and len(shape) == 2:
        height = shape[0]
        ways.append(leaf(("N", shape[1])).map(lambda x: Scatter(-2, height, 1)(x, index(("N",)))))
    return ways


def _picked(shape: Shape) -> list[st.SearchStrategy[Expression]]:
    ways = [st.just(OneHot(3)(index(shape[:-1])))] if shape[-1] == 3 else []
    if shape[-1] == 1 and len(shape) == 2:
        ways.append(leaf(shape[:1]).map(lambda x: engine.reshape(x, shape)))
    if shape == ("N",):
        ways.append(leaf(("N", 1)).map(lambda x: engine.reshape(x, shape)))
    return ways


def _products(shape: Shape, depth: int) -> list[st.SearchStrategy[Expression]]:
    *stack, rows, columns = shape
    lower = min(depth - 1, 2)
    ways = [
        st.builds(engine.matmul, expressions((*stack, rows, d), lower), expressions((d, columns), lower)) for d in DIMS
    ]
    ways.append(expressions((*stack, columns, rows), lower).map(engine.transpose))
    if not stack:
        ways.append(st.builds(engine.outer, expressions((rows,), lower), expressions((columns,), lower)))
    if rows == columns and not stack:
        ways += [st.just(engine.identity(rows)), expressions((rows,), lower).map(engine.diag)]
    return ways
