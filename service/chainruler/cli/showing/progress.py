"""How far a training or a grading is, on stderr: a bar on a terminal, or of a training a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from chainruler.cli.showing.consoles import console
from chainruler.cli.showing.numbers import number
from chainruler.cli.training import TrainingProgress

T = TypeVar("T")

SECONDS = 10.0
FEW = 20
"""A shorter piece of work is done before anybody has looked at a bar."""
BARS = "▁▂▃▄▅▆▇█"


def watched(turns: Iterable[TrainingProgress], epochs: int) -> Iterator[TrainingProgress]:
    """The same turns, while a person sees how far they are."""
    return _on_terminal(turns, epochs) if sys.stderr.isatty() else _in_lines(turns, epochs)


def _on_terminal(turns: Iterable[TrainingProgress], epochs: int) -> Iterator[TrainingProgress]:
    columns = (
        BarColumn(),
        TextColumn("epoch {task.completed:,.0f} of {task.total:,.0f}"),
        TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=epochs, loss="")
        for course in turns:
            progress.update(task, completed=course.epoch, loss=f"loss {number(course.losses[-1], 4)}")
            yield course


def _in_lines(turns: Iterable[TrainingProgress], epochs: int) -> Iterator[TrainingProgress]:
    begun = told = time.monotonic()
    for course in turns:
        now = time.monotonic()
        if now - told >= SECONDS:
            told = now
            loss = number(course.losses[-1], 6)
            sys.stderr.write(f"epoch {course.epoch:,} of {epochs:,}, loss {loss}, {now - begun:.0f} s\n")
            sys.stderr.flush()
        yield course


def counted(done: Iterable[T], total: int) -> Iterator[T]:
    """The same things, while a person at a terminal sees how many are done."""
    if total <= FEW or not sys.stderr.isatty():
        yield from done
        return
    columns = (BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f}"), TimeRemainingColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as progress:
        yield from progress.track(done, total=total)


def sparkline(losses: Sequence[float], width: int = 40) -> str:
    """The course of the losses in one line of text."""
    end = len(losses) - 1
    chosen = [losses[i * end // (width - 1)] for i in range(width)] if end >= width else losses
    low, high = min(chosen), max(chosen)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((loss - low) * scale)] for loss in chosen)
