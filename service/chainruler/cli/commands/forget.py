"""`chainruler forget`.

Remove what is kept of one student, whose id is the name of the file that was submitted, from the files and folders that
are named: the submission, what was written for a platform, the lines of sheets, and whole reports on the class that
name the student, which are to be made again. Files that still have the id in them are listed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from chainruler.cli.complaints import Complaint
from chainruler.cli.forgetting import named_in, trace_in


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and where to look."""
    parser.add_argument("student", metavar="STUDENT", help="the id: the submission's name without its ending")
    parser.add_argument(
        "places",
        metavar="PATH",
        nargs="+",
        type=Path,
        help="folders of submissions and results; sheets in .csv and .ndjson; reports in .html and .json",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def run(options: argparse.Namespace) -> int:
    """Remove, and say what."""
    student, places = options.student, options.places
    if absent := [place for place in places if not place.exists()]:
        raise Complaint(f'There is no file "{absent[0]}".')
    traces = [trace for file in _files(places) if (trace := trace_in(file, student, named=file in places)) is not None]
    for trace in traces:
        if not options.dry_run:
            trace.remove()
        sys.stdout.write(f"{'would remove' if options.dry_run else 'removed'} {trace.told}\n")
    gone = {trace.file for trace in traces if trace.is_whole or options.dry_run}
    kept = [file for file in _files(places) if file not in gone and named_in(file, student)]
    for file in kept:
        sys.stdout.write(f"look at {file}, which has the id in it\n")
    if not traces and not kept:
        raise Complaint(f'Nothing of "{student}" was found.', hint="The id is a submission's name without its ending.")
    return 0


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        found = sorted(file for file in place.rglob("*") if file.is_symlink() or file.is_file())
        yield from found if place.is_dir() else [place]
