"""How a text numbers its layers, told by what it defines itself: another reading of its names is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chainruler.engine import Expression, variables
from chainruler.grading.comparing import FLOAT64, agrees
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import AnswerKey
from chainruler.notation import Function, Reading, Symbols
from chainruler.notation.vocabulary import Offered, Vocabulary


def check_numbering(reading: Reading, names: Vocabulary, key: AnswerKey) -> None:
    """Refuse a reading that numbers layers otherwise than the text does where it defines a value of a layer itself."""
    structure = key.written
    for name, own in reading.defined.items():
        known = own is not None and structure.context.known.issuperset(variables([own]))
        several = [one for offered in (structure.offered, structure.from_input[0]) for one in offered.get(name, ())]
        values = [one.meaning for one in several if one.is_forward]
        if own is None or not known or not name[-1:].isdecimal() or len(values) < len(several):
            continue
        meant = names.meanings(name)
        if meant and not _is_one_of(own, meant, key) and _is_one_of(own, values, key):
            raise NotGradable(f"The text numbers the layers otherwise, as {name} shows.")


def shows_numbering(reading: Reading, renumbered: Collection[str], names: Symbols, offered: Offered) -> bool:
    """Whether a text that uses names with other numbers has a number that there is none of otherwise."""
    folded = {name.casefold() for name in renumbered}
    plain = {name.replace("_", "") for name in reading.names}
    uses = any(name.casefold() in folded for name in plain)
    shown = {name.replace("_", "") for name in reading.defined} | plain
    shown |= {name.replace("Delta", "delta") for name in shown}  # of all samples, as \Delta^{(3)} beside \delta^{(3)}
    return not uses or any(name not in names and name in offered for name in shown)


def _is_one_of(own: Expression, meanings: Iterable[Expression | Function], key: AnswerKey) -> bool:
    """Whether what a text defines has the value, at a random point, of one of these."""
    point = key.probe_point.scratch()
    alike = (one for one in meanings if isinstance(one, Expression) and one.shape == own.shape)
    return any(agrees(point(own), point(one), FLOAT64) for one in alike)
