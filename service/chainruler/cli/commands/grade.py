"""`chainruler grade`.

Mark answers: which are right, and by which mistake a wrong one comes about. Something is always written: if nothing
could be graded, because the service is down or a file cannot be read, it is what the platform takes for that, and never
a zero. The exit code is 1 if an answer is not right. Of a folder, or of several submissions, comes a line for each; in
the format of a platform, -o is a folder, and gets a file for each.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from chainruler.cli import asking
from chainruler.cli.complaints import Complaint
from chainruler.cli.marking import Assignment, asked_in, code_of, marked, trouble
from chainruler.cli.processes import number
from chainruler.cli.reading import documents, seeds, submissions
from chainruler.cli.showing import classes, consoles
from chainruler.cli.showing.gradebook import BLANK, ROSTERED, ZERO, Gradebook
from chainruler.cli.showing.progress import counted
from chainruler.grading import platforms
from chainruler.grading.platforms.sheet import clean
from chainruler.memory.machine import cores
from chainruler_client import Client


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, what is submitted, and how it is marked."""
    parser.add_argument("--problem", required=True, metavar="FILE", dest="file", help=documents.FILE)
    parser.add_argument(
        "--submission",
        required=True,
        nargs="+",
        metavar="FILE",
        type=Path,
        help="answers by name, in .json, .npz or .safetensors, or all of them in one text, in .py, .tex, .txt or .md; "
        'several files, a folder of them, or an .ndjson with a line {"id": …, "answers": …} for each are a class',
    )
    parser.add_argument("--latex", action="store_true", help="formulas are in LaTeX; told from the text unless said")
    parser.add_argument("--rubric", metavar="FILE", help="points, credit and tolerances, in JSON")
    parser.add_argument("--reveal", choices=("score", "diagnosis", "index", "values"), help="how much is told")
    parser.add_argument("--hints", type=int, choices=(1, 2, 3), help="a question, the step, or the right line")
    _add_arguments_of_a_class(parser)
    seeds.add_argument(parser)
    documents.add_mode_argument(parser)
    documents.add_arrays_argument(parser)
    asking.add_arguments(parser)
    consoles.add_arguments(parser, "csv", *ROSTERED, *platforms.FORMATS)


def _add_arguments_of_a_class(parser: argparse.ArgumentParser) -> None:
    """What is written of a class, and by how many processes it is graded."""
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="also write what the class got wrong, as a page in .html or for programs in .json; may be given twice",
    )
    parser.add_argument(
        "--roster", metavar="FILE", type=Path, help="for canvas and moodle: what the gradebook exported, in CSV"
    )
    parser.add_argument("--assignment", metavar="NAME", default="Grade", help="the column for the points in it; Grade")
    parser.add_argument(
        "--ungraded",
        choices=(BLANK, ZERO),
        default=BLANK,
        help="for canvas and moodle: where an answer could not be graded, no grade at all, which is the default, or 0 "
        "points for that answer",
    )
    parser.add_argument(
        "--workers", type=number, metavar="N", default=cores(), help="processes that grade a class; one for each core"
    )


def run(options: argparse.Namespace) -> int:
    """Grade, write, and say by the exit code whether all is right."""
    together = submissions.is_class(options.submission)
    if together and options.format in platforms.FORMATS and options.output is None:
        raise Complaint("A platform takes one submission a file.", hint="-o names a folder to put them into.")
    if options.format == "canvas" and options.roster is None:
        raise Complaint("Canvas imports nothing but what it has exported.", hint="--roster names what it has exported.")
    classes.check(options.report)
    with Gradebook(options, [path.stem for path in options.submission], together=together) as book:
        handed = list(submissions.submissions(options.submission))
        book.ids = [submission.id for submission in handed]
        with asking.client(options) as client:
            rubric = documents.document_of(options.rubric, client) if options.rubric is not None else {}
            book.answers = asked_in(rubric)
            signatures = together or bool(options.report) or None
            posed = Assignment(
                _problem(client, options), rubric, options.reveal, options.hints, signatures, options.latex
            )
            workers = options.workers if asking.is_here(options) else 1
            book.rows.extend(counted(marked(client, handed, posed, workers), len(handed)))
    sys.stderr.writelines(f"chainruler: {clean(note)}\n" for note in book.notes())
    if options.report:
        classes.write(options.report, book.rows, handed, posed)
    if (reason := trouble(book.rows)) is not None:
        raise reason
    return code_of(book.rows)


def _problem(client: Client, options: argparse.Namespace) -> dict[str, Any]:
    """The problem that is answered, with the student's own numbers."""
    problem = documents.problem_of(options, client)
    if options.seed_from is None:
        return problem
    return client.problems(**seeds.drawn(problem, seeds.seed_from(options.seed_from))).problem
