"""Many submissions, line by line: each is graded by itself, and a fault of one leaves the others alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.networks import SpecError
from chainruler.schemas.grading import BatchLine
from chainruler.schemas.reading import read_request

Answer = dict[str, Any]


class BatchHandler:
    """Each line is a request of /v1/grade, with an `id` of yours.

    A line `{"defaults": {…}}` says what the lines after it leave out. Answers come as soon as they are ready, a line
    each, with the number of the line. What is wrong with a line is reported in its `error`; the others are answered.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.defaults: Mapping[str, Any] = {}

    def __call__(self, document: Any) -> Answer | None:
        """The report of one submission; None for a line of defaults. It raises what `grade` raises."""
        if isinstance(document, Mapping) and document.keys() == {"defaults"}:
            defaults = document["defaults"]
            if not isinstance(defaults, Mapping):
                raise SpecError("wrong_type", "/defaults", "defaults must be an object.")
            self.defaults = defaults
            return None
        filled = {**self.defaults, **document} if isinstance(document, Mapping) else document
        line = read_request(BatchLine, filled)
        report = grade(line, self.context)
        return report if line.id is None else {"id": line.id, **report}
