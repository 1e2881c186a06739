"""Submissions graded line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainruler_client.results.grading import Marked
from chainruler_client.results.result import Result


@dataclass(frozen=True, repr=False, eq=False)
class BatchLine(Result):
    """The answer to one submission: what a graded one has, or the `error` that there is in its place."""

    line: int
    """Which submission it is, from 1."""
    id: str | None = None
    error: dict[str, Any] | None = None
    """What is wrong with the submission: a problem of RFC 9457, with `detail` and `errors`."""
    score: float | None = None
    max_score: float | None = None
    fraction: float | None = None
    gradable: bool | None = None
    correct: bool | None = None
    results: list[Marked] | None = None
    engine: dict[str, Any] | None = None


@dataclass(frozen=True, repr=False, eq=False)
class Batch(Result):
    """The answers to the lines that went together."""

    lines: list[BatchLine]
