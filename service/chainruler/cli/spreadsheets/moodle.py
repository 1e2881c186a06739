"""What Moodle imports: the grading worksheet of an assignment, or a sheet for the gradebook with a column to map.

Students who are not in the file keep their grades, and a blank would take one away: so those without points are left
out.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from chainruler.cli.marking import Row
from chainruler.cli.spreadsheets.cells import Cell, written
from chainruler.cli.spreadsheets.roster import IDENTITIES, Line, Roster, check_points, points_of
from chainruler.grading.platforms.sheet import Sheet

GRADE, MOST, FEEDBACK = "Grade", "Maximum grade", "Feedback comments"


def sheet(rows: Sequence[Row], roster: Roster | None, assignment: str) -> bytes:
    """Grades and feedback, in the worksheet if the roster is one; otherwise beside the columns that say who is who."""
    if roster is None:
        body: list[list[Cell]] = [[row.id, *_grade(row)] for row in rows if row.graded is not None]
        return written([["id", assignment, FEEDBACK], *body])
    placed = roster.placed(rows)[0]
    if {"Identifier", GRADE} <= set(roster.heads):
        return written([_heads(roster), *(_filled(roster, line, row) for line, row in placed)])
    columns = [number for number, head in enumerate(roster.heads) if head in IDENTITIES]
    heads = [*(roster.heads[column] for column in columns), assignment, FEEDBACK]
    body = [[*(line[column] for column in columns), *_grade(row)] for line, row in placed]
    return written([heads, *body])


def _heads(worksheet: Roster) -> list[str]:
    return [*worksheet.heads, *([FEEDBACK] if FEEDBACK not in worksheet.heads else [])]


def _filled(worksheet: Roster, line: Line, row: Row) -> list[Cell]:
    """A line of the worksheet, with the grade and the feedback in their places."""
    heads = _heads(worksheet)
    cells: list[Cell] = [*line[: len(worksheet.heads)], *[""] * (len(heads) - len(worksheet.heads))]
    if MOST in heads:
        check_points(points_of([row]), str(cells[heads.index(MOST)]), "the assignment")
    cells[heads.index(GRADE)], cells[heads.index(FEEDBACK)] = _grade(row)
    return cells


def _grade(row: Row) -> tuple[float, str]:
    """The points, and what the student reads, as the HTML that Moodle takes feedback for."""
    assert row.graded is not None  # noqa: S101 (only such rows are written)
    told = Sheet.of(row.graded.to_dict()).lines
    return round(row.graded.score, 6), "<br>".join(html.escape(line, quote=False) for line in told)
