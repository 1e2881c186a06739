"""`chainruler key`.

Make a key that lets a caller in, and list it in the file that CHAINRULER_API_KEYS_FILE names. The key itself is printed
once and is written nowhere: the file has its hash.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from chainruler.calls import table
from chainruler.calls.permissions import METRICS, Permission, permissions_in
from chainruler.cli.complaints import Complaint
from chainruler.faces import table as faces
from chainruler.networks.errors import did_you_mean

REVEALS = ("score", "diagnosis", "index", "values")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a key is good for."""
    actions = parser.add_subparsers(
        title="actions", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser
    )
    new = actions.add_parser("new", help="make a key, and add its hash to a file")
    new.add_argument("file", type=Path, help="the JSON file of keys; it is made if there is none")
    new.add_argument("--name", required=True, help="by which the log and the metrics call it")
    new.add_argument("--calls", help="the names of the calls it opens, separated by commas; all unless said")
    new.add_argument("--reveal", choices=REVEALS, help="the most that grading may reveal to it")
    new.add_argument("--rate", type=float, help="requests a second to each worker")
    new.add_argument("--share", type=float, help="the part of each worker's threads and queue that it may take: 0.25")
    new.add_argument("--expires", help="the last day on which it is good: 2027-01-31")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def run(options: argparse.Namespace) -> int:
    """Make one."""
    key = f"cr_{secrets.token_urlsafe(32)}"
    said: dict[str, Any] = {name: getattr(options, name) for name in ("name", "reveal", "rate", "share", "expires")}
    said |= {"sha256": sha256(key.encode()).hexdigest(), "calls": options.calls and options.calls.split(",")}
    said = {name: value for name, value in said.items() if value is not None}
    known = {*(call.name for call in (*table.CALLS, *faces.CALLS)), METRICS}
    for name in said.get("calls", ()):
        if name not in known:
            raise Complaint(f'There is no call "{name}".', hint=did_you_mean(name, known))
    try:
        Permission.model_validate(said)
        listed = permissions_in(str(options.file)) if options.file.exists() else ()
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise Complaint(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error
    except ValueError as error:
        raise Complaint(str(error)) from error
    if any(permission.name == options.name for permission in listed):
        raise Complaint(f'There is a key "{options.name}" already.', hint="Remove it first, or choose another name.")
    others = [permission.model_dump(mode="json", exclude_defaults=True) for permission in listed]
    _write(options.file, orjson.dumps([*others, said], option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.write(f"{key}\n")
    return 0


def _write(file: Path, text: bytes) -> None:
    """Write the file at once or not at all, for the eyes of its owner and group."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_bytes(text)
    beside.chmod(0o640)
    beside.replace(file)
