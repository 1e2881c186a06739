"""Jacobians and products with them, and gradients checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from chainruler_client.results.result import Array, Arrays, Result


@dataclass(frozen=True, repr=False, eq=False)
class Jacobian(Result):
    """A Jacobian, whole or as its one block."""

    of: str
    with_respect_to: str
    form: Literal["dense", "block"]
    jacobian: Array | None = None
    """All entries: the axes of the line, then those of the other."""
    block: Array | None = None
    """The entries that are not zero."""
    matched: list[Any] | None = None
    """The axes along which everything else is zero."""


@dataclass(frozen=True, repr=False, eq=False)
class Jvp(Result):
    """The derivative of a line along a direction."""

    of: str
    jvp: Array


@dataclass(frozen=True, repr=False, eq=False)
class Vjp(Result):
    """An upstream gradient times the derivatives of a line."""

    of: str
    vjp: Arrays


@dataclass(frozen=True, repr=False, eq=False)
class Hvp(Result):
    """The Hessian times a direction."""

    hvp: Arrays


@dataclass(frozen=True, repr=False, eq=False)
class Entry(Result):
    """One entry of a parameter, where gradient and number are farthest apart."""

    index: list[int]
    analytic: float
    numeric: float


@dataclass(frozen=True, repr=False, eq=False)
class Checked(Result):
    """How far the gradient of one parameter is from the numeric one."""

    correct: bool
    error: float
    """The largest difference, relative to the largest numeric entry."""
    worst: Entry
    checked: int
    """How many entries were probed."""
    entries: int
    """How many entries there are."""


@dataclass(frozen=True, repr=False, eq=False)
class Kink(Result):
    """A line with an entry near a kink, where numeric gradients may be of the wrong side."""

    line: str
    distance: float


@dataclass(frozen=True, repr=False, eq=False)
class Gradcheck(Result):
    """Whether the gradients are right, parameter by parameter."""

    correct: bool
    method: Literal["complex step", "central differences"]
    tolerance: float
    parameters: dict[str, Checked]
    kinks: list[Kink]
