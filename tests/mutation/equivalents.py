"""Mutants that no test can kill because they compute the same, each with the reason."""

from __future__ import annotations

from tests.mutation.mutants import Mutant

REASONS: dict[tuple[str, str, str], str] = {}


def reason(mutant: Mutant) -> str | None:
    """Why the mutant is equivalent; None if it is not known to be."""
    return REASONS.get((mutant.file.stem, mutant.place, mutant.change))
