"""The hinge loss: how many margins are violated, and by whom."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, broadcast_to, constant, topological, variables
from chainruler.engine.primitives.arithmetic import Add, Multiply
from chainruler.engine.primitives.gates import Compare, Relu
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.simplify import value_of
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.grading.occurrences import operands, places


class HingeCountMissing(Mistake):
    """−1 at the true class, where it is minus the number of violated margins."""

    code = "hinge_count_missing"
    title = "The violated margins are not counted"
    credit = 0.5
    question = "In how many terms of the hinge loss does the score of the true class stand?"
    step = "In {line} the true class gets one step, however many margins are violated."
    explanation = "Each violated margin pulls at the true class, whose gradient is minus the number of them."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data) if line.is_gradient and _margins(line.context) else ():
            if isinstance(place.node.primitive, Sum) and _holds_gate(place.node):
                one = broadcast_to(constant(1), place.node.shape)
                yield Change(line.with_data(place.replaced(one)), "the number of violated margins is taken for 1")
                yield Change(line.with_data(place.replaced(place.node > 0)), "several violated margins count as one")


class HingeOwnClass(Mistake):
    """The true class compared with itself."""

    code = "hinge_own_class"
    title = "The true class is not left out of the margins"
    credit = 0.5
    question = "Is the true class compared with itself as well?"
    step = "In {line} the true class counts among the classes that it is compared with."
    explanation = "The hinge loss sums over the other classes only; against itself a class would always lose."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        targets = line.context.targets.keys()
        for place, i, factor in operands(line.data, Multiply) if line.is_gradient and _margins(line.context) else ():
            if isinstance(factor.primitive, Add) and set(variables([factor])) <= targets and _holds_gate(place.node):
                yield Change(line.with_data(place.without(i)), "the true class is not left out")


class HingeSquared(Mistake):
    """The squares of the violations, where the problem has the violations themselves."""

    code = "hinge_squared"
    title = "The violations of the margins are squared"
    credit = 0.5
    question = "Does the loss grow with a violated margin, or with its square?"
    step = "{line} is that of squared violations."
    explanation = "The slope of max(0, m) is 0 or 1; that of its square would be 2 max(0, m)."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        squares = {margin: margin**2 for margin in _margins(context)}
        if squares:
            yield Instead(context.rewritten(squares), "the violations are squared")


class MarginMissing(Mistake):
    """The scores compared without the margin."""

    code = "missing_margin"
    title = "The margin is left out"
    credit = 0.5
    question = "By how much must the true class win, for a comparison to cost nothing?"
    step = "The margin is missing in {line}."
    explanation = "A comparison is violated wherever the other score comes within the margin, and not only above."

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        without = {}
        for node in _margins(context):
            scores = node.args[0]
            numbers = [term for term in scores.args if value_of(term) is not None]
            if isinstance(scores.primitive, Add) and numbers:
                without[node] = node.primitive(scores - numbers[0])
        if without:
            yield Instead(context.rewritten(without), "the margin is left out")


def _margins(context: DerivationContext) -> list[Expression]:
    """What the objective cuts off at 0 to measure violations."""
    objective = context.lines[context.network.objective or ""]
    return [node for node in topological([objective]) if isinstance(node.primitive, Relu)]


def _holds_gate(node: Expression) -> bool:
    return any(isinstance(inner.primitive, Compare) for inner in topological([node]))
