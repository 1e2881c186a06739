"""Mutants that no test can kill because they compute the same, each with the reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.mutation.mutants import Mutant

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["mutant"]
REASONS: dict[tuple[str, str, str], str] = {
    (row["file"], row["place"], row["change"]): row["reason"] for row in _LISTED
}


def reason(mutant: Mutant) -> str | None:
    """Why the mutant is equivalent; None if it is not known to be."""
    return REASONS.get((mutant.file.stem, mutant.place, mutant.change))
