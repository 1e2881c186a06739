"""A system: named definitions, each in terms of variables and of the names before it. A derivation is one.

Differentiating a system names every intermediate cotangent: from `Z = X Wᵀ` and `J = f(Z)` come `dZ = …` and
`dW = dZᵀ X`, each a short expression in symbols, as a textbook prints them.
"""

from __future__ import annotations

from collections import Counter
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
from chainruler.engine.primitives.elementwise import Exp, Log, Sigmoid
from chainruler.engine.primitives.reductions import Softmax
from chainruler.engine.program import Definitions, DType, Program, compiled
from chainruler.engine.simplify import filled


@dataclass(frozen=True)
class System:
    """Definitions by name, in order; a name is defined once."""

    lines: Mapping[str, Expression]
    computed: Definitions | None = None
    """What computes the lines, where that is more than the lines themselves."""

    def __iter__(self) -> Iterator[tuple[str, Expression]]:
        return iter(self.lines.items())

    def symbol(self, name: str) -> Expression:
        """The variable that stands for a defined name."""
        return variable(name, self.lines[name].shape, "index" if self.lines[name].kind == "index" else "real")

    def expanded(self, expressions: Sequence[Expression]) -> list[Expression]:
        """The expressions with every defined name replaced by what defines it, down to the free variables."""
        known: dict[Expression, Expression] = {}
        for name, expression in self:
            known[self.symbol(name)] = substitute([expression], known)[0]
        return substitute(expressions, known)

    def definitions(self) -> Definitions:
        """The definitions as a program takes them: equal to the lines in value, but without needless underflow."""
        if self.computed is not None:
            return self.computed
        return tuple((self.symbol(name), line) for name, line in _stabilised(self)[0])

    def program(
        self, outputs: Iterable[str], inputs: Sequence[Expression] | None = None, dtype: DType = "float64"
    ) -> Program:
        """The program that computes the named lines."""
        return compiled([self.symbol(name) for name in outputs], inputs, dtype, self.definitions())


def _stabilised(system: System) -> tuple[System, list[Expression]]:
    """The system with logarithms of a name written as those of what defines it, and the names that they pass by.

    Only so can the logarithm of a softmax or sigmoid be written without the underflow that a computed one suffers.
    """
    risky = {system.symbol(n): e for n, e in system if isinstance(e.primitive, Softmax | Sigmoid | Exp)}
    passed: dict[Expression, None] = {}
    lines: dict[str, Expression] = {}
    for name, line in system:
        apart = {}
        for node in topological([line]) if risky and not risky.keys().isdisjoint(variables([line])) else ():
            if isinstance(node.primitive, Log):
                (opened,) = substitute([node], risky)
                if not isinstance(opened.primitive, Log):
                    apart[node] = opened
                    passed |= dict.fromkeys(v for v in variables([node]) if v in risky)
        lines[name] = substitute([line], apart)[0]
    return System(lines), list(passed)


def backpropagate(system: System, of: str, wrt: Sequence[Expression]) -> System:
    """The system with a line `d<name>` for all between the scalar `of` and the variables `wrt`, in backward order."""
    backward = System({**system.lines, **_Backward(system, of, wrt).run()})
    return System(backward.lines, _computed(backward, of, wrt))


def _computed(backward: System, of: str, wrt: Sequence[Expression]) -> Definitions:
    """What computes a system with its backward lines.

    Where a logarithm passes a name by, so does the gradient, and then nothing is divided by what may have underflowed.
    What else reaches the name gives a partial gradient only; the whole gradient comes last.
    """
    stable, passed = _stabilised(backward)
    lines = {stable.symbol(name): line for name, line in stable}
    past = _Backward(stable, of, wrt).run() if passed else {}
    partial = {_gradient_by(s): variable(f"d{label_of(s)} partial", s.shape) for s in passed}
    kept = [(symbol, line) for symbol, line in lines.items() if label_of(symbol) not in past and symbol not in partial]
    for name, line in past.items():
        symbol = variable(name, line.shape)
        kept.append((partial.get(symbol, symbol), substitute([line], partial)[0]))
    return (*kept, *((symbol, line) for symbol, line in lines.items() if symbol in partial))


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
        self.needed = self._needed()
        self.waiting = Counter(v for name in self.needed for v in self.used[name])
        self.folded = {system.lines[n]: self.symbols[n] for n in self.names if system.lines[n].args}
        self.gates = {s: system.lines[n] for n, s in self.symbols.items() if system.lines[n].kind == "gate"}
        self.lines: dict[Expression, Expression] = {}

    def _needed(self) -> list[str]:
        """The names that `of` is made of."""
        wanted = {self.symbols[self.of]}
        for name in reversed(self.names):
            if self.symbols[name] in wanted:
                wanted.update(self.used[name])
        return [name for name in self.names if self.symbols[name] in wanted]

    def run(self) -> dict[str, Expression]:
        """The backward lines by name."""
        for name in reversed(self.needed):
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
            if _gradient_by(x) not in self.lines:
                self._line(x)
        return {label_of(symbol): line for symbol, line in self.lines.items()}

    def _line(self, symbol: Expression) -> Expression:
        """Define the cotangent of a symbol by what its consumers have given it."""
        parts = self.parts.pop(symbol, [filled(0, symbol.shape)])
        whole = parts[0] if len(parts) == 1 else build("add", *parts[::-1])  # in the order of the consumers
        gradient = _gradient_by(symbol)
        self.lines[gradient] = self._shortest(whole)
        return gradient

    def _shortest(self, whole: Expression) -> Expression:
        """The line in named symbols, or with the cotangents it uses written out where that makes it shorter."""
        (short,) = substitute([whole], self.folded)
        hidden = {v: self.lines[v] for v in variables([short]) if v in self.lines}
        if hidden:
            (opened,) = substitute([short], hidden)
            (opened,) = substitute([opened], self.gates)
            (opened,) = substitute([opened], self.folded)
            if len(topological([opened])) < len(topological([short])):
                return opened
        return short


def _gradient_by(symbol: Expression) -> Expression:
    """The symbol of the gradient by another."""
    return variable(f"d{label_of(symbol)}", symbol.shape)
