"""Settings of layers and losses that are not heeded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from chainruler.grading.context import DerivationContext
from chainruler.grading.mistakes.mistake import Instead, Mistake
from chainruler.networks import Layer, Loss, Problem
from chainruler.networks.network import Network

P = TypeVar("P", Layer, Loss)


class DefaultSetting(Mistake):
    """The usual number in the place of the one that the problem sets: 0.01 for the slope of a leaky ReLU."""

    code = "default_setting"
    title = "A setting of the problem is not heeded"
    credit = 0.5
    by_number = True
    question = "Which numbers does the problem set for this layer or loss, and are they the ones you used?"
    step = "{line} is computed with a usual number, and not with the one that the problem sets."
    explanation = "A slope, a margin or a rate that the problem sets belongs in the derivative as well."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        problem = context.network.problem
        for other, evidence in _with_defaults(problem):
            network = Network(other, context.network.shapes, context.network.view)
            yield Instead(network.system.lines, evidence)


def _with_defaults(problem: Problem) -> Iterator[tuple[Problem, str]]:
    """The problem with each setting at its default, one at a time."""
    layers = problem.model.layers
    for place, layer in enumerate(layers):
        for changed, evidence in _defaults(layer):
            others = (*layers[:place], changed, *layers[place + 1 :])
            yield replace(problem, model=replace(problem.model, layers=others)), evidence
    for loss, evidence in _defaults(problem.loss) if problem.loss is not None else ():
        yield replace(problem, loss=loss), evidence


def _defaults(part: P) -> Iterator[tuple[P, str]]:
    """A part with each number that it sets as it is by default.

    A loss's scale is a factor, and a number that is 0 by default switches something off: both have names of their own.
    """
    for field in fields(part):
        value, usual = getattr(part, field.name), field.default
        set_otherwise = isinstance(value, float) and isinstance(usual, float) and usual and value != usual
        if set_otherwise and "runtime" not in field.metadata and field.name != "scale":
            changes: dict[str, Any] = {field.name: usual}
            yield replace(part, **changes), f"{field.name} is {usual}"
