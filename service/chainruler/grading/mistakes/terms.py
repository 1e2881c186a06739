"""Terms of sums left out; among them the targets."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import Expression, broadcast_to, constant, substitute, variables
from chainruler.engine.primitives.arithmetic import Add
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import operands


class MissingTarget(Mistake):
    """The targets not subtracted: softmax(Z) for softmax(Z) − Y."""

    code = "missing_target"
    title = "The targets are not subtracted"
    credit = 0.5
    question = "If the prediction were perfect, what would the gradient be?"
    step = "The targets are missing in {line}."
    explanation = "The gradient compares the prediction with the target, and vanishes where they agree."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, _ in operands(line.data, Add):
            others = place.node.args[:i] + place.node.args[i + 1 :]
            if variables(others) and _alone_holds_targets(line, i, place.node.args):
                yield Change(line.with_data(place.without(i)), "the term with the targets is left out")


class MissingTerm(Mistake):
    """A term of a sum left out."""

    code = "missing_term"
    title = "A term is missing"
    credit = 0.5
    generic = True
    question = "On how many ways does this quantity reach the loss?"
    step = "A term is missing in {line}."
    explanation = "Every way from a quantity to the loss adds a term to its gradient."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, _ in operands(line.data, Add):
            if not line.in_slope(place) and not _alone_holds_targets(line, i, place.node.args):
                yield Change(line.with_data(place.without(i)), "a term of a sum is left out")


class TermTwice(Mistake):
    """One term of a sum counted twice, as when a path is gone through again."""

    code = "term_twice"
    title = "A term is counted twice"
    credit = 0.5
    question = "On how many paths does this quantity reach the loss, and is each gone through once?"
    step = "In {line} one term is counted twice."
    explanation = "Every path from a quantity to the loss adds its term once, however often the quantity is visited."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, term in operands(line.data, Add):
            if not line.gradients.isdisjoint(variables([term])):
                yield Change(line.with_data(place.with_operand(i, 2 * term)), "a term is counted twice")


class UpstreamIgnored(Mistake):
    """The local derivative alone, not multiplied with what comes in from behind."""

    code = "upstream_ignored"
    title = "The gradient that comes in is left out"
    credit = 0.5
    question = "What is the derivative of a step multiplied with, to become a gradient of the loss?"
    step = "In {line} the gradient that comes in from the later lines is left out."
    explanation = "Each step of the backward pass multiplies its own derivative with the gradient that comes in."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for gradient in line.gradients:
            ones = {gradient: broadcast_to(constant(1), gradient.shape)}
            yield Change(line.with_data(substitute([line.data], ones)[0]), "the gradient that comes in is left out")


class ExtraTerm(Mistake):
    """A term that nothing brings in."""

    code = "extra_term"
    title = "A term does not belong here"
    credit = 0.5
    generic = True
    question = "Which path from this quantity to the loss does each term come from?"
    step = "{line} has a term that does not belong there."
    explanation = "Every term of a gradient stands for a path to the loss; here is one without a path."


def _alone_holds_targets(line: Line, i: int, terms: Sequence[Expression]) -> bool:
    """Whether a term of a sum is made of targets, and not all of them are."""
    holds = [any(symbol in line.context.targets for symbol in variables([term])) for term in terms]
    return holds[i] and not all(holds)
