r"""Conditions of a LaTeX formula: z > 0, [i = j], \mathbb 1\{y_i = k\}, cases, and the Kronecker δ_{ij}.

Two letters are equal on a diagonal, a letter and a class number where the one-hot row is 1. So a condition is an array
of zeros and ones with the axes of its letters, and nothing has to know the value of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token, Tree

from chainruler import engine
from chainruler.engine import Expression, ExpressionError
from chainruler.engine.primitives.gates import Compare
from chainruler.notation.formula import FormulaError, Fragment
from chainruler.notation.latex_items import Item, Node
from chainruler.notation.latex_lettered import lettered
from chainruler.notation.latex_names import Subscript
from chainruler.notation.latex_samples import SampleReader
from chainruler.notation.letters import Index
from chainruler.notation.names import declares
from chainruler.notation.vectors import Link, OrientedValue, product

_KEY = re.compile(r"\s*,?\s*(?P<key>(?:\\[A-Za-z]+|[A-Za-z])(?:[_^](?:\{\(?[A-Za-z]\)?\}|[A-Za-z]))?)\s*")
_OPPOSITE = {">": "<", ">=": "<", "<": ">", "<=": ">"}


class ConditionReader(SampleReader):
    """Reads what holds or does not hold."""

    def _compare(self, node: Tree[Token]) -> Item:
        left, relation, right = node.children
        sides = [self._letter(left) or self.item(left), self._letter(right) or self.item(right)]
        if any(isinstance(side, Index) for side in sides):
            if str(relation) not in {"==", "!="}:
                raise self.refusal(node, "Letters are compared with = and \\neq only.")
            return self._equal(node, sides, unequal=str(relation) == "!=")
        items = [side for side in sides if isinstance(side, Item)]
        return self.built(
            self.span(node), items, lambda v: OrientedValue(_compared(v[0], str(relation), v[1]), v[0].row), picks=True
        )

    def _letter(self, node: Node) -> Index | None:
        """The letter that a side of a condition is, if it is one by itself."""
        while isinstance(node, Tree) and len(node.children) == 1:
            node = node.children[0]
        return self.scope.find(str(node)) if isinstance(node, Token) and node.type == "NAME" else None

    def _equal(self, node: Node, sides: list[Index | Item], *, unequal: bool) -> Item:
        """1 where two letters, or a letter and a class number, are equal."""
        span = self.span(node)
        try:
            same = self.same(*(side if isinstance(side, Index) else side.part.expression for side in sides))
        except ExpressionError as error:
            raise self.refusal(node, str(error)) from None
        return Item(Fragment(span, 1 - same if unequal else same))

    def same(self, one: Index | Expression, other: Index | Expression) -> Expression:
        """1 where the two are equal, else 0, with the axes of their letters."""
        if not isinstance(one, Index):
            return engine.equal(one, other) if not isinstance(other, Index) else self.same(other, one)
        if isinstance(other, Index):
            dim = one.dim if other.dim is None else other.dim
            if dim is None:
                raise ExpressionError(f"Nothing before this says how far {one.letter} and {other.letter} run.")
            return self.scope.element(engine.identity(dim), [one, other], "I")
        return self.scope.element(self._rows(one, other), [one], "e")

    def _rows(self, letter: Index, classes: Expression) -> Expression:
        """The one-hot rows of class numbers that a letter is compared with."""
        targets = self.conventions.rows.values()
        if classes in targets or self.scope.is_element_of(classes, targets):
            return classes
        if classes.kind != "index":
            raise ExpressionError(f"The letter {letter.letter} is compared with letters and class numbers only.")
        rows = self.scope.rows(classes, self.conventions.rows, "Y")
        if rows is not None:
            return rows
        if not isinstance(letter.dim, int):
            raise ExpressionError(f"Nothing before this says how far {letter.letter} runs.")
        return engine.onehot(classes, letter.dim)

    def one_hot(self, span: tuple[int, int], given: Node) -> Item | None:
        """The one-hot rows of class numbers that have some in this problem, which say how many classes there are."""
        item = self.item(given)
        rows = self.scope.rows(item.part.expression, self.conventions.rows, "Y")
        return None if rows is None else Item(Fragment(span, rows))

    def _indicator(self, node: Tree[Token]) -> Item:
        return self._condition(node.children[1], r"Say what is compared: \mathbb{1}\{z > 0\}.")

    def _condition(self, node: Node, message: str) -> Item:
        """The zeros and ones of a comparison."""
        inner = node
        while isinstance(inner, Tree) and inner.data not in {"compare", "both"}:
            nodes = [c for c in inner.children if isinstance(c, Tree)]
            if len(nodes) != 1:
                raise self.refusal(node, message)
            inner = nodes[0]
        if not isinstance(inner, Tree):
            raise self.refusal(node, message)
        return self.item(inner)

    def _both(self, node: Tree[Token]) -> Item:
        """Several comparisons, all of which have to hold."""
        items = [self.item(child) for child in node.children if isinstance(child, Tree)]
        return self.built(self.span(node), items, lambda v: product([Link("odot", value) for value in v]))

    def _cases(self, node: Tree[Token]) -> Item:
        """The value of the first case whose condition holds; together they have to leave nothing out."""
        rows = [row for row in node.children if isinstance(row, Tree)]
        values = [self.item(row.children[0]) for row in rows]
        given = [row.children[2] for row in rows]
        conditions = [
            self._condition(c, "Say when this case holds: z > 0, or i = j.") for c in given if isinstance(c, Tree)
        ]
        if len(conditions) < len(given) - 1 or (len(given) > 1 and isinstance(given[0], Token)):
            raise self.refusal(node, 'Only the last case may hold "otherwise".')
        if len(conditions) == len(given) and not _leave_nothing_out([c.part.expression for c in conditions]):
            raise self.refusal(node, r'These cases may leave something out: let the last one hold "\text{otherwise}".')
        count, held = len(values), len(values) - 1

        def how(v: list[OrientedValue]) -> OrientedValue:
            chosen = v[count - 1].expression
            for value, gate in zip(reversed(v[:held]), reversed(v[count : count + held]), strict=True):
                chosen = engine.where(gate.expression, value.expression, chosen)
            return OrientedValue(chosen, any(value.row for value in v))

        return self.built(self.span(node), [*values, *conditions], lambda v: how(list(v)))

    def symbol(self, token: Token, subscript: Subscript, after: Sequence[Node]) -> Item:
        special = {"delta": self.kronecker, "I": self.kronecker, "e": self._unit_row}.get(str(token))
        own = declares(self.symbols, str(token)) or lettered(str(token), subscript)[0] in self.symbols
        if special is not None and subscript.text and not subscript.layer and not own:
            span = self.span(token)[0], self.end_of(token, after)
            try:
                found = special(subscript.text)
            except ExpressionError as error:
                raise FormulaError(str(error), self.text, span) from None
            if found is not None:
                return Item(Fragment(span, found))
        return super().symbol(token, subscript, after)

    def _unit_row(self, subscript: str) -> Expression | None:
        """The row with a 1 at a letter or at class numbers, as e_j and e_{y_n}; None for anything else."""
        classes, letter = self.names.picking(subscript, self.scope), self.scope.find(subscript)
        if letter is not None and letter.dim is not None:
            return self.scope.element(engine.identity(letter.dim), [letter], "e")
        return None if classes is None else self.scope.rows(classes, self.conventions.rows, "e")

    def kronecker(self, subscript: str) -> Expression | None:
        r"""The \delta_{ij} or \delta_{k y} that has these two letters; None if they are none of an open scope."""
        keys: list[Index | Expression] = []
        place = 0
        while place < len(subscript):
            match = _KEY.match(subscript, place)
            found = (
                None if match is None else self.scope.find(match["key"]) or self.names.picking(match["key"], self.scope)
            )
            if match is None or found is None:
                return None
            keys.append(found)
            place = match.end()
        if len(keys) != 2 or not any(isinstance(key, Index) for key in keys):
            return None
        return self.same(*keys)


def _compared(left: OrientedValue, relation: str, right: OrientedValue) -> Expression:
    if relation == "!=":
        return 1 - engine.equal(left.expression, right.expression)
    return Compare(relation)(left.expression, right.expression)


def _leave_nothing_out(conditions: list[Expression]) -> bool:
    """Whether two conditions are each other's opposite, a kink aside."""
    if len(conditions) != 2:
        return False
    one, other = conditions
    if one is 1 - other:
        return True
    signs = [getattr(c.primitive, "relation", "") for c in conditions]
    return _OPPOSITE.get(signs[0], "?") == signs[1].rstrip("=") and one.args == other.args
