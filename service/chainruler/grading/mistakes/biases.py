"""Sums over the batch: left out, or with the input where a bias has none."""

from __future__ import annotations

from chainruler.engine import Expression, broadcast_to, reshape, sum_of
from chainruler.engine.primitives.arithmetic import Add
from chainruler.engine.primitives.products import Matmul
from chainruler.engine.primitives.reductions import Sum
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import places
from chainruler.networks.blueprint import BATCH


class BiasTimesInput(Mistake):
    """The gradient by a bias, multiplied with the input of the layer as the weights' is."""

    code = "bias_times_input"
    title = "The bias is multiplied with the input"
    credit = 0.5
    question = "How much does the pre-activation change when the bias grows by 1?"
    step = "{line} is multiplied with the input of the layer, but a bias meets no input."
    explanation = "In W x + b the weights are multiplied with x and the bias with 1, so its gradient has no factor x."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.parameter is None or line.parameter.role != "bias":
            return
        started = line.uses & line.context.gradients
        for name, parameter in line.context.network.parameters.items():
            of_weight = Line(f"d{name}", line.context.lines[f"d{name}"], line.context)
            if parameter.role == "weight" and started and started <= of_weight.uses:
                yield Change(of_weight.data, "it is the gradient by the weights")
                for axis in range(-of_weight.right.ndim, 0):
                    row = sum_of(of_weight.data, axis)
                    if row.shape == tuple(d for d in line.right.shape if d != 1):
                        summed = reshape(row, line.right.shape)
                        yield Change(
                            line.with_data(summed), "it is the gradient by the weights, summed over the inputs"
                        )
                if [d for d in of_weight.data.shape if d != 1] == [d for d in line.right.shape if d != 1]:
                    yield Change(reshape(of_weight.data, line.right.shape), "it is the gradient by the weights")


class SummedOverEverything(Mistake):
    """One sum over samples and units for all entries of a bias."""

    code = "summed_over_everything"
    title = "Summed over the units as well"
    credit = 0.5
    question = "Which entries of dZ does one entry of the bias reach?"
    step = "{line} is one sum over everything, the same for each unit."
    explanation = "Each entry of a bias belongs to one unit, so that only the samples are summed: axis=0 for rows."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.parameter is not None and line.parameter.role == "bias" and not isinstance(line.right.primitive, Add):
            total = broadcast_to(sum_of(line.data), line.right.shape)
            yield Change(line.with_data(total), "one sum over everything stands for each unit")


class NotSummedOverBatch(Mistake):
    """The gradient sample by sample, where the samples have to be added up."""

    code = "not_summed_over_batch"
    title = "Not summed over the samples"
    credit = 0.5
    question = "Every sample uses the same parameter; how do their gradients come together?"
    step = "{line} is not summed over the samples."
    explanation = "All samples share the parameter, so that its gradient is the sum of theirs."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data):
            node = place.node
            if isinstance(node.primitive, Sum) and _summed_over_batch(node):
                yield Change(line.with_data(place.replaced(node.args[0])), "the samples are not added up")
            elif isinstance(node.primitive, Matmul) and _contracts_batch(node):
                yield Change(line.with_data(_sample_by_sample(node)), "the samples are not added up")


def _summed_over_batch(node: Expression) -> bool:
    return BATCH in node.args[0].shape and BATCH not in node.shape


def _contracts_batch(node: Expression) -> bool:
    return all(arg.ndim == 2 for arg in node.args) and node.args[0].shape[-1] == BATCH


def _sample_by_sample(node: Expression) -> Expression:
    """The outer product of each sample, N in front, for a product that sums over the samples."""
    left, right = node.args[0].T, node.args[1]
    return reshape(left, (*left.shape, 1)) * reshape(right, (right.shape[0], 1, right.shape[1]))
