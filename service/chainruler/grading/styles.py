"""The style of a derivation: the names of a course, or one's own, for what this problem has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from chainruler.grading.context import DerivationContext
from chainruler.grading.roles import quantities_of
from chainruler.networks import Network, SpecError
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.networks.errors import pointer
from chainruler.notation import spelling
from chainruler.notation.calls import function_names
from chainruler.notation.courses import COURSES, Course, Naming, named_by

Style: TypeAlias = Course | dict[str, str]
"""A course, or a name for each of some names of the problem."""


def naming_in(style: Style, network: Network) -> Naming:
    """The names that are printed; refused where a name is none, or where two things would have it."""
    context = DerivationContext(network)
    labels = [*context.symbols, BATCH]
    if isinstance(style, str):
        naming = _without_doubles(named_by(COURSES[style], quantities_of(context)), labels)
    else:
        naming = Naming(_own(style, context))
    names = [naming.of(label) for label in labels]
    for label, name in zip(labels, names, strict=True):
        where = pointer("style", label) if isinstance(style, dict) and label in style else "/style"
        if names.count(name) > 1:
            raise SpecError("invalid_names", where, f'Two things of this derivation would be called "{name}".')
        if name != label and (spelling(name) != name or name in function_names()):
            raise SpecError(
                "invalid_names",
                where,
                f'"{name}" cannot be a name in code: use letters and digits, and no word of Python and no function.',
            )
    return naming


def _without_doubles(naming: Naming, labels: Sequence[str]) -> Naming:
    """The names of a course, but for those that two things of this network would have."""
    kept = dict(naming.labels)
    for label in reversed(labels):
        if label in kept and [kept.get(other, other) for other in labels].count(kept[label]) > 1:
            del kept[label]
    return replace(naming, labels=kept)


def _own(style: Mapping[str, str], context: DerivationContext) -> dict[str, str]:
    """One's own names, and the gradients by what has one."""
    unknown = next((label for label in style if label not in context.symbols and label != BATCH), None)
    if unknown is not None:
        message = f'There is no symbol "{unknown[:40]}" in this problem.'
        raise SpecError("unknown_name", pointer("style", unknown), message)
    gradients = {f"{GRADIENT}{label}": f"{GRADIENT}{name}" for label, name in style.items()}
    return {label: name for label, name in gradients.items() if label in context.symbols} | dict(style)
