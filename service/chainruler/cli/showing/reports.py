"""Graded submissions as people read them: each answer with its verdict, and what explains a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from chainruler.cli.marking import Row
from chainruler.cli.showing.classes import report_of, seen
from chainruler.cli.showing.mathematics import formula
from chainruler.cli.showing.numbers import number
from chainruler.cli.showing.tables import table
from chainruler.grading.platforms.sheet import clean
from chainruler_client.results import Graded
from chainruler_client.results.grading import WORDS, Marked

NOT_GRADED = "not_gradable"
STYLES = {
    "correct": "bold green",
    "correct_up_to_convention": "bold green",
    "wrong": "bold red",
    NOT_GRADED: "bold yellow",
}


def report(graded: Graded) -> RenderableType:
    """One submission."""
    answers = [part for one in graded.results for part in (_answer(one), "")]
    return Group(*answers, Text(_total(graded), "bold"))


def _total(graded: Graded) -> str:
    """The points of what was graded; what was not has none, and no zero either."""
    counted = [one for one in graded.results if one.verdict != NOT_GRADED]
    left_out = [one.answer for one in graded.results if one.verdict == NOT_GRADED]
    if not counted:
        return "Nothing was graded."
    score, most = sum(one.score for one in counted), sum(one.max_score for one in counted)
    return f"{number(score)} of {number(most)} points" + (f", without {', '.join(left_out)}" if left_out else "")


def class_list(rows: Sequence[Row]) -> RenderableType:
    """Many submissions: points, and the mistakes behind those that are missing; or why there are none."""
    made = table("submission", "points", "of", "what is wrong", right=["points", "of"])
    for row in (row for row in rows if not row.is_skipped):
        if row.graded is None:
            made.add_row(clean(row.id), "", "", Text(clean(row.why), STYLES[NOT_GRADED]))
        else:
            points = (number(row.graded.score), number(row.graded.max_score))
            made.add_row(clean(row.id), *points, _faults(row.graded))
    skipped = [row for row in rows if row.is_skipped]
    return Group(made, "", *_skipped(skipped), seen(report_of(rows)))


def _skipped(rows: Sequence[Row]) -> Iterator[RenderableType]:
    """The files that are no submissions, each with why."""
    if rows:
        made = table("skipped", "why")
        for row in rows:
            made.add_row(clean(row.id), row.why)
        yield from (made, "")


def mistakes_of(one: Marked) -> str:
    """The codes of what explains an answer; otherwise that it follows from another, or its verdict."""
    return ", ".join(_codes(one)) or ("follows" if one.verdict == "wrong" and one.full else one.verdict)


def _codes(one: Marked) -> list[str]:
    return list(dict.fromkeys(found.code for found in one.diagnosis))


def _faults(graded: Graded) -> str:
    wrong = [one for one in graded.results if one.verdict != "correct"]
    return "; ".join(f"{one.answer}: {mistakes_of(one)}" for one in wrong)


def _answer(one: Marked) -> RenderableType:
    """The verdict in one line, and below it what is known about it."""
    head = Text(one.answer, "bold").append("  ").append(WORDS[one.verdict], STYLES[one.verdict])
    if one.verdict != NOT_GRADED:
        head.append(f"  {number(one.score)} of {number(one.max_score)}", "not bold")
    return head if one.verdict == "correct" else Group(head, _known(one))


def _known(one: Marked) -> Table:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim")
    told = {"": one.message}
    if one.read_as is not None:
        told["read as"] = formula(one.read_as.numpy)
    for found in one.diagnosis:
        told["evidence"] = found.evidence
        told["because"] = found.explanation
    if one.hint and one.hint not in {one.message, *told.values()}:
        told["hint"] = one.hint
    if one.repair is not None:
        told["repair"] = formula(one.repair["numpy"])
    for name, text in told.items():
        if text:
            rows.add_row(f"  {name}", text)
    return rows
