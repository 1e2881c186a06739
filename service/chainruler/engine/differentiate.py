"""Derivatives: expression in, expression out, so that every derivative has derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from chainruler.engine.expression import Expression, as_expression, build, variable
from chainruler.engine.graph import topological
from chainruler.engine.lift import lift
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.primitives.shaping import Identity, Reshape
from chainruler.engine.shapes import NotDifferentiable, show_shape
from chainruler.engine.simplify import broadcast, filled

_fresh = count()


def vjp(outputs: Sequence[Expression], cotangents: Sequence[Expression], wrt: Sequence[Expression]) -> list[Expression]:
    """For each of `wrt`, the sum over outputs of the cotangent times the derivative, in one pass backwards.

    Nodes that are asked for count as independent of each other, even if one is made of another.
    """
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if output.shape != cotangent.shape:
            shapes = f"{show_shape(cotangent.shape)} for an output of shape {show_shape(output.shape)}"
            raise NotDifferentiable(f"A cotangent must have the shape of its output, but got {shapes}.")
    asked = set(wrt)
    order = topological(outputs, stop=asked.__contains__)
    active = _depending(order, asked)
    parts: dict[Expression, list[Expression]] = {}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        parts.setdefault(output, []).append(cotangent)
    done: dict[Expression, Expression] = {}
    for node in reversed(order):
        if node in active and node in parts:
            done[node] = _sum(parts.pop(node))
            if node not in asked:
                for arg, part in zip(node.args, node.primitive.vjp(node, done[node]), strict=True):
                    if part is not None and arg in active:
                        parts.setdefault(arg, []).append(part)
    return [done[x] if x in done else filled(0, x.shape) for x in wrt]


def gradient(output: Expression, wrt: Sequence[Expression]) -> list[Expression]:
    """The derivative of a scalar by each of `wrt`."""
    if output.shape:
        raise NotDifferentiable(
            f"A gradient needs a scalar, but got the shape {show_shape(output.shape)}. Sum it, or ask for the Jacobian."
        )
    return vjp([output], [as_expression(1)], wrt)


def jvp(outputs: Sequence[Expression], wrt: Sequence[Expression], tangents: Sequence[Expression]) -> list[Expression]:
    """For each output, its directional derivative along the tangents, in one pass forwards."""
    known = dict(zip(wrt, tangents, strict=True))
    for x, tangent in known.items():
        if x.shape != tangent.shape:
            shapes = f"{show_shape(tangent.shape)} for an input of shape {show_shape(x.shape)}"
            raise NotDifferentiable(f"A tangent must have the shape of its input, but got {shapes}.")
    for node in topological(outputs, stop=known.__contains__):
        if node not in known:
            of_args = [known.get(arg) for arg in node.args]
            if any(tangent is not None for tangent in of_args):
                shorter = node.primitive.jvp(node, of_args)
                known[node] = _transposed(node, of_args) if shorter is None else shorter
    return [known[output] if output in known else filled(0, output.shape) for output in outputs]


def hvp(output: Expression, wrt: Sequence[Expression], vectors: Sequence[Expression]) -> list[Expression]:
    """The Hessian of a scalar times the vectors: the tangent of the gradient."""
    return jvp(gradient(output, wrt), wrt, vectors)


def jacobian(output: Expression, wrt: Expression) -> Expression:
    """Every entry's derivative by every entry: the shape of the output, then the shape of `wrt`."""
    shape = output.shape
    if not shape:
        return gradient(output, [wrt])[0]
    cotangent = variable(f"_cotangent{next(_fresh)}", shape)
    (pulled,) = vjp([output], [cotangent], [wrt])
    (result,) = lift([pulled], {cotangent: _basis(shape)}, shape)
    return broadcast(result, (*shape, *wrt.shape))


def _basis(shape: tuple[int | str, ...]) -> Expression:
    """One cotangent for each entry of the shape: 1 there and 0 elsewhere."""
    rank = len(shape)
    factors = []
    for axis, dim in enumerate(shape):
        places = [1] * (2 * rank)
        factors.append(
            Reshape(tuple(dim if i in (axis, rank + axis) else p for i, p in enumerate(places)))(Identity(dim)())
        )
    return build("multiply", *factors) if rank > 1 else factors[0]


def _transposed(node: Expression, tangents: Sequence[Expression | None]) -> Expression:
    """The tangent of a node from its vjp alone: what is linear in the cotangent is differentiated by it."""
    cotangent = variable(f"_cotangent{next(_fresh)}", node.shape)
    pairs = zip(node.primitive.vjp(node, cotangent), tangents, strict=True)
    inner = [part * tangent for part, tangent in pairs if part is not None and tangent is not None]
    if not inner:
        return filled(0, node.shape)
    scalar = _sum([Sum(tuple(range(-term.ndim, 0)))(term) for term in inner])
    return vjp([scalar], [as_expression(1)], [cotangent])[0]


def _depending(order: Sequence[Expression], asked: set[Expression]) -> set[Expression]:
    """The nodes that are made of what is asked for."""
    active = set(asked)
    for node in order:
        if not active.isdisjoint(node.args):
            active.add(node)
    return active


def _sum(parts: Sequence[Expression]) -> Expression:
    """The parts added in the order of their consumers: backwards, the last consumer gave the first part."""
    parts = parts[::-1]
    return parts[0] if len(parts) == 1 else build("add", *parts)
