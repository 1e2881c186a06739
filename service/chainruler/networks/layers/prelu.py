"""The parametric ReLU layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, where
from chainruler.networks.layers.layer import Parametrised

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class PReLU(Parametrised):
    """x where x > 0, alpha · x elsewhere, with a learnt slope for each feature or channel, or one for all if `shared`.

    A slope starts at 0.25.
    """

    type: ClassVar[str] = "prelu"
    symbol: ClassVar[str] = "A"
    also_called: ClassVar[tuple[str, ...]] = ("PReLU", "parametric_relu")
    letters: ClassVar[dict[str, str]] = {"slope": "alpha"}

    shared: bool = False

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(shared=True)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        axis = site.plan.channel_axis(x)
        count = 1 if self.shared else int(x.shape[axis])
        why = f"{site.Title} has one slope for all, so" if self.shared else f"{site.Title} gets {count} features, so"
        alpha = site.parameter("slope", "alpha", (count,), why, role="slope")
        return where(x > 0, x, site.plan.along(alpha, axis) * x)
