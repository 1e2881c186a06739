"""Formats of grading platforms: pure functions of the neutral report, a file for each, registered by existing.

`formatted` gives what a platform takes for a report, and `failure` what it takes when there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainruler.grading.platforms.platform import Platform, Report
from chainruler.grading.platforms.sheet import Sheet
from chainruler.networks.registry import import_all

__all__ = ["FORMATS", "Platform", "Report", "failure", "formatted"]

import_all(__name__, __path__)

FORMATS = tuple(sorted(Platform.registry))


def formatted(report: Report, platform: str, **options: Any) -> str:
    """The report in a platform's format; the options are the fields of its class.

    A report without any verdict becomes what the platform takes when nothing was graded, with the reasons.
    """
    made, sheet = _of(platform, options), Sheet.of(report)
    if sheet.unread:
        return made.unread(sheet.unread, [answer.name for answer in sheet.answers])
    return made.graded(report)


def failure(why: str, platform: str, *, answers: Sequence[str] = (), **options: Any) -> str:
    """What the platform takes when nothing was graded: the service is down, the problem cannot be read, a crash.

    `answers` are those that were to be graded, where that is known.
    """
    return _of(platform, options).failed(why, answers)


def _of(platform: str, options: dict[str, Any]) -> Platform:
    if platform not in Platform.registry:
        raise ValueError(f"There is no format {platform[:40]!r}. There are {', '.join(FORMATS)}.")
    return Platform.registry[platform](**options)
