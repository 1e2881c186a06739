r"""Derivatives in a LaTeX formula: the symbol ∂J/∂z, the Jacobian ∂a/∂z, and the chain rule that joins them.

The derivative of one array by another is the true one: the first is opened down to the second by the lines of the
problem. Its axes are those of the first, then those of the second, so that neighbours in a chain are joined by the name
of what stands below the one line and above the next, and never by their sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token, Tree

from chainruler.engine import Expression, ExpressionError, label_of, vjp
from chainruler.engine.expression import Variable
from chainruler.notation.derivative import opened, tensor
from chainruler.notation.formula import FormulaError
from chainruler.notation.latex_conditions import ConditionReader
from chainruler.notation.latex_items import Item
from chainruler.notation.latex_left import partial_named
from chainruler.notation.latex_names import OF_SAMPLE, WHOLE, Subscript, symbol_in
from chainruler.notation.latex_partials import DATA, of_sample
from chainruler.notation.latex_samples import of_unit
from chainruler.notation.names import maps_of
from chainruler.notation.vectors import OrientedValue

ChainLink = tuple[str, Tree[Token]]


class DerivativeReader(ConditionReader):
    """Reads what stands above and below a line with ∂."""

    def named(self, token: Token, subscript: Subscript) -> tuple[Expression, list[str]]:
        if token.type != "PARTIAL":
            return super().named(token, subscript)
        of, by = str(token).split("∂", 1)
        loss, letter = of_sample(of)
        if self.names.is_loss(loss, self.conventions.objectives):
            data = DATA.search(of)
            letter = letter or subscript.text or (subscript.layer if subscript.layer.isalpha() else "")
            letter = letter if data is None else data["above"] or data["below"] or ""
            if data is None and not letter:
                return self.names.of_loss(by, self.scope)
            return self._of_sample(by, letter, anyway=data is None and loss == of)
        own = self._own(of, by)
        if own is not None:
            return own, []
        (above, keys), (below, others) = self._sides(of, by)
        self.unfinished.append(self.span(token))
        found = tensor(above, below, self.conventions.lines)
        if not others:
            return found, keys
        return found, [*keys, *[WHOLE] * (above.ndim - len(keys)), *others]

    def _own(self, of: str, by: str) -> Expression | None:
        """What the text says that a derivative is; None if it does not."""
        name = partial_named(of, by)
        meaning = self.symbols.get(name)
        if not isinstance(meaning, Expression):
            return None
        self.names.used[name] = None
        return meaning

    def _of_sample(self, by: str, letter: str, *, anyway: bool) -> tuple[Expression, list[str]]:
        """The gradient of the loss of one sample, as the text defines it, and its letters; else that of the loss."""
        found = symbol_in(by)
        array, keys = self.names.resolved(*found, self.scope) if found is not None else (None, [])
        label = label_of(array) if array is not None and isinstance(array.primitive, Variable) else ""
        meaning = self.symbols.get(f"d{label}{OF_SAMPLE}")
        letter = letter or ("" if self.implicit is None else self.implicit.letter)
        if found is not None and array is not None and isinstance(meaning, Expression) and (letter or not keys):
            self.names.used[f"d{label}{OF_SAMPLE}"] = None
            keys = of_unit(found[0], array, keys, self.conventions.second_axes)
            return meaning, [letter, *keys] if letter else keys
        if anyway or (letter and any(f"d{label}" in own for own in maps_of(self.symbols)[:-1])):
            return self.names.of_loss(by, self.scope)
        raise ExpressionError(f"The derivative of the loss of one sample by {by.strip()} is not defined here.")

    def _sides(self, of: str, by: str) -> tuple[tuple[Expression, list[str]], tuple[Expression, list[str]]]:
        """What stands above and below, each with its indices."""
        sides = []
        for text in (of, by):
            found = symbol_in(text)
            if found is None:
                raise ExpressionError(
                    f'The derivative of "{of.strip()}" by "{by.strip()}" has no symbol: write it out.'
                )
            sides.append(self.names.resolved(*found, self.scope))
        return sides[0], sides[1]

    def chained(self, links: Sequence[ChainLink]) -> tuple[Item, int]:
        r"""The derivative of the loss that begins the links, taken on by the \frac{\partial z}{\partial W} after it."""
        first = links[0][1]
        item, used = self.item(first), 1
        below = self._whole_below(first)
        while below is not None and used < len(links) and links[used][0] in {"", "cdot"}:
            factor = links[used][1]
            token = factor.children[0]
            if len(factor.children) > 1 or not isinstance(token, Token) or token.type != "PARTIAL":
                break
            found = self._next(token, below)
            if found is None:
                break
            whole, below = found
            item = self._taken_on(item, self.span(token), whole, below)
            used += 1
        return item, used

    def _whole_below(self, factor: Tree[Token]) -> Expression | None:
        """The array that a derivative of the loss is by, if it has no indices."""
        token = factor.children[0]
        if len(factor.children) > 1 or not isinstance(token, Token) or token.type != "PARTIAL":
            return None
        of, by = str(token).split("∂", 1)
        found = symbol_in(by)
        if found is None or not self.names.is_loss(of, self.conventions.objectives):
            return None
        try:
            array, keys = self.names.resolved(*found, self.scope)
        except ExpressionError:
            return None
        return None if keys else array

    def _next(self, token: Token, below: Expression) -> tuple[Expression, Expression] | None:
        """What the next derivative is of and by, if it is of all of what the one before is by."""
        of, by = str(token).split("∂", 1)
        if self._own(of, by) is not None:
            return None
        try:
            (above, keys), (array, others) = self._sides(of, by)
        except ExpressionError:
            return None
        return (above, array) if above is below and not keys and not others else None

    def _taken_on(self, item: Item, span: tuple[int, int], whole: Expression, below: Expression) -> Item:
        self.unfinished.append(span)
        try:
            written = opened(whole, below, self.conventions.lines)
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None
        place = item.part.span[0], span[1]
        return self.built(place, [item], lambda v: OrientedValue(vjp([written], [v[0].expression], [below])[0]))
