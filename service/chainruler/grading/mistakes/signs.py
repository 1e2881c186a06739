"""A sign the wrong way round."""

from __future__ import annotations

from chainruler.engine.primitives.arithmetic import Add
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import operands


class WrongSign(Mistake):
    """A line, or one term of a sum in it, with the opposite sign."""

    code = "wrong_sign"
    title = "A sign is the wrong way round"
    credit = 0.5
    question = "In which direction does the loss grow, and which sign does each term have?"
    step = "A sign in {line} is the wrong way round."
    explanation = "The gradient points to where the loss grows, and each term keeps the sign that it has in the loss."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        yield Change(-line.right, "all of it has the opposite sign")
        if line.penalty is not None:
            yield Change(line.with_data(-line.data), "the part of the data has the opposite sign")
            yield Change(line.data - line.penalty, "the penalty has the opposite sign")
        for place, i, term in operands(line.data, Add):
            if not line.in_slope(place):
                yield Change(line.with_data(place.with_operand(i, -term)), "one term has the opposite sign")
