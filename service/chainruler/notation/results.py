"""Which result of code is the answer, where there are several for one: none, unless one is made of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chainruler.notation.cells import ArrayCell
from chainruler.notation.formula import SelfContradiction
from chainruler.notation.left_sides import gradient_named
from chainruler.notation.statements import Code


def the_result(code: Code, name: str, names: Collection[str], is_named: Callable[[str], bool]) -> ArrayCell:
    """The cell of a result, or what is returned that is made of it; FormulaError if there are two that differ."""
    cell = code.cells[name]
    for other in filter(is_named, code.cells):
        if _differ(cell, code.cells[other]) and not _is_made_of(cell, code.cells[other]):
            raise _two(code, f"{name} and {other}")
    last = code.returned
    if last is None or last.cells.get(name) is not cell or gradient_named(last.name, names) is not None:
        return cell
    if not _differ(cell, last.cell) or not _alike(cell, last.cell):
        return cell
    if _is_made_of(last.cell, cell):
        return last.cell
    raise _two(code, f"{name} and what is returned")


def goes_on(code: Code, cell: ArrayCell, name: str) -> bool:
    """Whether an array is used after its last change, or has another name: then it has become something else."""
    others = ((called, other) for called, other in code.cells.items() if called != name)
    return any(other is cell or _is_made_of(other, cell) for _, other in others)


def _differ(one: ArrayCell, other: ArrayCell) -> bool:
    known = one.part is not None and other.part is not None
    return known and one.part.expression is not other.part.expression  # type: ignore[union-attr]


def _alike(one: ArrayCell, other: ArrayCell) -> bool:
    return one.part.expression.shape == other.part.expression.shape  # type: ignore[union-attr]


def _is_made_of(whole: ArrayCell, piece: ArrayCell) -> bool:
    return whole.part is not None and any(part is piece.part for part in whole.part.walk())


def _two(code: Code, which: str) -> SelfContradiction:
    message = f"There are two results for one answer here, {which}, and they differ: leave one of them."
    return SelfContradiction(message, code.text, (0, len(code.text)))
