"""A formula read in the symbols of a problem: those it declares and, behind them, the names that courses use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice, product

from chainruler.engine import Expression, ExpressionError, Shape, show_shape, softmax, substitute, variables
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import Key, Structure
from chainruler.grading.lines import Line
from chainruler.grading.roles import turned
from chainruler.grading.scenery import Scenery
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.notation import (
    Asked,
    Conventions,
    FormulaError,
    Function,
    Limits,
    Reading,
    Symbols,
    Syntax,
    answers_in,
    read_answer,
    spelling,
)
from chainruler.notation.latex_names import symbol_in
from chainruler.notation.vocabulary import SLOPE, Offered, Vocabulary, note, stems

MOST_MEANINGS = 16
"""How many ways are tried to read names that may mean several things."""
MOST_READ = 8_000
"""How many characters are read in all of these ways together; each set of names is tried once at least."""


def read(
    text: str, syntax: Syntax | None, key: Key, symbols: Symbols, line: Line | None, *, by_name: bool = False
) -> Reading:
    """The formula as it is understood; NotGradable if it cannot be, or if its shape cannot be right for the line."""
    names = _names(symbols, key.written.offered, symbols, line)
    text_asked = _Text(text, syntax, by_name, iter(range(MOST_READ // (len(text) + 1))))
    try:
        return _chosen(text_asked, key, names, line)
    except NotGradable as trouble:
        found = _from_input(text_asked, key, names, line) or _turned(text_asked, key, names, line)
        if found is None:
            raise trouble from None
        return found


@dataclass(frozen=True)
class _Text:
    """What is read, how it is written, if that is said, and whether a left side has to name what is asked."""

    written: str
    syntax: Syntax | None
    by_name: bool
    tries: Iterator[int]
    """As many as the text is short enough for."""


def _from_input(text: _Text, key: Key, names: Vocabulary, line: Line | None) -> Reading | None:
    """The formula where the input is layer 1; None if it is no such formula.

    That the problem's own names have other numbers must show in the text, by a number that there is none of otherwise.
    """
    offered, renumbered = key.written.from_input
    others = {name: meaning for name, meaning in names.declared.items() if name not in renumbered}
    try:
        found = _chosen(text, key, _names(others, offered, names.declared, line), line)
    except NotGradable:
        return None
    folded = {name.casefold() for name in renumbered}
    plain = {name.replace("_", "") for name in found.names}
    uses = any(name.casefold() in folded for name in plain)
    shown = {name.replace("_", "") for name in found.defined} | plain
    return found if not uses or any(name not in names and name in offered for name in shown) else None


def _turned(text: _Text, key: Key, names: Vocabulary, line: Line | None) -> Reading | None:
    """The formula where samples stand in columns and not in rows; None if it is no such formula."""
    network = key.written.scenery.network
    if network.view != "batch" or network.problem.model.samples != "rows":
        return None
    for offered in (key.written.offered, key.written.from_input[0]):
        with suppress(NotGradable):
            declared, others = turned(_allowed(offered, names.declared), names.declared)
            return _chosen(text, key, Vocabulary(declared, others), line)
    return None


def _chosen(text: _Text, key: Key, names: Vocabulary, line: Line | None) -> Reading:
    """The only way to read the formula, of all the meanings that its names may have."""
    found: list[Reading] = []
    trouble: NotGradable | None = None
    choices: Iterator[tuple[int, ...]] = iter([()])
    several: list[str] = []
    for number in range(MOST_MEANINGS):
        choice = next(choices, None)
        if choice is None or (next(text.tries, None) is None and number):
            break
        names = replace(names, choice=dict(zip(several, choice, strict=True)))
        try:
            found.append(_read(text, key, names, line))
        except NotGradable as error:
            trouble = trouble or error
        if number == 0:
            several = sorted(name for name in names.asked if len(names.offered[name]) > 1)
            choices = islice(product(*(range(len(names.offered[name])) for name in several)), 1, None)
    if not found:
        raise trouble or NotGradable("This cannot be read as a formula.")
    fitting = [one for one in found if line is None or one.expression.shape == line.right.shape] or found
    if len({_without_slopes(one) for one in fitting}) > 1 and len({one.expression for one in fitting}) > 1:
        raise NotGradable(_two_meanings(fitting))
    return replace(fitting[0], others=tuple(fitting[1:]))


def _without_slopes(reading: Reading) -> tuple[str, ...]:
    """What was read by convention but for derivatives of activations, which are taken at one place or another."""
    return tuple(sentence for sentence in reading.assumed if SLOPE not in sentence)


def _two_meanings(found: Sequence[Reading]) -> str:
    """What a text may mean that may mean several things."""
    ways = dict.fromkeys(" ".join(s for s in one.assumed if not all(s in o.assumed for o in found)) for one in found)
    return f"This may be read in several ways: {' Or: '.join(ways)} Write which is meant."


def _names(declared: Symbols, offered: Offered, known: Symbols, line: Line | None) -> Vocabulary:
    """The names that are declared, those of courses for what may stand in this formula, and those of what is asked."""
    symbol = None if line is None else line.symbol
    claims = {name for name, quantities in offered.items() if any(q.meaning is symbol for q in quantities)}
    return Vocabulary(declared, _allowed(offered, known), claims=frozenset(claims))


def _allowed(offered: Offered, symbols: Symbols) -> Offered:
    """The names of courses for what may stand in this formula."""
    known = set(symbols.values())
    meanings = {q.meaning for quantities in offered.values() for q in quantities}
    barred = {m for m in meanings if isinstance(m, Expression) and not known >= set(variables([m]))}
    if not barred:
        return offered
    found = {name: tuple(q for q in quantities if q.meaning not in barred) for name, quantities in offered.items()}
    return {name: quantities for name, quantities in found.items() if quantities}


def _read(text: _Text, key: Key, symbols: Vocabulary, line: Line | None) -> Reading:
    """The formula with one meaning of each name."""
    try:
        limits, conventions = Limits(sizes={BATCH: key.batch}), _conventions(key.written.scenery)
        asked = _asked(key, line, symbols.claims, by_name=text.by_name)
        reading = read_answer(text.written, text.syntax, symbols, limits, conventions, asked)
    except FormulaError as error:
        raise NotGradable(str(error), error.pointed()) from None
    except ExpressionError:  # in words of the engine, which knows nothing of the text
        raise NotGradable("This cannot be read as a formula.") from None
    have = reading.expression.shape
    if line is not None and line.right.shape not in (have, have[::-1], _without_ones(have), (1, *have)):
        wanted = line.right.shape
        what = f"the gradient by {line.of}" if line.is_gradient else line.name
        hint = " For a column times a row write outer(a, b)." if len(wanted) == 2 and len(have) < 2 else ""
        message = f"This has the shape {show_shape(have)}, but {what} has {show_shape(wanted)}.{hint}"
        raise NotGradable(message)
    notes = filter(None, (note(name, quantity) for name, quantity in symbols.taken(reading.names).items()))
    return replace(reading, assumed=(*reading.assumed, *notes))


def _conventions(scenery: Scenery) -> Conventions:
    """How names of the problem are meant that mean something else by themselves."""
    lines = {scenery.symbols[name]: line for name, line in scenery.network.system}
    return Conventions(scenery.rows, stems=stems(), lines=lines)


def _without_ones(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _asked(key: Key, line: Line | None, claims: frozenset[str], *, by_name: bool) -> Asked:
    """What the left side of an answer may name."""
    if line is None:
        return Asked("")
    of = line.of if line.is_gradient else None
    return Asked(line.name, of, _lines(key), claims, line.right.shape, by_name)


def _lines(key: Key) -> list[str]:
    return [name.removeprefix(GRADIENT) for name in key.gradients]


def results_of(work: str, key: Key, aliases: Mapping[str, str], *, upstream: bool) -> list[str]:
    """The answers that a whole piece of work names: a function, or a page of equations."""
    symbols = symbols_for(key.written, None, aliases, upstream=upstream)
    names = Vocabulary(symbols, _allowed(key.written.offered, symbols))
    limits, conventions = Limits(sizes={BATCH: key.batch}), _conventions(key.written.scenery)
    return answers_in(work, names, limits, conventions, _lines(key))


def symbols_for(
    structure: Structure, line: Line | None, aliases: Mapping[str, str], *, upstream: bool
) -> dict[str, Expression | Function]:
    """What may stand in a formula for a line: everything that is known before it, and the model's own functions."""
    scenery = structure.scenery
    known: dict[str, Expression | Function] = {}
    barred = set() if line is None else _depending_on(line, scenery) | _parts_of_loss(line, scenery)
    allowed = scenery.gradients - barred if upstream else frozenset()
    usable = {name: s for name, s in scenery.symbols.items() if s not in scenery.gradients or s in allowed}
    known |= {name: symbol for name, symbol in usable.items() if symbol not in barred}
    if scenery.network.view == "batch":
        known.setdefault(BATCH, scenery.batch)
    for name, function in _functions(scenery):
        known.setdefault(name, function)
    meant = {name_of(alias): _meant(text, structure, known) for alias, text in aliases.items()}
    named = {alias: meaning for alias, meaning in meant.items() if meaning is not None}
    usual = {alias: known[name] for alias, name in _usual(scenery).items() if name in known}
    return usual | known | named


def name_of(alias: str) -> str:
    r"""A name as formulas have it, for `p` as for `\\delta^{(2)}`; nothing for what can be none."""
    if spelling(alias) == alias:
        return alias
    found = symbol_in(alias) if "\\" in alias or "^" in alias or "_{" in alias else None
    return spelling(f"{found[0]}{found[1].layer}{found[1].text}") if found is not None else ""


def _meant(text: str, structure: Structure, known: Mapping[str, Expression | Function]) -> Expression | Function | None:
    """What a name of the staff's own means; None where it is made of what may not stand in this formula."""
    if text in known:
        return known[text]
    scenery = structure.scenery
    everything = {**scenery.symbols, **known}
    try:
        expression = read_own(text, everything, scenery).expression
    except NotGradable:
        return None
    return expression if set(variables([expression])) <= set(known.values()) else None


def read_own(text: str, symbols: Symbols, scenery: Scenery) -> Reading:
    """What a name of the staff's own is to mean: a formula of the problem's symbols."""
    try:
        return read_answer(text, None, symbols, Limits(), _conventions(scenery), Asked(""))
    except FormulaError as error:
        raise NotGradable(str(error), error.pointed()) from None
    except ExpressionError:
        raise NotGradable("This cannot be read as a formula.") from None


def _depending_on(line: Line, scenery: Scenery) -> set[Expression]:
    """The line's own symbol, and those of all lines that are made of it."""
    found = {line.symbol}
    for name in scenery.lines:
        if not found.isdisjoint(scenery.uses(name)):
            found.add(scenery.symbols[name])
    return found


def _parts_of_loss(line: Line, scenery: Scenery) -> set[Expression]:
    """Where the loss itself is asked for, the numbers that it is the sum of: naming them is no work."""
    if line.is_gradient:
        return set()
    return {scenery.symbols[name] for name in scenery.network.system.lines if not scenery.symbols[name].shape}


def _functions(scenery: Scenery) -> Iterator[tuple[str, Function]]:
    """`phi`, the activation that all hidden layers share, and `psi`, what makes outputs of the last scores."""
    hidden = {}
    for name, line in scenery.network.system:
        if line.args and isinstance(line.primitive, Elementwise) and len(scenery.uses(name)) == 1 and line.shape:
            hidden[line.primitive] = _function(line, *scenery.uses(name))
    if len(hidden) == 1:
        yield "phi", next(iter(hidden.values()))
    loss = scenery.network.problem.loss
    if loss is not None and loss.contains == "softmax":
        yield "psi", lambda z: softmax(z, -1)


def _function(line: Expression, place: Expression) -> Function:
    return lambda z: substitute([line], {place: z})[0]


def _usual(scenery: Scenery) -> dict[str, str]:
    """Other names that are in use: Delta for the one-hot rows."""
    rows = [name for symbol, name in scenery.targets.items() if symbol.kind != "index"]
    return {"Delta": rows[0]} if len(rows) == 1 else {}
