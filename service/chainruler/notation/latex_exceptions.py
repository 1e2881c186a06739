r"""Definitions with an exception: `M_{ij} = …` for $j \neq y_i$, and `M_{i y_i} = …` in a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chainruler.notation.chains import Chain
from chainruler.notation.formula import FormulaError
from chainruler.notation.latex_names import plain_of, symbol_in

_AT_CLASS = re.compile(r"(?P<letter>[a-z]),?(?P<pick>[A-Za-z](?:_\{?(?P=letter)\}?|\^\{?\((?P=letter)\)\}?))")
_UNEQUAL = re.compile(r"\(?(?P<letter>[a-z])(?:\\neq?|≠)(?P<pick>[A-Za-z](?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?))\)?")


def paired(chains: Iterable[Chain]) -> list[Chain]:
    """The chains; one that says what an array has at class numbers belongs to the one that defines the array."""
    found: list[Chain] = []
    for chain in chains:
        name, letter, _ = at_class(chain)
        whole = next((one for one in found if name and one.exception is None and _defines(one, name, letter)), None)
        if whole is None:
            found.append(chain)
        else:
            whole.exception = chain
    return found


def _defines(chain: Chain, name: str, letter: str) -> bool:
    """Whether a chain defines the entries of this array, by this letter and another one."""
    left = chain.lefts[0] if len(chain.lefts) == 1 else None
    return left is not None and left.name == name and len(set(left.keys)) == 2 and letter in left.keys


def at_class(chain: Chain) -> tuple[str, str, str]:
    r"""The name, the letter and the class numbers of a left side such as `M_{i y_i}`; nothing for any other."""
    found = symbol_in(chain.written) if len(chain.lefts) == 1 else None
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
    of_itself = re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", written) is not None
    leaves_out = re.search(r"\\neq?(?![A-Za-z])|≠", written) is not None
    if exception.condition is not None or (of_itself and not leaves_out):
        raise FormulaError(f"{name} is made of itself here: leave out of the sum what is defined.", text, span)
