"""Rows of a table that are picked by number: several samples may pick the same one."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import (
    Expression,
    broadcast_to,
    concatenate,
    constant,
    equal,
    maximum,
    onehot,
    part_of,
    reshape,
    sum_of,
)
from chainruler.engine.primitives.indexing import Scatter
from chainruler.engine.simplify import filled
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import Occurrence, places
from chainruler.networks.blueprint import BATCH


class RowsOverwritten(Mistake):
    """dE[x] = dZ, where NumPy keeps the last of the rows that go to one place."""

    code = "rows_overwritten"
    title = "Rows are overwritten that should be added up"
    credit = 0.5
    question = "What happens in dE[x] += dZ to a row that x names twice?"
    step = "In {line} a row that is picked several times keeps the last gradient only."
    explanation = (
        "A row gets the sum of the gradients of all places that picked it: np.add.at adds, indexing overwrites."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, scatter in _scattered(line):
            slices, index = place.node.args
            last = _is_last(index, scatter.height, line)
            if last is not None and slices.ndim == index.ndim + 1:
                kept = scatter(slices * reshape(last, (*index.shape, 1)), index)
                yield Change(line.with_data(place.replaced(kept)), "of equal rows only the last one stays")


class RowsAveraged(Mistake):
    """The gradients of a row divided by how often it was picked."""

    code = "rows_averaged"
    title = "Rows that are picked several times are averaged"
    credit = 0.5
    question = "If a row is picked twice, does it influence the loss twice or once?"
    step = "In {line} the gradient of a row is divided by how often the row is picked."
    explanation = "Each place that picks a row adds its gradient; how many there are divides nothing."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, scatter in _scattered(line):
            slices, index = place.node.args
            ones = broadcast_to(constant(1), slices.shape)
            count = maximum(scatter(ones, index), 1)
            yield Change(line.with_data(place.replaced(place.node / count)), "divided by how often a row is picked")


class RowsByPosition(Mistake):
    """The gradients in the order of the positions, and not at the rows that were picked."""

    code = "rows_by_position"
    title = "Rows are taken by position and not by number"
    credit = 0.5
    question = "Which row of the table does the third position of a sample use?"
    step = "In {line} the gradient of a position goes to the row of the same number, and not to the one it picked."
    explanation = "The gradient goes back to the row that was picked, wherever in the sample it was picked."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, scatter in _scattered(line):
            slices, index = place.node.args
            position = line.context.position
            if position is not None and index.shape == position.shape:
                first = onehot(position, scatter.height).T @ slices
                yield Change(line.with_data(place.replaced(first)), "the samples are taken for the rows")
            summed = sum_of(slices, 0) if index.ndim == 2 and index.shape[0] == BATCH else None
            if summed is not None and summed.ndim == 2 and isinstance(summed.shape[0], int):
                rest = scatter.height - summed.shape[0]
                parts = [summed, *([filled(0, (rest, summed.shape[1]))] if rest > 0 else [])]
                if rest >= 0:
                    yield Change(line.with_data(place.replaced(concatenate(parts, -2))), "rows are taken by position")


def _scattered(line: Line) -> Iterator[tuple[Occurrence, Scatter]]:
    """Where a line adds rows at their indices."""
    for place in places(line.data) if line.parameter is not None else ():
        if isinstance(place.node.primitive, Scatter):
            yield place, place.node.primitive


def _is_last(index: Expression, height: int, line: Line) -> Expression | None:
    """1 where no later place picks the same row; None where there is no order of samples."""
    position, rows = line.context.position, onehot(index, height)
    if position is None or index.shape[0] != BATCH or index.ndim > 2:
        return None
    later = reshape(position, (1, BATCH)) > reshape(position, (BATCH, 1))
    of_samples = rows if index.ndim == 1 else sum_of(rows, -2)
    after = later @ of_samples
    if index.ndim == 2:
        after = reshape(after, (BATCH, 1, height)) + _in_later_places(rows)
    return equal(sum_of(rows * after, -1), 0)


def _in_later_places(rows: Expression) -> Expression:
    """How often each row is picked in the later places of the same sample."""
    count = int(rows.shape[-2])
    none = broadcast_to(constant(0), (rows.shape[0], 1, rows.shape[-1]))
    sums = [sum_of(part_of(rows, place + 1, count, -2), -2, keepdims=True) for place in range(count - 1)]
    return concatenate([*sums, none], -2)
