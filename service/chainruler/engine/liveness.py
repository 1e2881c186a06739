"""How many bytes a program needs at once: a walk over its calls, with what is given back before each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from chainruler.engine.emitter import Instruction, Value

Sizes = Mapping[str, int]
Bytes = Counter[tuple[str, ...]]
"""Bytes as a polynomial: how many go with each product of named lengths."""

TURNED = (".T", ".T)", ".swapaxes(-1, -2)")
"""How the templates end that give an array whose entries do not lie in the order of its axes."""
IN_ORDER = (".reshape(", ".ravel(", "ascontiguousarray(")
"""What copies such an array."""


class ScheduledCall(NamedTuple):
    """One call: the name that its result gets, whether that is an array of its own, and the names deleted after it."""

    instruction: Instruction
    name: str
    fresh: bool
    deleted: Sequence[str]


class Peak:
    """The most bytes that are held at once by what a program computes, its results included and its inputs not."""

    def __init__(self, steps: Iterable[ScheduledCall], itemsize: int) -> None:
        self.heights = _highest(list(_Walk(itemsize).heights(steps)))

    def __call__(self, sizes: Sizes) -> int:
        """The bytes for these lengths."""
        return max([_at(height, sizes) for height in self.heights], default=0)


class _Walk:
    """Follows which arrays are alive."""

    def __init__(self, itemsize: int) -> None:
        self.itemsize = itemsize
        self.live: Bytes = Counter()
        self.arrays: dict[Value, Bytes] = {}
        """What was allocated and is not let go."""
        self.memory: dict[str, Value] = {}
        """The array that each name in use looks into."""
        self.uses: Counter[Value] = Counter()
        """How many names look into each array."""
        self.home: dict[Value, Value] = {}
        """The array that each value lies in."""
        self.turned: set[Value] = set()

    def heights(self, steps: Iterable[ScheduledCall]) -> Iterator[Bytes]:
        """What is alive during each call."""
        for step in steps:
            if step.instruction.result.shape:
                self._note(step)
            yield self.live
            for name in step.deleted:
                self._delete(name)

    def _note(self, step: ScheduledCall) -> None:
        """Note where the result of a call lies, and what it takes if that is an array of its own."""
        instruction, value, name = step.instruction, step.instruction.result, step.name
        copied = self._is_copied(instruction)
        if not step.fresh:
            self.home[value] = self.memory[name]
            return
        memory = value if value.owner is None else self.home.get(value.owner, value.owner)
        if copied or value.owner is None or not instruction.operands:
            memory = value
            self.arrays[value] = self._bytes(instruction.operands[0] if copied else value)
            self.live = self.live + self.arrays[value]
        self.memory[name] = self.home[value] = memory
        self.uses[memory] += 1

    def _is_copied(self, instruction: Instruction) -> bool:
        """Whether a call that rearranges has to copy, because the entries do not lie in order."""
        value, operands, template = instruction.result, instruction.operands, instruction.template
        turned = any(operand in self.turned for operand in operands if len(operand.shape) >= len(value.shape))
        copied = turned and any(text in template for text in IN_ORDER)
        if not copied and (turned or template.endswith(TURNED)):
            self.turned.add(value)
        return copied

    def _delete(self, name: str) -> None:
        memory = self.memory.pop(name, None)
        if memory is not None:
            self.uses[memory] -= 1
            if not self.uses[memory]:
                self.live = self.live - self.arrays.pop(memory, Counter())

    def _bytes(self, value: Value) -> Bytes:
        return bytes_of(value, self.itemsize)


def bytes_of(value: Value, itemsize: int) -> Bytes:
    """The bytes of an array; numbers without axes are not counted."""
    size = {"real": itemsize, "gate": 1, "index": 8}[value.kind] if value.shape else 0
    named = tuple(sorted(dim for dim in value.shape if isinstance(dim, str)))
    return Counter({named: size * prod(dim for dim in value.shape if isinstance(dim, int))})


def total_of(instructions: Sequence[Instruction], itemsize: int) -> Bytes:
    """The bytes of everything that is computed, if none of it was ever let go."""
    total: Bytes = Counter()
    for instruction in instructions:
        for dims, n in bytes_of(instruction.result, itemsize).items():
            total[dims] += n
    return total


def largest_under(most: int, total: Bytes) -> int:
    """A length that all named axes may have so that the total stays under a bound; −1 if it never does."""
    length = 0
    while length < 2**40 and _at(total, defaultdict(lambda: 2 * length + 1)) <= most:  # noqa: B023  (at once)
        length = 2 * length + 1
    return length if _at(total, defaultdict(lambda: length)) <= most else -1


def _at(height: Bytes, sizes: Sizes) -> int:
    return sum(factor * prod([sizes[dim] for dim in dims]) for dims, factor in height.items())


def _highest(heights: Sequence[Bytes]) -> list[Bytes]:
    """Those of which no other is at least as large whatever the lengths are."""
    kept: list[Bytes] = []
    for height in sorted(heights, key=lambda height: -sum(height.values())):
        if not any(height <= other for other in kept):
            kept.append(height)
    return kept
