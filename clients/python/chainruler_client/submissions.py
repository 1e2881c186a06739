"""Many submissions graded, as a loop: they travel in groups, and come back one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from chainruler_client.calls import Call, Loop
from chainruler_client.calls.grading import given
from chainruler_client.errors import UnreadableAnswer
from chainruler_client.results import Batch, BatchLine

TOGETHER = 50
"""Submissions of one request: few enough that the first reports come soon, and that all lines of a request are with the
service before it waits for somebody to read its answers."""


def grade_batch(
    submissions: Iterable[Mapping[str, Any]], /, *, defaults: Mapping[str, Any] | None = None
) -> Loop[BatchLine]:
    """Submissions graded in order, each by itself: what is wrong with one is told in its `error`.

    A submission is what `/v1/grade` takes, with an `id` if it has one; `defaults` are what all of them leave out, such
    as the problem. They are taken as they are needed, so that there may be any number.
    """
    return _graded(iter(submissions), defaults)


def _graded(submissions: Iterator[Mapping[str, Any]], defaults: Mapping[str, Any] | None) -> Loop[BatchLine]:
    first = [] if defaults is None else [{"defaults": defaults}]
    begun = 0
    while group := list(islice(submissions, TOGETHER)):
        came = yield Call("grade_batch", Batch, "/v1/grade/batch", lines=[*first, *map(_line, group)])
        assert came is not None  # noqa: S101  (a call is answered)
        lines: list[BatchLine] = came[0].lines
        if len(lines) != len(group):
            raise UnreadableAnswer(f"{len(group)} submissions were sent, and {len(lines)} reports came back.")
        for line in lines:
            yield replace(line, line=begun + line.line - len(first), request_id=came[0].request_id)
        begun += len(group)


def _line(submission: Mapping[str, Any]) -> Mapping[str, Any]:
    """A submission as the contract has it; one without answers is the service's to refuse."""
    answers = submission.get("answers")
    return {**submission, "answers": given(answers)} if isinstance(answers, Mapping) else submission
