"""Terms of sums left out; among them the targets."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import Expression, variables
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.places import operands


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
        for place, i, _ in operands(line.data, "add"):
            if _alone_holds_targets(line, i, place.node.args):
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
        for place, i, _ in operands(line.data, "add"):
            if not line.in_slope(place) and not _alone_holds_targets(line, i, place.node.args):
                yield Change(line.with_data(place.without(i)), "a term of a sum is left out")


def _alone_holds_targets(line: Line, i: int, terms: Sequence[Expression]) -> bool:
    """Whether a term of a sum is made of targets, and not all of them are."""
    holds = [any(symbol in line.scenery.targets for symbol in variables([term])) for term in terms]
    return holds[i] and not all(holds)
