"""An answer as it is written: a formula, equations or code, of which one result is the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

from chainruler.engine import ExpressionError, Shape
from chainruler.notation.chains import are_equations
from chainruler.notation.code import is_code
from chainruler.notation.code_reader import read_code
from chainruler.notation.dialects import Syntax, dialects_of
from chainruler.notation.equations import read_equations
from chainruler.notation.formula import Conventions, FormulaError, FormulaLimits, Reading, SelfContradiction, Symbols
from chainruler.notation.latex_accumulators import is_change
from chainruler.notation.latex_left import Left
from chainruler.notation.latex_reader import read_latex
from chainruler.notation.latex_text import in_plain_latex
from chainruler.notation.left_sides import gradient_named, plainly
from chainruler.notation.names import declares, maps_of
from chainruler.notation.numpy_reader import read_numpy
from chainruler.notation.results import goes_on, the_result
from chainruler.notation.statements import Code
from chainruler.notation.vocabulary import Vocabulary

MOST_LETTERS = 4
"""How many letters of a formula without a left side are tried as its axes."""
UNFINISHED = "This derivative is named here and not worked out: write what it is."


_NAME = re.compile(r"(?:\\(?:overline|bar|hat|tilde|mathbf|boldsymbol|mathrm|vec)\s*|\{)*[^\W\d]\w*\}*")
"""A name of one's own on a left side, also under a bar."""


@dataclass(frozen=True)
class Asked:
    """What an answer is to be: the value of a line, which is a gradient by something or not."""

    label: str
    of: str | None = None
    """What it is the gradient by."""
    names: Collection[str] = ()
    """Everything that there is a gradient by: a left side may name another answer than the one that is asked."""
    also: Collection[str] = ()
    """What courses call it."""
    shape: Shape = ()
    by_name: bool = False
    """Whether it has to be named: the text is a whole piece of work, of which this is one result."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names that left sides may have, and those of the problem in their place."""

    @property
    def wanted(self) -> str:
        """What is asked, in words."""
        return f"the gradient by {self.of}" if self.of is not None else self.label

    def is_named_by(self, target: str) -> bool:
        """Whether a left side names what is asked, by the problem's own name for it."""
        label = self.aliases.get(target, target)
        return label == self.label or (self.of is not None and gradient_named(label, self.names) == self.of)

    def is_called(self, target: str) -> bool:
        """Whether a left side names what is asked as courses do."""
        return target in self.also or plainly(target) in self.also


def read_answer(
    text: str, syntax: Syntax | None, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, asked: Asked
) -> Reading:
    """What an answer means; FormulaError, naming the place, if it means nothing or names another answer."""
    return _first_read(text, syntax, lambda dialect: _read(text, dialect, symbols, limits, conventions, asked))


def read_formula(text: str, syntax: Syntax | None, symbols: Symbols, limits: FormulaLimits) -> Reading:
    """What a formula means, with nothing around it."""
    readers = {"numpy": read_numpy, "latex": read_latex}
    return _first_read(text, syntax, lambda dialect: readers[dialect](text, symbols, limits))


def _first_read(text: str, syntax: Syntax | None, read: Callable[[Syntax], Reading]) -> Reading:
    """The reading in a syntax; where that is not said, in the first of those that the text may be in."""
    troubles: list[ExpressionError] = []
    for dialect in [syntax] if syntax else dialects_of(text):
        try:
            return replace(read(dialect), syntax=dialect)
        except ExpressionError as error:
            troubles.append(error)
    raise troubles[0]


def answers_in(text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, asked: Asked) -> list[str]:
    """Of everything that there is a gradient by, what a whole piece of work names, in its order."""
    for dialect in dialects_of(text):
        try:
            latex = dialect == "latex"
            plain = in_plain_latex(text) if latex else text
            targets = (read_equations if latex else _cells)(plain, symbols, limits, conventions)
        except FormulaError:
            continue
        labels = [asked.aliases.get(target, target) for target in targets]
        named = [name for label in labels if (name := gradient_named(label, asked.names)) is not None]
        if named:
            return list(dict.fromkeys(named))
    return []


def _cells(text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> Collection[str]:
    return read_code(text, symbols, limits, conventions).cells


def _read(
    text: str, syntax: Syntax, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, asked: Asked
) -> Reading:
    if syntax == "latex":
        try:
            reading = replace(_latex(in_plain_latex(text), symbols, limits, conventions, asked), text=text)
        except FormulaError as error:  # with the text as it was written
            raise type(error)(error.message, text, error.span, error.operands) from None
        if reading.unfinished:
            raise FormulaError(UNFINISHED, text, reading.unfinished[0])
        return reading
    if not is_code(text) and not asked.by_name:
        return read_numpy(text, symbols, limits, conventions)
    code = read_code(text, symbols, limits, conventions)
    name, assumed = _result_of(code, asked)
    cell = the_result(code, name, asked.names, asked.is_named_by)
    if cell.part is None:
        raise cell.trouble or FormulaError("This is not known.", text, (0, len(text)))
    return Reading(
        text,
        cell.part,
        code.classes,
        code.demands(cell.part.expression),
        names=code.names,
        assumed=assumed,
        first=cell.first if goes_on(code, cell, name) else None,
        defined={name: one.part.expression if one.part is not None else None for name, one in code.cells.items()},
    ).within(limits)


def _result_of(code: Code, asked: Asked) -> tuple[str, tuple[str, ...]]:
    """The result that is asked, and what is taken for granted there.

    A function that is all of a text says by its return what the answer is, though it calls that dx: its x need not be
    the problem's.
    """
    cell = code.cells.get(code.returns)
    fits = cell is not None and cell.part is not None and cell.part.expression.shape == asked.shape
    named = any(asked.is_named_by(name) or asked.is_called(name) for name in code.cells)
    if asked.by_name or named or not fits:
        names = [name for name in code.cells if not _is_of_another(name, code, asked)]
        return _chosen(code.text, names or code.cells, asked), ()
    other = gradient_named(code.returns, asked.names) is not None
    return code.returns, (f"{code.returns} is taken for the answer.",) if other else ()


def _is_of_another(name: str, code: Code, asked: Asked) -> bool:
    """Whether courses call what is asked so, but this has the sizes of something else: delta1 may come first."""
    part = code.cells[name].part
    if asked.is_named_by(name) or not asked.is_called(name) or part is None:
        return False
    have, wanted = ({side for side in shape if side != 1} for shape in (part.expression.shape, asked.shape))
    return have != wanted


def _latex(text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, asked: Asked) -> Reading:
    """A formula by itself, or the equation that is asked."""
    if not are_equations(text) and not asked.by_name:
        try:
            return read_latex(text, symbols, limits, conventions)
        except FormulaError as trouble:
            entry = _entry(text, symbols, limits, conventions, asked)
            if entry is None:
                raise trouble from None
            return entry
    found = read_equations(text, symbols, limits, conventions)
    results = _results(found, symbols)
    name = _chosen(text, found, asked, results)
    reading = found[name]
    is_named = asked.is_named_by(name)
    if asked.label and not is_named and not asked.is_called(name):
        _check_name(text, name, symbols, asked)
    if isinstance(reading, FormulaError):
        raise reading
    if is_named:
        return reading
    taken = (f"{name} is taken for the answer.",) if len({*results, name}) > 1 else ()
    return replace(reading, rivals=(), assumed=(*reading.assumed, *taken))


def _results(found: Mapping[str, Reading | FormulaError], symbols: Symbols) -> list[str]:
    """The names of what no other line is made of; values of the forward pass, only where there is nothing else."""
    free = [name for name, one in found.items() if not (isinstance(one, Reading) and one.serves) and "(" not in name]
    known = next((names for names in maps_of(symbols) if isinstance(names, Vocabulary)), None)
    results = [name for name in free if known is None or not known.is_value(name)]
    return results or free or list(found)


def _check_name(text: str, name: str, symbols: Symbols, asked: Asked) -> None:
    """Refuse a left side that is no name of one's own: 2 dW = … says nothing of dW itself, and Z = … nothing of dZ."""
    own = _NAME.fullmatch(name) is not None and name not in asked.names and not is_change(name)
    if name and (not own or declares(symbols, name)):
        message = f"The left side is not {asked.wanted}: write that alone on the left of the =, or nothing."
        raise SelfContradiction(message, text, (0, len(text)))


def _entry(
    text: str, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, asked: Asked
) -> Reading | None:
    """A formula without a left side as an entry of what is asked; of two letters, the order is not said."""
    marks = "".join(re.findall(r"[_^](\{[^{}\\]*\}|[a-z])", text))
    letters = list(dict.fromkeys(re.findall("[a-dg-np-s]", marks)))[:MOST_LETTERS]
    rank = len(asked.shape)
    for keys in permutations(letters, rank) if 0 < rank <= 2 else ():
        try:
            entry = read_latex(text, symbols, limits, conventions, Left("", keys, asked.shape))
        except FormulaError:
            continue
        if rank == 1:
            return entry
        i, j = keys
        both = rf"\partial J/\partial {asked.of}_{{{i}{j}}} = …, or with _{{{j}{i}}}"
        raise FormulaError(f"Which entry is this? Write the left side: {both}.", text, (0, len(text)))
    return None


def _chosen(text: str, names: Collection[str], asked: Asked, results: Sequence[str] = ()) -> str:
    """The result that is asked: the one that is named so, or else the last one, if its name is of one's own."""
    if not names:
        raise FormulaError("Nothing is computed here.", text, (0, len(text)))
    for is_meant in (asked.is_named_by, asked.is_called):  # ds is the gradient by s, wherever courses call scores s
        named = next(filter(is_meant, reversed(list(names))), None)
        if named is not None:
            return named
    last = "" if "" in names else list(results or names)[-1]  # what has no name is no definition
    if asked.by_name:
        raise FormulaError(f"No line here is named as {asked.wanted}.", text, (0, len(text)))
    other = gradient_named(last, asked.names)
    if other is not None:
        message = f"This is the gradient by {other}, but {asked.wanted} is asked."
        raise FormulaError(message, text, (0, len(text)))
    return last
