"""Where graded submissions are written: whatever happens, there is something to read, and a blank is never a zero."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from chainruler.cli.complaints import Complaint
from chainruler.cli.marking import Row
from chainruler.cli.showing import consoles
from chainruler.cli.showing.reports import class_list, report
from chainruler.cli.spreadsheets import canvas, grades, moodle
from chainruler.cli.spreadsheets.roster import Roster
from chainruler.grading import platforms
from chainruler_client.grading import MISSING
from chainruler_client.results import Graded

UNFINISHED = "Grading was cut off."
ROSTERED = ("canvas", "moodle")
"""Sheets that have lines for students with points, and for no others."""
BLANK, ZERO = "blank", "zero"
"""What a gradebook gets of a submission of which an answer could not be graded: no grade, or no points for it."""
SUFFIXES = {"{": ".json", "<": ".xml"}
"""By what a document begins with."""


class Gradebook:
    """Rows that are written when they are complete, or when something ends it: then the others have the reason."""

    def __init__(self, options: argparse.Namespace, ids: Sequence[str], *, together: bool) -> None:
        self.options = options
        self.together = together
        self.ids = ids
        self.answers: list[str] = []
        """Those that are asked for, once they are known."""
        self.rows: list[Row] = []
        self.roster = None if options.roster is None else Roster.read(options.roster)

    def __enter__(self) -> Self:
        if self.options.output is not None and not self.together:  # a platform may end this program at any time
            self._write([Row(self.ids[0], Complaint(UNFINISHED))])
        return self

    def __exit__(self, _: type[BaseException] | None, ended: BaseException | None, __: TracebackType | None) -> None:
        reason = ended if isinstance(ended, Exception) else Complaint(UNFINISHED)
        rows = [*self.rows, *(Row(id_, reason) for id_ in self.ids[len(self.rows) :])]
        if rows and (self.options.output is not None or not self._is_told_elsewhere(rows)):
            self._write(rows)

    def notes(self) -> list[str]:
        """What the format has no place for: whose submission is not in it, and why."""
        notes: list[str] = []
        if self.options.format in ROSTERED:
            unread = [row for row in self.rows if row.graded is None and not row.is_skipped]
            notes += [f'"{row.id}" has no points. {row.why}' for row in unread]
            notes += [note for row in self.rows if (note := self._partly(row))]
            notes += [] if self.roster is None else self.roster.placed(self._complete(self.rows))[1]
        if self.options.format in {*ROSTERED, *platforms.FORMATS}:
            notes += [f'"{row.id}" was skipped. {row.why}' for row in self.rows if row.is_skipped]
        return notes

    def _complete(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that a gradebook gets: a grade in which an answer is missing that nobody has graded is none yet."""
        return [row for row in rows if self.options.ungraded == ZERO or not _ungraded(row)]

    def _partly(self, row: Row) -> str:
        """Which answers have no verdict, of a submission whose points would otherwise look complete; else nothing."""
        left = ", ".join(_ungraded(row))
        if not left:
            return ""
        if self.options.ungraded == ZERO:
            return f'"{row.id}" has points, but none for {left}: not graded.'
        return f'"{row.id}" is left out: {left} could not be graded. With --ungraded {ZERO} that counts 0.'

    def _is_told_elsewhere(self, rows: Sequence[Row]) -> bool:
        """Whether all there is to say is one reason, which the person at the terminal reads anyway."""
        as_table = self.options.format == "table" or (
            self.options.format is None and consoles.is_terminal(self.options)
        )
        return as_table and not any(isinstance(row.outcome, Graded) for row in rows)

    def _write(self, rows: Sequence[Row]) -> None:
        platform = self.options.format
        if platform in platforms.FORMATS and self.together:
            write_folder(self.options.output, rows, platform, self.answers)
        else:
            consoles.write(self.options, self._formats(rows))

    def _formats(self, rows: Sequence[Row]) -> dict[str, consoles.Written]:
        outcome = rows[0].outcome
        alone = not self.together
        made: dict[str, consoles.Written] = {
            name: lambda name=name: for_platform(rows[0], name, self.answers)  # type: ignore[misc]
            for name in platforms.FORMATS
        }
        return made | {
            "table": lambda: report(outcome) if alone and isinstance(outcome, Graded) else class_list(rows),
            "json": lambda: consoles.json(document(rows[0])) if alone else lines(rows),
            "csv": lambda: grades.sheet(rows),
            "canvas": lambda: canvas.sheet(self._complete(rows), self.roster, self.options.assignment),
            "moodle": lambda: moodle.sheet(self._complete(rows), self.roster, self.options.assignment),
        }


def _ungraded(row: Row) -> list[str]:
    """The answers that were submitted and have no verdict; what was not submitted has 0 points, as the rubric says."""
    results = [] if row.graded is None else row.graded.results
    open_ones = [one for one in results if one.verdict == "not_gradable"]
    return [one.answer for one in open_ones if one.message != MISSING.format(one.answer)]


def document(row: Row) -> dict[str, Any]:
    """The report as a service answers it, or what there is in its place."""
    if row.is_skipped:
        return {"skipped": row.why}
    return row.outcome.to_dict() if isinstance(row.outcome, Graded) else {"error": {"detail": row.why}}


def lines(rows: Sequence[Row]) -> bytes:
    """A line of JSON for each submission, with its id."""
    return b"".join(consoles.json({"id": row.id} | document(row)) for row in rows)


def for_platform(row: Row, platform: str, answers: Sequence[str]) -> bytes:
    """What a platform takes for a submission, graded or not."""
    if isinstance(row.outcome, Graded):
        text = platforms.formatted(row.outcome.to_dict(), platform)
    else:
        text = platforms.failure(row.why, platform, answers=answers)
    return (text if text.endswith("\n") else f"{text}\n").encode()


def write_folder(folder: Path, rows: Sequence[Row], platform: str, answers: Sequence[str]) -> None:
    """A file for each submission, named by its id."""
    folder.mkdir(parents=True, exist_ok=True)
    often: Counter[str] = Counter()
    for row in (row for row in rows if not row.is_skipped):
        content = for_platform(row, platform, answers)
        suffix = SUFFIXES.get(content[:1].decode(), ".txt")
        name = re.sub(r"^\.", "%2E", quote(row.id, safe=" @+"))  # no other folder, and nothing hidden
        often[name] += 1
        again = f" ({often[name]})" if often[name] > 1 else ""
        (folder / f"{name}{again}{suffix}").write_bytes(content)
