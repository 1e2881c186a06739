"""Jacobians of matrix products without their zeros: one block, and which indices must agree."""

from __future__ import annotations

from dataclasses import dataclass

from chainruler.engine.expression import Expression, build
from chainruler.engine.graph import topological
from chainruler.engine.primitives.arithmetic import Add
from chainruler.engine.primitives.products import Matmul
from chainruler.engine.primitives.shaping import Identity, Reshape
from chainruler.engine.shapes import Dim, NotDifferentiable, Shape
from chainruler.engine.simplify import split


@dataclass(frozen=True)
class Block:
    """The Jacobian of a matrix product by one of its factors: ∂z_ij/∂w_kl = [i=k] a_lj, and its three mirror images.

    It is `values[j, l]`, with j the free axis of the product and l that of the factor, where the matched indices are
    equal, and zero elsewhere.
    """

    values: Expression
    matched: tuple[int, int]
    """The axis of the product and the axis of the factor whose indices must agree."""
    output: Shape
    wrt: Shape

    def dense(self) -> Expression:
        """All entries: the shape of the product, then the shape of the factor."""
        of_output, of_wrt = self.matched
        free = [1 - of_output, 3 - of_wrt]
        places: list[Dim] = [1, 1, 1, 1]
        places[free[0]], places[free[1]] = self.values.shape
        agree: list[Dim] = [1, 1, 1, 1]
        agree[of_output], agree[2 + of_wrt] = (self.output[of_output],) * 2
        return Reshape(tuple(agree))(Identity(self.output[of_output])()) * Reshape(tuple(places))(self.values)


def jacobian_block(output: Expression, wrt: Expression) -> Block:
    """The block form of the Jacobian of `wrt` times a matrix, plus what `wrt` is not in."""
    terms = output.args if isinstance(output.primitive, Add) else (output,)
    moving = [term for term in terms if wrt in topological([term])]
    if len(moving) == 1:
        coefficient, factors, _ = split(moving[0])
        arrays = [factor for factor in factors if factor.shape]
        if len(arrays) == 1 and isinstance(arrays[0].primitive, Matmul) and arrays[0].shape == output.shape:
            found = _of_product(arrays[0], wrt)
            if found is not None:
                values, matched = found
                scaled = build("multiply", coefficient, *(f for f in factors if not f.shape), values)
                return Block(scaled, matched, output.shape, wrt.shape)
    raise NotDifferentiable("A Jacobian has the block form only for a matrix product, by one of its two factors.")


def _of_product(product: Expression, wrt: Expression) -> tuple[Expression, tuple[int, int]] | None:
    """The block of a product of two matrices, and the axes that must agree."""
    left, right = product.args
    if left.ndim != 2 or right.ndim != 2 or wrt.ndim != 2:
        return None
    in_left, in_right = wrt in topological([left]), wrt in topological([right])
    if in_left and not in_right and left in (wrt, wrt.T):
        return right.T, (0, 0 if left is wrt else 1)
    if in_right and not in_left and right in (wrt, wrt.T):
        return left, (1, 1 if right is wrt else 0)
    return None
