"""Dropout: its mask, and what makes up for the units that are dropped."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, topological
from chainruler.engine.primitives.arithmetic import Multiply
from chainruler.engine.simplify import value_of
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.grading.occurrences import operands


class DropoutIgnored(Mistake):
    """The gradient passed through dropout as if nothing had been dropped."""

    code = "dropout_ignored"
    title = "The dropout is ignored in the backward pass"
    credit = 0.5
    question = "How much does the loss change with a unit that was dropped?"
    step = "The mask of the dropout is missing in {line}."
    explanation = "Units that were dropped have no influence, so that the same mask multiplies the gradient as well."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        masks = masks_of(line.context)
        for place, i, factor in operands(line.data, Multiply) if line.is_gradient else ():
            if factor in masks:
                yield Change(line.with_data(place.without(i)), "the mask is left out")
                rest = [f for f in place.node.args if f not in masks and value_of(f) is None]
                if len(rest) == 1:
                    yield Change(line.with_data(place.replaced(rest[0])), "mask and scale are left out")


class DropoutScale(Mistake):
    """The kept units not scaled up by 1 / (1 − rate), or by another number."""

    code = "dropout_scale"
    title = "The dropout has the wrong scale"
    credit = 0.5
    question = "What makes up for the units that are dropped, so that the expected sum stays what it was?"
    step = "In {line} the kept units are not divided by the probability of being kept."
    explanation = "Kept units are divided by 1 − rate, on the way forward and in the backward pass."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, factor in operands(line.data, Multiply) if line.is_gradient else ():
            number = value_of(factor)
            if number is not None and not masks_of(line.context).isdisjoint(place.node.args):
                yield Change(line.with_data(place.without(i)), "the scale of the mask is left out")
                yield Change(line.with_data(place.with_operand(i, factor**2)), "mask and scale are applied twice")

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        masks = masks_of(context)
        for name, line in context.network.system:
            for node in topological([line]) if not masks.isdisjoint(topological([line])) else ():
                factors = node.args if isinstance(node.primitive, Multiply) else ()
                numbers = [f for f in factors if value_of(f) is not None]
                if numbers and not masks.isdisjoint(node.args):
                    scale = numbers[0]
                    for new, evidence in (
                        (node / scale, "the kept units are not scaled up"),
                        (node / scale**2, "the kept units are multiplied by 1 − rate"),
                        (node / (scale - 1), "the kept units are divided by the rate"),
                        (node * scale, "mask and scale are applied twice"),
                    ):
                        yield Instead({name: new} if node is line else context.rewritten({node: new}), evidence)


def masks_of(context: DerivationContext) -> frozenset[Expression]:
    """The masks of all dropout layers."""
    return frozenset(given.variable for given in context.network.inputs.values() if given.role == "mask")
