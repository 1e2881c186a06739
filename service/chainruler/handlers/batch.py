"""Many submissions, line by line: each is graded by itself, and what is wrong with one spoils that one only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainruler.handlers.grading import grade
from chainruler.networks import Budget, SpecError
from chainruler.schemas.grading import BatchLine
from chainruler.schemas.reading import read_request

Answer = dict[str, Any]


class Batch:
    """The submissions of one request; a line `{"defaults": …}` says what the lines after it leave out."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.defaults: Mapping[str, Any] = {}

    def graded(self, document: Any) -> Answer | None:
        """The report of one submission; None for a line of defaults. It raises what `grade` raises."""
        if isinstance(document, Mapping) and document.keys() == {"defaults"}:
            defaults = document["defaults"]
            if not isinstance(defaults, Mapping):
                raise SpecError("wrong_type", "/defaults", "defaults must be an object.")
            self.defaults = defaults
            return None
        filled = {**self.defaults, **document} if isinstance(document, Mapping) else document
        line = read_request(BatchLine, filled)
        report = grade(line, self.budget)
        return report if line.id is None else {"id": line.id, **report}
