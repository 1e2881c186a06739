"""What students submit: arrays in .npz or .safetensors, or arrays, formulas and typed numbers in JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from chainruler.calls.limits import RequestLimits
from chainruler.cli.complaints import Complaint
from chainruler.cli.reading.arrays import SUFFIXES, read_arrays
from chainruler.cli.reading.documents import Document

KINDS = {".json", *SUFFIXES}
LINES = {".ndjson", ".jsonl"}
MOST = RequestLimits().max_body_bytes
"""Bytes of one submission, packed and unpacked: as many as a service reads."""
TEXTS = {".py", ".tex", ".txt", ".md"}
"""A whole piece of work as one text, in a file that is named by itself."""
PROGRAMS = {".ipynb", ".jl", ".m", ".py", ".r"}
PROGRAM = "It is a program, which is not run: docs/platforms.md has how arrays are taken from it."
WRAPPERS = ("answers", "gradients", "grads")
"""Members of a document that hold the answers, if they do not stand in it by themselves."""

Answers: TypeAlias = dict[str, Any]
Work: TypeAlias = str
"""All answers in one text: each result in it that is named as a gradient is one."""


class Skipped(Complaint):
    """In the place of the answers in a file that lies beside submissions, and is none."""


@dataclass(frozen=True)
class PendingSubmission:
    """Whose it is, and how to read the answers in it, once it is its turn."""

    id: str
    answers: Callable[[], Answers | Work]
    problem: Document | None = None
    """What this one answers, if that is not what all others do."""


def is_class(paths: Sequence[Path]) -> bool:
    """Whether these may be several submissions."""
    return len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in LINES


def submissions(paths: Sequence[Path]) -> Iterator[PendingSubmission]:
    """Those in the files that are named, and in all that a named folder holds; what else it holds is skipped."""
    files = [(file, path.is_dir()) for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    skipped = {file: why for file, found in files if found and (why := _why_skipped(file))}
    stems = Counter(file.stem for file, _ in files if file not in skipped)
    for file, _ in files:
        if file in skipped:
            yield PendingSubmission(_text(file.name), partial(_skip, skipped[file]))
        elif file.suffix.lower() in LINES:
            lines = enumerate(bytes_of(file).splitlines(), 1)
            yield from (_of_line(line, f"{file}, line {number}", number) for number, line in lines if line.strip())
        else:  # ada/hw.npz and bob/hw.npz are told apart by their paths
            name = file.stem if stems[file.stem] == 1 else str(file)
            yield PendingSubmission(_text(name), partial(answers_of, file))


def _text(name: str) -> str:
    """The name of a file as text, which it need not be: what is no character becomes a question mark."""
    return name.encode(errors="replace").decode()


def _why_skipped(file: Path) -> str:
    """Why a file in a folder of submissions is none; nothing if it is one."""
    kind = file.suffix.lower()
    reasons = {
        "It is a link, which may lead to somebody else's.": file.is_symlink(),
        f"It is a folder: name the files in it, such as {file.parent.name}/*/*.npz.": file.is_dir(),
        "It is no ordinary file.": not file.is_file(),
        "It is a hidden file.": file.name.startswith("."),
        "It holds several submissions: name it by itself.": kind in LINES,
        PROGRAM: kind in PROGRAMS,
        f"Answers are read from {', '.join(sorted(KINDS))}.": kind not in KINDS,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def _skip(why: str) -> Answers:
    raise Skipped(why)


def answers_of(path: Path) -> Answers | Work:
    """The answers in a file; a file that is not there may be a slip in its name, and is no empty one."""
    if not path.exists():
        hint = "Nothing is graded, which is no zero. Of somebody who submitted nothing, {} in a .json file says so."
        raise Complaint(f'There is no file "{path}".', hint=hint)
    if path.stat().st_size > MOST:
        raise Complaint(f"{path} has {path.stat().st_size:,} bytes; {MOST:,} are read.")
    if path.suffix.lower() in SUFFIXES:
        return dict(read_arrays(path, MOST))
    if path.suffix.lower() in TEXTS:
        return bytes_of(path).decode(errors="replace")
    return _answers_in(bytes_of(path), str(path))


def _answers_in(text: bytes, where: str) -> Answers:
    document = parsed(text, where)
    found = document
    if isinstance(document, dict):
        found = next((document[name] for name in WRAPPERS if name in document), document)
    if not isinstance(found, dict):
        raise Complaint("A submission must be an object with an answer for each name.", file=where)
    return found


def _of_line(text: bytes, where: str, number: int) -> PendingSubmission:
    """The submission in a line, by its id or else its number; if the line cannot be read, its answers tell why."""
    try:
        document = parsed(text, where)
    except Complaint:
        document = None
    if not isinstance(document, dict):
        document = {}
    if "defaults" in document:
        raise Complaint("What all submissions share comes by --problem and --rubric.", pointer="/defaults", file=where)
    return PendingSubmission(
        str(document.get("id", number)), partial(_answers_in, text, where), document.get("problem")
    )


def parsed(text: bytes, where: str) -> Any:
    """JSON, read as leniently as Python does: what is wrong with one answer is told of it, and spoils no other."""
    if not text.strip():
        raise Complaint("It is empty.", file=where)
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
