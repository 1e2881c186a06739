"""The sampled softmax: its own sum of exponentials, taken wrongly.

These are mistakes of the forward pass: a student who makes one differentiates the wrong loss correctly.
"""

from __future__ import annotations

from chainruler.engine import Expression, broadcast_to, concatenate, constant, equal, log, reshape, sum_of, where
from chainruler.engine.primitives.gates import Where
from chainruler.engine.primitives.joining import Concatenate
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.networks.losses.sampled_softmax import FAR_BELOW, SampledSoftmax


class Parts:
    """The logits U = (z_c, z_S − log(K q)) of a sampled softmax, taken apart."""

    def __init__(self, line: Line, loss: SampledSoftmax) -> None:
        symbol = line.context.symbols.get
        own, rest = line.right.args
        self.own, self.corrected = own, rest
        name = line.context.network.problem.model.symbols.get
        scores, classes = symbol(name("z_S", "z_S")), symbol(name("S", "S"))
        assert scores is not None and classes is not None  # noqa: S101, PT018 (the loss has written both)
        self.scores, self.classes = scores, classes
        self.true = next(s for s in line.context.targets if s.kind == "index")
        self.count = constant(loss.count or len(loss.sampled or ()))

    @classmethod
    def of(cls, line: Line) -> Parts | None:
        """The parts, if this line holds the logits of a sampled softmax."""
        loss = line.context.network.problem.loss
        if (
            not isinstance(loss, SampledSoftmax)
            or line.is_gradient
            or not isinstance(line.right.primitive, Concatenate)
        ):
            return None
        return cls(line, loss)

    def with_scores(self, corrected: Expression) -> Expression:
        """The logits with others for the drawn classes."""
        return concatenate([self.own, corrected])


class MissingCorrection(Mistake):
    """The drawn classes not weighted by how likely they were to be drawn."""

    code = "missing_sampling_correction"
    title = "The correction by q is missing"
    credit = 0.5
    forward = True
    backward = False
    question = "Does a class that is drawn often count as much as one that is drawn rarely?"
    step = "The correction by the sampling probabilities q is missing in {line}."
    explanation = "Each drawn class stands for many others: dividing by q makes the sum right on average."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is not None:
            yield Change(parts.with_scores(parts.scores - log(parts.count)), "1/q is left out")
            yield Change(parts.with_scores(parts.scores), "1/q and the mean over the samples are left out")


class InvertedCorrection(Mistake):
    """The drawn classes multiplied by q, where they are divided by it."""

    code = "inverted_sampling_correction"
    title = "The correction by q is inverted"
    credit = 0.5
    forward = True
    backward = False
    question = "Must a class that is drawn often count for more, or for less?"
    step = "In {line} the drawn classes are multiplied with their probabilities q, which should divide them."
    explanation = "A class that is drawn twice as often must count half as much each time: its term is e^z/q."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is not None:
            correction = parts.scores - parts.corrected
            yield Change(parts.with_scores(parts.scores + correction), "the sign of log(K q) is turned round")
            turned = correction - 2 * log(parts.count)
            yield Change(parts.with_scores(parts.scores + turned), "e^z is multiplied with q, and not divided by it")


class PositiveMissing(Mistake):
    """The true class left out of the sum that normalises."""

    code = "missing_positive"
    title = "The true class is missing in the sum"
    credit = 0.5
    forward = True
    backward = False
    question = "Does the sum below the fraction contain what stands above it?"
    step = "In {line} the term of the true class is missing."
    explanation = "The sum has the term of the true class, and estimates the rest by the drawn ones."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is not None:
            none = broadcast_to(constant(FAR_BELOW), parts.own.shape)
            yield Change(concatenate([none, parts.corrected]), "the term of the true class is left out")


class SumForMeanOverSamples(Mistake):
    """The drawn classes added up, where their mean belongs."""

    code = "sum_over_sampled"
    title = "A sum over the drawn classes instead of their mean"
    credit = 0.5
    forward = True
    backward = False
    question = "What happens to the sum over the drawn classes when twice as many are drawn?"
    step = "In {line} the drawn classes are summed; the factor 1/K of their mean is missing."
    explanation = "The sum over all classes is estimated by a mean of e^z/q over the K classes that were drawn."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is not None:
            yield Change(parts.with_scores(parts.corrected + log(parts.count)), "the factor 1/K is left out")


class DuplicatesCountedOnce(Mistake):
    """A class that was drawn twice, taken as if it had been drawn once."""

    code = "duplicates_counted_once"
    title = "A class drawn twice is counted once"
    credit = 0.5
    forward = True
    backward = False
    question = "What is drawn: a set of classes, or a multiset?"
    step = "In {line} a class that was drawn several times counts once only."
    explanation = "Each draw adds its own term, so that a class that was drawn m times has the factor m."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is not None:
            count = parts.classes.shape[0]
            same = equal(reshape(parts.classes, (count, 1)), reshape(parts.classes, (1, count)))
            yield Change(parts.with_scores(parts.corrected - log(sum_of(same, -1))), "duplicates count once")


class PositiveCountedTwice(Mistake):
    """The true class among the drawn ones handled the other way than the problem says."""

    code = "positive_counted_twice"
    title = "The true class is counted wrongly"
    credit = 0.5
    forward = True
    backward = False
    question = "What happens to the true class if it is drawn as well?"
    step = "{line} counts the true class once too often, or once too seldom."
    explanation = (
        "The true class has a term of its own; whether it has another one when it is drawn too is the problem's to say."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        parts = Parts.of(line)
        if parts is None:
            return
        yield Change(concatenate([parts.own + log(constant(2)), parts.corrected]), "the true class is counted twice")
        if isinstance(parts.corrected.primitive, Where):
            kept = parts.corrected.args[2]
            yield Change(parts.with_scores(kept), "the true class is kept among the drawn ones")
        else:
            hit = equal(parts.classes, reshape(parts.true, (*parts.true.shape, 1)))
            removed = where(hit, constant(FAR_BELOW), parts.corrected)
            yield Change(parts.with_scores(removed), "the true class is removed from the drawn ones")
