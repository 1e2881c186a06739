"""The negative log likelihood of a normal distribution with a variance that is learnt too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, exp, part_of
from chainruler.networks.errors import SpecError
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite


@dataclass(frozen=True)
class GaussianNLL(Loss):
    """½ (s + (y − μ)² exp(−s)) for each target y with mean μ and log-variance s; with `full` also ½ log 2π.

    The first half of the outputs are the means, the second half the logarithms of the variances.
    """

    type: ClassVar[str] = "gaussian_nll"
    also_called: ClassVar[tuple[str, ...]] = ("GaussianNLLLoss", "gaussian_nll_loss", "heteroscedastic")
    example_outputs: ClassVar[int] = 4

    full: bool = False

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(full=True)]

    def predictions(self, outputs: NDArray[np.generic], axis: int) -> NDArray[np.generic]:
        """The means."""
        means: NDArray[np.generic] = np.split(outputs, 2, axis)[0]
        return means

    def terms(self, out: Expression, site: LossSite) -> Expression:
        axis, count = site.plan.feature_axis, site.plan.features(out)
        if count % 2:
            message = f"gaussian_nll needs a mean and a log-variance for each target, but there are {count} outputs."
            raise SpecError("wrong_shape", "/loss", message, "Give the last layer twice as many units as targets.")
        mean = site.plan.line("mu", part_of(out, 0, count // 2, axis))
        spread = site.plan.line("s", part_of(out, count // 2, count, axis))
        constant = math.log(2 * math.pi) if self.full else 0
        return 0.5 * (spread + (site.rows(mean) - mean) ** 2 * exp(-spread) + constant)
