r"""What a chain of equations means, by the names that are known where it stands."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from chainruler.engine import Expression, reshape
from chainruler.notation.chains import Chain
from chainruler.notation.formula import (
    Conventions,
    FormulaError,
    FormulaLimits,
    Fragment,
    Reading,
    SelfContradiction,
    Span,
    Symbols,
)
from chainruler.notation.latex_accumulators import added_up, other_letters, term_of
from chainruler.notation.latex_exceptions import at_class, check_exception
from chainruler.notation.latex_left import SAMPLE, Left
from chainruler.notation.latex_names import WHOLE
from chainruler.notation.latex_reader import read_latex
from chainruler.notation.numbering import without_number
from chainruler.notation.vectors import reciprocal

_NAMED = re.compile(r"[\s&]*([A-Z])[\s$.,;&]*")
CONDITION = "This says when the formula before it holds: write cases, or an indicator such as [i = j]."


def read_chain(
    text: str, chain: Chain, symbols: Symbols, limits: FormulaLimits, conventions: Conventions
) -> tuple[list[str], Reading]:
    """The last member of a chain with the names that it gets, and those before it as far as they can be read."""

    def read(span: Span, left: Left | None) -> Reading:
        return read_member(text, span, symbols, limits, conventions, left)

    if chain.exception is not None:
        return [chain.lefts[0].name], _excepted(text, chain, chain.exception, symbols, limits, conventions)
    if chain.condition is not None:
        raise FormulaError(CONDITION, text, chain.condition)
    if any(one.mask for one in chain.lefts):
        return [chain.lefts[0].name], _masked(text, chain, symbols, limits, conventions)
    names = [left.name for left in chain.lefts]
    term = term_of(text, chain)
    added = None if term is None else added_up(text, chain, term, symbols, read)
    if added is not None:
        return names, added
    left = next((left for left in reversed(chain.lefts) if left.keys), None)
    try:
        last = read(chain.members[-1], left)
    except FormulaError:
        names, last, left = _otherwise(text, read, chain, left)
    before = []
    for span in chain.members[:-1]:
        with suppress(FormulaError):
            before.append(read(span, left))
    if any(one.factor for one in chain.lefts):
        return names, _unscaled(text, chain, [*before, last], symbols)
    return names, replace(last, chain=tuple(before))


def read_member(
    text: str, span: Span, symbols: Symbols, limits: FormulaLimits, conventions: Conventions, left: Left | None
) -> Reading:
    """What a piece of the text means, with its place in the text."""
    longer = FormulaLimits(characters=max(limits.characters, span[0] + limits.characters), sizes=limits.sizes)
    return read_latex(without_number(" " * span[0] + text[slice(*span)]), symbols, longer, conventions, left)


def _otherwise(
    text: str, read: Callable[[Span, Left | None], Reading], chain: Chain, left: Left | None
) -> tuple[list[str], Reading, Left | None]:
    """A member whose left side has a word at its foot, or that is of one sample without saying so; else the error."""
    names = [one.name for one in chain.lefts]
    span, own = chain.members[-1], chain.lefts[0] if chain.lefts else None
    named = _NAMED.fullmatch(text, *span)
    if named is not None and len(chain.members) > 1:  # A = B = G says what G is
        with suppress(FormulaError):
            found = read(chain.members[-2], left)
            chain.members.pop()
            return [*names, named[1]], found, left
    if left is not None and left.word:
        with suppress(FormulaError):
            return [one.word or one.name for one in chain.lefts], read(span, None), None
    if own is not None and own.whole_loss is not None:
        with suppress(FormulaError):
            return [own.whole_loss.name], read(span, own.whole_loss if own.whole_loss.keys else None), own.whole_loss
    if own is not None and own.name and not own.is_gradient and len(own.keys) <= 1:
        for letter in own.keys or (SAMPLE, *other_letters(text[slice(*span)], own)):
            of_sample = replace(own, keys=(letter,), of_sample=True)
            with suppress(FormulaError):
                return names, read(span, of_sample), of_sample
        of_unit = replace(own, keys=(SAMPLE, *own.keys), of_sample=True)
        with suppress(FormulaError):  # \\delta_k of unit k, for one sample that has no letter
            if not any(_summed_over(key, text) for key in own.keys):
                return names, read(span, of_unit), of_unit
    raise  # noqa: PLE0704 (called while the error is handled)


def _summed_over(letter: str, text: str) -> bool:
    """Whether some sum runs over a letter, which then is that of the samples where nothing else fits."""
    return re.search(rf"\\sum\s*_\s*\{{?\s*{letter}(?![A-Za-z])", text) is not None


def _unscaled(text: str, chain: Chain, members: Sequence[Reading], symbols: Symbols) -> Reading:
    """What `2 dW = …` says of dW, with the members before."""
    factor = chain.lefts[0].factor
    scale = read_latex("-1" if factor.strip() == "-" else factor, symbols).expression if len(chain.lefts) == 1 else None
    if scale is None or scale.shape or not chain.lefts[0].factor:
        message = "It is not clear what this factor on the left belongs to: write the gradient alone there."
        raise SelfContradiction(message, text, chain.members[0])
    *before, last = [one.changed(lambda whole: whole * reciprocal(scale)) for one in members]
    return replace(last, chain=tuple(before))


def _masked(text: str, chain: Chain, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> Reading:
    r"""The array whose entries are set where something holds, as in `dh[h \le 0] = 0`."""
    left = chain.lefts[0]
    before = symbols.get(left.name)
    given = read_member(text, chain.members[-1], symbols, limits, conventions, None)
    gate = read_latex(rf"\mathbb{{1}}\{{{left.mask}\}}", symbols, limits, conventions)
    if not isinstance(before, Expression) or given.expression.shape or before.shape != gate.expression.shape:
        message = f"Entries of {left.name} are set here where something holds: it is not known what {left.name} is."
        raise FormulaError(message, text, chain.members[-1])
    whole = before * (1 - gate.expression) + given.expression * gate.expression
    names = (left.name, *given.names, *gate.names)
    return replace(given, root=Fragment(given.root.span, limits.check(whole)), names=names)


def _excepted(
    text: str, chain: Chain, exception: Chain, symbols: Symbols, limits: FormulaLimits, conventions: Conventions
) -> Reading:
    """The array of a chain with an exception, which holds at the class numbers and may be made of the other entries."""
    left, (name, letter, pick) = chain.lefts[0], at_class(exception)
    check_exception(text, chain, exception, CONDITION)
    (running,) = (key for key in left.keys if key not in {letter, WHOLE})
    elsewhere = read_member(text, chain.members[-1], symbols, limits, conventions, left)
    gate = read_latex(rf"\mathbb{{1}}\{{{running} \neq {pick}\}}", symbols, limits, conventions, left).expression
    gates = iter(gate.shape)
    gate = reshape(gate, [1 if key == WHOLE else next(gates) for key in left.keys])
    others = elsewhere.expression * gate
    known: Symbols = ChainMap({name: others}, symbols)  # type: ignore[arg-type]
    at = Left(name, (letter,), of_sample=left.of_sample)
    there = read_member(text, exception.members[-1], known, limits, conventions, at)
    sides = iter(there.expression.shape)
    shape = [1 if key == running else next(sides, 1) for key in left.keys]
    whole = others + (1 - gate) * reshape(there.expression, shape)
    names = (*elsewhere.names, *(used for used in there.names if used != name))
    assumed = (*elsewhere.assumed, *there.assumed)
    root = Fragment(elsewhere.root.span, limits.check(whole))
    return replace(elsewhere, root=root, names=names, assumed=assumed)
