"""Losses of residuals: the two branches of the Huber loss, the sign of |r|, the root of a norm."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, broadcast_to, constant, substitute, topological, variables
from chainruler.engine.primitives.arithmetic import Multiply, is_power
from chainruler.engine.primitives.gates import Sign, Where
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake


class BranchesSwapped(Mistake):
    """What holds near and what holds far exchanged."""

    code = "branches_swapped"
    title = "The two branches of the loss are exchanged"
    credit = 0.5
    question = "Which branch holds for small residuals, and which for large ones?"
    step = "In {line} the two branches of the loss are exchanged, or only one of them is used."
    explanation = "A Huber loss is a square near 0 and a straight line far away, so that outliers pull no harder."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for choice in _choices(context):
            gate, near, far = choice.args
            swapped = choice.primitive(gate, far, near)
            for new, evidence in (
                (swapped, "the two branches are exchanged"),
                (near, "the branch of small residuals is used everywhere"),
                (far, "the branch of large residuals is used everywhere"),
            ):
                yield Instead(context.rewritten({choice: new}), evidence)


class BranchScale(Mistake):
    """One branch twice as steep, so that the two do not meet."""

    code = "branch_scale"
    title = "One branch of the loss has the wrong size"
    credit = 0.5
    question = "Do the slopes of the two branches agree where they meet?"
    step = "In {line} one of the two branches has the wrong size."
    explanation = "The slope r of ½ r² goes over into δ sign(r) where r is δ; 2r would jump there."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for choice in _choices(context):
            gate, near, far = choice.args
            twice = choice.primitive(gate, 2 * near, far)
            yield Instead(context.rewritten({choice: twice}), "the branch of small residuals is 2r for r")
            for factor in far.args if isinstance(far.primitive, Multiply) else ():
                if not variables([factor]):
                    without = choice.primitive(gate, near, far / factor)
                    yield Instead(
                        context.rewritten({choice: without}), "δ is left out in the branch of large residuals"
                    )


class SignLost(Mistake):
    """The derivative of |r| as 1, or as 0 on one side."""

    code = "sign_lost"
    title = "The sign of the residual is lost"
    credit = 0.5
    question = "In which direction does the size of r grow where r is negative?"
    step = "In {line} negative residuals are treated as positive ones, or not at all."
    explanation = "The derivative of the size of r is sign(r): −1 where r is negative, and neither 1 nor 0."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for node in line.nodes if line.is_gradient and line.parameter is None else ():
            if isinstance(node.primitive, Sign):
                (r,) = node.args
                one = broadcast_to(constant(1), node.shape)
                for new in (one, -one, r > 0, -(r < 0)):
                    changed = substitute([line.data], {node: new})[0]
                    yield Change(line.with_data(changed), "the sign of the residual is lost")


class RootLeftOut(Mistake):
    """The gradient of the square, where the loss is the root of it."""

    code = "root_left_out"
    title = "The root of the loss is not differentiated"
    credit = 0.5
    question = "What does the chain rule bring in for the root around the sum?"
    step = "{line} is that of what stands under the root."
    explanation = "The derivative of √s is 1/(2√s) times that of s: a norm is not differentiated like its square."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for node in topological([context.lines[context.network.objective or ""]]):
            if is_power(node, 0.5):
                yield Instead(context.rewritten({node: node.args[0]}), "the root is left out")


def _choices(context: DerivationContext) -> list[Expression]:
    """The choices between two branches in the objective."""
    objective = context.lines[context.network.objective or ""]
    return [node for node in topological([objective]) if isinstance(node.primitive, Where)]
