"""Tables as this command has them: no lines but one below the heads, and room between columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from chainruler.cli.showing import numbers
from chainruler_client.results import Forward, Gradients


def table(*heads: str, right: Iterable[str] = ()) -> Table:
    """An empty table with these heads; the columns of numbers stand at the right."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(head, justify="right" if head in right else "left", overflow="fold")
    return made


def facts(rows: Mapping[str, Any]) -> Table:
    """A few facts: a name and what it is, one to a line."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="bold")
    for name, value in rows.items():
        shown = numbers.number(value) if isinstance(value, float) else value
        made.add_row(name, shown if isinstance(shown, Text) else str(shown))
    return made


def losses(result: Gradients | Forward) -> dict[str, Any]:
    """The loss, and its parts where there are two."""
    loss = numbers.array(np.asarray(result.loss)) if np.ndim(result.loss or 0.0) else result.loss
    penalised = {"data loss": result.data_loss, "penalty": result.penalty} if result.penalty else {}
    return {"loss": loss, **penalised}


WIDE = 60
"""Columns of a terminal that has room for norms."""


class ArrayTable:
    """A table of arrays by name: shape, size and entries, as many as the console has room for."""

    def __init__(self, head: str, arrays: Mapping[str, NDArray[Any]], told: str = "gradient") -> None:
        self.head, self.arrays, self.told = head, arrays, told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        norms = options.max_width >= WIDE
        made = table(self.head, "shape", *["norm"] * norms, self.told, right=["norm"])
        names = max([len(self.head), *map(len, self.arrays)])
        shapes = max([5, *(len(numbers.shape(array.shape)) for array in self.arrays.values())])
        room = options.max_width - names - shapes - 8 - 12 * norms
        for name, array in self.arrays.items():
            norm = [numbers.number(numbers.norm(array), 4)] * norms
            made.add_row(name, numbers.shape(array.shape), *norm, numbers.array(array, room))
        yield made
