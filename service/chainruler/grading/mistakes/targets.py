"""The targets: classes off by one, smoothing and weights of classes applied wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import (
    Expression,
    broadcast_to,
    concatenate,
    constant,
    part_of,
    substitute,
    sum_of,
    topological,
    variables,
)
from chainruler.engine.primitives.arithmetic import Add
from chainruler.engine.primitives.indexing import OneHot
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.grading.mistakes.softmax import probabilities
from chainruler.grading.occurrences import places


class LabelsOffByOne(Mistake):
    """Each class taken for the next, or for the one before, as when classes that count from 1 are used from 0."""

    code = "labels_off_by_one"
    title = "The classes are off by one"
    credit = 0.5
    forward = True
    backward = False
    question = "Do the classes count from 0 or from 1, and which column belongs to the first?"
    step = "In {line} every sample has the class after its own, or the one before."
    explanation = "Classes count from 0, so that class k is the column with index k."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        rows = next((node for node in topological([line.right]) if isinstance(node.primitive, OneHot)), None)
        if rows is not None and line.symbol in line.context.targets:
            axis = -1 if rows is line.right or line.right.ndim < 2 else -2
            yield Change(_rolled(line.right, 1, axis), "every class is one too high")
            yield Change(_rolled(line.right, -1, axis), "every class is one too low")


class WrongSmoothing(Mistake):
    """Label smoothing left out, or its ε not spread over all classes."""

    code = "wrong_label_smoothing"
    title = "The label smoothing is applied wrongly"
    credit = 0.5
    forward = True
    backward = False
    question = "What do the smoothed targets of a sample sum to, and how much of it does each class get?"
    step = "In {line} the targets are not smoothed as the problem says."
    explanation = "Smoothed targets are (1 − ε) y + ε/C: each of the C classes gets ε/C, the true one among them."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.symbol not in line.context.targets or not isinstance(line.right.primitive, Add):
            return
        (rows,) = variables([line.right])
        spread = [term for term in line.right.args if not variables([term])]
        kept = [term for term in line.right.args if variables([term])]
        if len(spread) != 1 or len(kept) != 1 or not line.right.shape:
            return
        count = constant(line.context.outputs)
        share, smooth = spread[0], count * spread[0]
        yield Change(rows, "the targets are not smoothed at all")
        yield Change(kept[0], "ε is taken from the true class, and given to none")
        yield Change(rows + share, "ε is given to the classes, and not taken from the true one")
        yield Change(kept[0] + smooth, "each class gets ε, where it is shared by all")
        yield Change((1 - smooth) * rows + smooth / (count - 1) * (1 - rows), "ε is shared by the other classes only")
        yield Change(smooth * rows + (1 - smooth) / count, "ε and 1 − ε are exchanged")
        yield Change(kept[0] + smooth / (count - 1), "ε is divided by the number of the other classes")
        yield Change(kept[0] + 1 / count, "each class gets 1/C in the place of ε/C")
        yield Change(kept[0] + (1 - smooth) / count, "each class gets (1 − ε)/C in the place of ε/C")


class TargetsBroadcast(Mistake):
    """Targets (N,) against outputs (N, 1), of which NumPy makes N × N differences."""

    code = "targets_broadcast"
    title = "Every output is compared with every target"
    credit = 0.5
    question = "Which shape has the difference of outputs (N, 1) and targets (N,)?"
    step = "In {line} each output is compared with the targets of all samples."
    explanation = "An array (N, 1) less one of (N,) is broadcast to (N, N): both must have the same shape."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        targets, batch = line.context.targets, line.context.batch
        for place in places(line.data) if line.is_gradient and line.context.outputs == 1 else ():
            held = [term for term in place.node.args if not targets.keys().isdisjoint(variables([term]))]
            if isinstance(place.node.primitive, Add) and len(held) == 1 and held[0].ndim == 2:
                every = batch * (place.node - held[0]) + sum_of(held[0], keepdims=True)
                yield Change(line.with_data(place.replaced(every)), "each output meets the targets of all samples")


class TargetsAllOne(Mistake):
    """1 for every target, as when all samples are taken for positive ones."""

    code = "targets_all_one"
    title = "Every target is taken for 1"
    credit = 0.5
    question = "Which samples are positive, and what is the target of the others?"
    step = "In {line} every sample is treated as if its target were 1."
    explanation = "Where the target is 0 the gradient is p and not p − 1: negative samples push the other way."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for target in line.context.targets:
            if line.is_gradient and target.kind != "index" and target in line.uses:
                ones = broadcast_to(constant(1), target.shape)
                yield Change(line.with_data(substitute([line.data], {target: ones})[0]), "every target is 1")


class ClassWeightsIgnored(Mistake):
    """The loss without the weights of its classes."""

    code = "class_weights_ignored"
    title = "The weights of the classes are left out"
    credit = 0.5
    question = "By what is the loss of a sample multiplied, if its class has a weight?"
    step = "The weights of the classes are missing in {line}."
    explanation = "A weight of a class multiplies the loss of each sample of that class, and so its gradient."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for weights in _given(context, "class_weights"):
            ones = {weights: broadcast_to(constant(1), weights.shape)}
            yield Instead(context.rewritten(ones), "the weights of the classes are left out")


class SampleWeightsIgnored(Mistake):
    """The loss without the weights of its samples."""

    code = "sample_weights_ignored"
    title = "The weights of the samples are left out"
    credit = 0.5
    question = "By what is the loss of a sample multiplied, if it has a weight?"
    step = "The weights of the samples are missing in {line}."
    explanation = "A weight multiplies the loss of its sample, and so everything that goes back from it."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for wanted in context.network.inputs.values():
            if wanted.key == "weights":
                ones = {wanted.variable: broadcast_to(constant(1), wanted.variable.shape)}
                yield Instead(context.rewritten(ones), "the weights of the samples are left out")


class ClassWeightsByColumn(Mistake):
    """The weights of the classes multiplied onto the columns, where a sample has that of its own class."""

    code = "class_weights_by_column"
    title = "The weights of the classes stand at the columns"
    credit = 0.5
    question = "Whose weight does a sample have: that of its own class, or one for each column?"
    step = "In {line} each column is multiplied with the weight of its class, or some of it is not weighted."
    explanation = "All entries of a sample's gradient p − y are multiplied with the weight of its true class."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for weights in _given(line.context, "class_weights"):
            for found in probabilities(line):
                product = found.place.parent
                whole = None if product is None else product.parent
                if product is not None and whole is not None and isinstance(whole.node.primitive, Add):
                    rest = whole.node - product.node
                    for new, evidence in (
                        (weights * found.place.node + rest, "every column has the weight of its class"),
                        (found.place.node + rest, "the targets alone are weighted"),
                    ):
                        yield Change(line.with_data(whole.replaced(new)), evidence)


def _given(context: DerivationContext, role: str) -> list[Expression]:
    """What the loss itself says of this role."""
    return [given.variable for given in context.network.inputs.values() if given.role == role]


def _rolled(rows: Expression, by: int, axis: int) -> Expression:
    """The columns moved by one to the right, or to the left, and the last one to where the first was."""
    count = rows.shape[axis]
    if not isinstance(count, int) or count < 2:
        return rows
    cut = count - by if by > 0 else -by
    return concatenate([part_of(rows, cut, count, axis), part_of(rows, 0, cut, axis)], axis)
