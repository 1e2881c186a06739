"""The sheet with everything: points in all, and for each answer its points and its mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.cli.marking import Row
from chainruler.cli.showing.reports import mistakes_of
from chainruler.cli.spreadsheets.cells import Cell, written


def sheet(rows: Sequence[Row]) -> bytes:
    """A line for each submission; blanks and the reason where nothing was graded."""
    reports = [row.graded for row in rows if row.graded is not None]
    answers = list(dict.fromkeys(one.answer for report in reports for one in report.results))
    heads = [head for answer in answers for head in (answer, f"{answer} mistakes")]
    body = [[row.id, *_points(row, answers), _why(row)] for row in rows]
    return written([["id", "score", "max_score", *heads, "error"], *body])


def _points(row: Row, answers: Sequence[str]) -> list[Cell]:
    """The points in all, and those of each answer."""
    if row.graded is None:
        return [""] * (2 + 2 * len(answers))
    found = {one.answer: one for one in row.graded.results}
    cells: list[Cell] = [row.graded.score, row.graded.max_score]
    for answer in answers:
        one = found.get(answer)
        points = one.score if one is not None and one.verdict != "not_gradable" else ""
        cells += [points, "" if one is None or one.verdict == "correct" else mistakes_of(one)]
    return cells


def _why(row: Row) -> str:
    return f"Skipped: {row.why}" if row.is_skipped else row.why
