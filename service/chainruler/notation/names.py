"""Names and how they are written: dZ2 is dZ₂, lam is λ, W_classes has a subscript; and what a typing error meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from chainruler.engine import Primitive
from chainruler.memory import LEDGER
from chainruler.notation.vocabulary import usual_meaning


def _word(letter: str) -> str:
    """What a Greek letter is called: alpha, Gamma; lam, because lambda is a word of Python's."""
    word = unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")
    return word.capitalize() if letter.isupper() else word.replace("lambda", "lam")


GREEK = {_word(letter): letter for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"}
"""Names that are written as one Greek letter."""
LETTERS = {letter: word for word, letter in GREEK.items()} | {"ϕ": "phi", "ϵ": "epsilon"}

_LABEL = re.compile(rf"(d(?=[A-Za-z]))?({'|'.join(GREEK)}|[A-Za-z]|[A-Za-z]{{2,}})(?:([0-9]+)|_([A-Za-z]+))?")


MOST_NAMES = 4096
LEDGER.set_aside("names", 1_000 * MOST_NAMES)


@dataclass(frozen=True)
class SplitLabel:
    """A label taken apart: dZ2 is the derivative by Z with the subscript 2."""

    stem: str
    subscript: str = ""
    of_loss: bool = False

    @property
    def greek(self) -> str | None:
        """The Greek letter that the stem is written as."""
        return GREEK.get(self.stem)

    @property
    def is_word(self) -> bool:
        """Whether the stem is neither one letter nor a Greek one."""
        return len(self.stem) > 1 and self.greek is None


@lru_cache(maxsize=MOST_NAMES)
def taken_apart(label: str) -> SplitLabel | None:
    """The label's stem and subscript; None where putting them together would not give the label back."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    of_loss, stem, digits, word = match.groups()
    name = SplitLabel(stem, digits or word or "", of_loss is not None)
    if of_loss and (name.is_word or f"d{stem}" in GREEK):
        name = SplitLabel(f"d{stem}", name.subscript)
    return None if not name.of_loss and _is_function(name.stem) else name


def _is_function(stem: str) -> bool:
    """Whether the stem would be written like a function of the engine, as sigma is like the logistic function."""
    return any(primitive.latex == f"\\{stem}" for primitive in Primitive.registry.values())


def label_from(stem: str, subscript: str, known: Container[str]) -> str | None:
    """The known label that this stem and subscript stand for."""
    stems = [stem, "lambda", "λ"] if stem == "lam" else [stem, GREEK[stem]] if stem in GREEK else [stem]
    glues = ("", "_") if subscript else ("",)
    labels = (f"{s}{glue}{subscript}" for s in stems for glue in glues)
    joined = bool(subscript) and not subscript.isdecimal()
    return next((x for x in labels if x in known and not (joined and x.isalpha() and not declares(known, x))), None)


def maps_of(known: object) -> list[Any]:
    """The tables of names that stand one behind the other."""
    return getattr(known, "maps", [known])


def declares(known: Container[str], label: str) -> bool:
    """Whether a name is declared, and not one of courses: p_i is not pi."""
    return any(label in getattr(names, "declared", names) for names in maps_of(known))


def _offers(known: object) -> bool:
    """Whether names of courses are read, and not only those that are declared."""
    return any(hasattr(names, "offered") for names in maps_of(known))


def unknown(name: str, symbols: Iterable[str], functions: Iterable[str]) -> str:
    """A message that says what an unknown name may have been meant for."""
    listed = sorted(symbols)
    stem = name.rstrip("0123456789")
    usual = usual_meaning(name) if _offers(symbols) else None
    if usual is not None and all(known.rstrip("0123456789") != stem for known in listed):
        return f'"{name}" is not known here. It usually is {usual}, and this problem has none, or several.'
    folded = {k.lower(): k for k in (*functions, *listed) if len(k) > 1 or len(name) == 1}
    close = get_close_matches(name.lower(), list(folded), 1, 0.6 if len(name) > 3 else 0.5)
    if close:
        return f'"{name}" is not known here. Did you mean "{folded[close[0]]}"?'
    return f'"{name}" is not known here. Known are: {", ".join(listed[:20])}{" …" if len(listed) > 20 else ""}.'
