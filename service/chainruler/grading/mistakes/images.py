"""Convolution and pooling: the kernel turned round, a window not divided, a gradient spread over it."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, broadcast_to, concatenate, constant, part_of, substitute, topological
from chainruler.engine.primitives.arithmetic import Multiply
from chainruler.engine.primitives.gates import Compare
from chainruler.engine.primitives.windows import Unwindow, Window
from chainruler.engine.simplify import value_of
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.grading.occurrences import operands, places


class KernelFlipped(Mistake):
    """The kernel turned by 180° where it should not be."""

    code = "kernel_flipped"
    title = "The kernel is flipped"
    credit = 0.5
    question = "Which entry of the kernel meets the first entry of a window?"
    step = "In {line} the kernel is turned by 180°."
    explanation = "A layer correlates: no kernel is turned on the way forward, nor in the gradient by the kernel."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for kernel in _kernels(context):
            yield Instead(context.rewritten({kernel: _flipped(kernel)}), "the kernel is turned on the way forward")

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for kernel in _kernels(line.context) if line.is_gradient else ():
            if line.parameter is not None and line.parameter.variable is kernel:
                yield Change(line.with_data(_flipped(line.data)), "the gradient by the kernel is turned")
            elif kernel in line.uses:
                turned = substitute([line.right], {kernel: _flipped(kernel)})[0]
                yield Change(turned, "the kernel is turned in the backward pass")


class PoolNotDivided(Mistake):
    """The sum of a window for its mean."""

    code = "pool_not_divided"
    title = "The pooling is not divided by the size of the window"
    credit = 0.5
    question = "How much does the mean of a window change with one of its entries?"
    step = "In {line} the mean of a window is not divided by the number of its entries."
    explanation = "Each entry has its part of a mean: 1/k of what comes back to a window of k."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, factor in operands(line.data, Multiply) if line.is_gradient and _pools(line) else ():
            if value_of(factor) not in {None, 1, -1}:
                yield Change(
                    line.with_data(place.with_operand(i, constant(1))), "the window is not divided by its size"
                )

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for name, line in context.network.system:
            if any(isinstance(node.primitive, Window) for node in topological([line])):
                for place, i, factor in operands(line, Multiply):
                    if value_of(factor) not in {None, 1, -1}:
                        yield Instead({name: place.with_operand(i, constant(1))}, "the window is summed")


class PoolSpread(Mistake):
    """What comes back to a maximum, spread over all entries of its window."""

    code = "pool_spread"
    title = "The gradient goes to the whole window and not to its maximum"
    credit = 0.5
    question = "How much does the maximum of a window change with an entry that is not the largest?"
    step = "In {line} every entry of a window gets a part, where the largest alone has any influence."
    explanation = "Only the largest entry of a window reaches the output, so that all of the gradient goes there."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data) if line.is_gradient else ():
            if isinstance(place.node.primitive, Unwindow) and isinstance(place.node.args[0].primitive, Multiply):
                windows = place.node.args[0]
                factors = [f for f in windows.args if not _holds_gate(f)]
                whole = broadcast_to(_product(factors), windows.shape)
                for part, evidence in ((1, "every entry gets all of it"), (windows.shape[-2], "it is shared by all")):
                    if isinstance(part, int) and len(factors) < len(windows.args):
                        yield Change(line.with_data(place.with_operand(0, whole / part)), evidence)


def _holds_gate(factor: Expression) -> bool:
    return any(isinstance(node.primitive, Compare) for node in topological([factor]))


def _product(factors: list[Expression]) -> Expression:
    result = factors[0] if factors else constant(1)
    for factor in factors[1:]:
        result = result * factor
    return result


def _pools(line: Line) -> bool:
    """Whether what the line is the gradient by is divided into windows and learns nothing there."""
    return line.parameter is None and any(isinstance(n.primitive, Unwindow) for n in line.nodes)


def _kernels(context: DerivationContext) -> list[Expression]:
    return [p.variable for p in context.network.parameters.values() if p.role == "weight" and p.variable.ndim == 4]


def _flipped(kernel: Expression) -> Expression:
    """The kernel turned by 180°."""
    for axis in (-1, -2):
        count = kernel.shape[axis]
        if isinstance(count, int):
            kernel = concatenate([part_of(kernel, i, i + 1, axis) for i in reversed(range(count))], axis)
    return kernel
