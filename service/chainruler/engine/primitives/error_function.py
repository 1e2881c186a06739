"""The error function, without SciPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainruler.engine.expression import Expression
from chainruler.engine.primitives.elementwise import Elementwise, Exp

if TYPE_CHECKING:
    from chainruler.engine.emitter import Emitter, Value


class Erf(Elementwise):
    """The error function, to 1e-15."""

    name = "erf"
    noun = "an error function"
    cost = 3500
    rule = "erf multiplies it by 2/√π exp(−x²)"
    smooth = False

    def partials(self, node: Expression) -> Sequence[Expression]:
        return [2 / math.sqrt(math.pi) * Exp()(-(node.args[0] ** 2))]

    def emit(self, emitter: Emitter, node: Expression, *args: Value) -> Value:
        return emitter.call("erf({0})", emitter.real(args[0]), shape=node.shape)
