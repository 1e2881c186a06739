"""A formula read in the symbols of a problem: those it declares and, behind them, the names that courses use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product

from chainruler.engine import Expression, ExpressionError, Shape, show_shape
from chainruler.engine.simplify import value_of
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import AnswerKey
from chainruler.grading.lines import Line
from chainruler.grading.numbering import check_numbering, shows_numbering
from chainruler.grading.roles import turned_symbols
from chainruler.grading.sample_words import said_of_samples
from chainruler.grading.symbols import conventions_of, labels_of, symbols_for
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.notation import (
    Asked,
    FormulaError,
    FormulaLimits,
    Reading,
    SelfContradiction,
    Symbols,
    Syntax,
    answers_in,
    read_answer,
)
from chainruler.notation.dialects import dialects_of
from chainruler.notation.vocabulary import SLOPE, Offered, Vocabulary, note

MOST_MEANINGS = 8
"""How many ways are tried to read names that may mean several things."""
_LAYERS_ABOVE = re.compile(
    r"(?:\\delta|(?<![A-Za-z])[zZ])(?:_(?:\w|\{[^{}]*\}))?\s*\^\s*(?:\{\s*)?(?:[a-z]\s*,\s*)?[0-9]"
)
"""Nobody takes powers of these: where they have numbers above, so have the values of other layers."""
NUMBERS_ABOVE = "Numbers above names are read as those of layers."
SAMPLES_ARE_ROWS = "The vectors of one sample are read as rows."
MOST_READ = 3_000
"""How many characters are read in all of these ways together, by one way to number layers; once at least."""
NONE: Mapping[str, str] = {}


def read(
    text: str,
    syntax: Syntax | None,
    key: AnswerKey,
    symbols: Symbols,
    line: Line | None,
    *,
    by_name: bool = False,
    aliases: Mapping[str, str] = NONE,
) -> Reading:
    """The formula as it is understood; NotGradable if it cannot be, or if its shape cannot be right for the line."""
    names = _names(symbols, key.written.offered, symbols, line)
    text_asked = _Text(text, syntax, by_name, labels_of(aliases, key.written)).anew
    try:
        return _chosen(text_asked, key, names, line)
    except NotGradable as trouble:
        last = (partial(_in_rows, trouble), partial(_transposing, trouble))
        others = () if trouble.final else (_from_input, _turned, *last)
        found = next((one for way in others if (one := way(text_asked, key, names, line)) is not None), None)
        if found is None:
            raise trouble from None
        return found


@dataclass(frozen=True)
class _Text:
    """What is read, how it is written, if that is said, and whether a left side has to name what is asked."""

    written: str
    syntax: Syntax | None
    by_name: bool
    aliases: Mapping[str, str]
    """Names of the staff's own for lines of the problem."""
    in_rows: bool = False
    """Whether the vectors of one sample are rows."""
    tries: Iterator[int] = field(default_factory=lambda: iter(()))
    """As many as the text is short enough for."""

    @property
    def anew(self) -> _Text:
        """The same with all of its tries before it."""
        return replace(self, tries=iter(range(MOST_READ // (len(self.written) + 1))))


def _from_input(text: _Text, key: AnswerKey, names: Vocabulary, line: Line | None) -> Reading | None:
    """The formula where the input is layer 1; None if it is no such formula.

    That the problem's own names have other numbers must show in the text, by a number that there is none of otherwise.
    """
    offered, renumbered = key.written.from_input
    others = {name: meaning for name, meaning in names.declared.items() if name not in renumbered}
    try:
        found = _chosen(text.anew, key, _names(others, offered, names.declared, line), line)
    except NotGradable:
        return None
    return found if shows_numbering(found, renumbered, names, offered) else None


def _turned(text: _Text, key: AnswerKey, names: Vocabulary, line: Line | None) -> Reading | None:
    """The formula where samples stand in columns and not in rows; None if it is no such formula.

    Code computes with the arrays of the problem: it shows that its samples are columns only where it computes them all
    from the data. A single product of the problem's arrays that does not exist is a mistake.
    """
    context, network = key.written.context, key.written.context.network
    if network.view != "batch" or network.problem.model.samples != "rows":
        return None
    values = set(network.system.lines) - set(context.targets.values())
    computed = values | {f"{GRADIENT}{name}" for name in values}
    renumbered = key.written.from_input[1]
    for syntax in (text.syntax,) if text.syntax else dialects_of(text.written):
        for offered, gone in zip(key.written.in_columns, (set(), renumbered), strict=True):
            declared, moved = turned_symbols({name: one for name, one in names.declared.items() if name not in gone})
            with suppress(NotGradable):
                usual = offered.within(set(names.declared.values()))
                found = _chosen(replace(text.anew, syntax=syntax), key, Vocabulary(declared, {**usual, **moved}), line)
                shown = not gone or shows_numbering(found, gone, names, offered)
                if shown and (syntax == "latex" or computed.isdisjoint(found.names)):
                    lies = line is not None and BATCH in line.right.shape and line.right.shape != found.expression.shape
                    return replace(found.transposed() if lies else found, in_columns=True)
    return None


def _in_rows(trouble: NotGradable, text: _Text, key: AnswerKey, names: Vocabulary, line: Line | None) -> Reading | None:
    """The formula where the vectors of one sample are rows, as in the data; None if it is no such formula.

    It has to have the shape that is asked. Where one transpose makes it right with columns, it may be meant so too.
    """
    network = key.written.context.network
    is_latex = "latex" in ((text.syntax,) if text.syntax else dialects_of(text.written))
    if line is None or not is_latex or network.view != "batch" or network.problem.model.samples != "rows":
        return None
    try:
        found = _chosen(replace(text, syntax="latex", in_rows=True), key, names, line)
    except NotGradable:
        return None
    if found.expression.shape != line.right.shape:
        return None
    also = _transposing(trouble, text, key, names, line)
    return replace(found, assumed=(*found.assumed, SAMPLES_ARE_ROWS), others=(*found.others, *filter(None, [also])))


def _transposing(
    trouble: NotGradable, text: _Text, key: AnswerKey, names: Vocabulary, line: Line | None
) -> Reading | None:
    """The formula with one of two factors transposed that do not fit together; None if that does not make it one."""
    syntax = text.syntax or dialects_of(text.written)[0]
    mark = r")^\top" if syntax == "latex" else ").T"
    for start, stop in reversed(trouble.operands):
        mended = f"{text.written[:start]}({text.written[start:stop]}{mark}{text.written[stop:]}"
        with suppress(NotGradable):
            found = _chosen(replace(text, written=mended, syntax=syntax), key, names, line)
            return replace(found, text=text.written, transposing=(start, stop), trouble=trouble.message)
    return None


def _chosen(text: _Text, key: AnswerKey, names: Vocabulary, line: Line | None) -> Reading:
    """The formula with the first meaning of its names that can be read, and with the others that can."""
    found: list[Reading] = []
    by_layer: list[Reading] = []
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
            by_layer += found[-1:] if names.raised and all(map(names.choice.get, names.raised)) else []
        except NotGradable as error:
            trouble = trouble or error
        if number == 0:
            several = sorted(names.choices)
            choices = islice(product(*(range(names.choices[name]) for name in several)), 1, None)
    if not found:
        raise trouble or NotGradable("This cannot be read as a formula.")
    fitting = [one for one in found if line is None or one.expression.shape == line.right.shape] or found
    meant = [one for one in fitting if one in by_layer] if _LAYERS_ABOVE.search(text.written) else []
    likely = meant or fitting
    several_ways = len({_without_slopes(one) for one in likely}) > 1 and len({one.expression for one in likely}) > 1
    said = said_of_samples(text.written) if key.written.context.network.view == "batch" else ""
    doubt = _two_meanings(likely) if several_ways else said
    first, *others = [*meant, *(one for one in fitting if one not in meant)]
    notes = (NUMBERS_ABOVE,) if 0 < len(meant) < len(fitting) else ()
    return replace(first, others=tuple(others), doubt=doubt, assumed=(*first.assumed, *notes))


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
    claims = [] if symbol is None else offered.names_of.get(symbol, ())
    return Vocabulary(declared, offered.within(set(known.values())), claims=frozenset(claims))


def _read(text: _Text, key: AnswerKey, symbols: Vocabulary, line: Line | None) -> Reading:
    """The formula with one meaning of each name."""
    try:
        limits = FormulaLimits(sizes={BATCH: key.batch})
        conventions = replace(conventions_of(key.written.context), row_samples=text.in_rows)
        asked = _asked(key, line, symbols.claims, text)
        reading = read_answer(text.written, text.syntax, symbols, limits, conventions, asked)
    except FormulaError as error:
        final = isinstance(error, SelfContradiction)
        raise NotGradable(str(error), error.pointed(), error.operands, final=final) from None
    except ExpressionError:  # in words of the engine, which knows nothing of the text
        raise NotGradable("This cannot be read as a formula.") from None
    if line is not None and reading.expression.shape == () and _may_repeat(reading.expression, line.right.shape):
        reading = reading.shaped(line.right.shape)
    check_numbering(reading, symbols, key)
    have = reading.expression.shape
    if line is not None and not _may_be_meant(have, line.right.shape):
        wanted = line.right.shape
        what = f"the gradient by {line.of}" if line.is_gradient else line.name
        hint = " For a column times a row write outer(a, b)." if len(wanted) == 2 and len(have) < 2 else ""
        message = f"This has the shape {show_shape(have)}, but {what} has {show_shape(wanted)}.{hint}"
        raise NotGradable(message)
    if reading.syntax == "latex" and line is not None and line.right.shape in ((*have, 1), (1, *have)):
        reading = reading.shaped(line.right.shape)  # in LaTeX a vector is a column
    notes = filter(None, (note(name, quantity) for name, quantity in symbols.taken(reading.names).items()))
    return replace(reading, assumed=(*reading.assumed, *notes))


def _may_repeat(number: Expression, shape: Shape) -> bool:
    """Whether a number stands for an array: where that has one entry only, or where it is 0."""
    return all(side == 1 for side in shape) or value_of(number) == 0


def _may_be_meant(have: Shape, wanted: Shape) -> bool:
    """Whether an answer of one shape may be a right one of the other, but for its layout and for axes of 1."""
    return wanted == have[::-1] or _without_ones(have) == _without_ones(wanted)


def _without_ones(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _asked(key: AnswerKey, line: Line | None, claims: frozenset[str], text: _Text) -> Asked:
    """What the left side of an answer may name."""
    if line is None:
        return Asked("")
    of = line.of if line.is_gradient else None
    return Asked(line.name, of, _lines(key), claims, line.right.shape, text.by_name, text.aliases)


def _lines(key: AnswerKey) -> list[str]:
    return [name.removeprefix(GRADIENT) for name in key.gradients]


def results_of(work: str, key: AnswerKey, aliases: Mapping[str, str], *, upstream: bool) -> list[str]:
    """The answers that a whole piece of work names: a function, or a page of equations."""
    symbols = symbols_for(key.written, None, aliases, upstream=upstream)
    names = Vocabulary(symbols, key.written.offered.within(set(symbols.values())))
    limits, conventions = FormulaLimits(sizes={BATCH: key.batch}), conventions_of(key.written.context)
    asked = Asked("", names=_lines(key), aliases=labels_of(aliases, key.written))
    return answers_in(work, names, limits, conventions, asked)
