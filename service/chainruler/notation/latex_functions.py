r"""Names of functions that a text gives itself: `f = \mathrm{ReLU}`, `g = \sigma`."""

from __future__ import annotations

import re

from chainruler.engine import Expression
from chainruler.notation import calls
from chainruler.notation.chains import Chain
from chainruler.notation.formula import Function, Symbols
from chainruler.notation.latex_names import SymbolNames, plain_of

_FUNCTION = re.compile(r"\\?(?P<name>[A-Za-z]+)[.,;]*")


def function_meant(text: str, chain: Chain, symbols: Symbols) -> Function | None:
    """The function that a chain gives a name to, where it is known; None for any other chain."""
    left = chain.lefts[0] if len(chain.lefts) == 1 else None
    if left is None or left.keys or left.is_gradient or len(chain.members) != 1 or not left.name.isidentifier():
        return None
    match = _FUNCTION.fullmatch(plain_of(text[slice(*chain.members[0])].replace("&", " ")))
    if match is None:
        return None
    if match["name"] in symbols:
        meaning = symbols[match["name"]]
        return None if isinstance(meaning, Expression) else meaning
    name = SymbolNames(symbols).function(match["name"])
    return None if name is None else calls.FUNCTIONS.get(name)
