"""The softmax not divided by its sum."""

from __future__ import annotations

from chainruler.engine import exp
from chainruler.engine.expression import Variable, label_of
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.places import places


class UnnormalisedSoftmax(Mistake):
    """exp(z) in the place of softmax(z)."""

    code = "unnormalised_softmax"
    title = "The softmax is not normalised"
    credit = 0.5
    question = "What do the probabilities of a sample sum to?"
    step = "In {line} the exponentials are not divided by their sum."
    explanation = (
        "A softmax is exp(z) over the sum of exp over all classes; without the sum these are no probabilities."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data):
            node = place.node
            if isinstance(node.primitive, Variable):
                node = line.scenery.lines.get(label_of(node), node)
            if node.primitive.name == "softmax":
                changed = place.replaced(exp(node.args[0]))
                yield Change(line.with_data(changed), "exp(z) is not divided by its sum")
