r"""Equations in LaTeX as they are pasted, with environments and left sides; each line may use those before it."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from chainruler.engine import Expression, label_of, substitute, variable, variables
from chainruler.engine.expression import Variable
from chainruler.notation.chain_reader import read_chain, read_member
from chainruler.notation.chains import Chain, chains_in, scaled_loss, unwrapped
from chainruler.notation.formula import (
    Conventions,
    FormulaError,
    FormulaLimits,
    Function,
    Reading,
    SelfContradiction,
    Span,
    Symbols,
)
from chainruler.notation.latex_exceptions import paired
from chainruler.notation.latex_functions import function_meant
from chainruler.notation.names import declares


def read_equations(
    text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions
) -> dict[str, Reading | FormulaError]:
    """What equations define, by the names of their left sides, in their order; nothing for a formula by itself."""
    if len(text) > limits.code_characters:
        message = f"The text has {len(text)} characters; at most {limits.code_characters} are read."
        raise FormulaError(message, "", (0, 1))
    plain = unwrapped(text)
    chains = _told_apart(paired(chains_in(plain, symbols, conventions)))
    for chain in chains:
        scaled = scaled_loss(plain, chain, conventions.objectives)
        if scaled is not None:
            message = "This is a multiple of the loss: write the gradients of the loss itself."
            raise SelfContradiction(message, plain, scaled)
    once = _defined_once(plain, chains, symbols)
    lines = _Lines(plain, symbols, limits, conventions, chains, frozenset(once))
    own = _Own(lines.early, once)
    for place in range(len(chains)):
        own.define(*lines.at(place, own))
    found: dict[str, Reading | FormulaError] = {}
    for place, (names, meaning) in sorted(lines.results.items()):
        if isinstance(meaning, Reading | FormulaError):
            for name in names:
                earlier = found.pop(name, None)
                found[name] = meaning
                again = not chains[place].repeats(plain) and f"{name}[" not in "".join(names)
                if isinstance(meaning, Reading) and isinstance(earlier, Reading) and again:
                    found[name] = replace(meaning, rivals=(*earlier.rivals, earlier))
    serving, defined = {name.partition("[")[0] for name in lines.serving & lines.once}, own.expressions
    return {
        name: replace(one, serves=name in serving, defined=defined) if isinstance(one, Reading) else one
        for name, one in _by_meaning(found).items()
        if not name.endswith("]")
    }


def _by_meaning(found: dict[str, Reading | FormulaError]) -> dict[str, Reading | FormulaError]:
    r"""The results without names that are only given to symbols: where \theta = W_1, dtheta is dW1."""
    symbols = {
        name: label_of(one.expression)
        for name, one in found.items()
        if isinstance(one, Reading) and isinstance(one.expression.primitive, Variable) and not name.startswith("d")
    }
    if found.keys() <= symbols.keys():
        return found
    meant = {f"d{name}": f"d{label}" for name, label in symbols.items() if f"d{label}" not in found}
    return {meant.get(name, name): one for name, one in found.items() if name not in symbols}


MOST_CALLED = 5_000
"""How many characters are read again where functions are called that a text defines."""
DEEPEST_CALL = 4
"""How many of them are called inside one another."""
DEEPEST_EARLY = 12
"""How many definitions may each wait for the next one, further down."""
_Meaning = Reading | FormulaError | Function
_Result = tuple[list[str], _Meaning]


def _told_apart(chains: list[Chain]) -> list[Chain]:
    r"""The chains, in which \delta_k and \delta_j are two arrays, if the text defines both."""
    letters: dict[str, set[tuple[str, ...]]] = {}
    for left in (left for chain in chains for left in chain.lefts if left.keys and not left.is_gradient):
        letters.setdefault(left.name, set()).add(left.keys)
    for chain in chains:
        chain.lefts += [left.lettered for left in chain.lefts if len(letters.get(left.name, ())) > 1]
    return chains


def _defined_once(text: str, chains: Sequence[Chain], symbols: Symbols) -> dict[str, int]:
    """Names of one's own that have one definition, and where: it holds before it too, as in "g = r X, where r = …".

    What the problem declares is such a name as well, unless it is made of itself: W = W - dW is a step of training.
    """
    lefts = [(left.name, place) for place, chain in enumerate(chains) for left in chain.lefts if not left.is_gradient]
    times = Counter(name for name, _ in lefts)
    made_of_itself = {chain.lefts[0].name for chain in chains if chain.repeats(text)}
    once = {name: place for name, place in lefts if name and times[name] == 1}
    return {name: p for name, p in once.items() if name not in made_of_itself or not declares(symbols, name)}


@dataclass
class _Lines:
    """Reads the lines of a text one by one."""

    text: str
    symbols: Symbols
    limits: FormulaLimits
    conventions: Conventions
    chains: Sequence[Chain]
    once: frozenset[str]
    """The names that have one definition."""
    results: dict[int, _Result] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    serving: set[str] = field(default_factory=set)
    """The names of its own that other lines are made of."""
    calling: set[str] = field(default_factory=set)
    """Functions of its own that are being read."""
    called: int = 0
    """How many characters were read again for their calls."""

    def at(self, place: int, own: _Own) -> _Result:
        """What the chain at a place names and means, by the definitions before it."""
        if place not in self.results:
            own.place = place
            self.results[place] = self._read(self.chains[place], own)
        return self.results[place]

    def early(self, name: str, place: int, own: _Own) -> None:
        """Define a name before its line comes, by what its line says; what has another meaning there is unknown."""
        if len(own.asked) >= DEEPEST_EARLY:
            raise FormulaError(f"{name} is defined further down, by what is defined further down.", self.text, (0, 1))
        before = own.copy()
        before.asked |= {name}
        for waiting in own.asked:
            before.define([waiting], FormulaError(f"{waiting} is defined by way of itself.", self.text, (0, 1)))
        for chain in self.chains[own.place : place]:
            for left in chain.lefts:
                if left.name in before and left.name not in self.once:
                    before.define([left.name], FormulaError(f"{left.name} has two meanings here.", self.text, (0, 1)))
        own.define(*self.at(place, before))
        own.later.pop(name, None)

    def _read(self, chain: Chain, own: _Own) -> _Result:
        names = [left.name for left in chain.lefts]
        for name in names:  # what a line says of itself is no definition
            own.later.pop(name, None)
        if chain.lefts and chain.lefts[0].operand and chain.asks_for(chain.lefts[0].operand, self.text):
            return names, self._function(chain, own)
        reading: Reading | FormulaError
        known: Symbols = ChainMap(own, self.symbols)  # type: ignore[arg-type]
        function = function_meant(self.text, chain, known)
        if function is not None:
            return names, function
        try:
            names, reading = read_chain(self.text, chain, known, self.limits, self.conventions)
        except FormulaError as error:
            reading = error
        else:
            self.used |= dict.fromkeys(name for name in reading.names if name not in own)
            self.serving |= {name for name in reading.names if name in own and name not in names}
            reading = replace(reading, names=tuple(self.used))
        return names, reading

    def _function(self, chain: Chain, own: _Own) -> Function:
        """What an equation such as f(z) = … defines: it is read anew for each operand that it is given."""
        name, operand, span = chain.lefts[0].name, chain.lefts[0].operand, chain.members[-1]

        def function(given: Expression) -> Expression:
            self.called += span[1] - span[0]
            if name in self.calling or len(self.calling) >= DEEPEST_CALL or self.called > MOST_CALLED:
                raise FormulaError(f"{name} is made of itself, or called too often.", self.text, span)
            self.calling.add(name)
            try:
                return self._applied(span, operand, given, own)
            except RecursionError:  # each is as deep as a formula may be
                raise FormulaError(
                    f"{name} stands too deep in brackets and other functions.", self.text, span
                ) from None
            finally:
                self.calling.discard(name)

        return function

    def _applied(self, span: Span, operand: str, given: Expression, own: _Own) -> Expression:
        """What a function gives for an operand; if it is one of a number, for each entry of an array."""

        def body(argument: Expression) -> Expression:
            known: Symbols = ChainMap({operand: argument}, own, self.symbols)  # type: ignore[arg-type]
            return read_member(self.text, span, known, self.limits, self.conventions, None).expression

        try:
            return body(given)
        except FormulaError:
            number = variable(operand)
            value = body(number) if given.shape else None
            if value is None or value.shape or set(variables([value])) != {number}:
                raise
            return substitute([value], {number: given})[0]


class _Own(dict[str, "Expression | Function"]):
    """The names that the lines define; one that could not be read means nothing else, whatever courses call so."""

    def __init__(self, early: Callable[[str, int, _Own], None], later: dict[str, int]) -> None:
        super().__init__()
        self.troubles: dict[str, FormulaError] = {}
        self.rows: set[str] = set()
        """Those that are vectors which lie."""
        self.early = early
        """Defines a name before its line."""
        self.later = later
        """What is defined further down, and where."""
        self.place = 0
        """The line that is being read."""
        self.asked: frozenset[str] = frozenset()
        """The names whose lines are read early, each for the one before it."""

    @property
    def expressions(self) -> dict[str, Expression | None]:
        """The names with what they mean, as far as that is an expression."""
        return {name: meaning if isinstance(meaning, Expression) else None for name, meaning in self.items()}

    def copy(self) -> _Own:
        """What is known at this place."""
        other = _Own(self.early, dict(self.later))
        other.update(self)
        other.troubles.update(self.troubles)
        other.rows.update(self.rows)
        other.place, other.asked = self.place, self.asked
        return other

    def define(self, names: Sequence[str], meaning: _Meaning) -> None:
        """Give names the meaning of their line, or the trouble with it."""
        for name in filter(None, names):
            self.later.pop(name, None)
            self.pop(name, None)
            self.troubles.pop(name, None)
            self.rows.discard(name)
            self.rows |= {name} if isinstance(meaning, Reading) and meaning.row else set()
            if isinstance(meaning, FormulaError):
                self.troubles[name] = meaning
            else:
                self[name] = meaning.expression if isinstance(meaning, Reading) else meaning

    def __iter__(self) -> Iterator[str]:
        return iter([*self.keys(), *self.later, *self.troubles])

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.troubles or name in self.later

    def __missing__(self, name: str) -> Expression | Function:
        place = self.later.pop(name, None)  # by way of itself it cannot be defined
        if place is not None:
            self.early(name, place, self)
            if dict.__contains__(self, name):
                return dict.__getitem__(self, name)
        raise self.troubles.get(name) or KeyError(name)
