"""Where a search stands: the values of all lines, with the mistakes that were made in earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chainruler.engine import Evaluation, Expression
from chainruler.grading.comparing import Array
from chainruler.grading.lines import Line
from chainruler.grading.variants import Variant


@dataclass(frozen=True, eq=False)
class SearchState:
    """The values of all lines after the mistakes and submitted lines that a search has passed."""

    evaluations: tuple[Evaluation, ...]
    """One in which the submitted lines replace the right ones, and one in which they do not."""
    remembers: bool = False
    """Whether the states that mistakes lead to are kept, because many submissions start here."""
    known: dict[Variant, SearchState] = field(default_factory=dict)
    also: Mapping[str, Expression] = field(default_factory=dict)
    """The right sides of lines that have become others with a mistake in an earlier one."""
    _broken: dict[Line, Array] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """About how many bytes its values are, and those of all states that are kept from here on."""
        own = sum([one.weight for one in self.evaluations]) + sum([rows.nbytes for rows in list(self._broken.values())])
        return own + sum([state.weight for state in list(self.known.values())])

    def broken(self, line: Line, variants: Sequence[Variant]) -> Array:
        """What each variant of a line gives here, one row each; infinite where that has more entries, or fewer."""
        rows = self._broken.get(line)
        if rows is None:
            values = self.evaluations[0].passing()
            rows = self._broken[line] = np.full((len(variants), values(line.right).size), np.inf)
            for row, variant in zip(rows, variants, strict=True):
                value = values(variant.expression)
                if value.size == row.size:  # it may be transposed, as what was submitted may be
                    row[:] = value.ravel()
        return rows

    def with_mistake(self, variant: Variant) -> SearchState:
        """The state after a mistake in a line that was not submitted."""
        state = self.known.get(variant)
        if state is None:
            evaluations = tuple(map(variant.made, self.evaluations))
            state = SearchState(evaluations, self.remembers, also={**self.also, **variant.also})
            if self.remembers:
                self.known[variant] = state
        return state

    def passing(self, variant: Variant) -> SearchState:
        """The same with a mistake, and nothing of it is kept."""
        return SearchState(tuple(map(variant.made, self.evaluations)), also={**self.also, **variant.also})

    def with_submitted(self, line: Line, array: Array, local: Sequence[Variant] = ()) -> SearchState:
        """The state after a submitted line; later lines may still be computed from the right one."""
        also = {name: right for variant in local for name, right in variant.also.items()}
        definitions = line.context.passing | {o: right for v in local for o, right in v.definitions.items()}
        known = self.evaluations[-1].with_values({}, definitions) if also else self.evaluations[-1]
        return SearchState(
            (self.evaluations[0].with_values({line.symbol: array}, definitions), known), also={**self.also, **also}
        )
