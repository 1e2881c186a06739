"""Terminals, and what is written where there is none."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import IO

from rich.console import Console, RenderableType

from chainruler import wire

Written = Callable[[], RenderableType | bytes]
"""What makes an answer in some format: bytes go out as they are, anything else is laid out for a console."""


def add_arguments(parser: argparse.ArgumentParser, *others: str) -> None:
    """The options that say how an answer is written, and where."""
    formats = ("table", "json", *others)
    parser.add_argument("--format", choices=formats, help="otherwise: table on a terminal, json elsewhere")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write to this file instead of the terminal")


def console(stream: IO[str]) -> Console:
    """A console that colours what it is told to and nothing else; NO_COLOR and the width are the terminal's."""
    return Console(file=stream, highlight=False, markup=False, emoji=False)


def json(document: Mapping[str, object]) -> bytes:
    """The document as the service writes it: in one line."""
    return wire.encode(document)[1] + b"\n"


def is_terminal(options: argparse.Namespace) -> bool:
    """Whether a person will see the answer at once."""
    return options.output is None and sys.stdout.isatty()


def chosen(options: argparse.Namespace) -> str:
    """The format that is asked for, or else the one for a terminal or a pipe."""
    return options.format or ("table" if is_terminal(options) else "json")


def write(options: argparse.Namespace, formats: Mapping[str, Written]) -> None:
    """Write an answer in the format that is asked for."""
    answer = formats[chosen(options)]()
    if options.output is not None:
        with options.output.open("w", encoding="utf-8") as file:
            put(answer, file)
    else:
        put(answer, sys.stdout)


def put(answer: RenderableType | bytes, stream: IO[str]) -> None:
    """Put it there, as it is or laid out."""
    if isinstance(answer, bytes):
        stream.write(answer.decode())
    elif stream.isatty():
        console(stream).print(answer)
    else:  # without the blanks that fill each line of a console
        text = StringIO()
        console(text).print(answer)
        stream.writelines(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
