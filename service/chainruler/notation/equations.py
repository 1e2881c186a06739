r"""Equations in LaTeX as they are pasted, with environments and left sides; each line may use those before it."""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chainruler.engine import Expression
from chainruler.notation.cuts import cuts
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Function, Reading, Span, Symbols
from chainruler.notation.latex_left import Left, left_side
from chainruler.notation.latex_reader import read_latex
from chainruler.notation.names import declares
from chainruler.notation.numbering import without_number

_DISPLAYS = r"equation|align|aligned|alignat|alignedat|split|gather|gathered|eqnarray|multline|displaymath|flalign|math"
_WRAPPING = re.compile(
    rf"\\(?:begin|end)\s*\{{(?:{_DISPLAYS})\*?\}}(?:\s*\{{[0-9]+\}})?|\$+|(?<!\\)\\[\[\]()](?![A-Za-z])"
    r"|\\(?:displaystyle|nonumber|notag)(?![A-Za-z])"
)
_BREAK = re.compile(
    r"\\\\(?:\s*\[[^\]]*\])?|\\(?:Rightarrow|implies|Longrightarrow|iff)(?![A-Za-z])|[,;.]?\s*\\qquad|[,;]\s*\\quad"
    r"|[,;.]?\s*\\(?:text|mbox|textrm)\s*\{[\s,;.]*(?:where|with|and|so|hence|thus|then)\s*:?\s*\}"
)
_EQUALS = re.compile(r":?=|\\(?:coloneqq|leftarrow|gets|equiv|triangleq|doteq)(?![A-Za-z])")


def are_equations(text: str) -> bool:
    """Whether a text in LaTeX is more than one formula by itself."""
    return _WRAPPING.search(text) is not None or any(True for _ in cuts(text, _EQUALS)) or r"\\" in text


@dataclass
class _Chain:
    """A left side with the members after it, over all lines that go on with it."""

    lefts: list[Left]
    """What it names; `\\delta := \\frac{\\partial J}{\\partial z} = …` names two things."""
    members: list[Span]
    written: str = ""

    def repeats(self, text: str) -> bool:
        """Whether a member has in it what stands on the left."""
        return bool(self.written) and any(self.written in text[slice(*member)] for member in self.members)


def read_equations(
    text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions
) -> dict[str, Reading | FormulaError]:
    """What equations define, by the names of their left sides, in their order; nothing for a formula by itself."""
    if len(text) > limits.code_characters:
        message = f"The text has {len(text)} characters; at most {limits.code_characters} are read."
        raise FormulaError(message, "", (0, 1))
    plain = _WRAPPING.sub(lambda match: " " * len(match[0]), text)
    chains = list(_chains(plain, symbols, conventions))
    later = _defined_once(plain, chains, symbols)
    own, lines = _Own(later), _Lines(plain, symbols, limits, conventions)
    results: list[_Result | None] = []
    waiting: list[tuple[int, _Own]] = []
    for place, chain in enumerate(chains):
        before = own.copy()
        results.append(lines.read(chain, own))
        if results[-1] is None:
            waiting.append((place, before))
    for place, before in reversed(waiting):  # "where r = …" may stand behind the line that uses r
        before.settle(own)
        results[place] = late = lines.read(chains[place], before)
        if late is not None:
            own.define(*late)
    found: dict[str, Reading | FormulaError] = {}
    for names, reading in filter(None, results):
        for name in names:
            found.pop(name, None)
            found[name] = reading
    return found


MOST_CALLED = 5_000
"""How many characters are read again where functions are called that a text defines."""
DEEPEST_CALL = 4
"""How many of them are called inside one another."""
_Result = tuple[list[str], "Reading | FormulaError"]


def _defined_once(text: str, chains: Sequence[_Chain], symbols: Symbols) -> set[str]:
    """Names of one's own that have one definition: it holds before it too, as in "g = r X, where r = …".

    What the problem declares is such a name as well, unless it is made of itself: W = W - dW is a step of training.
    """
    defined = Counter(left.name for chain in chains for left in chain.lefts if not left.is_gradient)
    made_of_itself = {chain.lefts[0].name for chain in chains if chain.repeats(text)}
    once = {name for name, times in defined.items() if name and times == 1}
    return {name for name in once if name not in made_of_itself or not declares(symbols, name)}


@dataclass
class _Lines:
    """Reads the lines of a text one by one."""

    text: str
    symbols: Symbols
    limits: FormulaLimits
    conventions: Conventions
    used: dict[str, None] = field(default_factory=dict)
    calling: set[str] = field(default_factory=set)
    """Functions of its own that are being read."""
    called: int = 0
    """How many characters were read again for their calls."""

    def read(self, chain: _Chain, own: _Own) -> _Result | None:
        """What a chain names and means, which is defined then; None if it has to wait for a definition after it."""
        names = [left.name for left in chain.lefts]
        if chain.lefts and chain.lefts[0].operand:
            own.define(names, self._function(chain, own))
            return [], FormulaError("A function is no answer.", self.text, chain.members[-1])
        own.begin(names)
        reading: Reading | FormulaError
        known: Symbols = ChainMap(own, self.symbols)  # type: ignore[arg-type]
        try:
            names, reading = _read(self.text, chain, known, self.limits, self.conventions)
        except FormulaError as error:
            if own.missed:
                return None
            reading = error
        else:
            self.used |= dict.fromkeys(name for name in reading.names if name not in own)
            reading = replace(reading, names=tuple(self.used), defined=tuple(own))
        own.define(names, reading)
        return names, reading

    def _function(self, chain: _Chain, own: _Own) -> Function:
        """What an equation such as f(z) = … defines: it is read anew for each operand that it is given."""
        name, operand, span = chain.lefts[0].name, chain.lefts[0].operand, chain.members[-1]

        def function(given: Expression) -> Expression:
            self.called += span[1] - span[0]
            if name in self.calling or len(self.calling) >= DEEPEST_CALL or self.called > MOST_CALLED:
                raise FormulaError(f"{name} is made of itself, or called too often.", self.text, span)
            self.calling.add(name)
            try:
                known: Symbols = ChainMap({operand: given}, own, self.symbols)  # type: ignore[arg-type]
                return _member(self.text, span, known, self.limits, self.conventions, None).expression
            except RecursionError:  # each is as deep as a formula may be
                raise FormulaError(
                    f"{name} stands too deep in brackets and other functions.", self.text, span
                ) from None
            finally:
                self.calling.discard(name)

        return function


class _Own(dict[str, "Expression | Function"]):
    """The names that the lines define; one that could not be read means nothing else, whatever courses call so."""

    def __init__(self, later: set[str]) -> None:
        super().__init__()
        self.troubles: dict[str, FormulaError] = {}
        self.later = later
        """What is defined further down."""
        self.missed = False
        """Whether something of that was looked up."""
        self.current: set[str] = set()
        """What the line defines that is being read."""

    def copy(self) -> _Own:
        """What is known at this place."""
        other = _Own(set(self.later))
        other.update(self)
        other.troubles.update(self.troubles)
        return other

    def begin(self, names: Sequence[str]) -> None:
        """Begin a line that defines these names: what it says of itself is no definition."""
        self.missed, self.current = False, set(names)

    def settle(self, other: _Own) -> None:
        """Know what was defined further down; what was not is looked for no longer."""
        for name in self.later:
            if dict.__contains__(other, name):
                self[name] = dict.__getitem__(other, name)
            elif name in other.troubles:
                self.troubles[name] = other.troubles[name]
        self.later = set()

    def define(self, names: Sequence[str], meaning: Reading | FormulaError | Function) -> None:
        """Give names the meaning of their line, or the trouble with it."""
        self.later = self.later - set(names)
        for name in filter(None, names):
            self.pop(name, None)
            self.troubles.pop(name, None)
            if isinstance(meaning, FormulaError):
                self.troubles[name] = meaning
            else:
                self[name] = meaning.expression if isinstance(meaning, Reading) else meaning

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.troubles or name in self.later - self.current

    def __missing__(self, name: str) -> Expression | Function:
        if name in self.later - self.current:
            self.missed = True
            raise FormulaError(f"{name} is defined further down.", "", (0, 1))
        raise self.troubles.get(name) or KeyError(name)


def _read(
    text: str, chain: _Chain, symbols: Symbols, limits: FormulaLimits, conventions: Conventions
) -> tuple[list[str], Reading]:
    """The last member of a chain with the names that it gets, and those before it as far as they can be read."""

    def read(span: Span, left: Left | None) -> Reading:
        return _member(text, span, symbols, limits, conventions, left)

    left = next((left for left in reversed(chain.lefts) if left.keys), None)
    names = [left.name for left in chain.lefts]
    try:
        last = read(chain.members[-1], left)
    except FormulaError:
        last = _worded(read, chain.members[-1], left)
        names, left = [one.word or one.name for one in chain.lefts], None
    before = []
    for span in chain.members[:-1]:
        with suppress(FormulaError):
            before.append(read(span, left))
    return names, replace(last, chain=tuple(before))


def _member(
    text: str, span: Span, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, left: Left | None
) -> Reading:
    """What a piece of the text means, with its place in the text."""
    longer = FormulaLimits(characters=max(limits.characters, span[0] + limits.characters), sizes=limits.sizes)
    return read_latex(without_number(" " * span[0] + text[slice(*span)]), symbols, longer, conventions, left)


def _worded(read: Callable[[Span, Left | None], Reading], span: Span, left: Left | None) -> Reading:
    """What a member means whose left side has no letters but a word at its foot; else the error that is handled."""
    if left is not None and left.word:
        with suppress(FormulaError):
            return read(span, None)
    raise  # noqa: PLE0704 (called while the error is handled)


def _chains(text: str, symbols: Symbols, conventions: Conventions) -> Iterator[_Chain]:
    """The chains of equations; a line that begins with = goes on with the one before it."""
    chain = _Chain([], [])
    for start, stop in _lines(text):
        signs = [(start, start), *((a + start, b + start) for a, b in cuts(text[start:stop], _EQUALS)), (stop, stop)]
        members = [(before[1], after[0]) for before, after in pairwise(signs)]
        first = text[slice(*members[0])].replace("&", " ").strip()
        if len(members) == 1 and not first.strip(" ,.;"):
            continue
        if len(members) == 1 or first:
            if chain.members:
                yield chain
            chain = _Chain([left_side(first, symbols, conventions) if len(members) > 1 else Left("")], [], first)
        chain.members += members if len(members) == 1 else members[1:]
        for span in chain.members[:-1] if len(chain.lefts) == 1 else ():
            claim = left_side(text[slice(*span)].replace("&", " ").strip(), symbols, conventions)
            chain.lefts += [claim] if claim.is_gradient and claim.name != chain.lefts[0].name else []
    if chain.members:
        yield chain


def _lines(text: str) -> Iterator[Span]:
    """The lines of a display; where TeX's sign for a new line is missing, each line of the text that is an equation."""
    place = 0
    for start, stop in [*cuts(text, _BREAK), (len(text), len(text))]:
        yield from _equations_between(text, place, start)
        place = stop


def _equations_between(text: str, start: int, stop: int) -> Iterator[Span]:
    lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"[^\n]+", text[start:stop]) if m[0].strip()]
    if len(lines) > 1 and all(any(True for _ in cuts(text[a:b], _EQUALS)) for a, b in lines):
        yield from lines
    else:
        yield start, stop
