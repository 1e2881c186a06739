"""From expressions to NumPy calls: compiled once into one flat Python function, run for every batch size.

The function's source is made of our own names and of numbers, never of a user's text. An array that nothing reads any
more is written over by the next call of its shape; arrays of the caller are never written to and never handed back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainruler.engine import kernels
from chainruler.engine.emitter import Emitter, Instruction, Value
from chainruler.engine.expression import Expression, ShapeError, Variable, label_of, show_shape
from chainruler.engine.graph import topological, variables

DType = Literal["float64", "float32", "complex128"]
Definitions = tuple[tuple[Expression, Expression], ...]
Results = tuple[NDArray[np.floating], ...]

# fmt: off
_PLAIN = (
    "add", "subtract", "multiply", "divide", "negative", "reciprocal", "square", "sqrt", "power", "exp", "expm1", "log",
    "log1p", "sin", "cos", "tanh", "maximum", "minimum", "greater", "greater_equal", "less", "less_equal", "equal",
    "not_equal", "where", "dot", "matmul", "take", "take_along_axis", "concatenate", "arange", "full", "eye", "diag",
    "broadcast_to",
)
# fmt: on
_NAMES: dict[str, object] = {
    **{name: getattr(np, name) for name in _PLAIN},
    "add_reduce": np.add.reduce,
    "maximum_reduce": np.maximum.reduce,
    "erf": kernels.erf,
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
        known = {node: Value(node.shape, node.kind, text=f"v{i}") for i, node in enumerate(inputs)}
        emitter = Emitter(known)
        for name, expression in definitions:
            emitter.values[name] = _emitted(emitter, expression)
        results = [_handed_out(emitter, _emitted(emitter, node)) for node in outputs]
        self.source = _source(emitter, list(known.items()), results)
        absolute = _complex_absolute if dtype == "complex128" else np.absolute
        names = {**_NAMES, "absolute": absolute, "dtype": self.dtype, "scalar": self.dtype.type}
        exec(compile(self.source, "<program>", "exec"), names)  # noqa: S102 (our own names and numbers only)
        self._run: Callable[..., Results] = names["program"]  # type: ignore[assignment]
        self._checks = [_check_of(node, self.dtype) for node in inputs]

    def __call__(self, values: Mapping[str, ArrayLike]) -> Results:
        """The value of each output; raises ShapeError if an input does not fit."""
        sizes: dict[str, int] = {}
        arrays = [check(values, sizes) for check in self._checks]
        with np.errstate(all="ignore"):  # what is not finite is reported from the result, by name
            return self._run(*arrays)


def _emitted(emitter: Emitter, expression: Expression) -> Value:
    """The value of an expression and, before it, of all that it is made of."""
    for node in topological([expression], stop=emitter.values.__contains__):
        if isinstance(node.primitive, Variable) and node not in emitter.inputs and node not in emitter.values:
            raise ShapeError(f"The program has no input called {label_of(node)}.")
        emitter.node(node)
    return emitter.values[expression]


Check = Callable[[Mapping[str, ArrayLike], dict[str, int]], object]


def _check_of(node: Expression, dtype: np.dtype[Any]) -> Check:
    """A function that takes an input from the values and sees that its shape and dtype are as declared."""
    label, shape = label_of(node), node.shape
    wanted = np.dtype(np.intp) if node.kind == "index" else dtype
    named = [(axis, dim) for axis, dim in enumerate(shape) if isinstance(dim, str)]

    def check(values: Mapping[str, ArrayLike], sizes: dict[str, int]) -> object:
        array = np.asarray(values[label])
        if array.dtype != wanted:
            array = array.astype(wanted)
        if array.ndim == len(shape):
            for axis, dim in named:
                sizes.setdefault(dim, array.shape[axis])
            if all(
                have == (sizes[want] if isinstance(want, str) else want)
                for have, want in zip(array.shape, shape, strict=True)
            ):
                return array if shape else array[()]
        known = tuple(sizes.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)
        raise ShapeError(f"{label} has shape {show_shape(array.shape)}, but {show_shape(known)} is needed.")

    return check


def _handed_out(emitter: Emitter, value: Value) -> Value:
    """The value as something the caller may keep: real, and in memory of its own."""
    value = emitter.real(value)
    if value.weak or (not value.shape and value.text):
        return emitter.call("scalar({0})", value, shape=())
    if value.shape and (value.owner is not None or value.text):
        return emitter.call("{0}.copy()", value, shape=value.shape)
    return value


def _source(emitter: Emitter, inputs: Sequence[tuple[Expression, Value]], results: Sequence[Value]) -> str:
    """The program as a Python function."""
    needed = _needed(emitter.instructions, results)
    lines = [f"def program({', '.join(value.text for _, value in inputs)}):"]
    lines += [f" {name} = {_length_of(dim, inputs)}" for dim, name in emitter.dims.items()]
    lines += _Memory(needed, results).lines()
    return "\n".join(lines)


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


class _Memory:
    """Decides which array each call writes into, and writes the calls down."""

    def __init__(self, instructions: Sequence[Instruction], results: Sequence[Value]) -> None:
        self.instructions, self.results = instructions, results
        self.names: dict[int, str] = {}
        self.last: dict[int, int] = {id(value.memory): len(instructions) for value in results}
        for place, instruction in reversed(list(enumerate(instructions))):
            for operand in instruction.operands:
                self.last.setdefault(id(operand.memory), place)
        self.own = {id(i.result) for i in instructions if i.result.owner is None and i.result.shape}
        self.free: list[Value] = []

    def lines(self) -> list[str]:
        """The source of the calls, and of handing out the results."""
        body = [self._line(place, instruction) for place, instruction in enumerate(self.instructions)]
        body.append(f" return ({''.join(self._name(value) + ', ' for value in self.results)})")
        return _with_deletions(body, set(self.names.values()))

    def _name(self, value: Value) -> str:
        return value.text or self.names[id(value)]

    def _line(self, place: int, instruction: Instruction) -> str:
        result = instruction.result
        texts = [self._name(operand) for operand in instruction.operands]
        over = (
            self._reusable(place, instruction)
            if instruction.in_place and result.kind == "real" and result.shape
            else None
        )
        call = instruction.template.format(*texts)
        self._release(place, instruction, over)
        if over is not None:
            self.names[id(result)] = self.names[id(over)]
            return f" {call}, {self.names[id(over)]})"
        name = self.names[id(result)] = f"t{len(self.names)}"
        return f" {name} = {call}{')' if instruction.in_place else ''}"

    def _reusable(self, place: int, instruction: Instruction) -> Value | None:
        """An array of the right shape that nothing reads after this call: an operand if possible."""
        dying = [o for o in instruction.operands if id(o) in self.own and self.last[id(o)] == place]
        for value in (*dying, *self.free):
            if value.shape == instruction.result.shape and value.kind == "real":
                return value
        return None

    def _release(self, place: int, instruction: Instruction, over: Value | None) -> None:
        """Notes whose memory is free after this call."""
        self.free = [value for value in self.free if value is not over]
        for memory in {id(o.memory): o.memory for o in instruction.operands}.values():
            if self.last[id(memory)] == place and id(memory) in self.own and memory is not over:
                self.free.append(memory)


def _with_deletions(body: list[str], names: set[str]) -> list[str]:
    """The lines with each name deleted after the last line that uses it, so that memory is given back early."""
    last: dict[str, int] = {}
    for place, line in enumerate(body):
        for word in (
            line.replace("(", " ").replace(")", " ").replace(",", " ").replace(".", " ").replace("[", " ").split()
        ):
            if word in names:
                last[word] = place
    gone: dict[int, list[str]] = {}
    for name, place in last.items():
        if place < len(body) - 1:
            gone.setdefault(place, []).append(name)
    return [
        text
        for place, line in enumerate(body)
        for text in (line, *(f" del {', '.join(gone[place])}" for _ in gone.get(place, [])[:1]))
    ]


@lru_cache(maxsize=512)
def _compiled(
    outputs: tuple[Expression, ...], inputs: tuple[Expression, ...], dtype: DType, definitions: Definitions
) -> Program:
    return Program(outputs, inputs, dtype, definitions)


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
    return _compiled(outputs, tuple(inputs), dtype, definitions)


def evaluate(outputs: Sequence[Expression], values: Mapping[str, ArrayLike], dtype: DType = "float64") -> Results:
    """The value of each expression."""
    return compiled(outputs, dtype=dtype)(values)
