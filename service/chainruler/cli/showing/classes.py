"""What a class got wrong, as people read it on a terminal, and the files that `--report` asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from chainruler.cli.complaints import Complaint
from chainruler.cli.marking import Assignment, Row
from chainruler.cli.reading.submissions import PendingSubmission
from chainruler.cli.showing.documents import laid_out
from chainruler.cli.showing.mathematics import formula
from chainruler.cli.showing.tables import facts, table
from chainruler.grading.classroom.report import STATES, ClassReport, ClassSubmission, class_report
from chainruler.grading.classroom.ways import Way
from chainruler.grading.platforms.sheet import clean
from chainruler.html.classes import class_page
from chainruler_client.results import Graded

SUFFIXES = (".html", ".json")
MOST_SHOWN = 5
"""Ways and causes that a terminal shows; files have all."""
HEADS = dict(zip(STATES, ("right", "convention", "follows", "wrong", "unexplained", "not\ngraded"), strict=True))
LONGEST = 60
"""Characters of an example's numbers."""


def check(files: Sequence[Path]) -> None:
    """Refuse a report that nobody can write, before anything is graded."""
    for file in files:
        if file.suffix not in SUFFIXES:
            raise Complaint(f'A report is no "{file.suffix}".', hint="It is a page in .html, or .json for programs.")


def report_of(rows: Sequence[Row]) -> ClassReport:
    """The report on what was graded; files that are no submissions are not in it."""
    return class_report([_submitted(row) for row in rows if not row.is_skipped])


def _submitted(row: Row) -> ClassSubmission:
    outcome = row.outcome
    return (
        ClassSubmission(row.id, outcome.to_dict())
        if isinstance(outcome, Graded)
        else ClassSubmission(row.id, None, row.why)
    )


def write(files: Sequence[Path], rows: Sequence[Row], handed: Sequence[PendingSubmission], posed: Assignment) -> None:
    """Write the report into each of the files."""
    report = report_of(rows)
    for file in files:
        if file.suffix == ".json":
            file.write_bytes(laid_out(report.document()))
        else:
            often, theirs = Counter(one.id for one in handed), {one.id: one for one in handed}
            ways = [way for way in report.unexplained if way.read_as is None and often[way.example] == 1]
            shown = {way: _numbers(way, posed.answers(theirs[way.example])) for way in ways}
            file.write_text(class_page(report, examples=shown), encoding="utf-8")


def _numbers(way: Way, answers: Mapping[str, Any] | str) -> str:
    """The beginning of an example in numbers."""
    if isinstance(answers, str):
        return ""
    try:
        array = np.asarray(answers.get(way.answer), np.float64)
    except (ValueError, TypeError):
        return ""
    text = np.array2string(array, precision=4, threshold=12, edgeitems=2, separator=", ", max_line_width=LONGEST)
    return f"{way.answer} = {text}"


def seen(report: ClassReport) -> RenderableType:
    """What a terminal shows of it."""
    told = {"submissions": f"{report.submissions:,}, {report.graded:,} of them graded"}
    if report.mean is not None:
        told["mean"] = f"{report.mean:.0%} of the points"
    if report.wrong:
        share = f"{report.without_cause / report.wrong:.0%}"
        told["wrong"] = f"{report.wrong:,} answers, {report.without_cause:,} of them ({share}) without a known cause"
    parts: list[RenderableType] = [facts(told)]
    for part in (_answers(report), _ways(report), _causes(report)):
        parts += [] if part is None else ["", part]
    return Group(*parts)


def _answers(report: ClassReport) -> RenderableType | None:
    if not report.answers:
        return None
    kept = [state for state in STATES if state == "correct" or any(getattr(one, state) for one in report.answers)]
    heads = [HEADS[state] for state in kept]
    made = table("answer", *heads, "points", right=[*heads, "points"])
    for one in report.answers:
        mean = "" if one.mean is None else f"{one.mean:.0%}"
        made.add_row(clean(one.answer), *(f"{getattr(one, state):,}" for state in kept), mean)
    return made


def _ways(report: ClassReport) -> RenderableType | None:
    """The ways that nothing explains, with an example each."""
    if not report.unexplained:
        return None
    made = table("unexplained", "answer", "for example", right=["unexplained"])
    for way in report.unexplained[:MOST_SHOWN]:
        shown = f"the numbers of {way.example}" if way.read_as is None else formula(way.read_as["numpy"])
        made.add_row(f"{len(way.who):,}", clean(way.answer), clean(shown))
    return Group(made, *_more(len(report.unexplained), "ways"))


def _causes(report: ClassReport) -> RenderableType | None:
    if not report.causes:
        return None
    made = table("mistake", "made in", "perhaps", "where", right=["made in", "perhaps"])
    for cause in report.causes[:MOST_SHOWN]:
        where = ", ".join(f"{answer} {count:,}" for answer, count in cause.answers.items())
        perhaps = f"{len(cause.possible):,}" if cause.possible else ""
        made.add_row(cause.code, f"{len(cause.who):,}", perhaps, clean(where))
    return Group(made, *_more(len(report.causes), "mistakes"))


def _more(count: int, what: str) -> Iterator[Text]:
    if count > MOST_SHOWN:
        yield Text(f"and {count - MOST_SHOWN:,} more {what}: --report class.html has all", "dim")
