"""Batch normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, mean, reshape, size, sqrt
from chainruler.networks.blueprint import BATCH
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Fraction01, Positive
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class BatchNorm(Parametrised):
    """gamma ⊙ (x − mean) / √(var + eps) + beta, for each feature or channel over the batch.

    Training divides the variance of the batch by n, and answers the next running statistics, as PyTorch does:
    r ← (1 − momentum) r + momentum · statistic, with a variance divided by n − 1; they start at 0 and 1. Inference
    takes the mean and variance that are sent as `statistics`, and so does a layer with `"training": false` always.
    """

    type: ClassVar[str] = "batch_norm"
    also_called: ClassVar[tuple[str, ...]] = ("BatchNormalization", "BatchNorm1d", "BatchNorm2d")
    fields_also_called: ClassVar[dict[str, str]] = {"epsilon": "eps"}
    letters: ClassVar[dict[str, str]] = {"weight": "gamma", "bias": "beta"}

    eps: Positive = 1e-5
    momentum: Fraction01 = 0.1
    training: bool = True

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls(0.1, 0.2), cls(training=False)]

    @property
    def couples_samples(self) -> bool:
        return self.training

    def outputs(self, x: Expression, site: Site) -> Expression:
        axis = site.plan.channel_axis(x)
        count = int(x.shape[axis])
        place = tuple(count if i == axis else 1 for i in range(-x.ndim, 0))
        why = f"{site.Title} gets {count} features, so"
        gamma = reshape(site.parameter("weight", "gamma", (count,), why, role="scale"), place)
        beta = reshape(site.parameter("bias", "beta", (count,), why), place)
        average, variance = self._statistics(x, axis, place, count, site)
        normal = site.line("H", (x - average) / sqrt(variance + self.eps))
        return gamma * normal + beta

    def _statistics(
        self, x: Expression, axis: int, place: tuple[int, ...], count: int, site: Site
    ) -> tuple[Expression, Expression]:
        """Mean and variance of each feature, shaped to meet x; in training also the next running ones."""
        is_trained = self.training and site.plan.mode == "train"
        declare = partial(site.input, shape=(count,), supplied=is_trained, sent="statistics")
        running = [
            declare("running_mean", role="running_mean"),
            declare("running_var", role="running_var", entries="variances"),
        ]
        if not is_trained:
            return reshape(running[0], place), reshape(running[1], place)
        if site.plan.samples == "one":
            message = f"{site.Title} normalises over the batch, so one sample alone has no form."
            raise site.refuse("couples_samples", message, 'Give the model "derivation": "batch".')
        axes = tuple(i for i in range(-x.ndim, 0) if i != axis)
        if {x.shape[i] for i in axes} <= {BATCH, 1}:  # of most images there are many places to normalise over
            message = f"{site.Title} normalises over the batch, and one sample alone is always its own mean."
            hint = 'Send two samples or more, or set "mode": "inference" and send the running statistics.'
            site.plan.refusal_of_one = partial(site.refuse, "too_few_samples", message, hint)
        average = site.line("mu", mean(x, axes, keepdims=True))
        variance = site.line("V", mean((x - average) ** 2, axes, keepdims=True))
        many = size([x.shape[i] for i in axes])
        for name, old, new in zip(("mean", "var"), running, (average, variance * many / (many - 1)), strict=True):
            following = (1 - self.momentum) * old + self.momentum * reshape(new, (count,))
            site.updates(f"running_{name}", following)
        return average, variance

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        return np.zeros(shape) if role == "running_mean" else np.ones(shape)
