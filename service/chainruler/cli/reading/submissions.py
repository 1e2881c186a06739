"""What students hand in: arrays in .npz or .safetensors, or arrays, formulas and typed numbers in JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from chainruler.cli.complaints import Complaint
from chainruler.cli.reading.arrays import SUFFIXES, arrays_of
from chainruler.cli.reading.documents import Document

KINDS = {".json", *SUFFIXES}
LINES = {".ndjson", ".jsonl"}

Answers: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """Whose it is, and how to read the answers in it, once it is its turn."""

    id: str
    answers: Callable[[], Answers]
    problem: Document | None = None
    """What this one answers, if that is not what all others do."""


def is_class(paths: Sequence[Path]) -> bool:
    """Whether these may be several submissions."""
    return len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in LINES


def submissions(paths: Sequence[Path]) -> Iterator[Submission]:
    """Those in the files that are named, and in all that a named folder holds."""
    files = list(_files(paths))
    stems = Counter(path.stem for path in files)
    for path in files:
        if path.suffix in LINES:
            lines = enumerate(bytes_of(path).splitlines(), 1)
            yield from (_of_line(line, f"{path}, line {number}", number) for number, line in lines if line.strip())
        else:  # ada/hw.npz and bob/hw.npz are told apart by their paths
            yield Submission(path.stem if stems[path.stem] == 1 else str(path), partial(answers_of, path))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(file for file in path.iterdir() if file.suffix in KINDS) if path.is_dir() else [path]


def answers_of(path: Path) -> Answers:
    """The answers in a file, by name; a file that is not there may be a slip in its name, and is no empty one."""
    if not path.exists():
        hint = "Nothing is graded, which is no zero. Of somebody who handed in nothing, {} in a .json file says so."
        raise Complaint(f'There is no file "{path}".', hint=hint)
    if path.suffix in SUFFIXES:
        return dict(arrays_of(path))
    return _answers_in(bytes_of(path), str(path))


def _answers_in(text: bytes, where: str) -> Answers:
    document = parsed(text, where)
    found = document.get("answers", document) if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise Complaint("A submission must be an object with an answer for each name.", file=where)
    return found


def _of_line(text: bytes, where: str, number: int) -> Submission:
    """The submission in a line, by its id or else its number; if the line cannot be read, its answers tell why."""
    try:
        document = parsed(text, where)
    except Complaint:
        document = None
    if not isinstance(document, dict):
        document = {}
    if "defaults" in document:
        raise Complaint("What all submissions share comes by --problem and --rubric.", pointer="/defaults", file=where)
    return Submission(str(document.get("id", number)), partial(_answers_in, text, where), document.get("problem"))


def parsed(text: bytes, where: str) -> Any:
    """JSON, read as leniently as Python does: what is wrong with one answer is told of it, and spoils no other."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Complaint(f"It is not JSON: {error}.", file=where) from error
    if b"\\ud" not in text.lower():
        return document
    return json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))  # no half of a character


def bytes_of(path: Path) -> bytes:
    """What is in the file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.") from error
