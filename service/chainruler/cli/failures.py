"""What went wrong, told on stderr: one panel on a terminal, plain lines elsewhere, and the exit code for it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from rich.panel import Panel
from rich.text import Text

from chainruler.cli.complaints import Complaint, Unreadable
from chainruler.cli.showing.consoles import console
from chainruler.refusals.documents import KNOWN, problem_of
from chainruler_client import ChainrulerError, Fault, ServiceFault, StatusError, Unavailable
from chainruler_client.errors import refusal
from chainruler_client.grading import NothingGraded

BAD_INPUT, UNREACHABLE, OWN_FAULT = 2, 3, 70
TITLES = {BAD_INPUT: "This cannot be done", UNREACHABLE: "No answer", OWN_FAULT: "A fault of chainruler"}
WITH_DEBUG = "Again with --debug, the command shows where it happened."


class Failure(NamedTuple):
    """An error in words."""

    code: int
    faults: Sequence[Fault]
    note: str = ""
    """What else helps to find it: the file, or the id of the request."""


def tell(error: Exception, *, debug: bool = False) -> int:
    """Tell an error; the exit code is returned."""
    failure = failure_of(error)
    if debug:
        traceback.print_exception(error)
    elif sys.stderr.isatty():
        _panel(failure)
    else:
        sys.stderr.write(f"chainruler: {_plain(failure)}\n")
    return failure.code


def failure_of(error: Exception) -> Failure:
    """Whose fault an error is, and what to do about it."""
    match error:
        case Unreadable():
            faults = [Fault(one.code, one.pointer, one.message, one.hint) for one in error.errors]
            failure = Failure(BAD_INPUT, faults, error.file)
        case Complaint():
            failure = Failure(BAD_INPUT, [Fault("", error.pointer, error.message, error.hint)], error.file)
        case NothingGraded() if isinstance(error.__cause__, Exception):
            failure = failure_of(error.__cause__)
        case ServiceFault() if error.__cause__ is not None:  # it happened in this process
            failure = _own_fault(error.__cause__)
        case StatusError():
            code = UNREACHABLE if isinstance(error, Unavailable | ServiceFault) else BAD_INPUT
            note = f"request {error.request_id}" if code == UNREACHABLE and error.request_id else ""
            failure = Failure(code, error.errors or [Fault("", "", error.detail)], note)
        case ChainrulerError():
            failure = Failure(UNREACHABLE, [Fault("", "", str(error))])
        case _ if isinstance(error, KNOWN):  # of a handler that was called without the client
            told = problem_of(error)
            failure = failure_of(refusal(told.status, orjson.loads(told.body), None))
        case OSError():
            failure = Failure(BAD_INPUT, [Fault("", "", f"{error.filename or 'A file'}: {error.strerror or error}.")])
        case _:
            failure = _own_fault(error)
    return failure


def _own_fault(error: BaseException) -> Failure:
    return Failure(OWN_FAULT, [Fault("", "", f"{type(error).__name__}: {error}", WITH_DEBUG)])


def _panel(failure: Failure) -> None:
    text = Text()
    for number, fault in enumerate(failure.faults):
        text.append("\n\n" if number else "").append(fault.message, "bold")
        if fault.pointer:
            text.append("\nat ", "dim").append(fault.pointer, "cyan")
        if fault.hint:
            text.append("\n").append(fault.hint)
    title = Text(TITLES[failure.code], "bold")
    note = f"in {failure.note}" if failure.note else None
    panel = Panel(text, title=title, title_align="left", subtitle=note, border_style="yellow")
    console(sys.stderr).print(panel)


def _plain(failure: Failure) -> str:
    """The same in lines that a log can hold."""
    lines = [str(fault) for fault in failure.faults]
    return "\n".join([*lines, f"  in {failure.note}"] if failure.note else lines)
