"""From FILE to a document: a file, standard input, or the name of a worked system."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Container
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, get_args

from chainruler import wire
from chainruler.cli.complaints import Complaint, Unreadable
from chainruler.cli.reading.arrays import LIMITS, SUFFIXES, arrays_of, place
from chainruler.networks.blueprint import Mode
from chainruler_client import Client, NotFound
from chainruler_client.problems import problem_in

Document = dict[str, Any]

TENSORS = "application/vnd.safetensors"
TRAINING = frozenset({"optimizer", "optimizer_state", "steps", "batches"})
OTHERS = TRAINING | {"gradients", "include"}
"""What a problem's file may have for some subcommands; the others set it aside."""

FILE = "the problem in JSON; - is standard input; or a worked system, such as two_two_two"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say what the problem is."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    add_arrays_argument(parser)


def add_mode_argument(parser: argparse.ArgumentParser) -> None:
    """The option that says how dropout and batch_norm compute."""
    parser.add_argument(
        "--mode", choices=get_args(Mode), help="how dropout and batch_norm compute; otherwise as the problem says"
    )


def add_arrays_argument(parser: argparse.ArgumentParser) -> None:
    """The option for arrays that stand in no JSON."""
    parser.add_argument(
        "--arrays",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help="arrays of the problem, in .npz or .safetensors: x and y are data, any other name is a parameter, and "
        "with dots it is a path: data.x; they come in the place of the document's own",
    )


def problem_of(options: argparse.Namespace, client: Client, takes: AbstractSet[str] = frozenset()) -> Document:
    """The problem that is meant, with its arrays, and of what only some subcommands take, what this one `takes`.

    So one file serves them all: the optimiser in it is there for `train`, and does not trouble `grad`.
    """
    document = unwrapped(document_of(options.file, client))
    problem = {key: value for key, value in document.items() if key in takes or key not in OTHERS}
    if getattr(options, "mode", None) is not None:
        problem["mode"] = options.mode
    for path in options.arrays:
        for key, array in arrays_of(path).items():
            place(problem, key, array)
    return problem


def unwrapped(document: Document) -> Document:
    """The problem in a document that wraps it in more, with the training that goes with it."""
    problem = problem_in(document)
    if problem is document or isinstance(problem, str):
        return document
    return {**problem, **(document.get("training") or {})}


def document_of(name: str, client: Client) -> Document:
    """The document of this name."""
    if name == "-":
        return read(sys.stdin.buffer.read(), "standard input")
    if name.isidentifier() and not Path(name).exists():
        return _worked_system(name, client)
    return read(_bytes_of(Path(name)), name)


def named_arrays(path: Path, member: str) -> Document:
    """Arrays by name: from .npz or .safetensors, or from JSON that is them, or an answer that has them as a member."""
    if path.suffix in SUFFIXES:
        return dict(arrays_of(path))
    document = read(_bytes_of(path), str(path), Everything())
    found = document.get(member, document)
    if not isinstance(found, dict):
        message = f"{member} must be an object with an array for each name."
        raise Complaint(message, pointer=f"/{member}", file=str(path))
    return found


class Everything:
    """A container that has everything: whatever stands there, a list of numbers is an array."""

    def __contains__(self, _: object) -> bool:
        return True


def read(body: bytes, name: str, arrays_under: Container[str] = wire.ARRAYS_UNDER) -> Document:
    """The document that these bytes are, or what is wrong with them and where."""
    try:
        return wire.decode(body, TENSORS if name.endswith(".safetensors") else None, LIMITS, arrays_under)
    except wire.WireError as error:
        raise Unreadable(error, name) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.") from error


def _worked_system(name: str, client: Client) -> Document:
    try:
        return client.textbook_entry(name).to_dict()
    except NotFound as error:
        message = f'There is no file "{name}", and no worked system of this name.'
        raise Complaint(message, hint=error.hint or "chainruler textbook list shows all of them.") from error
