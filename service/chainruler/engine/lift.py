"""An expression over operands that have got leading axes: many evaluations as one, without a loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chainruler.engine.expression import Expression
from chainruler.engine.graph import topological
from chainruler.engine.shapes import Shape


def lift(roots: Sequence[Expression], lifted: Mapping[Expression, Expression], leading: Shape) -> list[Expression]:
    """The roots over nodes that have got the axes `leading` in front: many evaluations as one, without a loop."""
    done = dict(lifted)
    for node in topological(roots, stop=done.__contains__):
        if node not in done:
            args = [done[arg] for arg in node.args]
            raised = any(new.ndim > old.ndim for new, old in zip(args, node.args, strict=True))
            done[node] = node.primitive.lift(node, args, leading) if raised else node
    return [done[root] for root in roots]
