"""What a loss is: terms for each sample, and how they become one number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from chainruler.engine import Expression, constant, size, sum_of
from chainruler.networks.part import Part
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chainruler.networks.losses.site import LossSite

Reduction = Literal["mean", "mean_all", "sum", "none"]


@dataclass(frozen=True)
class Loss(Part):
    """How far the outputs are from the targets.

    `mean` divides the sum of all terms by the number of samples, `mean_all` by the number of terms; `none` gives one
    loss a sample and differentiates their sum. `scale` stands in front of everything.
    """

    kind: ClassVar[str] = "loss"
    targets: ClassVar[Literal["classes", "values", "none"]] = "values"
    """What it compares with, where nothing is sent: class indices, or numbers shaped like the outputs."""
    contains: ClassVar[str | None] = None
    """The layer that it computes itself, so that one before it would be a second one."""
    example_outputs: ClassVar[int] = 3
    """How many outputs its examples compare."""

    reduction: Reduction = field(default="mean", kw_only=True)
    scale: float = field(default=1.0, kw_only=True)

    @property
    def follows(self) -> str | None:
        """The layer that gives what it takes, where it does not take all numbers."""
        return None

    def terms(self, out: Expression, site: LossSite) -> Expression:
        """One term for each sample, or for each entry of its output."""
        raise NotImplementedError

    def per_sample(self, terms: Expression, site: LossSite) -> Expression:
        """The loss of each sample."""
        return self.scale * site.plan.per_sample(terms)

    def total(self, terms: Expression, site: LossSite) -> Expression:
        """The one number that is differentiated."""
        below = constant(1)
        if self.reduction == "mean":
            below = site.plan.count() if site.divisor is None else site.divisor
        elif self.reduction == "mean_all":
            below = size(terms.shape) if site.divisor is None else site.divisor
        return self.scale * (sum_of(terms) / below)

    def predictions(self, outputs: NDArray[np.generic], axis: int) -> NDArray[np.generic]:
        """What outputs say of each sample: the likeliest class along an axis, or the outputs themselves."""
        return outputs.argmax(axis) if self.targets == "classes" else outputs

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        """The numbers of an array that it asked for and that was not sent; what is random is drawn from the stream."""
        raise NotImplementedError
