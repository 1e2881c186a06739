"""What the gradebook of Canvas imports: https://community.canvaslms.com, "How do I import grades in the Gradebook?".

It takes back the columns up to `Section` that it exported, and a column for an assignment. Students who are not in the
file keep their grades, and a blank would take one away: so those without points are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chainruler.cli.complaints import Complaint
from chainruler.cli.marking import Row
from chainruler.cli.spreadsheets.cells import Cell, written
from chainruler.cli.spreadsheets.roster import Roster, check_points, points_of

LAST, POINTS = "Section", "Points Possible"


def sheet(rows: Sequence[Row], roster: Roster | None, assignment: str) -> bytes:
    """The sheet for an assignment, which is made by importing it unless the gradebook has one of this name."""
    last = None if roster is None else roster.column(LAST)
    if roster is None or last is None or roster.column("ID") is None:
        hint = "--roster names the file that the gradebook of Canvas exports, with its columns ID and Section."
        raise Complaint("Canvas imports nothing but what it has exported.", hint=hint)
    known = re.compile(rf"{re.escape(assignment)}(?: \(\d+\))?")
    column = next((number for number, head in enumerate(roster.heads) if number > last and known.fullmatch(head)), None)
    most = points_of(rows)
    for line in roster.lines:
        if column is not None and POINTS in line[0]:
            check_points(most, line[column], assignment)
    name = assignment if column is None else roster.heads[column]
    body: list[list[Cell]] = [[*line[: last + 1], _score(row)] for line, row in roster.placed(rows)[0]]
    possible: list[Cell] = [f"    {POINTS}", *[""] * last, "" if most is None else most]
    return written([[*roster.heads[: last + 1], name], possible, *body])


def _score(row: Row) -> float:
    assert row.graded is not None  # noqa: S101 (only such rows are placed)
    return round(row.graded.score, 6)
