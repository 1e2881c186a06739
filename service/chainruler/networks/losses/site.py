"""Where a loss is built: the targets in the form that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainruler.engine import Expression, Kind, Shape, onehot, show_shape
from chainruler.networks.blueprint import Blueprint, Entries
from chainruler.networks.errors import SpecError


@dataclass
class LossSite:
    """A loss's view of the blueprint."""

    plan: Blueprint
    target: Shape | None
    """The shape of the targets that were sent; None if there are none yet."""
    weighted: bool = False
    """Whether a weight for each sample was sent."""
    divisor: Expression | None = None
    """What a mean divides by, if not by the number of samples."""

    def classes(self, scores: Expression, *, soft: bool = True) -> tuple[Expression | None, Expression]:
        """The class of each sample, None if rows were sent, and the rows Y that are 1 at the class.

        Rows that are sent may be soft, which is probabilities of the classes, if a loss has a meaning for them.
        """
        count = self.plan.features(scores)
        if self.target is not None and len(self.target) == scores.ndim:
            return None, self.rows(scores, "probabilities" if soft else "zeros and ones", classes=count)
        index = self.class_indices(scores)
        hot = onehot(index, count)
        return index, self.plan.line("Y", hot.T if self.plan.samples == "columns" else hot)

    def class_indices(self, scores: Expression) -> Expression:
        """The class of each sample."""
        axis = self.plan.feature_axis
        flat = tuple(dim for place, dim in enumerate(scores.shape) if place - scores.ndim != axis)
        if self.target == (*flat, 1):
            raise flat_classes_needed(self.target)
        if self.target is not None and len(self.target) == scores.ndim:
            message = f"y has shape {show_shape(self.target)}, but this loss needs class indices."
            raise SpecError("wrong_shape", "/data/y", message, "Send the class of each sample, as in [0, 2, 1].")
        if self.target not in (None, flat):
            raise wrong_target(self.target, flat, f"the outputs have shape {show_shape(scores.shape)}, one class each")
        count = self.plan.features(scores)
        return self.plan.input("y", flat, "index", key="y", limit=count, meaning="the classes")

    def rows(self, out: Expression, entries: Entries = "real", *, classes: int | None = None) -> Expression:
        """The targets shaped like the outputs."""
        if self.target not in (None, out.shape):
            if classes is not None and self.target and self.target[-1] == 1:
                raise flat_classes_needed(self.target)
            raise wrong_target(self.target, out.shape, f"the outputs have shape {show_shape(out.shape)}")
        along = None if classes is None else self.plan.feature_axis
        return self.plan.input("Y", out.shape, key="y", meaning="the targets", entries=entries, sums_to_one_along=along)

    def sample_weights(self, terms: Expression) -> Expression | None:
        """The weight of each sample, if any were sent."""
        if not self.weighted or self.plan.samples == "one":
            return None
        return self.plan.input("weights", terms.shape, key="weights", meaning="the weight of each sample")

    def given(self, label: str, shape: Shape, role: str, kind: Kind = "real", **about: Any) -> Expression:
        """An array that the loss itself says or draws."""
        return self.plan.input(label, shape, kind, owner=("loss",), role=role, private=True, **about)


def flat_classes_needed(have: Shape) -> SpecError:
    """Classes as a column."""
    message = f"y has shape {show_shape(have)}. Class indices are a flat list, shape {show_shape(have[:-1])}."
    return SpecError("wrong_shape", "/data/y", message, "Send [0, 2, 1] instead of [[0], [2], [1]].")


def wrong_target(have: Shape | None, wanted: Shape, because: str) -> SpecError:
    """Targets of a shape that NumPy might even broadcast."""
    have = have or ()
    message = f"y has shape {show_shape(have)} and {because}."
    if len(have) != len(wanted) and have[:1] == wanted[:1]:
        both = (*have[:1], *have[:1])
        message += f" NumPy would broadcast this to {show_shape(both)}; that is almost never meant."
    return SpecError("wrong_shape", "/data/y", message, f"Send y with shape {show_shape(wanted)}.")
