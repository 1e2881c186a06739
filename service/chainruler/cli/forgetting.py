"""What files hold of one student, and how it is taken out: whole files, or lines of sheets, the others to the byte."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from chainruler.cli.spreadsheets.roster import IDENTITIES, delimiter_of, names_of

COLUMNS = frozenset(IDENTITIES) | {"id"}
SHEETS = {".csv", ".json", ".jsonl", ".ndjson"}
REPORTS = {".html", ".json"}
LARGEST = 2**28
"""Bytes of the largest file that is looked into."""


@dataclass(frozen=True)
class Trace:
    """What a file holds of a student: all of it, or some of its lines."""

    file: Path
    told: str
    rest: bytes | None = None
    """What remains of the file; None if it goes as a whole."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file remains."""
        return self.rest is None

    def remove(self) -> None:
        """Take it out; at no moment is there half a file."""
        if self.rest is None:
            self.file.unlink()
            return
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        beside.write_bytes(self.rest)
        beside.chmod(self.file.stat().st_mode)
        beside.replace(self.file)


def trace_in(file: Path, student: str, *, named: bool) -> Trace | None:
    """What a file holds of a student; reports are looked into if they were `named`, and not among submissions."""
    kind = file.suffix.lower()
    if _is_theirs(file, student):
        return Trace(file, str(file))
    if file.is_symlink() or file.stat().st_size > LARGEST:
        return None
    if kind in SHEETS:
        records = list(_records(file) if kind == ".csv" else _documents(file))
        rest = [text for text, ids in records if not ids & set(names_of(student))]
        if lines := len(records) - len(rest):
            return Trace(file, f"{lines} line{'s'[: lines != 1]} of {file}", b"".join(rest))
    if named and kind in REPORTS and named_in(file, student):
        return Trace(file, f"{file}, a report on the class: make it again with chainruler grade --report")
    return None


def named_in(file: Path, student: str) -> bool:
    """Whether the id stands in a file, by itself and not as a part of a word."""
    if file.is_symlink() or file.stat().st_size > LARGEST:
        return False
    written = {student, escape(student), json.dumps(student)[1:-1]}
    pattern = "|".join(re.escape(one) for one in written)
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)".encode(), file.read_bytes()) is not None


def _is_theirs(file: Path, student: str) -> bool:
    """Whether a file is named after the student, as submissions and what is written for platforms are."""
    name = re.sub(r"^\.", "%2E", quote(student, safe=" @+"))
    stem = file.name.removesuffix(file.suffix)
    return stem == student or re.fullmatch(rf"{re.escape(name)}(?: \(\d+\))?", stem) is not None


def _records(file: Path) -> Iterator[tuple[bytes, set[str]]]:
    """The records of a CSV file as they stand there, with the ids in each."""
    text = file.read_bytes().decode(errors="surrogateescape")
    lines = list(io.StringIO(text, newline=""))
    reader, begun = csv.reader(lines, delimiter=delimiter_of(text)), 0
    columns: set[int] = set()
    for record in reader:
        ids = {cell.strip().removeprefix("'") for place, cell in enumerate(record) if place in columns}
        yield "".join(lines[begun : reader.line_num]).encode(errors="surrogateescape"), ids
        if begun == 0:
            columns = {place for place, head in enumerate(record) if head.strip("\ufeff ") in COLUMNS}
        begun = reader.line_num


def _documents(file: Path) -> Iterator[tuple[bytes, set[str]]]:
    """The lines of a file with a document in each, and the id of each."""
    for line in file.read_bytes().splitlines(keepends=True):
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        yield line, {str(document["id"])} if isinstance(document, dict) and "id" in document else set()
