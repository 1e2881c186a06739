"""The probabilities of the outputs: something else in their place, or half of their derivative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chainruler.engine import (
    Expression,
    equal,
    exp,
    label_of,
    max_of,
    sigmoid,
    softmax,
    sum_of,
    topological,
)
from chainruler.engine.expression import Variable
from chainruler.engine.primitives.arithmetic import Add, Multiply, is_power
from chainruler.engine.primitives.elementwise import Sigmoid
from chainruler.engine.primitives.reductions import LogSumExp, Softmax
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.grading.occurrences import Occurrence, operands, places


class Probabilities(NamedTuple):
    """A place where a line holds probabilities of scores."""

    place: Occurrence
    scores: Expression
    axis: int | None
    """The axis of a softmax; None for a sigmoid, which is no softmax over anything."""

    @property
    def difference(self) -> Occurrence | None:
        """The place of what they are compared with targets in: p − y; None where they are not."""
        whole = self.place.parent
        return whole if whole is not None and isinstance(whole.node.primitive, Add) else None

    def changed(self, line: Line, new: Expression, evidence: str) -> Change:
        """The line with something else in their place."""
        return Change(line.with_data(self.place.replaced(new)), evidence)


class UnnormalisedSoftmax(Mistake):
    """exp(z) in the place of softmax(z) or of a sigmoid."""

    code = "unnormalised_softmax"
    title = "The exponentials are not normalised"
    credit = 0.5
    forward = True
    question = "What do the probabilities of a sample sum to?"
    step = "In {line} an exponential stands for a probability: it is not divided by the sum."
    explanation = "A softmax is exp(z) over the sum of all exp, and a sigmoid exp(z) over exp(z) + 1."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in probabilities(line):
            yield found.changed(line, exp(found.scores), "exp(z) is not divided by its sum")


class SoftmaxTwice(Mistake):
    """A softmax of probabilities, as when a loss on logits is given the outputs of a softmax."""

    code = "softmax_twice"
    title = "The softmax is taken twice"
    credit = 0.5
    forward = True
    question = "Does the loss want logits or probabilities, and which of the two does it get?"
    step = "In {line} a softmax is taken of what a softmax has given already."
    explanation = "A cross-entropy on logits contains the softmax; fed with probabilities, it takes a second one."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for _, line in context.network.system:
            for node in topological([line]):
                if isinstance(node.primitive, LogSumExp):
                    scores = node.args[0]
                    fed = softmax(scores, node.primitive.axis)
                    yield Instead(_of_loss(context, scores, fed), "the loss is given probabilities for logits")

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in _softmaxes(line):
            again = found.place.node.primitive(found.place.node)
            yield found.changed(line, again, "the softmax is taken of probabilities")


class WrongSoftmaxAxis(Mistake):
    """A softmax over the samples, or over all entries at once."""

    code = "wrong_softmax_axis"
    title = "The softmax goes over the wrong axis"
    credit = 0.5
    forward = True
    question = "Which entries of the probabilities sum to 1?"
    step = "In {line} the softmax goes over the wrong axis."
    explanation = "The probabilities of each sample sum to 1, so that the softmax goes over the classes of one sample."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in _softmaxes(line):
            z = found.scores
            for axis in range(-z.ndim, 0):
                yield found.changed(line, softmax(z, axis), "the softmax goes over another axis")
            if z.ndim > 1:
                total = sum_of(exp(z), tuple(range(-z.ndim, 0)), keepdims=True)
                yield found.changed(line, exp(z) / total, "the exponentials are divided by the sum of all of them")


class LogitsForProbabilities(Mistake):
    """The scores themselves, where their probabilities belong."""

    code = "logits_for_probabilities"
    title = "The scores stand for the probabilities"
    credit = 0.5
    forward = True
    question = "What does the loss compare with the targets: the scores, or what softmax or sigmoid makes of them?"
    step = "In {line} the scores themselves are used, where softmax or sigmoid makes probabilities of them."
    explanation = "The gradient of a cross-entropy by the scores is p − y, with the probabilities p and not the scores."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in probabilities(line):
            yield found.changed(line, found.scores, "the scores are used for the probabilities")


class ArgmaxForProbabilities(Mistake):
    """The predicted class as a one-hot row, where the probabilities belong."""

    code = "argmax_for_probabilities"
    title = "The predicted class stands for the probabilities"
    credit = 0.5
    forward = True
    question = "Does the loss depend on the probabilities, or on the predicted class alone?"
    step = "In {line} the prediction is rounded to a class, where the probabilities belong."
    explanation = "A prediction that is rounded to 0 and 1 has no derivative; the gradient is made of probabilities."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in probabilities(line):
            z = found.scores
            hard = z > 0 if found.axis is None else equal(z, max_of(z, found.axis, keepdims=True))
            yield found.changed(line, hard, "the predicted class is used for the probabilities")


class WrongOutputFunction(Mistake):
    """A sigmoid in the place of a softmax."""

    code = "sigmoid_for_softmax"
    title = "A sigmoid stands for the softmax"
    credit = 0.5
    forward = True
    question = "Are the classes exclusive, so that their probabilities sum to 1?"
    step = "In {line} a sigmoid makes the probabilities, where the problem has a softmax."
    explanation = "A sigmoid looks at one score alone; a softmax compares all classes of a sample."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in _softmaxes(line):
            yield found.changed(line, sigmoid(found.scores), "the sigmoid of each score is used")


class DiagonalOfJacobian(Mistake):
    """The derivative p (1 − p) of a softmax, without what the other classes add."""

    code = "diagonal_of_jacobian"
    title = "Only the diagonal of the softmax's Jacobian is used"
    credit = 0.5
    question = "Does a score change the probability of its own class only?"
    step = "In {line} the softmax is differentiated as if each class depended on its own score alone."
    explanation = "∂p_i/∂z_j is −p_i p_j for j ≠ i: every score changes all probabilities, through their sum."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        activation = line.activation
        if activation is not None and isinstance(activation.line.primitive, Softmax):
            p = activation.value
            yield Change(activation.upstream * p * (1 - p), "the other classes are left out")
        for found in _softmaxes(line) if activation is None and line.is_gradient else ():
            difference, p = found.difference, found.place.node
            if difference is not None:
                own = p - difference.node
                for new, evidence in (
                    (-own * (1 - p), "the other classes are left out"),
                    ((1 - own) * p + own * p * (1 - p), "the true class gets p (1 − p), where its p − 1 belongs"),
                ):
                    yield Change(line.with_data(difference.replaced(new)), evidence)


class ExtraJacobian(Mistake):
    """p − y taken for the gradient by the probabilities, and sent through the softmax once more."""

    code = "extra_jacobian"
    title = "The softmax is differentiated twice"
    credit = 0.5
    question = "Is p − y the gradient by the probabilities, or by the scores?"
    step = "In {line} the derivative of the softmax is multiplied in, though it is contained in p − y already."
    explanation = "p − y is the gradient by the scores: the derivative of the softmax is in it, and comes in once."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in _softmaxes(line) if line.is_gradient else ():
            p, g, axis = found.place.node, line.data, found.axis
            if found.difference is not None and axis is not None and p.shape == g.shape:
                again = p * (g - sum_of(g * p, axis, keepdims=True))
                yield Change(line.with_data(again), "the derivative of the softmax is multiplied in once more")


class BinaryForCategorical(Mistake):
    """The cross-entropy of each class with its opposite, where the problem has one for all classes."""

    code = "binary_for_categorical"
    title = "The binary cross-entropy is taken for the categorical one"
    credit = 0.5
    question = "Does the loss of a sample have a term for the classes that are not its own?"
    step = "{line} is that of the binary cross-entropy of each class."
    explanation = "−Σ y log p has a term for the true class alone; (1 − y) log(1 − p) belongs to the binary one."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in _softmaxes(line) if line.is_gradient else ():
            difference, p, axis = found.difference, found.place.node, found.axis
            if difference is not None and axis is not None:
                y = p - difference.node
                g = (1 - y) / (1 - p) - y / p
                through = p * (g - sum_of(g * p, axis, keepdims=True))
                yield Change(line.with_data(difference.replaced(through)), "every class has a binary cross-entropy")
        for place, i, target in operands(line.data, Multiply) if line.is_gradient else ():
            below = [f.args[0] for f in place.node.args if _divides(f) and _is_softmax(f.args[0], line)]
            if target in line.context.targets and len(below) == 1:
                both = target - (1 - target) * below[0] / (1 - below[0])
                yield Change(line.with_data(place.with_operand(i, both)), "every class has a binary cross-entropy")


class LogLeftOut(Mistake):
    """The probability itself differentiated, where the loss has its logarithm."""

    code = "log_left_out"
    title = "The logarithm is not differentiated"
    credit = 0.5
    question = "Is the loss made of the probability, or of its logarithm?"
    step = "{line} is the gradient of the probability and not of its logarithm."
    explanation = "The derivative of log p is 1/p times that of p, and takes the factor p of a softmax away again."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for found in probabilities(line) if line.is_gradient else ():
            difference, p = found.difference, found.place.node
            if difference is not None:
                y = p - difference.node
                slope = p * (1 - p) * (1 - 2 * y)
                if found.axis is not None:
                    slope = p * (sum_of(y * p, found.axis, keepdims=True) - y)
                yield Change(line.with_data(difference.replaced(slope)), "the logarithm is left out")


def _divides(node: Expression) -> bool:
    return is_power(node, -1)


def _is_softmax(symbol: Expression, line: Line) -> bool:
    meaning = (
        line.context.network.system.lines.get(label_of(symbol)) if isinstance(symbol.primitive, Variable) else None
    )
    return meaning is not None and isinstance(meaning.primitive, Softmax)


def probabilities(line: Line) -> Iterator[Probabilities]:
    """Where a line writes out a softmax, or compares a sigmoid with targets."""
    yield from _softmaxes(line)
    if line.is_gradient and not line.context.targets.keys().isdisjoint(line.uses):
        for place in places(line.data):
            if isinstance(place.node.primitive, Sigmoid):
                yield Probabilities(place, place.node.args[0], None)


def _softmaxes(line: Line) -> Iterator[Probabilities]:
    for place in places(line.data):
        node = place.node
        if isinstance(node.primitive, Softmax):
            yield Probabilities(place, node.args[0], node.primitive.axis)


def _of_loss(context: DerivationContext, scores: Expression, fed: Expression) -> dict[str, Expression]:
    """The lines of the objective with something else for the scores that it is given."""
    network = context.network
    return {
        name: right
        for name, right in context.rewritten({scores: fed}).items()
        if name in {network.objective, network.data_loss}
    }
