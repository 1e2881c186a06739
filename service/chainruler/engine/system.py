"""A system: named definitions, each in terms of variables and of the names before it. A derivation is one.

Differentiating a system names every intermediate cotangent: from `Z = X Wᵀ` and `J = f(Z)` come `dZ = …` and
`dW = dZᵀ X`, each a short expression in symbols, as a textbook prints them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainruler.engine.differentiate import vjp
from chainruler.engine.expression import (
    Expression,
    as_expression,
    build,
    label_of,
    variable,
)
from chainruler.engine.graph import substitute, topological, variables
from chainruler.engine.program import Definitions, DType, Program, compiled
from chainruler.engine.simplify import filled


@dataclass(frozen=True)
class System:
    """Definitions by name, in order; a name is defined once."""

    lines: Mapping[str, Expression]

    def __iter__(self) -> Iterator[tuple[str, Expression]]:
        return iter(self.lines.items())

    def symbol(self, name: str) -> Expression:
        """The variable that stands for a defined name."""
        return variable(name, self.lines[name].shape, "index" if self.lines[name].kind == "index" else "real")

    def with_lines(self, lines: Mapping[str, Expression]) -> System:
        """The system with more definitions after its own."""
        return System({**self.lines, **lines})

    def expanded(self, expressions: Sequence[Expression]) -> list[Expression]:
        """The expressions with every defined name replaced by what defines it, down to the free variables."""
        known: dict[Expression, Expression] = {}
        for name, expression in self:
            known[self.symbol(name)] = substitute([expression], known)[0]
        return substitute(expressions, known)

    def definitions(self) -> Definitions:
        """The definitions as a program takes them."""
        return tuple((self.symbol(name), stable) for name, stable in _stabilised(self))

    def program(
        self, outputs: Iterable[str], inputs: Sequence[Expression] | None = None, dtype: DType = "float64"
    ) -> Program:
        """The program that computes the named lines."""
        return compiled([self.symbol(name) for name in outputs], inputs, dtype, self.definitions())


def _stabilised(system: System) -> Iterator[tuple[str, Expression]]:
    """The lines, where the logarithm of a name that is a softmax or sigmoid is the logarithm of its definition.

    Only so can it be written without the underflow that the logarithm of a computed softmax suffers.
    """
    risky = {system.symbol(n): e for n, e in system if e.primitive.name in {"softmax", "sigmoid", "exp"}}
    for name, expression in system:
        used = risky.keys() & set(variables([expression])) if risky else ()
        logs = [n for n in topological([expression]) if n.primitive.name == "log" and n.args[0] in used] if used else []
        rewritten = {node: node.primitive(risky[node.args[0]]) for node in logs}
        yield name, substitute([expression], rewritten)[0] if rewritten else expression


def backpropagate(system: System, of: str, wrt: Sequence[Expression]) -> System:
    """The system with a line `d<name>` for all between the scalar `of` and the variables `wrt`, in backward order."""
    return _Backward(system, of, wrt).run()


class _Backward:
    """One pass backwards over the definitions of a system."""

    def __init__(self, system: System, of: str, wrt: Sequence[Expression]) -> None:
        self.system, self.of, self.wrt = system, of, list(wrt)
        names = list(system.lines)
        self.names = names[: names.index(of) + 1]
        self.symbols = {name: system.symbol(name) for name in self.names}
        self.used = {name: variables([system.lines[name]]) for name in self.names}
        self.active = set(wrt)
        for name in self.names:
            if not self.active.isdisjoint(self.used[name]):
                self.active.add(self.symbols[name])
        self.parts: dict[Expression, list[Expression]] = {}
        self.waiting = {x: sum(x in self.used[name] for name in self._needed()) for x in self.wrt}
        self.folded = {system.lines[n]: self.symbols[n] for n in self.names if system.lines[n].args}
        self.lines: dict[str, Expression] = {}

    def _needed(self) -> list[str]:
        """The names that `of` is made of."""
        wanted = {self.symbols[self.of]}
        for name in reversed(self.names):
            if self.symbols[name] in wanted:
                wanted.update(self.used[name])
        return [name for name in self.names if self.symbols[name] in wanted]

    def run(self) -> System:
        for name in reversed(self._needed()):
            symbol = self.symbols[name]
            if symbol not in self.active:
                continue
            g = as_expression(1) if name == self.of else self._line(symbol)
            targets = [v for v in self.used[name] if v in self.active]
            for target, part in zip(targets, vjp([self.system.lines[name]], [g], targets), strict=True):
                self.parts.setdefault(target, []).append(part)
            for x in self.wrt:
                if x in self.used[name]:
                    self.waiting[x] -= 1
                    if not self.waiting[x]:
                        self._line(x)
        for x in self.wrt:
            if f"d{label_of(x)}" not in self.lines:
                self._line(x)
        return self.system.with_lines(self.lines)

    def _line(self, symbol: Expression) -> Expression:
        """Define the cotangent of a symbol by what its consumers have given it."""
        parts = self.parts.pop(symbol, [filled(0, symbol.shape)])
        whole = parts[0] if len(parts) == 1 else build("add", *parts[::-1])  # in the order of the consumers
        label = f"d{label_of(symbol)}"
        self.lines[label] = self._shortest(whole)
        return variable(label, symbol.shape)

    def _shortest(self, whole: Expression) -> Expression:
        """The line in named symbols, or with the cotangents it uses written out where that makes it shorter."""
        (short,) = substitute([whole], self.folded)
        used = {variable(n, e.shape): e for n, e in self.lines.items()}
        hidden = {v: used[v] for v in variables([short]) if v in used}
        gates = {s: self.system.lines[n] for n, s in self.symbols.items() if self.system.lines[n].kind == "gate"}
        if hidden:
            (opened,) = substitute([short], hidden)
            (opened,) = substitute([opened], gates)
            (opened,) = substitute([opened], self.folded)
            if len(topological([opened])) < len(topological([short])):
                return opened
        return short
