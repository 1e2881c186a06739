"""Expressions as NumPy code whose products and sums name their axes: `X.T @ G` is `einsum('ni,nj->ij', X, G)`.

This is index notation as code: what stands on both sides of the comma only is summed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainruler.engine import Dim, Expression
from chainruler.engine.primitives.arithmetic import Multiply, Power
from chainruler.engine.primitives.shaping import Transpose
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.numpy import NumpyStyle
from chainruler.notation.presentation import ATOM, Piece, Writer, present
from chainruler.notation.text import Text, TextPart, joined

SAMPLES, LETTERS = "nmrs", "ijklpqabcd"
"""What names an axis whose size has a name, as N has, and what names any other."""


def to_einsum(expression: Expression, naming: Naming = OWN) -> str:
    """The expression as NumPy code with einsum for its products and sums."""
    return present(expression, NumpyStyle(naming), EinsumWriter)


def letters_for(dims: Sequence[Dim]) -> list[str]:
    """A letter for each axis."""
    named, others = iter(SAMPLES), iter(LETTERS)
    return [next(named if isinstance(dim, str) else others) for dim in dims]


class EinsumWriter(Writer):
    """Writes the products and sums of arrays with a letter for each axis."""

    def _matmul(self, node: Expression) -> Piece:
        left, right = node.args
        stack, inner = list(node.shape[: max(left.ndim, right.ndim, 2) - 2]), left.shape[-1]
        if any(side.ndim > 2 and list(side.shape[:-2]) != stack for side in node.args):
            return super()._matmul(node)  # where stacks are repeated, no letter says so
        *letters, along = letters_for([*node.shape, inner])
        before, ends = letters[: len(stack)], letters[len(stack) :]
        rows = ends[:1] if left.ndim > 1 else []
        columns = ends[-1:] if right.ndim > 1 else []
        first = [*(before if left.ndim > 2 else []), *rows, along]
        second = [*(before if right.ndim > 2 else []), along, *columns]
        return self._contracted([(left, first), (right, second)], letters)

    def _outer(self, node: Expression) -> Piece:
        rows, columns = letters_for(node.shape)
        return self._contracted([(node.args[0], [rows]), (node.args[1], [columns])], [rows, columns])

    def _sum(self, node: Expression) -> Piece:
        (x,), axes = node.args, node.primitive.axes  # type: ignore[attr-defined]
        if node.primitive.keepdims or x.ndim > len(LETTERS):  # type: ignore[attr-defined]
            return super()._sum(node)
        letters = letters_for(x.shape)
        left = [letter for place, letter in enumerate(letters) if place - x.ndim not in axes]
        return self._contracted([(f, letters[x.ndim - f.ndim :]) for f in _factors(x)], left)

    def _contracted(self, operands: Sequence[tuple[Expression, list[str]]], result: Sequence[str]) -> Piece:
        """The product of operands, summed over the letters that the result has not."""
        sides, texts = [], list[TextPart]()
        for operand, letters in operands:
            turned = isinstance(operand.primitive, Transpose)
            sides.append("".join([*letters[:-2], letters[-1], letters[-2]] if turned else letters))
            texts.append(self.style.argument(self.pieces[operand.args[0] if turned else operand]))
        written = f"'{','.join(sides)}->{''.join(result)}'"
        return Piece(Text("einsum(", joined(", ", [written, *texts]), ")"), ATOM)


def _factors(x: Expression) -> Sequence[Expression]:
    """The factors of a product of which each has all of its last axes; else the product as it is."""
    if not isinstance(x.primitive, Multiply):
        return [x]
    whole = all(
        f.shape == x.shape[x.ndim - f.ndim :] and f.shape and not isinstance(f.primitive, Power) for f in x.args
    )
    return x.args if whole else [x]
