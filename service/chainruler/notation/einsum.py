"""Sums over products by the letters of their axes: einsum("nd,nc->dc", X, G) is X.T @ G."""

from __future__ import annotations

from collections.abc import Sequence

from chainruler import engine
from chainruler.engine import Expression, ExpressionError
from chainruler.engine.primitives.permuting import permuted


def einsum(letters: str, operands: Sequence[Expression]) -> Expression:
    """The product of the operands, summed over each letter that the result does not have."""
    axes, result = _read(letters, operands)
    if len(axes) == 2 and (product := _as_matrix_product(axes, result, operands)) is not None:
        return product
    order = result + "".join(dict.fromkeys(letter for of in axes for letter in of if letter not in result))
    factors = [_aligned(of, order, operand) for of, operand in zip(axes, operands, strict=True)]
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return engine.sum_of(product, tuple(range(len(result), len(order)))) if len(order) > len(result) else product


def _read(letters: str, operands: Sequence[Expression]) -> tuple[list[str], str]:
    """The letters of each operand, and those of the result: all that come once, where it is not said."""
    inputs, arrow, result = letters.replace(" ", "").partition("->")
    axes = inputs.split(",")
    if not arrow:
        result = "".join(sorted(letter for letter in set(inputs) - {","} if inputs.count(letter) == 1))
    plain = all(of.isalpha() and len(set(of)) == len(of) for of in axes) and len(set(result)) == len(result)
    if not plain or not set(result) <= set(inputs) or len(axes) != len(operands):
        raise ExpressionError('The letters of einsum are read as in "nd,nc->dc", each once for an operand.')
    sizes: dict[str, engine.Dim] = {}
    for of, operand in zip(axes, operands, strict=True):
        if len(of) != operand.ndim:
            shape = engine.show_shape(operand.shape)
            raise ExpressionError(f'"{of}" names {len(of)} axes, but this operand has the shape {shape}.')
        for letter, dim in zip(of, operand.shape, strict=True):
            if sizes.setdefault(letter, dim) != dim:
                raise ExpressionError(f'"{letter}" runs to {sizes[letter]} in one operand, and to {dim} in another.')
    return axes, result


def _as_matrix_product(axes: Sequence[str], result: str, operands: Sequence[Expression]) -> Expression | None:
    """The matrix product that it is; None if it is none."""
    (first, second), (left, right) = axes, operands
    shared = set(first) & set(second)
    if len(first) != 2 or len(second) != 2 or len(shared) != 1 or shared & set(result):
        return None
    (letter,) = shared
    product = (left if first[1] == letter else left.T) @ (right if second[0] == letter else right.T)
    rows = first.replace(letter, "")
    return product if result[:1] == rows else product.T


def _aligned(of: str, order: str, operand: Expression) -> Expression:
    """The operand with an axis for each letter, those that it does not have of size 1."""
    wanted = [letter for letter in order if letter in of]
    operand = permuted(operand, [of.index(letter) for letter in wanted])
    sides = dict(zip(wanted, operand.shape, strict=True))
    return engine.reshape(operand, [sides.get(letter, 1) for letter in order])
