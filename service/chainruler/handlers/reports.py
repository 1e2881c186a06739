"""Reports that were worked out before: of a class, many submit the same answers to the same problem."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import orjson

from chainruler.grading.isolation import NOT_GRADED
from chainruler.memory import LEDGER, Cache
from chainruler.networks import Budget
from chainruler.schemas.grading import GradeRequest

Document = dict[str, Any]

LETTER, LEAST = 2, 1_200
"""The bytes of a report for each letter that it has as JSON, and of the smallest one."""


class Kept(NamedTuple):
    """A report, and about how many bytes it is."""

    report: Document
    weight: int


_REPORTS: Cache[tuple[bytes, Budget], Kept] = LEDGER.cache("reports", lambda _, kept: kept.weight)


def report_of(problem: str, request: GradeRequest, budget: Budget, write: Callable[[], Document]) -> Document:
    """The report on these answers to the problem of this digest; nobody may write into it."""
    return _REPORTS.find((_digest(problem, request), budget), lambda: _weighed(write())).report


def _weighed(report: Document) -> Kept:
    """The report with its weight; one with an answer that the service failed to grade is too heavy to be kept."""
    if any(result["message"] == NOT_GRADED for result in report["results"]):
        return Kept(report, sys.maxsize)
    try:
        letters = len(orjson.dumps(report, option=orjson.OPT_SERIALIZE_NUMPY))
    except TypeError:  # a name that is no text, from a caller in Python
        return Kept(report, sys.maxsize)
    return Kept(report, LEAST + LETTER * letters)


def _digest(problem: str, request: GradeRequest) -> bytes:
    """The digest of all that a report depends on."""
    by_name = {} if isinstance(request.answers, str) else request.answers
    answers = [(name, one.model_dump(exclude={"array"})) for name, one in by_name.items()] or request.answers
    settings = (request.reveal, request.hints, request.signatures)
    rubric = request.rubric.model_dump(mode="json") if request.rubric.model_fields_set else None
    digest = sha256(repr([problem, answers, settings, rubric]).encode())
    for answer in by_name.values():
        if answer.array is not None:
            array = np.ascontiguousarray(answer.array)
            digest.update(f"{array.dtype.str} {array.shape}".encode())
            digest.update(array.data)
    return digest.digest()
