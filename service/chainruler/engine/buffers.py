"""Which array each call of a program writes into: one that nothing reads any more, or else a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from chainruler.engine.emitter import Instruction, Value
from chainruler.engine.liveness import ScheduledCall


class Buffers:
    """Decides which array each call writes into, and writes the calls down."""

    def __init__(self, instructions: Sequence[Instruction], results: Sequence[Value]) -> None:
        self.instructions, self.results = instructions, results
        self.names: dict[Value, str] = {}
        self.last = {value.memory: len(instructions) for value in results}
        for place, instruction in reversed(list(enumerate(instructions))):
            for operand in instruction.operands:
                self.last.setdefault(operand.memory, place)
        self.own = {i.result for i in instructions if i.result.owner is None and i.result.shape}
        self.free: dict[Value, None] = {}
        self.seen: dict[str, int] = {}
        """The last line that each array's name stands in."""
        self.fresh: list[bool] = []
        """Whether the result of each call is an array of its own, and is not written over another."""

    def lines(self) -> list[str]:
        """The source of the calls, of giving back early what nothing reads any more, and of handing out the results."""
        body = [self._line(place, instruction) for place, instruction in enumerate(self.instructions)]
        handed = [self._name(value, len(body)) for value in self.results]
        gone = self._gone()
        lines = []
        for place, line in enumerate(body):
            lines.append(line)
            if place in gone:
                lines.append(f" del {', '.join(gone[place])}")
        return [*lines, f" return ({''.join(name + ', ' for name in handed)})"]

    def steps(self) -> Iterator[ScheduledCall]:
        """The same calls, once they are written, as what they allocate and let go."""
        gone = self._gone()
        for place, instruction in enumerate(self.instructions):
            name = self.names[instruction.result]
            yield ScheduledCall(instruction, name, self.fresh[place], gone.get(place, ()))

    def _gone(self) -> dict[int, list[str]]:
        """The names that nothing reads after a line."""
        gone: dict[int, list[str]] = {}
        for name, place in self.seen.items():
            gone.setdefault(place, []).append(name)
        return gone

    def _name(self, value: Value, place: int) -> str:
        """The source of a value that the call at this place uses."""
        name = value.text or self.names[value]
        if value.shape and not value.text:
            self.seen[name] = place
        return name

    def _line(self, place: int, instruction: Instruction) -> str:
        result = instruction.result
        call = instruction.template.format(*(self._name(operand, place) for operand in instruction.operands))
        over = self._reusable(place, instruction)
        self._release(place, instruction, over)
        self.names[result] = f"t{len(self.names)}" if over is None else self.names[over]
        self.fresh.append(over is None)
        name = self._name(result, place)
        if over is not None:
            return f" {call}{instruction.out}{name})"
        return f" {name} = {call}{')' if instruction.out else ''}"

    def _reusable(self, place: int, instruction: Instruction) -> Value | None:
        """An array of the result's shape that nothing reads after this call: an operand if possible."""
        result = instruction.result
        if not instruction.out or result.kind != "real" or not result.shape:
            return None
        dying = [o for o in instruction.operands if o in self.own and self.last[o] == place]
        fitting = (value for value in chain(dying, self.free) if value.shape == result.shape and value.kind == "real")
        return next(fitting, None)

    def _release(self, place: int, instruction: Instruction, over: Value | None) -> None:
        """Note whose memory is free after this call."""
        if over is not None:
            self.free.pop(over, None)
        for memory in dict.fromkeys(operand.memory for operand in instruction.operands):
            if self.last[memory] == place and memory in self.own and memory is not over:
                self.free[memory] = None
