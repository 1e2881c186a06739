"""What code has names for: arrays, of which several may lie in one piece of memory, as views of NumPy do."""

from __future__ import annotations

from dataclasses import dataclass, field

from chainruler.notation.formula import FormulaError, Fragment


@dataclass(eq=False)
class ArrayCell:
    """An array that code has one or more names for; or why there is none."""

    part: Fragment | None = None
    trouble: FormulaError | None = None
    depth: int = 0
    """How many loops over samples are open where it is made."""
    first: Fragment | None = None
    """What it was before it was changed in place."""
    memory: dict[ArrayCell, bool | None] = field(default_factory=dict)
    """All arrays that share its memory: False for whole ones, True for transposed ones, None for parts of any kind."""

    attributes: dict[str, ArrayCell] = field(default_factory=dict)
    """What code sets as its attributes: `g` for `W1.g`."""

    def __post_init__(self) -> None:
        self.memory[self] = False

    def share(self, other: ArrayCell, *, transposed: bool | None) -> None:
        """Lie in the memory of another array from now on; what else shares this one's memory comes along."""
        if self.memory is other.memory:
            return
        place = _both(other.memory[other], transposed)
        own = self.memory[self]
        for cell, way in self.memory.items():
            other.memory[cell] = _both(place, _both(own, way))
            cell.memory = other.memory

    def is_transposed(self, other: ArrayCell) -> bool | None:
        """Whether another array of the same memory is this one transposed, or not; None if it is a part, or unknown."""
        return _both(self.memory[self], self.memory[other]) if self.depth == other.depth else None


def _both(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 (ways from one array to another)
    return None if one is None or other is None else one != other
