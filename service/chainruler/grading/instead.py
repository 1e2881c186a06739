"""Derivations of another network than the one that is posed: a line of the forward pass is another, and all follow it.

Somebody who takes a layer or loss for another one differentiates it without fault. The wrong derivation is that of the
other network, line by line; it begins at the first line that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from chainruler.engine import Expression, ExpressionError, System, backpropagate, substitute, variables
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Change, Changes, Mistake


class Other(NamedTuple):
    """The lines that another network changes, and what is wrong with it in words."""

    changed: dict[str, Expression]
    """With what makes the forward pass another one, and all that follows from it."""
    alone: dict[str, Expression]
    """Lines of the backward pass as they are there, where the forward pass is right."""
    evidence: str


Others: TypeAlias = Mapping[type[Mistake], list[Other]]


def others_of(context: DerivationContext) -> Others:
    """What each mistake makes of the whole derivation, if it differentiates another network."""
    found: dict[type[Mistake], list[Other]] = {}
    for mistake in Mistake.registry.values():
        with suppress(ExpressionError):  # what a mistake makes of unusual lines may fit nowhere
            for lines, evidence in mistake.instead(context):
                changed = _differing(context, lines)
                if changed:
                    other = Other(changed, _alone(context, changed), evidence)
                    found.setdefault(mistake, []).append(other)
    return found


def changes_at(line: Line, others: Iterable[Other]) -> Changes:
    """The changes of a line in which the derivation of another network begins, or states its objective."""
    network = line.context.network
    totals = {network.objective, network.data_loss, network.penalty, *network.updates.values()}
    for changed, alone, evidence in others:
        if line.name in alone:
            yield Change(alone[line.name], evidence)
        if line.name in totals & changed.keys():
            yield Change(changed[line.name], evidence)
        later = {name: right for name, right in changed.items() if name not in totals}
        if line.name == next(iter(later), None):
            yield Change(later.pop(line.name), evidence, later)


def _alone(context: DerivationContext, changed: Mapping[str, Expression]) -> dict[str, Expression]:
    """The backward lines that hold or use what is changed, each with the changed forward lines written out."""
    forward = {context.symbols[name]: changed[name] for name in changed if name in context.network.system.lines}
    backward = {name: changed.get(name, right) for name, right in context.lines.items() if context.is_backward(name)}
    written = dict(zip(backward, substitute(list(backward.values()), forward), strict=True))
    return {name: right for name, right in written.items() if right is not context.lines[name]}


def _differing(context: DerivationContext, forward: Mapping[str, Expression | None]) -> dict[str, Expression]:
    """The lines that differ where these forward lines are others, in the order of lines.

    A line that is None, or holds a symbol that nothing defines, is the right one, but taken as given: what it is made
    of gets no gradient through it.
    """
    system = context.network.system
    lines = {name: forward.get(name, right) for name, right in system}
    kept = {
        name: right for name, right in lines.items() if right is not None and right.shape == system.lines[name].shape
    }
    try:
        theirs = backpropagate(System(kept), context.network.objective or "", context.learnt)
    except ExpressionError:
        return {}
    unknown: dict[Expression, Expression] = {}
    changed = {}
    for name, line in theirs.lines.items():
        (right,) = substitute([line], unknown)
        if context.symbols.get(name) is not theirs.symbol(name):
            unknown[theirs.symbol(name)] = right
        elif right is not context.lines[name] and context.known.issuperset(variables([right])):
            changed[name] = right
    return {name: changed[name] for name in context.lines if name in changed}
