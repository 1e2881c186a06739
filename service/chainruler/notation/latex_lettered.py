r"""Names with their letters: f_prime(z3) and i for f'(z^{(3)}_i), and \delta_{nj}, which may be none of \delta_{nk}."""

from __future__ import annotations

import re

from chainruler.notation.latex_names import Subscript, numbered, symbol_in


def at_argument(function: str, operand: str) -> tuple[str, list[str]] | None:
    r"""The name of a function's value at something with marks, and its letters: f_prime(z3) and i for f'(z^{(3)}_i)."""
    found = symbol_in(operand)
    if found is None:
        return None
    stem, subscript = found
    number, letters = numbered(subscript.text)
    above = subscript.layer if subscript.layer.isalpha() else ""
    keys = [*above, *re.findall("[a-z]", letters)]
    number = number if above else subscript.layer or number
    return (f"{function}({stem}{number})", keys) if number or keys else None


def lettered(stem: str, subscript: Subscript) -> tuple[str, list[str]]:
    r"""The name with its letters, and these: delta2[n,j] for \delta^{(2)}_{nj}."""
    number, letters = numbered(subscript.text)
    above = subscript.layer if subscript.layer.isalpha() else ""
    keys = [*above, *re.findall("[a-z]", letters)] if re.fullmatch(r"[a-z,\s]*", letters) else []
    return f"{stem}{'' if above else subscript.layer or number}[{','.join(keys)}]", keys
