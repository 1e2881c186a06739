"""Walks over expressions: never recursive, so that depth costs memory and not the stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from chainruler.engine.expression import Expression, Variable


def topological(roots: Iterable[Expression], *, stop: Callable[[Expression], bool] | None = None) -> list[Expression]:
    """All nodes below the roots, each once and after its arguments; nothing is looked at below where `stop` holds."""
    order: dict[Expression, None] = {}
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in order:
            continue
        if ready or not node.args or (stop is not None and stop(node)):
            order[node] = None
            continue
        stack.append((node, True))
        stack.extend((arg, False) for arg in reversed(node.args) if arg not in order)
    return list(order)


def variables(roots: Iterable[Expression]) -> list[Expression]:
    """The variables that the roots are made of, in order of appearance."""
    return [node for node in topological(roots) if isinstance(node.primitive, Variable)]


def substitute(roots: Sequence[Expression], replacements: Mapping[Expression, Expression]) -> list[Expression]:
    """The roots with every occurrence of a node replaced; what stands above is built anew, in canonical form."""
    done: dict[Expression, Expression] = dict(replacements)
    for node in topological(roots, stop=lambda n: n in replacements):
        if node not in done:
            args = [done[arg] for arg in node.args]
            same = all(new is old for new, old in zip(args, node.args, strict=True))
            done[node] = node if same else node.primitive(*args)
    return [done[root] for root in roots]
