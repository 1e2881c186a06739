"""From expressions to NumPy calls: compiled once into one flat Python function, run for every batch size.

The function's source is made of our own names and of numbers, never of a user's text. An array that nothing reads any
more is written over by the next call of its shape; arrays of the caller are never written to and never handed back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainruler.engine import kernels
from chainruler.engine.buffers import Buffers
from chainruler.engine.emitter import Emitter, Instruction, Value
from chainruler.engine.expression import Expression, Variable, label_of
from chainruler.engine.graph import topological, variables
from chainruler.engine.liveness import Peak, largest_under, total_of
from chainruler.engine.shapes import ExpressionError, ShapeError, show_shape
from chainruler.memory import LEDGER, Cache, room_for

OWN, WHOLE = 12, 27
"""The bytes of a program for each letter of its source, without and with the expressions that it computes; measured for
3 to 240 layers."""

UNCOUNTED = 2**20
"""The bytes up to which a program runs without asking for them."""

DType = Literal["float64", "float32", "complex128"]
Definitions = tuple[tuple[Expression, Expression], ...]
Results = tuple[NDArray[np.floating], ...]

# fmt: off
_PLAIN = (
    "add", "subtract", "multiply", "divide", "negative", "reciprocal", "square", "sqrt", "power", "exp", "expm1", "log",
    "log1p", "sin", "cos", "tanh", "maximum", "minimum", "greater", "greater_equal", "less", "less_equal", "equal",
    "not_equal", "where", "dot", "matmul", "take", "take_along_axis", "concatenate", "full", "eye", "diag",
    "broadcast_to", "ascontiguousarray",
)
# fmt: on
_NAMES: dict[str, object] = {
    **{name: getattr(np, name) for name in _PLAIN},
    "add_reduce": np.add.reduce,
    "maximum_reduce": np.maximum.reduce,
    "multiply_rows": kernels.multiply_rows,
    "erf": kernels.erf,
    "ndarray": np.ndarray,
    "intp": np.dtype(np.intp),
    "ones": kernels.ones,
    "count": kernels.count,
    "scatter": kernels.scatter,
    "window": kernels.window,
    "unwindow": kernels.unwindow,
}


def _complex_absolute(x: NDArray[np.complexfloating], out: NDArray[np.complexfloating] | None = None) -> object:
    """|x| as complex-step differentiation needs it: x or -x by the sign of the real part."""
    return np.multiply(x, np.where(x.real < 0, -1.0, 1.0), out=out)


class Program:
    """Expressions compiled for one kind of numbers; call it with the values of its inputs by name."""

    def __init__(
        self, outputs: Sequence[Expression], inputs: Sequence[Expression], dtype: DType, definitions: Definitions = ()
    ) -> None:
        self.inputs, self.outputs, self.dtype = tuple(inputs), tuple(outputs), np.dtype(dtype)
        self._definitions = definitions
        written = _written(self.outputs, self.inputs, definitions)
        self.source = written.source
        self.weight = OWN * len(self.source)
        """About how many bytes it is, without the expressions that it computes."""
        absolute = _complex_absolute if dtype == "complex128" else np.absolute
        names = {**_NAMES, "absolute": absolute, "dtype": self.dtype, "scalar": self.dtype.type}
        code = f"{self.source}\n{_fast_check_source(inputs)}\n{written.lengths}"
        exec(compile(code, "<program>", "exec"), names)  # noqa: S102 (our own names)
        self.unchecked: Callable[..., Results] = names["program"]  # type: ignore[assignment]
        """The same for arrays that are known to fit, in the order of the inputs."""
        self._fit: Callable[..., bool] = names["fit"]  # type: ignore[assignment]
        self._lengths: Callable[..., tuple[int, ...]] = names["lengths"]  # type: ignore[assignment]
        self._dims = written.dims
        self._uncounted = largest_under(UNCOUNTED, total_of(written.buffers.instructions, self.dtype.itemsize))
        """Where every named axis is at most this long, what it needs is not worth counting."""
        if self._uncounted < 0:  # it always is, and what it is derived from is at hand
            self.__dict__["peak"] = Peak(written.buffers.steps(), self.dtype.itemsize)
        self._labels = [label_of(node) for node in inputs]
        self._checks = [_check_of(node, self.dtype) for node in inputs]

    def __call__(self, values: Mapping[str, ArrayLike]) -> Results:
        """The value of each output; raises ShapeError if an input does not fit."""
        arrays: list[Any]
        try:
            arrays = [values[label] for label in self._labels]
            fitting = self._fit(*arrays)
        except (KeyError, AttributeError, IndexError):
            fitting = False
        if not fitting:
            sizes: dict[str, int] = {}
            arrays = [check(values, sizes) for check in self._checks]
        lengths = self._lengths(*arrays)
        with np.errstate(all="ignore"):  # what is not finite is reported from the result, by name
            if max(lengths, default=0) <= self._uncounted:
                return self.unchecked(*arrays)
            with room_for(self.peak(dict(zip(self._dims, lengths, strict=True)))):
                return self.unchecked(*arrays)

    @cached_property
    def peak(self) -> Peak:
        """The bytes that it needs at once, by the lengths of the named axes; derived only where it may matter."""
        return Peak(_written(self.outputs, self.inputs, self._definitions).buffers.steps(), self.dtype.itemsize)


class _Written(NamedTuple):
    """A program as Python source, with the source of a function that returns the lengths of its named axes."""

    source: str
    dims: tuple[str, ...]
    lengths: str
    buffers: Buffers


def _written(outputs: Sequence[Expression], inputs: Sequence[Expression], definitions: Definitions) -> _Written:
    """The program of these expressions, written down."""
    known = {node: Value(node.shape, node.kind, text=f"v{i}") for i, node in enumerate(inputs)}
    emitter = Emitter(known)
    for name, expression in definitions:
        emitter.values[name] = _emitted(emitter, expression)
    results: list[Value] = []
    for node in outputs:
        results.append(_handed_out(emitter, _emitted(emitter, node), results))
    buffers = Buffers(_needed(emitter.instructions, results), results)
    parameters = ", ".join(value.text for value in known.values())
    lines = [f"def program({parameters}):"]
    lines += [f" {name} = {_length_of(dim, known.items())}" for dim, name in emitter.dims.items()]
    every = dict.fromkeys(dim for node in inputs for dim in node.shape if isinstance(dim, str))
    lengths = {dim: _length_of(dim, known.items()) for dim in every}
    told = f"def lengths({parameters}):\n return ({''.join(length + ', ' for length in lengths.values())})"
    return _Written("\n".join([*lines, *buffers.lines()]), tuple(lengths), told, buffers)


def _emitted(emitter: Emitter, expression: Expression) -> Value:
    """The value of an expression and, before it, of all that it is made of."""
    for node in topological([expression], stop=emitter.values.__contains__):
        if isinstance(node.primitive, Variable) and node not in emitter.inputs and node not in emitter.values:
            raise ShapeError(f"The program has no input called {label_of(node)}.")
        emitter.node(node)
    return emitter.values[expression]


def _fast_check_source(inputs: Sequence[Expression]) -> str:
    """The source of a function that tells arrays of the declared dtypes and shapes, which need no other look."""
    places: dict[str, str] = {}
    for i, node in enumerate(inputs):
        for axis, dim in enumerate(node.shape):
            if isinstance(dim, str):
                places.setdefault(dim, f"v{i}.shape[{axis}]")
    tests = [
        f"v{i}.__class__ is ndarray and v{i}.dtype is {'intp' if node.kind == 'index' else 'dtype'} and v{i}.shape == "
        f"({''.join(f'{places.get(dim, dim)}, ' for dim in node.shape)})"  # type: ignore[arg-type]
        for i, node in enumerate(inputs)
    ]
    return f"def fit({', '.join(f'v{i}' for i in range(len(inputs)))}):\n return {' and '.join(tests) or True}"


Check = Callable[[Mapping[str, ArrayLike], dict[str, int]], object]


def _check_of(node: Expression, dtype: np.dtype[Any]) -> Check:
    """A function that takes an input from the values and sees that its shape and dtype are as declared."""
    label, shape = label_of(node), node.shape
    wanted = np.dtype(np.intp) if node.kind == "index" else dtype
    named = [(axis, dim) for axis, dim in enumerate(shape) if isinstance(dim, str)]

    def check(values: Mapping[str, ArrayLike], sizes: dict[str, int]) -> object:
        if label not in values:
            raise ExpressionError(f"A value for {label} is needed.")
        array = np.asarray(values[label])
        if array.dtype != wanted:
            array = array.astype(wanted)
        known = shape
        if named and array.ndim == len(shape):
            for axis, dim in named:
                sizes.setdefault(dim, array.shape[axis])
            known = tuple([sizes[dim] if isinstance(dim, str) else dim for dim in shape])
        if array.shape == known:
            return array if shape else array[()]
        known = tuple(sizes.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)
        raise ShapeError(f"{label} has shape {show_shape(array.shape)}, but {show_shape(known)} is needed.")

    return check


def _handed_out(emitter: Emitter, value: Value, taken: Sequence[Value]) -> Value:
    """The value as something the caller may keep: real, and in memory that no other result and no input shares."""
    value = emitter.real(value)
    if not value.shape:  # of a Python number, of an array without axes: a number of the program's dtype
        return emitter.call("scalar({0})", value, shape=())
    shared = value.owner is not None or any(value is other.memory for other in taken)
    if value.shape and (shared or value.text):
        return emitter.fresh("{0}.copy()", value, shape=value.shape)
    if len(value.shape) > 1 and isinstance(value.shape[0], str):  # a batch may be stored by columns
        rows = emitter.fresh("ascontiguousarray({0})", value, shape=value.shape)
        rows.owner = value  # it is the same memory where the rows are contiguous already
        return rows
    return value


def _length_of(dim: str, inputs: Iterable[tuple[Expression, Value]]) -> str:
    """The source that reads the length of a named axis off an input."""
    for node, value in inputs:
        if dim in node.shape:
            return f"{value.text}.shape[{node.shape.index(dim)}]"
    raise ShapeError(f"Nothing that is given says how large {dim} is.")


def _needed(instructions: Sequence[Instruction], results: Iterable[Value]) -> list[Instruction]:
    """The instructions that the results depend on."""
    wanted = set(map(id, results))
    kept = []
    for instruction in reversed(instructions):
        if id(instruction.result) in wanted:
            kept.append(instruction)
            wanted.update(map(id, instruction.operands))
    return kept[::-1]


Key = tuple[tuple[Expression, ...], tuple[Expression, ...], DType, Definitions]

PROGRAMS: Cache[Key, Program] = LEDGER.cache("programs", lambda _, program: WHOLE * len(program.source))


def compilations() -> tuple[int, int]:
    """How often a program was found that was compiled before, and how often one was compiled, in this process."""
    return PROGRAMS.hits, PROGRAMS.misses


def compiled(
    outputs: Iterable[Expression],
    inputs: Iterable[Expression] | None = None,
    dtype: DType = "float64",
    definitions: Definitions = (),
) -> Program:
    """The program of these expressions, compiled at first use.

    Its inputs are all variables that are not defined, unless said. A definition gives a variable's value by an
    expression over inputs and the variables defined before it.
    """
    outputs, definitions = tuple(outputs), tuple(definitions)
    if inputs is None:
        defined = {name for name, _ in definitions}
        inputs = [v for v in variables((*(e for _, e in definitions), *outputs)) if v not in defined]
    key = (outputs, tuple(inputs), dtype, definitions)
    return PROGRAMS.find(key, lambda: Program(*key))


def evaluate(outputs: Sequence[Expression], values: Mapping[str, ArrayLike], dtype: DType = "float64") -> Results:
    """The value of each expression."""
    return compiled(outputs, dtype=dtype)(values)
