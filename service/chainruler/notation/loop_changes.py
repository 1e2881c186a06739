"""What one statement in loops does to an array from outside of them: sums, and places that are set."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from chainruler.engine import Expression, Shape, as_expression, where
from chainruler.engine.primitives.permuting import permuted
from chainruler.notation.changes import OPERATORS, ChangeReader, Operator
from chainruler.notation.formula import Build, Fragment
from chainruler.notation.letters import Index, Scope
from chainruler.notation.picked import How, Pick, at_cuts, indices_in, kept, picks_of, placed
from chainruler.notation.spellings import spelled


@dataclass(frozen=True)
class LoopPlace:
    """A place in an array that loops go through: along some axes by letters, along others where a key says."""

    scope: Scope
    axes: Sequence[int]
    """Those that letters go along."""
    letters: Sequence[Index]
    summed: Sequence[Index]
    """The loops whose letters are not in the index: what they do is added up."""
    row: Shape
    """The other axes."""
    picks: Sequence[Pick]
    keyed: bool

    @staticmethod
    def at(
        reader: ChangeReader,
        scope: Scope,
        target: ast.expr,
        keys: Sequence[Index | ast.expr],
        shape: Shape,
        loops: Sequence[Index],
    ) -> LoopPlace:
        """The place that an index names."""
        axes = [axis for axis, key in enumerate(keys) if isinstance(key, Index)]
        letters = [key for key in keys if isinstance(key, Index)]
        if len(keys) > len(shape) or len(set(letters)) < len(letters) or not set(letters) <= set(loops):
            raise reader.refusal(target, "This place in an array is not read.")
        row = tuple(dim for axis, dim in enumerate(shape) if axis not in axes)
        picks = picks_of(reader, target, [spelled(key, reader.knows) for key in keys if isinstance(key, ast.expr)], row)
        summed = [index for index in loops if index not in letters]
        return LoopPlace(scope, axes, letters, summed, row, picks, bool(keys))

    @property
    def indices(self) -> list[Fragment]:
        """The class numbers in the index."""
        return indices_in(self.picks)

    def adding(self, how: How, gates: int) -> Build:
        """From (array, new value, gates, class numbers) to the array with the new values added up."""

        def build(e: Sequence[Expression]) -> Expression:
            array, new = e[:2]
            for gate in e[2 : 2 + gates]:
                new = new * gate
            body = placed(new, self.row, self.picks, e[2 + gates :]) if self.keyed else new
            for index in reversed(self.summed):
                body = self.scope.closed([index], body) if self.scope.depends(body, index) else body * index.count
            return kept(how(array, self._back(self._freed(body))), array)

        return build

    def setting(self, op: Operator, gates: int) -> Build:
        """From the same to the array with the new values in its places, where all gates are open."""
        how: How = OPERATORS[op] if op is not None else lambda _, new: new

        def build(e: Sequence[Expression]) -> Expression:
            array, new = e[:2]
            if not gates and not self.indices:
                return self._back(
                    at_cuts(self._front(array), self._freed(new), [*[None] * len(self.axes), *self.picks], how)
                )
            mask = as_expression(1)
            for gate in e[2 : 2 + gates]:
                mask = mask * gate
            new, mask = (placed(one, self.row, self.picks, e[2 + gates :]) for one in (new, mask))
            return where(self._back(self._freed(mask)), how(array, self._back(self._freed(new))), array)

        return build

    def _freed(self, body: Expression) -> Expression:
        """What one pass gives, for all passes: the axes of letters come first."""
        return self.scope.freed(self.letters, body) if self.letters else body

    def _front(self, array: Expression) -> Expression:
        """The array with the axes of letters in front."""
        return permuted(array, [*self.axes, *(axis for axis in range(array.ndim) if axis not in self.axes)])

    def _back(self, array: Expression) -> Expression:
        """The array with the axes of letters where they belong."""
        rest = iter(range(len(self.axes), array.ndim))
        places = range(array.ndim)
        return permuted(array, [self.axes.index(axis) if axis in self.axes else next(rest) for axis in places])
