"""A pre-activation of which only a part is taken: W x for W x + b."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, label_of
from chainruler.engine.expression import Variable
from chainruler.engine.primitives.arithmetic import Add
from chainruler.grading.context import DerivationContext
from chainruler.grading.occurrences import Occurrence


def definitions_in_part(symbol: Expression, context: DerivationContext) -> Iterator[Expression]:
    """What defines a symbol, each time without another term of the sum that it is."""
    definition = context.lines.get(label_of(symbol)) if isinstance(symbol.primitive, Variable) else None
    if definition is not None and isinstance(definition.primitive, Add):
        for i in range(len(definition.args)):
            part = Occurrence(definition, (), definition).without(i)
            if part is not None and part.shape == symbol.shape:
                yield part
