r"""Definitions with an exception: `M_{ij} = …` for $j \neq y_i$, and `M_{i y_i} = …` in a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chainruler.notation.chains import Chain
from chainruler.notation.formula import FormulaError
from chainruler.notation.latex_names import WHOLE, plain_of, symbol_in

_AT_CLASS = re.compile(r"(?P<letter>[a-z]),?(?P<pick>[A-Za-z](?:_\{?(?P=letter)\}?|\^\{?\((?P=letter)\)\}?))")
_UNEQUAL = re.compile(r"\(?(?P<letter>[a-z])(?:\\neq?|≠)(?P<pick>[A-Za-z](?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?))\)?")


def paired(chains: Iterable[Chain]) -> list[Chain]:
    """The chains; one that says what an array has at class numbers belongs to the one that defines the array."""
    given = list(chains)
    found: list[Chain] = []
    for place, chain in enumerate(given):
        name, letter, _ = at_class(chain)
        others = (
            given if chain.lefts and chain.lefts[0].pick else given[:place]
        )  # of derivatives, none is an assignment
        whole = next((one for one in others if name and one.exception is None and _defines(one, name, letter)), None)
        if whole is None:
            found.append(chain)
        else:
            whole.exception = chain
    for chain in found:
        left = chain.lefts[0] if chain.lefts else None
        if left is not None and left.whole_loss and sum(one.lefts[:1] == [left] for one in found) > 1:
            chain.condition = chain.condition or chain.members[-1]  # where which of them holds, is said in words
    return found


def _defines(chain: Chain, name: str, letter: str) -> bool:
    """Whether a chain defines the entries of this array, by this letter and another one."""
    left = chain.lefts[0] if len(chain.lefts) == 1 else None
    keys = set() if left is None else {*left.keys} - {WHOLE}
    return left is not None and not left.pick and left.name == name and len(keys) == 2 and letter in keys


def at_class(chain: Chain) -> tuple[str, str, str]:
    r"""The name, the letter and the class numbers of a left side such as `M_{i y_i}`; nothing for any other."""
    left = chain.lefts[0] if len(chain.lefts) == 1 else None
    if left is not None and left.pick:
        return left.name, left.keys[0], left.pick
    found = symbol_in(chain.written) if left is not None else None
    match = _AT_CLASS.fullmatch(found[1].text) if found is not None and not found[1].layer else None
    return (found[0], match["letter"], match["pick"]) if found is not None and match is not None else ("", "", "")


def check_exception(text: str, chain: Chain, exception: Chain, message: str) -> None:
    """Refuse another condition than that of the exception, and an exception that is made of itself."""
    name, letter, pick = at_class(exception)
    if chain.condition is not None:
        said = _UNEQUAL.fullmatch(plain_of(text[slice(*chain.condition)].rstrip(" ,.;&\n")))
        same = said is not None and said["letter"] in {*chain.lefts[0].keys} - {letter}
        if said is None or not same or plain_of(said["pick"]) != plain_of(pick):
            raise FormulaError(message, text, chain.condition)
    span = exception.members[-1]
    written = text[slice(*span)]
    again = r"\\nabla|\\partial" if exception.lefts[0].pick else rf"(?<![A-Za-z\\]){name}(?![A-Za-z])"
    of_itself = re.search(again, written) is not None
    leaves_out = re.search(r"\\neq?(?![A-Za-z])|≠", written) is not None
    if exception.condition is not None or (of_itself and not leaves_out):
        raise FormulaError(f"{name} is made of itself here: leave out of the sum what is defined.", text, span)
