"""Problems that are issued, formulas as they are read, and the catalogue of mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field

from chainruler_client.results.derivations import Formula
from chainruler_client.results.result import Document, Result


@dataclass(frozen=True, repr=False, eq=False)
class Hidden(Result):
    """Mistakes that the numbers of a problem hide, or do not tell apart."""

    codes: list[str]
    lines: list[str]
    changes: list[str]
    why: str


@dataclass(frozen=True, repr=False, eq=False)
class Shown(Result):
    """What the numbers of a problem show."""

    mistakes: int
    """How many different mistakes can be made on the way to the answers."""
    visible: int
    """How many of them show."""
    invisible: list[Hidden]
    indistinguishable: list[Hidden]
    sizes: dict[str, int]
    distance_from_kinks: float | None = None
    """How near the nearest entry is to a kink; None without any."""
    zero: list[str] = field(default_factory=list)
    """Answers whose right gradient is 0: zeros are right, and show nothing."""


@dataclass(frozen=True, repr=False, eq=False)
class Issued(Result):
    """A problem with numbers, which every call takes as it stands."""

    problem: Document
    token: str
    """Stands for the problem in `grade`, and cannot be changed."""
    seed: int
    report: Shown


@dataclass(frozen=True, repr=False, eq=False)
class Preview(Result):
    """How a formula is read; nothing of whether it is right."""

    gradable: bool
    symbols: list[str]
    """What may stand in it."""
    read_as: Formula | None = None
    shape: list[int | str] | None = None
    message: str | None = None
    """What is wrong, if it cannot be read."""
    shown: str | None = None
    """The formula with carets under the place in question."""
    syntax: str | None = None
    """How it was taken to be written, where that was not said."""
    notes: list[str] | None = None
    """What was read by convention, or the ways to read it."""


@dataclass(frozen=True, repr=False, eq=False)
class Mistake(Result):
    """One kind of mistake, with its hint at each of the three levels.

    `{line}` stands in them for the line that it is made in, `{of}` for what that is the gradient by, `{right}` for its
    right side.
    """

    code: str
    title: str
    credit: float
    """The part of the points that it leaves."""
    question: str
    step: str
    answer: str
    explanation: str

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"


@dataclass(frozen=True, repr=False, eq=False)
class Mistakes(Result):
    """The catalogue of mistakes."""

    mistakes: list[Mistake]
