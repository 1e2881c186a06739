r"""Sums: \sum_{i=1}^{N}, \sum_j, \sum_{i,j}, \sum_{k \neq y}; each binds its letters up to the next + or −."""

from __future__ import annotations

import re
from abc import abstractmethod

from lark import Token, Tree

from chainruler.engine import Dim, ExpressionError
from chainruler.notation.formula import FormulaError, Part
from chainruler.notation.latex_derivatives import DerivativeReader, Link
from chainruler.notation.latex_factors import Item
from chainruler.notation.letters import Index
from chainruler.notation.vectors import Value

_BELOW = re.compile(
    r"(?P<letters>[A-Za-z](?:\s*,?\s*[A-Za-z])*)\s*(?:=\s*1\s*)?(?:\\in(?![A-Za-z])\s*(?P<set>.+)|(?:\\neq?(?![A-Za-z])|≠)\s*(?P<but>.+))?"
)


class SumReader(DerivativeReader):
    """Reads sums, and what their letters name."""

    @abstractmethod
    def product(self, links: list[Link]) -> Item:
        """The product of factors with the signs before them."""

    def summed(self, factor: Tree[Token], token: Token, rest: list[Link]) -> Item:
        r"""\sum_{i=1}^{N}, other sums right after it, and all factors after them."""
        indices, weights = self._opened(factor, token)
        while rest and not rest[0][0] and isinstance(inner := rest[0][1].children[0], Token) and inner.type == "SUM":
            more, others = self._opened(rest[0][1], inner)
            indices, weights, rest = [*indices, *more], [*weights, *others], rest[1:]
        if not rest or rest[0][0]:
            raise self.refusal(token, "Nothing is summed here.")
        unlimited = any(index.dim is None for index in indices)
        self.scope.open += indices
        body = self.quantity(self.product(rest))
        body = self._weighted(token, body, weights) if weights else body
        del self.scope.open[-len(indices) :]
        for index in indices:
            self._check_bound(token, index)
        self.demands.replace(lambda piece: self.scope.spread(indices, piece))
        span = self.span(token)[0], body.part.span[1]
        item = self.built(span, [body], lambda v: Value(self.scope.closed(indices, v[0].expression), v[0].row))
        self.unlimited |= {item.part.expression} if unlimited else set()
        return item

    def _opened(self, factor: Tree[Token], token: Token) -> tuple[list[Index], list[tuple[Index, str]]]:
        """What a sum runs over, and what it leaves out."""
        if len(factor.children) > 1:
            raise self.refusal(factor, r"Write the limits of the sum as \sum_{i=1}^{N}.")
        below, _, above = token.partition("^")
        match = _BELOW.fullmatch(below.strip())
        if match is None:
            raise self.refusal(token, r"Write the sum with its index, from 1: \sum_{i=1}^{N} or \sum_i.")
        dim, bound = self._bound(token, above)
        indices = [Index(letter, dim, bound=bound) for letter in re.sub(r"[\s,]", "", match["letters"])]
        return indices, [(indices[-1], match["but"])] if match["but"] else []

    def _bound(self, token: Token, above: str) -> tuple[Dim | None, str]:
        """How far a sum runs; a letter that names no size of the problem names that of the arrays under the sum."""
        try:
            return (self.dim(token, above) if above else None), ""
        except FormulaError:
            if re.fullmatch(r"[A-Za-z]|[A-Za-z]_\{?[A-Za-z0-9]+\}?", above):
                return self.bounds.get(above), above
            raise

    def _check_bound(self, token: Token, index: Index) -> None:
        """See that a letter above sums always names one size."""
        if index.bound and index.dim is not None and self.bounds.setdefault(index.bound, index.dim) != index.dim:
            both = f"{self.bounds[index.bound]} and {index.dim}"
            raise self.refusal(token, f"{index.bound} would be both {both} here.")

    def _weighted(self, token: Token, body: Item, weights: list[tuple[Index, str]]) -> Item:
        """The summand where the letter is not what the sum leaves out, and 0 there."""
        for index, but in weights:
            other = self.scope.find(but.strip()) or self.names.picking(but, self.scope)
            if other is None:
                raise self.refusal(token, f'It is not clear what "{but.strip()}" is, which this sum leaves out.')
            try:
                weight = Item(Part(self.span(token), 1 - self.same(index, other)))
            except ExpressionError as error:
                raise self.refusal(token, str(error)) from None
            body = self.built(
                body.part.span, [weight, body], lambda v: v[1]._replace(expression=v[0].expression * v[1].expression)
            )
        return body
