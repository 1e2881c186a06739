"""The list of students that a gradebook exported, and the line in it that is the author's of a submission."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chainruler.cli.complaints import Complaint
from chainruler.cli.marking import Row
from chainruler.cli.reading.submissions import bytes_of

Line = Sequence[str]

IDENTITIES = (
    *("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Student"),  # Canvas
    *("Identifier", "ID number", "Email address", "Username", "Full name"),  # Moodle
)
"""Columns that say who a student is."""
DOWNLOADED = (
    (re.compile(r"[^_]+_(?:LATE_)?(\d+)_\d+_.*"), "{}"),
    (re.compile(r".*_(\d+)_assignsubmission_.*"), "Participant {}"),
)
"""How Canvas and Moodle name the files of a whole class, and what the roster has for the number in it."""


@dataclass(frozen=True)
class Roster:
    """The columns and the lines of a file that a gradebook exported."""

    heads: Line
    lines: Sequence[Line]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The roster in a CSV file, whose cells are parted by commas, semicolons or tabs."""
        try:
            text = bytes_of(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Complaint(f"{path} is not written in UTF-8.", hint="Export it again as CSV.") from error
        heads, *lines = [*csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))] or [[]]
        if not any(head.strip() in IDENTITIES for head in heads):
            raise Complaint(
                f"{path} has no column of {', '.join(IDENTITIES)}.", hint="Is it what the gradebook exported?"
            )
        full = [[*line, *[""] * (len(heads) - len(line))] for line in lines if any(line)]
        return cls([head.strip() for head in heads], full)

    def column(self, name: str) -> int | None:
        """Where a column is."""
        return self.heads.index(name) if name in self.heads else None

    def line_of(self, id_: str) -> Line | None:
        """The line of the student with this id; none, if several have it or nobody."""
        columns = [number for number, head in enumerate(self.heads) if head in IDENTITIES]
        for known in names_of(id_):
            found = [line for line in self.lines if any(line[column].strip() == known for column in columns)]
            if len(found) == 1:
                return found[0]
        return None

    def placed(self, rows: Iterable[Row]) -> tuple[list[tuple[Line, Row]], list[str]]:
        """The graded rows with their lines, and what is to be said of the others."""
        graded = [row for row in rows if row.graded is not None]
        found = [(self.line_of(row.id), row) for row in graded]
        often = Counter(id(line) for line, _ in found if line is not None)
        lost = [row.id for line, row in found if line is None]
        notes = [f'"{id_}" is in no line of the roster, or in several: it is left out.' for id_ in lost]
        notes += [f'"{row.id}" is one of several by the same student.' for line, row in found if often[id(line)] > 1]
        return [(line, row) for line, row in found if line is not None and often[id(line)] == 1], notes


def delimiter_of(text: str) -> str:
    """What the cells of a sheet are parted by."""
    return max(",;\t", key=text.partition("\n")[0].count)


def names_of(id_: str) -> list[str]:
    """The names that a submission may have its author by: its own, and the number that a platform put into it."""
    numbers = [(pattern.fullmatch(id_), told) for pattern, told in DOWNLOADED]
    return [id_, *(told.format(found[1]) for found, told in numbers if found)]


def points_of(rows: Iterable[Row]) -> float | None:
    """How many points there are for everybody; None if nothing was graded."""
    most = {row.graded.max_score for row in rows if row.graded is not None}
    if len(most) > 1:
        raise Complaint(
            "Not all are graded out of the same points.", hint="Say in the rubric how many each answer has."
        )
    return most.pop() if most else None


def check_points(ours: float | None, theirs: str, name: str) -> None:
    """Refuses grades out of other points than the gradebook has for them."""
    try:
        differ = ours is not None and abs(float(theirs.replace(",", ".")) - ours) > 1e-6
    except ValueError:
        return
    if differ:
        message = f"The gradebook has {theirs.strip()} points for {name}, and the rubric {ours:g}."
        raise Complaint(message, hint="Make them the same: grades out of other points would mean something else.")
