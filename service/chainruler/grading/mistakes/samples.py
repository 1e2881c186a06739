"""Which samples count: one of them only, as when a loop overwrites what it should add up."""

from __future__ import annotations

from chainruler.engine import Expression, equal, reshape, substitute
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.networks.blueprint import BATCH


class OneSampleOnly(Mistake):
    """The gradient of the last sample, or of the first, in the place of the sum over all."""

    code = "one_sample_only"
    title = "Only one of the samples counts"
    credit = 0.5
    habit = True
    question = "Is the gradient of each sample added to those before it, or does it take their place?"
    step = "{line} holds the part of one sample only; those of the others are lost."
    explanation = "The gradient is the sum over all samples: in a loop each adds its part to what is there."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        position = line.context.position
        if line.parameter is None or position is None or position in line.uses:
            return
        for which, number in (("last", line.context.batch - 1), ("first", 0)):
            kept = {g: g * _along_batch(equal(position, number), g) for g in line.gradients if BATCH in g.shape}
            yield Change(line.with_data(substitute([line.data], kept)[0]), f"only the {which} sample counts")


def _along_batch(mask: Expression, array: Expression) -> Expression:
    """A mask over the samples, shaped to meet an array of them."""
    return reshape(mask, tuple(dim if dim == BATCH else 1 for dim in array.shape))
