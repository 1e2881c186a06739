"""Penalties: what the objective adds for large weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, absolute, norm2, sum_of
from chainruler.networks.blueprint import Blueprint, Parameter
from chainruler.networks.errors import SpecError
from chainruler.networks.part import AT_RUN_TIME, Description
from chainruler.networks.reading import NonNegative
from chainruler.networks.streams import Stream

SYMBOLS = {"l2": "lam", "l1": "lam1"}


@dataclass(frozen=True)
class Regularization(Description):
    """scale · (l2 Σ‖W‖² + l1 Σ|W|) over the weights, and over the biases too if `biases` is true.

    `scale: 0.5` gives λ/2 ‖W‖², whose gradient is λW; without it the gradient of λ‖W‖² is 2λW.
    """

    kind: ClassVar[str] = "regularization"
    fields_also_called: ClassVar[dict[str, str]] = {
        "weight_decay": "l2",
        "lambda": "l2",
        "alpha": "l2",
        "bias": "biases",
    }

    l2: NonNegative | None = field(default=None, metadata=AT_RUN_TIME)
    l1: NonNegative | None = field(default=None, metadata=AT_RUN_TIME)
    scale: NonNegative = 1.0
    biases: bool = False

    def check(self) -> None:
        if self.l2 is None and self.l1 is None:
            raise SpecError("missing_field", "/l2", 'A regularization needs "l2", "l1" or both.')

    def penalty(self, parameters: Iterable[Parameter], plan: Blueprint) -> Expression | None:
        """The penalty on the parameters; None if there is nothing to penalise."""
        arrays = [p.variable for p in parameters if self.biases or p.role == "weight"]
        terms = []
        for name, measure in (("l2", norm2), ("l1", lambda w: sum_of(absolute(w)))):
            if getattr(self, name) is not None and arrays:
                factor = plan.input(SYMBOLS[name], (), owner=("regularization",), role=name, private=True)
                terms.append(self.scale * factor * _sum([measure(array) for array in arrays]))
        return _sum(terms) if terms else None

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        """The value of λ."""
        return np.array(getattr(self, role), np.float64)


def _sum(terms: list[Expression]) -> Expression:
    return sum(terms[1:], terms[0])
