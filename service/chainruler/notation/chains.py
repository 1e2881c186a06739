r"""Equations in LaTeX taken apart: lines, the chains A = B = C in them, and what their left sides name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import pairwise

from chainruler.notation.cuts import cuts
from chainruler.notation.formula import Conventions, Span, Symbols
from chainruler.notation.latex_left import Left, left_side
from chainruler.notation.latex_patterns import EQUALITY, INEQUALITY
from chainruler.notation.latex_worded import definitions

_DISPLAYS = r"equation|align|aligned|alignat|alignedat|split|gather|gathered|eqnarray|multline|displaymath|flalign|math"
_WRAPPING = re.compile(
    rf"\\(?:begin|end)\s*\{{(?:{_DISPLAYS})\*?\}}(?:\s*\{{[0-9]+\}})?"
    r"|\\begin\s*\{array\}\s*\{[lcr@{} ]*\}|\\end\s*\{array\}"
    r"|\$+|(?<!\\)\\[\[\]()](?![A-Za-z])|\\(?:displaystyle|nonumber|notag)(?![A-Za-z])"
)
_BREAK = re.compile(
    r"\\\\(?:\s*\[[^\]]*\])?|\\(?:Rightarrow|implies|Longrightarrow|iff)(?![A-Za-z])|[,;.]?\s*\\qquad|[,;]\s*\\quad"
    r"|[,;.]?\s*\\(?:text|mbox|textrm)\s*\{[\s,;.]*(?:where|with|and|so|hence|thus|then)\s*:?\s*\}"
)

_ADDING = re.compile(r"\s*(?:\\mathrel\s*\{\s*\+\s*\}|\+)\Z")
"""What stands before a sign of equality that adds to what is on its left."""


_SCALED_LOSS = re.compile(
    r"[\s&]*(?:-|\\[td]?frac\s*(?:\{\s*\d\s*\}|\d)\s*(?:\{\s*\d\s*\}|\d)|\d+(?:\.\d+)?)+\s*(?:\\cdot\s*)?"
    r"(?:\\math\w+\s*\{\s*)?(?P<name>[A-Z])\s*\}?[\s.,;]*"
)
"""The loss with a factor: what is called so has other gradients."""


def scaled_loss(text: str, chain: Chain, objectives: Container[str]) -> Span | None:
    """Where a chain gives a name of the loss to a multiple of the loss."""
    names = any(left.name in objectives and not left.is_gradient for left in chain.lefts)
    for span in chain.members if names else ():
        match = _SCALED_LOSS.fullmatch(text[slice(*span)])
        if match is not None and match["name"] in objectives:
            return span
    return None


def are_equations(text: str) -> bool:
    """Whether a text in LaTeX is more than one formula by itself."""
    return _WRAPPING.search(text) is not None or any(True for _ in definitions(text)) or r"\\" in text


@dataclass
class Chain:
    """A left side with the members after it, over all lines that go on with it."""

    lefts: list[Left]
    """What it names; `\\delta := \\frac{\\partial J}{\\partial z} = …` names two things."""
    members: list[Span]
    written: str = ""
    condition: Span | None = None
    """Where a line stands behind it that says when it holds."""
    exception: Chain | None = None
    """What says what it is at the class numbers, where it does not hold."""
    adds: bool = False
    """Whether it adds to what it names, by a sign such as +=."""

    def asks_for(self, name: str, text: str) -> bool:
        """Whether its last member has a name in it: h(x) = p says what h is, and not what it does."""
        return re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", text[slice(*self.members[-1])]) is not None

    def repeats(self, text: str) -> bool:
        """Whether a member has in it what stands on the left, or some of its entries are set anew."""
        if any(left.mask for left in self.lefts):
            return True
        return bool(self.written) and any(self.written in text[slice(*member)] for member in self.members)


def unwrapped(text: str) -> str:
    """The text without delimiters and environments, as long as it was."""
    return _WRAPPING.sub(lambda match: " " * len(match[0]), text)


def chains_in(text: str, symbols: Symbols, conventions: Conventions) -> Iterator[Chain]:
    """The chains of equations; a line that begins with = goes on with the one before it."""
    chain = Chain([], [])
    for start, stop in _lines(text):
        signs = [
            (start, start),
            *((a + start, b + start) for a, b in definitions(text[start:stop])),
            (stop, stop),
        ]
        members = [(before[1], after[0]) for before, after in pairwise(signs)]
        first = text[slice(*members[0])].replace("&", " ").strip()
        if len(members) == 1 and not first.strip(" ,.;"):
            continue
        if len(members) == 1 and chain.members and any(True for _ in cuts(first.strip("() .,;"), INEQUALITY)):
            chain.condition = members[0]
            continue
        if len(members) == 1 or first:
            if chain.members:
                yield chain
            chain = _begun(first, symbols, conventions) if len(members) > 1 else Chain([Left("")], [], first)
        chain.members += members if len(members) == 1 else members[1:]
        for span in chain.members[:-1] if len(chain.lefts) == 1 else ():
            claim = left_side(text[slice(*span)].replace("&", " ").strip(), symbols, conventions)
            chain.lefts += [claim] if claim.is_gradient and claim.name != chain.lefts[0].name else []
    if chain.members:
        yield chain


def _begun(first: str, symbols: Symbols, conventions: Conventions) -> Chain:
    """The chain with this left side."""
    bare = _ADDING.sub("", first)
    return Chain([left_side(bare, symbols, conventions)], [], bare, adds=bare != first)


def _lines(text: str) -> Iterator[Span]:
    """The lines of a display; where TeX's sign for a new line is missing, each line of the text that is an equation."""
    place = 0
    for start, stop in [*cuts(text, _BREAK), (len(text), len(text))]:
        yield from _equations_between(text, place, start)
        place = stop


def _equations_between(text: str, start: int, stop: int) -> Iterator[Span]:
    lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"[^\n]+", text[start:stop]) if m[0].strip()]
    if len(lines) > 1 and all(any(True for _ in cuts(text[a:b], EQUALITY)) for a, b in lines):
        yield from lines
    else:
        yield start, stop
