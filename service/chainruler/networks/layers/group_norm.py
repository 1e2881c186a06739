"""Group normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, mean, reshape, sqrt
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Count, Positive

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class GroupNorm(Parametrised):
    """gamma ⊙ (x − mean) / √(var + eps) + beta, mean and variance taken over each group of features of each sample.

    Of images, the channels stand in groups, and each mean is over all places too. With a group for each channel this is
    the instance norm, with a single group the layer norm of a whole image.
    """

    type: ClassVar[str] = "group_norm"
    also_called: ClassVar[tuple[str, ...]] = ("GroupNorm", "GroupNormalization", "instance_norm", "InstanceNorm2d")
    fields_also_called: ClassVar[dict[str, str]] = {"num_groups": "groups", "epsilon": "eps"}
    letters: ClassVar[dict[str, str]] = {"weight": "gamma", "bias": "beta"}
    example_input: ClassVar[tuple[int, ...]] = (6,)

    groups: Count
    eps: Positive = 1e-5

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(2), cls(3, 0.1)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        axis = site.plan.channel_axis(x)
        count, axes = int(x.shape[axis]), tuple(i for i in range(axis, 0) if isinstance(x.shape[i], int))
        if count % self.groups:
            message = f"{site.Title} gets {count} features, which do not fall into {self.groups} groups of one size."
            raise site.refuse("wrong_shape", message)
        place = x.ndim + axis
        apart = (*x.shape[:place], self.groups, count // self.groups, *x.shape[place + 1 :])
        grouped = site.line("G", reshape(x, apart))
        centred = site.line("C", grouped - mean(grouped, axes, keepdims=True))
        variance = site.line("V", mean(centred**2, axes, keepdims=True))
        normal = site.line("H", reshape(centred / sqrt(variance + self.eps), x.shape))
        why = f"{site.Title} gets {count} features, so"
        gamma = site.parameter("weight", "gamma", (count,), why, role="scale")
        beta = site.parameter("bias", "beta", (count,), why)
        return site.plan.along(gamma, axis) * normal + site.plan.along(beta, axis)
