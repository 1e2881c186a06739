"""What a platform's format is: a pure function of the neutral report, and a document for when nothing was graded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

Report: TypeAlias = Mapping[str, Any]
"""The report of POST /v1/grade, as a plain document."""


class Platform:
    """One platform's format; a subclass with a `name` registers itself.

    It is a frozen dataclass, whose fields are the options of the format.
    """

    name: ClassVar[str]
    registry: ClassVar[dict[str, type[Platform]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            Platform.registry[cls.name] = cls

    def graded(self, report: Report) -> str:
        """What the platform takes for a report with a verdict on some answer; a ValueError if a score is no number."""
        raise NotImplementedError

    def unread(self, why: str, answers: Sequence[str]) -> str:
        """What it takes when none of a student's answers can be read: no points either, and the reasons."""
        return self.failed(why, answers)

    def failed(self, why: str, answers: Sequence[str]) -> str:
        """What it takes when nothing was graded, for no fault of the student's: never a zero where that can be said.

        `answers` are those that were to be graded, as far as that is known.
        """
        raise NotImplementedError


def as_json(document: Mapping[str, Any]) -> str:
    """The document as JSON in one line; there is no NaN in JSON, and none is ever written."""
    return json.dumps(document, allow_nan=False, ensure_ascii=False)
