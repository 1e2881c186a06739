"""What an expression is: immutable, shared nodes over named variables, with shapes checked when they are built.

A node is a `Primitive` applied to other nodes. Two nodes that are built alike are the same object, so that a common
subexpression exists once and `is` compares whole expressions. Every node is in canonical form from birth: it is built
by calling its primitive, and a primitive's call applies the primitive's own simplifications.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias
from weakref import WeakValueDictionary

from chainruler.engine.shapes import Dim, ExpressionError, Shape

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value

Kind: TypeAlias = Literal["real", "gate", "index"]
"""What a node's numbers are: real; 0 or 1 (a comparison, a one-hot row); or whole numbers that select."""
Number: TypeAlias = int | float | Fraction
Operand: TypeAlias = "Expression | Number"


@dataclass(frozen=True)
class Primitive:
    """One thing an expression can be made of: its shape rule, derivative, NumPy calls and name, in one class.

    A subclass with a `name` registers itself; its fields are static parameters such as an axis, counted from the end
    so that a node keeps its meaning when leading axes are put before its operands.
    """

    name: ClassVar[str]
    arity: ClassVar[int | None] = 1
    """How many operands it takes; None for any number but none."""
    latex: ClassVar[str | None] = None
    """How LaTeX writes the function; `\\operatorname{name}` unless said."""
    noun: ClassVar[str]
    """What a sentence calls it: `a matrix product`."""
    rule: ClassVar[str] = ""
    """How it passes a gradient on, in the words of a derivation."""
    plain: ClassVar[bool] = False
    """Whether its rule goes without saying beside any other."""
    cost: ClassVar[int] = 20
    """How many multiplications and additions of a matrix product take as long as one entry of it; measured."""
    smooth: ClassVar[bool] = True
    """False where complex-step differentiation does not see through."""
    registry: ClassVar[dict[str, type[Primitive]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            Primitive.registry[cls.name] = cls

    def __call__(self, *operands: Operand) -> Expression:
        """The canonical expression of this primitive applied to the operands."""
        if len(operands) != self.arity and (self.arity is not None or not operands):
            wanted = "at least 1 operand" if self.arity is None else f"{self.arity} operand{'s' * (self.arity != 1)}"
            raise ExpressionError(f'"{self.name}" takes {wanted}, but got {len(operands)}.')
        return self.canonical(*map(as_expression, operands))

    def canonical(self, *args: Expression) -> Expression:
        """The node of this primitive over the arguments, or what is simpler and equal to it."""
        return intern(self, args)

    def shape(self, *args: Expression) -> Shape:
        """The shape of the result; raises ShapeError in the user's words."""
        raise NotImplementedError

    def kind(self, *args: Expression) -> Kind:
        """What the numbers of the result are."""
        return "real"

    def vjp(self, node: Expression, g: Expression) -> Sequence[Expression | None]:
        """The cotangent of each operand of `node`, given the cotangent `g` of its value; None where it is constant."""
        raise NotImplementedError

    def jvp(self, node: Expression, tangents: Sequence[Expression | None]) -> Expression | None:
        """The tangent of `node`, where there is a shorter way than to transpose `vjp`; None where there is not."""
        return None

    def margin(self, node: Expression) -> Expression | None:
        """How far each entry of `node` is from a kink; None for a primitive that has none."""
        return None

    def lift(self, node: Expression, args: Sequence[Expression], leading: Shape) -> Expression:
        """`node` over `args`, of which at least one has got the axes `leading` in front of its own."""
        del node, leading
        return self(*args)

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        """Append the NumPy calls that compute `node`."""
        raise NotImplementedError


SIMPLE_DENOMINATOR = 1024
LARGEST_INTEGER = 2**512


class Expression:
    """A node: a primitive, the expressions it is applied to, and the shape of the result."""

    __slots__ = ("__weakref__", "args", "kind", "primitive", "shape")

    def __init__(self, primitive: Primitive, args: tuple[Expression, ...], shape: Shape) -> None:
        self.primitive = primitive
        self.args = args
        self.shape = shape
        self.kind: Kind = primitive.kind(*args)

    @property
    def T(self) -> Expression:
        """The expression with its last two axes exchanged."""
        return build("transpose", self)

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    def __add__(self, other: Operand) -> Expression:
        return build("add", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return build("add", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return build("add", self, build("multiply", -1, other))

    def __rsub__(self, other: Operand) -> Expression:
        return build("add", other, build("multiply", -1, self))

    def __neg__(self) -> Expression:
        return build("multiply", -1, self)

    def __mul__(self, other: Operand) -> Expression:
        return build("multiply", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return build("multiply", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return build("multiply", self, as_expression(other) ** -1)

    def __rtruediv__(self, other: Operand) -> Expression:
        return build("multiply", other, self**-1)

    def __matmul__(self, other: Operand) -> Expression:
        return build("matmul", self, other)

    def __pow__(self, exponent: Number) -> Expression:
        return Primitive.registry["power"](exponent)(self)  # type: ignore[call-arg]

    def __gt__(self, other: Operand) -> Expression:
        return _compare(">", self, other)

    def __ge__(self, other: Operand) -> Expression:
        return _compare(">=", self, other)

    def __lt__(self, other: Operand) -> Expression:
        return _compare("<", self, other)

    def __le__(self, other: Operand) -> Expression:
        return _compare("<=", self, other)

    def __bool__(self) -> bool:
        raise TypeError("An expression has no truth value; compare expressions with `is`.")

    def __repr__(self) -> str:
        parts = [repr(self.primitive)] if not self.args else [type(self.primitive).__name__]
        return f"<{' '.join(parts)} {self.shape}>"


def build(name: str, *operands: Operand) -> Expression:
    """The canonical expression of the parameterless primitive called `name`."""
    return Primitive.registry[name]()(*operands)


def _compare(relation: str, left: Operand, right: Operand) -> Expression:
    return Primitive.registry["compare"](relation)(left, right)  # type: ignore[call-arg]


_nodes: WeakValueDictionary[tuple[Primitive, tuple[Expression, ...]], Expression] = WeakValueDictionary()
_lock = threading.Lock()


def intern(primitive: Primitive, args: tuple[Expression, ...]) -> Expression:
    """The one node of this primitive over these arguments, built and shape-checked if it is new."""
    key = (primitive, args)
    node = _nodes.get(key)
    if node is None:
        fresh = Expression(primitive, args, primitive.shape(*args))
        with _lock:  # two threads that build the same node must end with the same object
            node = _nodes.setdefault(key, fresh)
    return node


@dataclass(frozen=True)
class Variable(Primitive):
    """A named array whose numbers come when a program runs."""

    label: str
    dims: Shape
    of_kind: Kind = "real"
    name = "variable"
    arity = 0
    noun = "a variable"

    def shape(self, *args: Expression) -> Shape:
        return self.dims

    def kind(self, *args: Expression) -> Kind:
        return self.of_kind


@dataclass(frozen=True)
class Constant(Primitive):
    """A number."""

    value: Number
    name = "constant"
    arity = 0
    noun = "a number"

    def shape(self, *args: Expression) -> Shape:
        return ()

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.literal(float(self.value))


@dataclass(frozen=True)
class Size(Primitive):
    """The number of entries along a named axis, such as the batch size N."""

    dim: str
    name = "size"
    arity = 0
    noun = "a size"

    def shape(self, *args: Expression) -> Shape:
        return ()

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.size(self.dim)


def variable(label: str, shape: Iterable[Dim] = (), kind: Kind = "real") -> Expression:
    """The variable of this name and shape."""
    return intern(Variable(label, tuple(shape), kind), ())


def exact(value: Number) -> Number:
    """The one way to write a number: whole if it is, a fraction if it is a simple one, else floating point."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError("A number that is written out, or the product of some, is not finite.")
        ratio = value.as_integer_ratio()
        simple = ratio[1] <= SIMPLE_DENOMINATOR and abs(ratio[0]) < 2**53
        return exact(Fraction(*ratio)) if simple else value
    if max(abs(value.numerator), value.denominator) >= LARGEST_INTEGER:
        raise ExpressionError("A number that is written out, or the product of some, is too large.")
    if isinstance(value, Fraction):
        dyadic = value.denominator & (value.denominator - 1) == 0
        if value.denominator == 1:
            return value.numerator
        return float(value) if dyadic and value.denominator > SIMPLE_DENOMINATOR else value
    return value


def constant(value: Number) -> Expression:
    """The number as an expression; equal numbers are one node, however they were written."""
    return intern(Constant(exact(value)), ())


def size(dims: Iterable[Dim]) -> Expression:
    """The product of the sizes, as an expression."""
    factors = [constant(d) if isinstance(d, int) else intern(Size(d), ()) for d in dims]
    return build("multiply", *factors) if factors else constant(1)


def as_expression(operand: Operand) -> Expression:
    """The operand itself, or the number as an expression."""
    if isinstance(operand, Expression):
        return operand
    if isinstance(operand, bool) or not isinstance(operand, int | float | Fraction):
        raise TypeError(f"{type(operand).__name__} cannot stand in an expression: give an Expression or a number.")
    return constant(operand)


def label_of(node: Expression) -> str:
    """The name of a variable."""
    if not isinstance(node.primitive, Variable):
        raise TypeError(f"{node!r} is not a variable.")
    return node.primitive.label
