"""Primitives say here which NumPy calls compute them; equal calls are made once.

An instruction is a template with holes for values. Because templates and not expressions are compared, softmax and
log-sum-exp of the same thing share their `exp` although neither knows of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chainruler.engine.expression import Expression, Kind
from chainruler.engine.primitives.arithmetic import is_power
from chainruler.engine.shapes import Dim, Shape, broadcast_shapes

OUT = {"maximum": ", out=", "minimum": ", out="}  # NumPy wants the keyword for these; without it a call is quicker
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}

NARROW, LONG = 16, 64


def is_narrow(dim: Dim) -> bool:
    """Whether an axis is so short that looping over the other one inside pays."""
    return isinstance(dim, int) and dim <= NARROW


def _is_long(shape: Shape) -> bool:
    """Whether the rows of an array are so long that calls over single rows pay."""
    return len(shape) > 1 and isinstance(shape[-1], int) and shape[-1] >= LONG


@dataclass(eq=False, slots=True)
class Value:
    """What an instruction computes: an array or a number, and whose memory it stands in."""

    shape: Shape
    kind: Kind = "real"
    text: str = ""
    """The source of a number that needs no instruction."""
    weak: bool = False
    """Whether it is a bare Python number, which takes the dtype of what it meets."""
    owner: Value | None = None
    """The value whose memory this one looks into; None if it stands in its own."""

    @property
    def memory(self) -> Value:
        """The value in whose memory this one stands."""
        return self if self.owner is None else self.owner


@dataclass(slots=True)
class Instruction:
    """One NumPy call."""

    result: Value
    template: str
    operands: tuple[Value, ...]
    out: str
    """What stands before the array that the call writes into; empty if it takes none."""


@dataclass(slots=True)
class Emitter:
    """The instructions of a program in the making."""

    inputs: dict[Expression, Value]
    dtype: str = "dtype"
    instructions: list[Instruction] = field(default_factory=list)
    values: dict[Expression, Value] = field(default_factory=dict)
    dims: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, tuple[int, ...]], Value] = field(default_factory=dict)
    _sizes: dict[str, Value] = field(default_factory=dict)
    _literals: dict[float, Value] = field(default_factory=dict)

    def node(self, expression: Expression) -> Value:
        """The value of an expression; its arguments must have been emitted before."""
        value = self.values.get(expression)
        if value is None:
            args = [self.node(arg) for arg in expression.args]  # new are only numbers, such as 2 in -(-2 x)
            value = self.inputs.get(expression) or expression.primitive.emit(self, expression, *args)
            self.values[expression] = value
        return value

    def known(self, expression: Expression) -> Value | None:
        """The value of an expression if the program computes it already."""
        return self.values.get(expression)

    def literal(self, number: float) -> Value:
        """A number that is written into the source."""
        if number not in self._literals:
            text = f"({number!r})" if number < 0 else repr(number)
            self._literals[number] = Value((), text=text, weak=True)
        return self._literals[number]

    def size(self, dim: str) -> Value:
        """The length of a named axis."""
        name = self.dim(dim)
        if name not in self._sizes:
            self._sizes[name] = self._new("float({0})", (Value((), text=name, weak=True),), (), weak=True)
        return self._sizes[name]

    def dim(self, dim: Dim) -> str:
        """The source of a length."""
        return str(dim) if isinstance(dim, int) else self.dims.setdefault(dim, f"n{len(self.dims)}")

    def dims_of(self, shape: Shape) -> str:
        """The source of a shape."""
        return "(" + "".join(f"{self.dim(dim)}, " for dim in shape) + ")"

    def ufunc(self, name: str, *operands: Value, kind: Kind = "real") -> Value:
        """A NumPy function that acts on each entry and can write its result over an operand."""
        if kind == "real":
            operands = self._strong(operands)
        shape = broadcast_shapes(name, *(operand.shape for operand in operands))
        weak = all(operand.weak for operand in operands)
        if not shape and name in INFIX:
            return self._new(f"{{0}} {INFIX[name]} {{1}}", operands, shape, weak=weak)
        if name == "multiply" and _is_long(shape) and all(operand.shape != shape for operand in operands):
            name = "multiply_rows"
        holes = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        template = f"scalar({name}({holes}))" if weak else f"{name}({holes}"
        return self._new(template, operands, shape, kind=kind, out="" if weak else OUT.get(name, ", "))

    def _strong(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        """The operands with one that settles the dtype: gates and indices alone would compute in their own."""
        operands = tuple(self.real(o) if o.kind == "index" else o for o in operands)
        if any(o.kind == "real" and not o.weak for o in operands) or all(o.weak for o in operands):
            return operands
        first = next(i for i, o in enumerate(operands) if not o.weak)
        return (*operands[:first], self.real(operands[first]), *operands[first + 1 :])

    def call(self, template: str, *operands: Value, shape: Shape, kind: Kind = "real") -> Value:
        """Any call that gives a new array."""
        return self._new(template, operands, shape, kind=kind)

    def fresh(self, template: str, *operands: Value, shape: Shape) -> Value:
        """A call that is made again although an equal one was made before."""
        value = Value(shape)
        self.instructions.append(Instruction(value, template, operands, ""))
        return value

    def view(self, template: str, operand: Value, shape: Shape) -> Value:
        """A call that may give another look at the operand's memory."""
        value = self._new(template, (operand,), shape, kind=operand.kind, weak=operand.weak)
        if value is not operand:
            value.owner = operand.memory
        return value

    def real(self, value: Value) -> Value:
        """The value as floating-point numbers."""
        if value.kind == "real":
            return value
        if not value.shape:
            return self._new("scalar({0})", (value,), ())
        return self._new(f"{{0}}.astype({self.dtype})", (value,), value.shape)

    def gate(self, value: Value) -> Value:
        """The value as true and false."""
        return value if value.kind == "gate" else self.ufunc("not_equal", value, self.literal(0.0), kind="gate")

    def absolute(self, value: Value) -> Value:
        """The absolute value; of complex numbers, x or -x, as complex-step differentiation needs it."""
        return self._new("absolute({0}", (self.real(value),), value.shape, out=", ")

    def shared(self, template: str, *, shape: Shape, kind: Kind = "real") -> Value:
        """An array that all programs share and none may write to."""
        value = self._new(template, (), shape, kind=kind)
        value.owner = value.owner or Value(shape)
        return value

    def matmul(self, left: Value, right: Value, *, shape: Shape) -> Value:
        """The matrix product; a batch of short rows is stored by columns, which makes sums along the rows cheap."""
        if len(left.shape) > 2 or len(right.shape) > 2:
            return self._new("matmul({0}, {1})", (left, right), shape)
        if len(shape) == 2 and is_narrow(shape[1]) and isinstance(shape[0], str):
            return self._new("dot({1}.T, {0}.T).T", (left, right), shape)
        return self._new("dot({0}, {1})", (left, right), shape)

    def sum(self, node: Expression, axes: tuple[int, ...], *, keepdims: bool) -> Value:
        """The sum over axes; of squares over all axes, an inner product that needs no array of squares."""
        (x,) = node.args
        if len(axes) == x.ndim and not keepdims and is_power(x, 2):
            flat = self.view("{0}.ravel()", self.real(self.values[x.args[0]]), ("flat",))
            return self._new("dot({0}, {1})", (flat, flat), ())
        value = self.real(self.values[x])
        if len(x.shape) == 2 and len(axes) == 1:
            return self.total(value, axes[0], node.shape)
        axis = None if len(axes) == x.ndim else axes
        return self._new(f"add_reduce({{0}}, {axis}, None, None, {keepdims})", (value,), node.shape)

    def total(self, value: Value, axis: int, shape: Shape) -> Value:
        """The sum along an axis; of a matrix by a product with ones, which takes a fraction of a reduction's time."""
        if len(value.shape) != 2:
            keepdims = len(shape) == len(value.shape)
            return self._new(f"add_reduce({{0}}, {axis}, None, None, {keepdims})", (value,), shape)
        along = value.shape[axis : axis + 1 or None]
        ones = self.shared(f"ones({self.dim(*along)}, {self.dtype})", shape=along)
        pair, flat = ((value, ones), value.shape[:1]) if axis == -1 else ((ones, value), value.shape[1:])
        result = self._new("dot({0}, {1})", pair, flat)
        return result if shape == flat else self.view(f"{{0}}.reshape({self.dims_of(shape)})", result, shape)

    def largest(self, value: Value, axis: int, shape: Shape) -> Value:
        """The largest entry along an axis, which stays as a single entry."""
        return self._new(f"maximum_reduce({{0}}, {axis}, None, None, True)", (value,), shape)

    def _new(
        self,
        template: str,
        operands: tuple[Value, ...],
        shape: Shape,
        *,
        kind: Kind = "real",
        weak: bool = False,
        out: str = "",
    ) -> Value:
        key = (template, tuple(map(id, operands)))
        value = self._known.get(key)
        if value is None:
            value = Value(shape, kind, weak=weak)
            self.instructions.append(Instruction(value, template, operands, out))
            self._known[key] = value
        return value
