"""The penalty for large weights: left out, of another size, or on parameters that bear none."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from chainruler.engine import Expression, absolute, broadcast_to, constant, norm2, sign, sqrt, substitute, sum_of
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake


class MissingRegularization(Mistake):
    """The gradient of the data loss alone."""

    code = "missing_regularization"
    title = "The penalty is left out"
    credit = 0.75
    question = "Which terms of the objective does this parameter stand in?"
    step = "The gradient of the penalty is missing in {line}."
    explanation = "The objective adds a penalty for large weights, and every weight gets the gradient of it as well."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.penalty is not None:
            yield Change(line.data, "the penalty is left out")


class WrongRegularizationScale(Mistake):
    """The penalty's gradient times a constant, or without its λ."""

    code = "wrong_regularization_scale"
    title = "The penalty has the wrong size"
    credit = 0.75
    question = "How is the penalty written in the objective: with a factor ½, with 1/N, and what is its derivative?"
    step = "The penalty's part of {line} has the wrong size."
    explanation = "λ‖W‖² has the gradient 2λW, and ½λ‖W‖² the gradient λW; the mean over samples does not divide it."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.penalty is None:
            return
        for factor, evidence in sizes(line.context):
            yield Change(line.data + factor * line.penalty, evidence)
        without = dict.fromkeys(line.context.penalty_factors, constant(1))
        yield Change(line.data + substitute([line.penalty], without)[0], "the penalty is without its factor λ")


class RegularizedBias(Mistake):
    """A penalty on a bias, where the problem has none."""

    code = "regularized_bias"
    title = "The bias is penalised"
    credit = 0.75
    question = "Which parameters does the penalty of the objective sum over?"
    step = "{line} has a penalty, but the objective does not penalise biases."
    explanation = "The penalty sums over the weights only, so that the gradient by a bias has no part of it."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        penalty = penalty_as_of_weights(line)
        if penalty is not None:
            yield Change(line.right + penalty, "the penalty is taken over the bias as well")
            for factor, evidence in sizes(line.context):
                yield Change(
                    line.right + factor * penalty, f"the penalty is taken over the bias as well, and {evidence}"
                )


def sizes(context: DerivationContext) -> Iterator[tuple[Expression, str]]:
    """The factors that a penalty gets by mistake."""
    yield constant(Fraction(1, 2)), "the penalty is half as large"
    yield constant(2), "the penalty is twice as large"
    yield context.batch**-1, "the penalty is divided by N"
    yield context.batch, "the penalty is multiplied by N"


def penalty_as_of_weights(line: Line) -> Expression | None:
    """The gradient that the penalty would have, if it were over this parameter too; None if it is, or there is none."""
    parameter, network = line.parameter, line.context.network
    if parameter is None or line.penalty is not None or network.problem.regularization is None:
        return None
    for name in network.parameters:
        of_weight = Line(f"d{name}", line.context.lines[f"d{name}"], line.context)
        if of_weight.penalty is not None:
            return substitute([of_weight.penalty], {network.parameters[name].variable: parameter.variable})[0]
    return None


class WrongPenalty(Mistake):
    """The gradient of another norm than the one that the objective has."""

    code = "wrong_penalty"
    title = "The penalty is of another norm"
    credit = 0.5
    question = "Which norm of the weights does the objective have, and is it squared?"
    step = "In {line} the penalty is that of another norm."
    explanation = "The square of the norm has the gradient 2λW, the sum of sizes λ sign(W): a number for each weight."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.penalty is None or line.parameter is None:
            return
        weights = line.parameter.variable
        (factor, *_) = (f for f in line.context.penalty_factors if f in line.uses)
        length = sqrt(norm2(weights))
        for gradient, evidence in (
            (factor * sign(weights), "it is that of the sum of sizes"),
            (2 * factor * weights, "it is that of the sum of squares"),
            (factor * weights / length, "the norm is not squared"),
            (factor * absolute(weights), "the sizes of the weights stand for their signs"),
            (2 * factor * absolute(weights), "the sizes of the weights stand for the weights"),
            (2 * factor * sum_of(weights), "the sum of the weights stands for the weights"),
            (2 * factor * length, "the norm of the weights stands for the weights"),
            (factor * norm2(weights), "the penalty itself stands for its gradient"),
            (factor * weights**2, "the squares of the weights stand for the weights"),
            (constant(2) * factor, "the weights are left out"),
            (factor, "the weights are left out"),
        ):
            yield Change(line.data + broadcast_to(gradient, weights.shape), evidence)
