"""Samples of every primitive: how it is built, what it is applied to, and the same in NumPy that autograd understands.

A case names its primitive and its operands; checks take cases and know no mathematics. `reference` computes the same
from arrays, with autograd's NumPy, so that one function is the truth for values and for derivatives of every order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, Kind, Shape, variable

Array = NDArray[Any]
BATCHES = (1, 2, 7)
BATCH = 5


@dataclass(frozen=True)
class Operand:
    """A variable of a case: its shape, and where its numbers lie."""

    shape: Shape
    low: float = -2.0
    high: float = 2.0
    kind: Kind = "real"

    def values(self, rng: np.random.Generator, N: int = BATCH) -> Array:
        """Numbers for it; indices reach up to `high`, and real numbers keep away from 0, where the kinks are."""
        shape = [N if dim == "N" else int(dim) for dim in self.shape]
        if self.kind == "index":
            return rng.integers(int(self.high), size=shape)
        numbers = rng.uniform(self.low, self.high, size=shape)
        return np.where(np.abs(numbers) < 0.05, 0.1 + numbers, numbers)


@dataclass(frozen=True)
class Case:
    """One use of a primitive."""

    primitive: str
    title: str
    build: Callable[..., Expression]
    reference: Callable[..., Any]
    operands: Sequence[Operand]

    def __str__(self) -> str:
        return f"{self.primitive}-{self.title}"

    @property
    def variables(self) -> list[Expression]:
        """The operands as variables, called a, b, c and so on."""
        return [variable("abcde"[i], o.shape, o.kind) for i, o in enumerate(self.operands)]

    @property
    def expression(self) -> Expression:
        """The primitive applied to the variables."""
        return self.build(*self.variables)

    @property
    def real(self) -> list[int]:
        """Which operands have derivatives."""
        return [i for i, operand in enumerate(self.operands) if operand.kind == "real"]

    def values(self, seed: int = 0, N: int = BATCH) -> dict[str, Array]:
        """Numbers for the operands by name."""
        rng = np.random.default_rng(seed)
        return {"abcde"[i]: operand.values(rng, N) for i, operand in enumerate(self.operands)}


def names(values: Mapping[str, Array]) -> list[Array]:
    """The arrays in the order of the operands."""
    return [values[name] for name in sorted(values)]
