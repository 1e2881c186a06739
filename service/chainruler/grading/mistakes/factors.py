"""Numbers and other factors: left out, or there without being asked for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod

from chainruler.engine import Expression, constant, topological, variables
from chainruler.engine.primitives.arithmetic import Multiply, is_power
from chainruler.engine.primitives.elementwise import Sigmoid
from chainruler.engine.primitives.reductions import Softmax
from chainruler.engine.simplify import value_of
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.means import divides_by_samples, is_mean
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import operands
from chainruler.grading.switches import switches_of

IMAGES = 4
"""The axes of images: samples, channels, height, width."""
SQUASHING = (Softmax, Sigmoid)
NO_TWO = "the factor 2 of the square is left out"
NOT_A_MEAN = "multiplied by N, where the loss is no mean"


class MissingFactor(Mistake):
    """A factor left out: the 2 of a square, or an array that the chain rule multiplies with."""

    code = "missing_factor"
    title = "A factor is missing"
    credit = 0.5
    generic = True
    question = "Which factors does the chain rule collect here, and which number does the derivative of a square bring?"
    step = "A factor is missing in {line}."
    explanation = "Every link of the chain rule multiplies; a link that is left out is a factor that is missing."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, factor in operands(line.data, Multiply):
            value = value_of(factor)
            if value is not None and abs(value) != 1:
                one = constant(-1 if value < 0 else 1)
                yield Change(line.with_data(place.with_operand(i, one)), f"the factor {abs(value)} is left out")
            elif value is None and _fills(place.node, i) and not _is_told_otherwise(factor, line):
                yield Change(line.with_data(place.without(i)), "a factor of a product is left out")
        if begins_at_square(line):
            yield Change(line.with_data(Fraction(1, 2) * line.data), NO_TWO)


class ExtraFactor(Mistake):
    """A factor that does not belong: a 2 or a half, or the derivative of an activation that is not there."""

    code = "extra_factor"
    title = "A factor does not belong here"
    credit = 0.5
    generic = True
    question = "Which link of the chain rule does each factor come from?"
    step = "{line} has a factor that does not belong there."
    explanation = "Every factor stands for a link of the chain rule; here is one without a link."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        yield Change(line.with_data(2 * line.data), "the part of the data is twice as large")
        yield Change(line.with_data(Fraction(1, 2) * line.data), "the part of the data is half as large")
        own = line.context.symbols.get(line.of)
        if line.is_gradient and not line.gradients and own is not None and own in line.uses:
            yield Change(own * line.right, "it is multiplied with what it is the gradient by")
            yield Change(-own * line.right, "it is multiplied with what it is the gradient by, and has another sign")
        for activation in _activations(line):
            slope = activation * (1 - activation)
            yield Change(slope * line.right, "the derivative p (1 − p) of an activation is multiplied in")
        for slope in line.slopes:
            yield Change(slope * line.right, "a factor of the activation's derivative is multiplied in twice")


class WrongScale(Mistake):
    """The right gradient times a number that no other mistake explains."""

    code = "wrong_scale"
    title = "Right but for a constant factor"
    credit = 0.75
    generic = True
    question = "By which constant does your result differ from the right one, in every entry?"
    step = "{line} is right but for a constant factor."
    explanation = "All entries are off by one and the same factor: a constant was lost or brought in on the way."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for gradient in line.gradients if line.parameter is not None else ():
            sides = [side for side in gradient.shape[2:] if isinstance(side, int)]
            if gradient.ndim == IMAGES:
                positions = Fraction(1, prod(sides))
                yield Change(line.with_data(positions * line.data), "divided by the number of positions in the image")
        width = line.context.outputs
        if line.is_gradient and not is_mean(line.context):
            yield Change(line.with_data(line.context.batch * line.data), NOT_A_MEAN)
        if line.is_gradient and width > 1:
            yield Change(line.with_data(Fraction(1, width) * line.data), f"divided by the {width} outputs")
            yield Change(line.with_data(width * line.data), f"multiplied by the {width} outputs")
            if not line.gradients:
                other = line.context.batch * Fraction(1, width) * line.data
                yield Change(line.with_data(other), f"divided by the {width} outputs, and not by the samples")


def begins_at_square(line: Line) -> bool:
    """Whether a line is the first of the backward pass, and the loss a sum of squares: it is twice something."""
    context, network = line.context, line.context.network
    if not line.is_gradient or line.gradients or network.objective is None:
        return False
    loss = context.lines[network.data_loss or network.objective]
    learnt = {parameter.variable for parameter in network.parameters.values()}
    squares = [node for node in topological([loss]) if is_power(node, 2) and not learnt.issuperset(variables([node]))]
    return bool(squares) and not switches_of([loss])


def _is_told_otherwise(factor: Expression, line: Line) -> bool:
    """Whether leaving a factor out has a name of its own, as of a mean, a gate or a slope, or is nothing people do."""
    named = divides_by_samples(factor) or factor.kind == "gate" or factor in line.context.gradients
    return named or any(factor is slope for slope in line.slopes)


def _fills(product: Expression, i: int) -> bool:
    """Whether the other factors have the product's shape."""
    return any(factor.shape == product.shape for j, factor in enumerate(product.args) if j != i)


def _activations(line: Line) -> Iterator[Expression]:
    """Where a line feeds no activation: the values of its shape that one has given, such as the probabilities."""
    if not line.is_gradient or line.slopes or line.parameter is not None:
        return
    for name, expression in line.context.network.system:
        if isinstance(expression.primitive, SQUASHING) and expression.shape == line.right.shape:
            yield line.context.symbols[name]
    yield from (n for n in line.nodes if isinstance(n.primitive, SQUASHING) and n.shape == line.right.shape)
