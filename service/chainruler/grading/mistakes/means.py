"""The mean over samples: its factor forgotten, there once more, or left out in a text about one sample."""

from __future__ import annotations

from chainruler.engine import Expression, topological
from chainruler.engine.expression import Size
from chainruler.engine.primitives.arithmetic import Add, Multiply, is_power
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import operands


def divides_by_samples(factor: Expression) -> bool:
    """Whether a factor is 1/N."""
    return is_power(factor, -1) and isinstance(factor.args[0].primitive, Size)


def is_mean(context: DerivationContext) -> bool:
    """Whether the objective averages over the samples."""
    objective = context.lines[context.network.objective or ""]
    return any(divides_by_samples(node) for node in topological([objective]))


class MissingMean(Mistake):
    """The factor 1/N left out, or taken away again by a factor N."""

    code = "missing_mean"
    title = "The mean over the samples is missing"
    credit = 0.75
    question = "Does the loss add up the samples, or average over them?"
    step = "The factor 1/N of the mean over the samples is missing in {line}."
    explanation = (
        "The loss is a mean over N samples, so its gradient carries a factor 1/N, once, from the first step on."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, factor in operands(line.right, Multiply):
            if divides_by_samples(factor):
                yield Change(place.without(i), "the factor 1/N is left out")
                rest = place.without(i)
                if len(place.path) == 0 and rest is not None and isinstance(rest.primitive, Add):
                    for term in rest.args:
                        whole = rest - term + factor * term
                        yield Change(whole, "the factor 1/N stands at one of the terms only")
        if line.parameter is not None and is_mean(line.context):
            yield Change(line.with_data(line.context.batch * line.data), "the part of the data is N times as large")


class ExtraMean(Mistake):
    """A factor 1/N too many."""

    code = "extra_mean"
    title = "Divided by the number of samples once too often"
    credit = 0.75
    question = "Where does a factor 1/N come in, and is it there already in what this step starts from?"
    step = "{line} is divided by the number of samples once more than it should be."
    explanation = "A mean brings its 1/N in once, with the first step back, and every later step inherits it."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        yield Change(line.with_data(line.context.batch**-1 * line.data), "the part of the data is divided by N")


class PerSampleGradient(Mistake):
    """The gradient of each sample's own loss at a hidden line, in a text that says so; found in formulas only."""

    code = "per_sample_gradient"
    title = "The gradient of each sample's own loss"
    credit = 0.75
    question = "Is this the gradient of one sample's loss, or of the mean over all samples?"
    step = "{line} is right for the loss of each sample by itself; the mean over the samples divides it by N."
    explanation = (
        "Courses that derive the steps for one sample bring the 1/N in with the parameters; "
        "in the gradients of the mean itself it is there from the first step on."
    )
    convention = True


def of_each_sample(line: Line) -> Expression | None:
    """A hidden line's gradient of each sample's own loss; None for parameters, and where the loss is no mean."""
    hidden = line.is_gradient and line.parameter is None and is_mean(line.context)
    return line.context.batch * line.right if hidden else None
