r"""What the pieces of a LaTeX formula are read as: a part, with the direction of its vector, and how it is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lark import Token, Tree

from chainruler.engine import Dim, Expression, ExpressionError
from chainruler.notation.demands import Demands
from chainruler.notation.formula import CLASS_NUMBERS, Conventions, FormulaError, FormulaLimits, Fragment, Symbols
from chainruler.notation.latex_names import SymbolNames
from chainruler.notation.letters import Scope
from chainruler.notation.vectors import Misfit, OrientedValue

Node = Tree[Token] | Token


class Item(NamedTuple):
    """A part, and whether its vector is a row."""

    part: Fragment
    row: bool = False

    @property
    def value(self) -> OrientedValue:
        """The part's expression, with its direction."""
        return OrientedValue(self.part.expression, self.row)


How = Callable[[Sequence[OrientedValue]], OrientedValue]


class ItemReader:
    """Makes items of others, and errors that name their place."""

    def __init__(self, text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        self.text, self.symbols, self.limits, self.conventions = text, symbols, limits, conventions
        self.names, self.scope, self.demands = SymbolNames(symbols), Scope(), Demands()
        self.classes: dict[Expression, None] = {}
        """The symbols of class numbers that were read as one-hot rows."""
        self.bounds: dict[str, Dim] = {}
        """How far sums run to names that are no sizes of the problem."""
        self.unfinished: list[tuple[int, int]] = []
        """Where derivatives stand that are named and not worked out."""
        self.assumed: list[str] = []
        """What is read by convention, a sentence each."""
        self.unlimited: set[Expression] = set()
        """The sums that do not say how far they run."""

    def span(self, node: Node) -> tuple[int, int]:
        """Where a node stands."""
        position = node if isinstance(node, Token) else node.meta
        return position.start_pos or 0, position.end_pos or len(self.text)

    def refusal(self, node: Node, message: str) -> FormulaError:
        """The error of this place."""
        return FormulaError(message, self.text, self.span(node))

    def quantity(self, item: Item) -> Item:
        """The item itself, or the one-hot rows of class numbers, which nobody means to calculate with."""
        classes, span = item.part.expression, item.part.span
        if classes.kind != "index" or self.conventions.calculates:
            return item
        rows = self.scope.rows(classes, self.conventions.rows, self.text[slice(*span)][:20])
        if rows is None:
            raise FormulaError(CLASS_NUMBERS, self.text, span)
        self.classes[classes] = None
        return Item(Fragment(span, rows), self.conventions.row_samples and rows.ndim == 1)

    def built(self, span: tuple[int, int], items: Sequence[Item], how: How, *, picks: bool = False) -> Item:
        """The item that is built of others; whatever goes wrong is an error of this place."""
        items = items if picks else list(map(self.quantity, items))
        rows = [item.row for item in items]

        def build(expressions: Sequence[Expression]) -> OrientedValue:
            try:
                value = how([OrientedValue(e, row) for e, row in zip(expressions, rows, strict=True)])
                return value._replace(expression=self.limits.check(value.expression))
            except ExpressionError:
                raise
            except (ArithmeticError, ValueError, TypeError, IndexError) as error:
                raise ExpressionError(f"This cannot be computed: {error}.") from None

        try:
            value = build([item.part.expression for item in items])
        except FormulaError:
            raise
        except Misfit as error:
            operands = tuple(item.part.span for item in items[max(0, error.place - 1) : error.place + 1])
            place = operands[0][0], operands[-1][1]
            raise FormulaError(str(error), self.text, place, operands) from None
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None
        parts = tuple(item.part for item in items)
        self.demands.add(value.expression)
        return Item(Fragment(span, value.expression, parts, lambda e: build(e).expression), value.row)
