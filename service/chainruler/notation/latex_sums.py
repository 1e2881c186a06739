r"""Sums: \sum_{i=1}^{N}, \sum_j, \sum_{i,j}, \sum_{k \neq y}; each binds its letters up to the next + or −."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import NamedTuple

from lark import Token, Tree

from chainruler.engine import Dim, ExpressionError
from chainruler.notation.formula import FormulaError, Fragment
from chainruler.notation.latex_derivatives import ChainLink, DerivativeReader
from chainruler.notation.latex_items import Item
from chainruler.notation.letters import Index
from chainruler.notation.vectors import OrientedValue

_BELOW = re.compile(
    r"(?P<letters>[A-Za-z](?:\s*,?\s*[A-Za-z])*)\s*(?:=\s*1\s*)?(?:\\in(?![A-Za-z])\s*(?P<set>.+)|(?:\\neq?(?![A-Za-z])|≠)\s*(?P<but>.+))?"
)
_WHERE = re.compile(
    r"(?P<letter>[A-Za-z])\s*(?::|\\colon(?![A-Za-z])|\\mid(?![A-Za-z])|\|)(?:\s|\\[,;: !])*"
    r"(?P<left>[^=≠\\]+?)\s*(?P<sign>=|≠|\\neq?(?![A-Za-z]))\s*(?P<right>[^=≠\\]+)"
)


class Weight(NamedTuple):
    """What a sum leaves out: all places at which two letters or class numbers are equal, or all others."""

    left: str
    right: str
    equal: bool = False


class SumReader(DerivativeReader):
    """Reads sums, and what their letters name."""

    @abstractmethod
    def product(self, links: list[ChainLink]) -> Item:
        """The product of factors with the signs before them."""

    def summed(self, factor: Tree[Token], token: Token, rest: list[ChainLink]) -> Item:
        r"""\sum_{i=1}^{N}, other sums right after it, and all factors after them."""
        indices, weights = self._opened(factor, token)
        while rest and not rest[0][0] and isinstance(inner := rest[0][1].children[0], Token) and inner.type == "SUM":
            more, others = self._opened(rest[0][1], inner)
            indices, weights, rest = [*indices, *more], [*weights, *others], rest[1:]
        if not rest or rest[0][0]:
            raise self.refusal(token, "Nothing is summed here.")
        unlimited = any(index.dim is None for index in indices)
        self.scope.open += indices
        body = self._summand(token, rest, indices, weighted=bool(weights))
        body = self._weighted(token, body, weights) if weights else body
        del self.scope.open[-len(indices) :]
        for index in indices:
            self._check_bound(token, index)
        self.demands.replace(lambda piece: self.scope.spread(indices, piece))
        span = self.span(token)[0], self.span(rest[-1][1])[1]
        item = self.built(span, [body], lambda v: OrientedValue(self.scope.closed(indices, v[0].expression), v[0].row))
        self.unlimited |= {item.part.expression} if unlimited else set()
        return item

    def _summand(self, token: Token, rest: list[ChainLink], indices: list[Index], *, weighted: bool) -> Item:
        """What is summed; if it leaves the letter out, that of each sample where the sum may be over these."""
        trouble: FormulaError | None = None
        (index, *others), length = indices, indices[0].dim
        try:
            body = self.quantity(self.product(rest))
            if others or weighted or self.scope.depends(body.part.expression, index):
                return body
        except FormulaError as error:
            trouble = error
        if others or self.implicit is not None or isinstance(length, int):
            raise trouble or self.refusal(token, _leaves_out(index))
        index.dim, index.of_samples, self.implicit = length, True, index
        try:
            body = self.quantity(self.product(rest))
        except FormulaError as error:
            raise trouble or error from None
        finally:
            self.implicit = None
        if not self.scope.depends(body.part.expression, index):
            raise trouble or self.refusal(token, _leaves_out(index))
        over = f" over {index.letter}" if index.letter else ""
        self.assumed.append(f"The sum{over} is read as that over the samples.")
        return body

    def _opened(self, factor: Tree[Token], token: Token) -> tuple[list[Index], list[Weight]]:
        """What a sum runs over, and what it leaves out."""
        if len(factor.children) > 1:
            raise self.refusal(factor, r"Write the limits of the sum as \sum_{i=1}^{N}.")
        below, _, above = token.partition("^")
        if not below and not above:
            return [Index("")], []  # it leaves its letter out, as what is summed does
        where = _WHERE.fullmatch(below.strip())
        match = _BELOW.fullmatch(where["letter"] if where else below.strip())
        if match is None:
            raise self.refusal(token, r"Write the sum with its index, from 1: \sum_{i=1}^{N} or \sum_i.")
        dim, bound = self._bound(token, above)
        indices = [Index(letter, dim, bound=bound) for letter in re.sub(r"[\s,]", "", match["letters"])]
        if where:
            return indices, [Weight(where["left"], where["right"], equal=where["sign"] == "=")]
        return indices, [Weight(indices[-1].letter, match["but"])] if match["but"] else []

    def _bound(self, token: Token, above: str) -> tuple[Dim | None, str]:
        """How far a sum runs; a letter that names no size of the problem names that of the arrays under the sum."""
        if above.isdecimal() and int(above) in self.limits.sizes.values():
            return None, above  # as many as there are samples, or as something else has: what is summed decides
        try:
            return (self.dim(token, above) if above else None), ""
        except FormulaError:
            if re.fullmatch(r"[A-Za-z]|[A-Za-z]_\{?[A-Za-z0-9]+\}?", above):
                return self.bounds.get(above), above
            raise

    def _check_bound(self, token: Token, index: Index) -> None:
        """See that a letter above sums always names one size."""
        if index.bound.isdecimal() and isinstance(index.dim, int) and index.dim != int(index.bound):
            raise self.refusal(token, f"{index.letter} runs to {index.bound}, but what it stands at to {index.dim}.")
        if index.bound.isdecimal():
            return
        if index.bound and index.dim is not None and self.bounds.setdefault(index.bound, index.dim) != index.dim:
            both = f"{self.bounds[index.bound]} and {index.dim}"
            raise self.refusal(token, f"{index.bound} would be both {both} here.")

    def _weighted(self, token: Token, body: Item, weights: list[Weight]) -> Item:
        """The summand where it belongs to the sum, and 0 where the sum leaves it out."""
        for left, right, equal in weights:
            sides = [self.scope.find(side.strip()) or self.names.picking(side, self.scope) for side in (left, right)]
            one, other = sides
            if one is None or other is None:
                shown = (left if one is None else right).strip()
                raise self.refusal(token, f'It is not clear what "{shown}" is, at which this sum leaves something out.')
            try:
                same = self.same(one, other)
                weight = Item(Fragment(self.span(token), same if equal else 1 - same))
            except ExpressionError as error:
                raise self.refusal(token, str(error)) from None
            body = self.built(
                body.part.span, [weight, body], lambda v: v[1]._replace(expression=v[0].expression * v[1].expression)
            )
        return body


def _leaves_out(index: Index) -> str:
    if not index.letter:
        return r"Write the sum with its index, from 1: \sum_{i=1}^{N} or \sum_i."
    return f"Nothing in this sum depends on {index.letter}: index its arrays, or leave the sum out."
