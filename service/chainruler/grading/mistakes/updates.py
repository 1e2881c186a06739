"""Parameters updated too early, or taken for their gradients."""

from __future__ import annotations

from fractions import Fraction

from chainruler.engine import Expression, substitute
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake

RATES = (Fraction(1), Fraction(1, 2), Fraction(1, 10), Fraction(1, 100))
"""The usual step sizes: which one somebody took is not to be seen in a gradient."""


class UpdatedTooEarly(Mistake):
    """A layer's weights changed before the gradient has gone back through them."""

    code = "updated_too_early"
    title = "The weights are updated before the backward pass is over"
    credit = 0.5
    question = "With which weights did the forward pass compute the outputs?"
    step = "In {line} the gradient goes back through weights that have been updated already."
    explanation = "All gradients are taken at the old weights: first the whole backward pass, then the update."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for weights, gradient in weights_of(line).items():
            for rate in RATES:
                updated = {weights: weights - rate * gradient}
                yield Change(substitute([line.right], updated)[0], f"the weights have taken a step of {rate} already")


class GradientForWeights(Mistake):
    """dW in the place of W."""

    code = "gradient_for_weights"
    title = "The gradient of the weights stands for the weights"
    credit = 0.5
    question = "Which array was the activation multiplied with on the way forward?"
    step = "{line} uses the gradient of the weights, where the weights themselves belong."
    explanation = "A gradient goes back through a layer by its weights; their own gradient is a result."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for weights, gradient in weights_of(line).items():
            yield Change(substitute([line.right], {weights: gradient})[0], "the gradient stands for the weights")


class ParameterForGradient(Mistake):
    """W or b itself, where its gradient belongs."""

    code = "parameter_for_gradient"
    title = "The parameter itself stands for its gradient"
    credit = 0.0
    question = "Is this the parameter, or the derivative of the loss by it?"
    step = "{line} is the parameter and not its gradient."
    explanation = "A gradient says how the loss changes with a parameter; the parameter's own value does not."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.parameter is not None:
            yield Change(line.parameter.variable, "it is the value of the parameter")


class GradientsExchanged(Mistake):
    """The gradients of two parameters of one layer, each in the place of the other."""

    code = "gradients_exchanged"
    title = "It is the gradient by another parameter"
    credit = 0.5
    question = "Which of the layer's parameters is this the gradient by?"
    step = "{line} is what another parameter of the same layer gets."
    explanation = "Parameters of one shape are easily exchanged: the shift adds up dZ alone, the scale dZ ⊙ x."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.parameter is None:
            return
        for name, parameter in line.context.network.parameters.items():
            other = Line(f"d{name}", line.context.lines[f"d{name}"], line.context)
            if parameter.variable.shape == line.right.shape and other.gradients == line.gradients:
                yield Change(other.right, f"it is the gradient by {name}")


def weights_of(line: Line) -> dict[Expression, Expression]:
    """The parameters through which a line goes back, with the symbols of their gradients."""
    if not line.is_gradient or line.parameter is not None:
        return {}
    context = line.context
    found = {}
    for name, parameter in context.network.parameters.items():
        before = f"d{name}" in context.order and context.order[f"d{name}"] < context.order[line.name]
        if parameter.variable in line.uses and before:
            found[parameter.variable] = context.symbols[f"d{name}"]
    return found
