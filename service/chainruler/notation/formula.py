"""What reading a formula gives back: an expression, where each part of it stands in the text, or a FormulaError."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TypeAlias

from chainruler.engine import Dim, Expression, ExpressionError, Shape, broadcast_to, reshape, show_shape, topological
from chainruler.engine.expression import Number
from chainruler.engine.primitives.products import Matmul
from chainruler.notation.dialects import Syntax

Span: TypeAlias = tuple[int, int]
"""From which place up to which place in the text, counted from 0."""
Function: TypeAlias = Callable[[Expression], Expression]
Symbols: TypeAlias = Mapping[str, Expression | Function]
"""What the names in a formula stand for: expressions, and functions of one operand such as a model's own phi."""
Build: TypeAlias = Callable[[Sequence[Expression]], Expression]


class FormulaError(ExpressionError):
    """A formula cannot be read; the message says what to do, `column` counts from 1, `span` from 0."""

    def __init__(self, message: str, text: str, span: Span, operands: tuple[Span, ...] = ()) -> None:
        self.message, self.text, self.span = message, text, span
        self.operands = operands
        """The two that do not fit together, where that is the trouble."""
        super().__init__(f"Formula, column {self.column}: {message}")

    @property
    def column(self) -> int:
        """Where the trouble begins, counted from 1."""
        return self.span[0] + 1

    def pointed(self) -> str:
        """The formula with a line of carets below the place in question."""
        start, stop = self.span
        line = "".join(" " if c.isspace() else c for c in self.text)
        return f"{line}\n{' ' * start}{'^' * max(1, stop - start)}"


class SelfContradiction(FormulaError):
    """What a text says of itself forbids to take it for the answer, however its names are meant."""


@dataclass(frozen=True)
class FormulaLimits:
    """How large a formula and its values may be; all of it is checked before anything is computed."""

    characters: int = 2000
    nodes: int = 200
    depth: int = 60
    code_characters: int = 20_000
    code_nodes: int = 3_000
    """The same of several lines of code."""
    passes: int = 256
    """How many passes through loops that are written out."""
    exponent: float = 16
    elements: int = 1_000_000
    work: int = 10_000_000_000
    """How many multiplications computing the value may take."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How large a named size such as N may become."""
    unknown_size: int = 1000
    """What a named size that is not listed counts as."""

    def elements_of(self, expression: Expression) -> int:
        """How many numbers the value may have."""
        return prod(map(self._size, expression.shape))

    def check_exponent(self, exponent: Number | None) -> Number:
        """The exponent itself, if it is a number that is written out and not too large."""
        if exponent is None:
            raise ExpressionError("An exponent must be a number that is written out, such as 2 or 0.5.")
        if abs(float(exponent)) > self.exponent:
            raise ExpressionError(f"An exponent may be at most {self.exponent}, above or below zero.")
        return exponent

    def check(self, expression: Expression) -> Expression:
        """The expression itself, if its value is not too large."""
        if any(isinstance(dim, int) and dim < 1 for dim in expression.shape):
            raise ExpressionError(f"The shape {show_shape(expression.shape)} is not possible: sizes are 1 or more.")
        if expression.ndim > 8 or self.elements_of(expression) > self.elements:
            shape = show_shape(expression.shape)
            raise ExpressionError(f"The value here would have the shape {shape}: more than {self.elements:,} numbers.")
        return expression

    def check_work(self, expression: Expression) -> bool:
        """Whether the value takes no more work to compute than is allowed."""
        work = 0
        for node in topological([expression]):
            inner = node.args[0] if isinstance(node.primitive, Matmul) else node
            work += self.elements_of(node) * (self._size(inner.shape[-1]) if inner is not node else 1)
        return work <= self.work

    def _size(self, dim: Dim) -> int:
        return self.sizes.get(dim, self.unknown_size) if isinstance(dim, str) else dim


DEFAULT_LIMITS = FormulaLimits()
OBJECTIVES = frozenset(
    {"J", "L", "E", "C", "l", "ell", "loss", "Loss", "cost", "Cost", "obj", "CE", "BCE", "MSE", "NLL"}
)


@dataclass(frozen=True)
class Conventions:
    """How names are meant that mean something else by themselves."""

    rows: Mapping[Expression, Expression] = field(default_factory=dict)
    """The one-hot rows that a symbol of class numbers stands for in arithmetic."""
    calculates: bool = False
    """Whether whole numbers are calculated with as they are, where they are no class numbers."""
    objectives: frozenset[str] = OBJECTIVES
    r"""What stands for the loss above the line of \frac{\partial J}{\partial W}."""
    stems: frozenset[str] = frozenset()
    """What names begin with that are known without being listed."""
    lines: Mapping[Expression, Expression] = field(default_factory=dict)
    r"""What the symbols of forward lines are made of: \frac{\partial a}{\partial z} is worked out from these."""
    layers: int = 0
    r"""How many layers there are, where z^L is the last one's; 0 where L is no number."""
    second_axes: frozenset[Expression] = frozenset()
    """Weights of which w_j is column j: those of unit j or, where there is one unit, the weight of input j."""
    row_samples: bool = False
    """Whether x_i, the vector of one sample, is a row, as it is in the matrix of all samples."""


DEFAULT_CONVENTIONS = Conventions(calculates=True)
CLASS_NUMBERS = "These are class numbers, which pick entries: nothing is calculated with them. Write one-hot rows."


@dataclass(frozen=True, eq=False)
class Fragment:
    """A piece of a formula: where it stands, what it means, and the pieces that it is built from."""

    span: Span
    expression: Expression
    parts: tuple[Fragment, ...] = ()
    build: Build | None = None
    """From the expressions of the parts, in order, to the expression of the whole; None for a symbol or number."""

    def walk(self) -> Iterator[Fragment]:
        """This part and all below it once, from the left to the right and the whole before its pieces."""
        order: list[Fragment] = []
        seen: set[int] = set()
        stack: list[tuple[Fragment, bool]] = [(self, False)]
        while stack:
            part, done = stack.pop()
            if done:
                order.append(part)
            elif id(part) not in seen:
                seen.add(id(part))
                stack.append((part, True))
                stack.extend((inner, False) for inner in part.parts)
        return reversed(order)

    def rebuilt(self, replaced: Mapping[Fragment, Expression]) -> Expression:
        """What the whole would mean if some of its pieces meant something else."""
        done = dict(replaced)
        for piece in reversed(list(self.walk())):
            if piece not in done:
                inner = [done[part] for part in piece.parts]
                same = all(new is part.expression for new, part in zip(inner, piece.parts, strict=True))
                done[piece] = piece.expression if same or piece.build is None else piece.build(inner)
        return done[self]


@dataclass(frozen=True, eq=False)
class Reading:
    """A formula as it was understood."""

    text: str
    root: Fragment
    classes: tuple[Expression, ...] = ()
    """The symbols of class numbers that were read as their one-hot rows."""
    demands: tuple[Expression, ...] = ()
    """What must have a value for the formula to have one, and is no part of the expression any more."""
    row: bool = False
    """Whether it is a vector that lies, as what is transposed does."""
    unfinished: tuple[Span, ...] = ()
    """Where derivatives stand that are named and not worked out."""
    names: tuple[str, ...] = ()
    """The names that it uses, and that are none of its own."""
    defined: Mapping[str, Expression | None] = field(default_factory=dict)
    """The names of its own, and what they mean, where that is an expression that could be read."""
    serves: bool = False
    """Whether another line of the text is made of it."""
    assumed: tuple[str, ...] = ()
    """What was read by convention, a sentence each."""
    chain: tuple[Reading, ...] = ()
    """The members before it in a chain `A = B = C`, as far as they can be read."""
    rivals: tuple[Reading, ...] = ()
    """Other results that the text gives for the same answer."""
    syntax: Syntax = "numpy"
    """How it is written."""
    others: tuple[Reading, ...] = ()
    """What it may mean as well, where sigmoid_prime takes what sigmoid takes, or what it gives."""
    first: Fragment | None = None
    """What the array was before it was changed in place."""
    in_columns: bool = False
    """Whether it is read as written for samples in columns, where the problem has them in rows."""
    transposing: Span | None = None
    """The factor that had to be transposed: as it is written, a product does not exist."""
    trouble: str = ""
    """What is said of that product."""
    doubt: str = ""
    """The ways to read it, where names of courses leave several: only a right one of them counts."""

    def within(self, limits: FormulaLimits) -> Reading:
        """The reading itself; FormulaError if its value is too much work to compute."""
        if not limits.check_work(self.expression):
            raise FormulaError("This takes too long to compute for arrays of this size.", self.text, self.root.span)
        return self

    def shaped(self, shape: Shape) -> Reading:
        """The reading with its entries in another shape, or with its one entry everywhere."""
        change = reshape if self.expression.shape else broadcast_to
        return self.changed(lambda expression: change(expression, shape))

    def transposed(self) -> Reading:
        """The reading of the transposed matrix."""
        return self.changed(lambda expression: expression.T)

    def changed(self, change: Function) -> Reading:
        """The reading with something done to the whole of it."""

        def build(expressions: Sequence[Expression]) -> Expression:
            return change(expressions[0])

        return replace(self, root=Fragment(self.root.span, build([self.root.expression]), (self.root,), build))

    @property
    def expression(self) -> Expression:
        """What the formula means."""
        return self.root.expression

    def parts(self) -> list[Fragment]:
        """Every piece of the formula, the whole first."""
        return list(self.root.walk())

    def with_part(self, part: Fragment, expression: Expression) -> Expression:
        """What the formula would mean if this part of it meant something else."""
        return self.root.rebuilt({part: expression})
