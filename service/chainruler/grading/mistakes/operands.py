"""Another array in the place of the right one."""

from __future__ import annotations

from chainruler.engine.expression import Variable, label_of
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import places


class WrongOperand(Mistake):
    """One array used where another one of the same shape belongs: z for a, or the weights of another layer."""

    code = "wrong_operand"
    title = "The wrong array is used"
    credit = 0.5
    generic = True
    question = (
        "Which quantity exactly stands at this place of the forward pass: the one before or after the activation?"
    )
    step = "{line} uses the wrong array."
    explanation = "The derivative of a product takes the other factor as it went in on the way forward."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.right):
            array = place.node.shape and place.node.kind == "real"
            if array and isinstance(place.node.primitive, Variable) and not line.in_slope(place):
                for name, other in line.context.alike(place.node, line):
                    yield Change(place.replaced(other), f"{name} is used in the place of {label_of(place.node)}")
