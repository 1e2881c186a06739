"""What an expression looks like, whatever it is written in: products with a fraction in front, sums with minus signs.

A `Style` says how each construct is written. A function-like primitive needs no line here: it is its name and fields.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from fractions import Fraction
from typing import Any, NamedTuple

from chainruler.engine import Expression, ExpressionError, Primitive, label_of, topological, variables
from chainruler.engine.expression import Constant, Number
from chainruler.engine.primitives.arithmetic import Multiply, Power, is_power
from chainruler.notation.text import Text

RELATION, SUM, PRODUCT, POWER, ATOM = range(5)
"""How strongly a piece of text holds together."""
POSITIONAL = {"onehot": "classes", "identity": "dim"}
"""Fields that everyone writes without their name."""
LONGEST_TEXT = 1_000_000


class Piece(NamedTuple):
    """A piece of text, how strongly it holds together, and what it is the text of."""

    text: Text
    binding: int
    node: Expression | None = None
    open_end: bool = False
    """Whether it would take in what is written after it, as a sum sign does."""

    @property
    def is_array(self) -> bool:
        """Whether it has any axes."""
        return self.node is not None and bool(self.node.shape)


class Run(NamedTuple):
    """Factors and, below a fraction line, divisors."""

    over: tuple[Piece, ...]
    under: tuple[Piece, ...]


class Style(ABC):
    """How each construct is written."""

    labels: frozenset[str] = frozenset()
    """The names of the variables in what is being printed."""

    @abstractmethod
    def number(self, value: float) -> Piece:
        """A number that is not negative."""

    @abstractmethod
    def symbol(self, label: str) -> Piece:
        """A variable or a named size."""

    @abstractmethod
    def add(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        """A sum; the truth value of a term is whether it has a minus."""

    @abstractmethod
    def product(self, scalars: Sequence[Run], arrays: Sequence[Run]) -> Piece:
        """An elementwise product."""

    @abstractmethod
    def power(self, base: Piece, exponent: Piece, value: float) -> Piece:
        """A power with an exponent above 0."""

    @abstractmethod
    def matmul(self, left: Piece, right: Piece) -> Piece:
        """A matrix product."""

    @abstractmethod
    def outer(self, left: Piece, right: Piece) -> Piece:
        """A column times a row."""

    @abstractmethod
    def transpose(self, inner: Piece) -> Piece:
        """The last two axes exchanged."""

    @abstractmethod
    def compare(self, left: Piece, relation: str, right: Piece) -> Piece:
        """A gate."""

    @abstractmethod
    def reduction(self, node: Expression, inner: Piece) -> Piece:
        """A sum or largest entry over some axes."""

    @abstractmethod
    def select(self, inner: Piece, index: Piece) -> Piece:
        """The entry of each row that an index picks."""

    @abstractmethod
    def call(self, primitive: Primitive, operands: Sequence[Piece]) -> Piece:
        """A function by name, with its fields as keywords."""

    def argument(self, piece: Piece) -> Text:
        """What a function is applied to."""
        return piece.text

    def squared_norm(self, inner: Piece) -> Piece | None:
        """The sum of all squares; None if it has no sign of its own."""
        return None

    def rearranged(self, node: Expression, inner: Piece) -> Piece:
        """A slice, a reshape or a repetition."""
        return self.call(node.primitive, [inner])


def present(expression: Expression, style: Style, writer: type[Writer] | None = None) -> str:
    """The expression in a style; ExpressionError where that would be more than a person or a parser can take."""
    writer = writer or Writer
    style.labels = frozenset(map(label_of, variables([expression])))
    pieces: dict[Expression, Piece] = {}
    for node in topological([expression]):
        pieces[node] = writer(style, pieces).write(node)
        if len(pieces[node].text) > LONGEST_TEXT:  # parts are shared, so the text can be far longer than the graph
            raise ExpressionError(f"Written out, this is longer than {LONGEST_TEXT:,} characters: name its parts.")
    return str(pieces[expression].text)


def keywords_of(primitive: Primitive) -> dict[str, Any]:
    """The fields of a primitive that differ from what they are if left out."""
    given = {f.name: getattr(primitive, f.name) for f in fields(primitive)}
    return {f.name: given[f.name] for f in fields(primitive) if f.default is MISSING or given[f.name] != f.default}


class Writer:
    """Writes one node in terms of the pieces of its arguments."""

    def __init__(self, style: Style, pieces: dict[Expression, Piece]) -> None:
        self.style, self.pieces = style, pieces

    def write(self, node: Expression) -> Piece:
        """The piece of a node, which knows its node."""
        method: Callable[[Expression], Piece] = getattr(self, f"_{node.primitive.name}", self._function)
        return method(node)._replace(node=node)

    def _function(self, node: Expression) -> Piece:
        return self.style.call(node.primitive, [self.pieces[arg] for arg in node.args])

    def _constant(self, node: Expression) -> Piece:
        return self._signed(node)

    def _variable(self, node: Expression) -> Piece:
        return self.style.symbol(label_of(node))

    def _size(self, node: Expression) -> Piece:
        return self.style.symbol(node.primitive.dim)  # type: ignore[attr-defined]

    def _add(self, node: Expression) -> Piece:
        terms = []
        for arg in node.args:
            negative, scalars, arrays = self._factors(arg)
            piece = self._product(scalars, arrays) if negative else self.pieces[arg]
            piece = piece._replace(node=arg) if piece.node is None else piece
            terms.append((negative, piece))
        return self.style.add(terms)

    def _multiply(self, node: Expression) -> Piece:
        return self._signed(node)

    def _signed(self, node: Expression) -> Piece:
        negative, scalars, arrays = self._factors(node)
        piece = self._product(scalars, arrays)
        piece = piece._replace(node=node) if piece.node is None else piece
        return self.style.add([(True, piece)]) if negative else piece

    def _product(self, scalars: list[Run], arrays: list[Run]) -> Piece:
        runs = [*scalars, *arrays]
        alone = len(runs) == 1 and len(runs[0].over) == 1 and not runs[0].under
        return runs[0].over[0] if alone else self.style.product(scalars, arrays)

    def _factors(self, node: Expression) -> tuple[bool, list[Run], list[Run]]:
        """Whether a minus stands before the node, and its factors, scalars first, as runs of fractions."""
        args = list(node.args) if isinstance(node.primitive, Multiply) else [node]
        number: Number = 1
        if isinstance(args[0].primitive, Constant):
            number = args.pop(0).primitive.value  # type: ignore[attr-defined]
        over, under = _fraction(number if number >= 0 else -number)
        scalars = _Runs()
        if over != 1 or not args or under != 1:
            scalars.take(self.style.number(over), below=False)
        if under != 1:
            scalars.take(self.style.number(under), below=True)
        arrays = _Runs()
        for arg in args:
            base, below = self._divisor(arg)
            (arrays if arg.shape else scalars).take(base, below=below)
        return number < 0, self._led(scalars), self._led(arrays)

    def _led(self, runs: _Runs) -> list[Run]:
        """The runs, each with a 1 above the line if nothing else is."""
        one = self.style.number(1)
        return [Run(tuple(over) or (one,), tuple(under)) for over, under in runs.runs]

    def _divisor(self, node: Expression) -> tuple[Piece, bool]:
        """The node as a divisor if it is a power below zero, else as a factor."""
        if isinstance(node.primitive, Power) and node.primitive.exponent < 0:
            return self._raised(node.args[0], -node.primitive.exponent), True
        return self.pieces[node], False

    def _power(self, node: Expression) -> Piece:
        exponent: Number = node.primitive.exponent  # type: ignore[attr-defined]
        if exponent > 0:
            return self._raised(node.args[0], exponent)
        run = Run((self.style.number(1),), (self._divisor(node)[0],))
        return self.style.product([], [run]) if node.shape else self.style.product([run], [])

    def _raised(self, base: Expression, exponent: float | Fraction) -> Piece:
        if exponent == 1:
            return self.pieces[base]
        over, under = _fraction(exponent)
        text = self.style.number(over)
        if under != 1:
            text = self.style.product([Run((text,), (self.style.number(under),))], [])
        return self.style.power(self.pieces[base], text, float(exponent))

    def _matmul(self, node: Expression) -> Piece:
        return self.style.matmul(*(self.pieces[arg] for arg in node.args))

    def _outer(self, node: Expression) -> Piece:
        return self.style.outer(*(self.pieces[arg] for arg in node.args))

    def _transpose(self, node: Expression) -> Piece:
        return self.style.transpose(self.pieces[node.args[0]])

    def _compare(self, node: Expression) -> Piece:
        left, right = (self.pieces[arg] for arg in node.args)
        return self.style.compare(left, node.primitive.relation, right)  # type: ignore[attr-defined]

    def _select(self, node: Expression) -> Piece:
        return self.style.select(*(self.pieces[arg] for arg in node.args))

    def _max(self, node: Expression) -> Piece:
        return self.style.reduction(node, self.pieces[node.args[0]])

    def _sum(self, node: Expression) -> Piece:
        (x,), primitive = node.args, node.primitive
        whole = len(primitive.axes) == x.ndim and not primitive.keepdims  # type: ignore[attr-defined]
        squared = whole and is_power(x, 2)
        norm = self.style.squared_norm(self.pieces[x.args[0]]) if squared else None
        return self._max(node) if norm is None else norm

    def _reshape(self, node: Expression) -> Piece:
        return self.style.rearranged(node, self.pieces[node.args[0]])

    _slice = _broadcast = _reshape


class _Runs:
    """Factors and divisors in the order in which they come; a factor after a divisor begins a new fraction."""

    def __init__(self) -> None:
        self.runs: list[tuple[list[Piece], list[Piece]]] = []

    def take(self, piece: Piece, *, below: bool) -> None:
        """Add a factor or a divisor."""
        if not self.runs or (not below and self.runs[-1][1]):
            self.runs.append(([], []))
        self.runs[-1][below].append(piece)


def _fraction(value: float | Fraction) -> tuple[int | float, int]:
    """The number as what stands above and below a fraction line."""
    return (value.numerator, value.denominator) if isinstance(value, Fraction) else (value, 1)
