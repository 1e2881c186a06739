"""Derivations line by line, and formulas differentiated."""

from __future__ import annotations

from dataclasses import dataclass

from chainruler_client.results.result import Arrays, Result


@dataclass(frozen=True, repr=False, eq=False)
class InHand(Result):
    """A line in the hand that was asked for: in what this hand is written, or the reason why it cannot be."""

    text: str | None = None
    """As code, with its left side."""
    latex: str | None = None
    mathml: str | None = None
    reason: str | None = None

    def __str__(self) -> str:
        return self.text or self.latex or f"# {self.reason}"


@dataclass(frozen=True, repr=False, eq=False)
class Line(Result):
    """One line of a derivation, in three notations."""

    symbol: str
    shape: list[int | str]
    """Its sizes; N is the number of samples."""
    numpy: str
    latex: str
    mathml: str
    because: str
    """The rule that gives it."""
    written: InHand | None = None

    def __str__(self) -> str:
        return str(self.written or f"{self.symbol} = {self.numpy}")


@dataclass(frozen=True, repr=False, eq=False)
class Derivation(Result):
    """The objective, and all lines in the order of the chain rule."""

    objective: Line
    steps: list[Line]
    names: dict[str, str] | None = None
    """Which names of the `style` stand for which of the problem; as `symbols` of a rubric they are read."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


@dataclass(frozen=True, repr=False, eq=False)
class Formula(Result):
    """A formula in three notations."""

    numpy: str
    latex: str
    mathml: str

    def __str__(self) -> str:
        return self.numpy


@dataclass(frozen=True, repr=False, eq=False)
class Differentiated(Result):
    """A formula's gradients, and their values where all variables have numbers."""

    read_as: Formula
    formulas: dict[str, Formula]
    """The gradient by each variable."""
    value: float | None = None
    gradients: Arrays | None = None
