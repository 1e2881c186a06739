"""Numbers of their own for every student, drawn by the id of what they hand in."""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from chainruler.cli.complaints import Complaint
from chainruler.cli.reading.documents import Document
from chainruler.cli.reading.submissions import bytes_of, parsed

KEY = "CHAINRULER_TOKEN_KEY"
SEEDS = 2**53


def add_argument(parser: argparse.ArgumentParser) -> None:
    """The option that gives each submission numbers of its own."""
    parser.add_argument(
        "--seed-from",
        metavar="FILE",
        type=Path,
        help="draw numbers for the problem's model by the id in this JSON, such as Gradescope's "
        f"submission_metadata.json; {KEY} keeps them from being foreseen",
    )


def seed_from(path: Path) -> int:
    """The seed of a submission: the same for the same id, and nothing that somebody without the key could work out."""
    document = parsed(bytes_of(path), str(path))
    if not isinstance(document, dict) or "id" not in document:
        raise Complaint("There is no id to draw numbers by.", pointer="/id", file=str(path))
    assignment = document.get("assignment")
    of = assignment.get("id") if isinstance(assignment, dict) else None
    text = json.dumps([of, document["id"]])
    digest = hmac.new(os.environ.get(KEY, "").encode(), text.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) % SEEDS


def drawn(problem: Document, seed: int) -> dict[str, Any]:
    """What to ask for, to have numbers drawn for a problem's model."""
    wanted = {key: problem[key] for key in ("model", "loss", "regularization", "mode", "dtype") if key in problem}
    for key in ("model", "loss"):
        if key not in wanted:
            raise Complaint(f"The problem has no {key} to draw numbers for.", pointer=f"/{key}")
    return wanted | {"seed": seed}
