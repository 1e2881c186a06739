"""Expressions as NumPy code: what is printed runs with `from numpy import *` and reads back as the same expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Dim, Expression, Primitive, Shape, constant, show_shape
from chainruler.engine.expression import Constant
from chainruler.engine.primitives.arithmetic import Multiply
from chainruler.engine.primitives.gates import Compare, Where
from chainruler.engine.primitives.indexing import Gather, Scatter
from chainruler.engine.primitives.joining import Concatenate, Slice
from chainruler.engine.primitives.permuting import Permute, whole_order
from chainruler.engine.primitives.products import Matmul
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.primitives.shaping import Broadcast, Diagonal, Reshape, Transpose
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.presentation import (
    ATOM,
    POSITIONAL,
    POWER,
    PRODUCT,
    RELATION,
    SUM,
    Piece,
    Run,
    Style,
    keywords_of,
    present,
)
from chainruler.notation.text import Text, TextPart, joined

_CALLED = {"identity": "eye", "diagonal": "diag", "gather": "take", "permute": "transpose"}
"""Primitives that NumPy knows by another name."""


def to_numpy(expression: Expression, naming: Naming = OWN) -> str:
    """The expression as NumPy code."""
    return present(expression, NumpyStyle(naming))


def shown_axis(axis: int, ndim: int) -> int:
    """An axis, counted from the end, as people write it: 0 and 1 of a matrix, 0 for the first of more."""
    return axis + ndim if ndim <= 2 or axis == -ndim else axis


def picked_from(node: Expression) -> Expression:
    """What the entries of a node are entries of."""
    while isinstance(node.primitive, Reshape | Transpose | Slice | Broadcast | Gather):
        node = node.args[0]
    return node


def is_mask(node: Expression) -> bool:
    """Whether NumPy computes True and False for it."""
    if isinstance(node.primitive, Multiply):
        return all(isinstance(factor.primitive, Compare) or factor is constant(-1) for factor in node.args)
    return isinstance(node.primitive, Compare)


def _held(piece: Piece, least: int) -> Text:
    """The text, in parentheses if it holds together less than asked."""
    return piece.text if piece.binding >= least else Text("(", piece.text, ")")


@dataclass
class NumpyStyle(Style):
    """How NumPy code is written; PyTorch's differs in names."""

    axis: ClassVar[str] = "axis"
    keepdims: ClassVar[str] = "keepdims"
    """The keywords of reductions."""

    naming: Naming = OWN

    def shape(self, shape: Shape) -> str:
        """A shape, with sizes by name."""
        return show_shape(tuple(self.naming.of(dim) if isinstance(dim, str) else dim for dim in shape))

    def function(self, name: str) -> str:
        """The function that NumPy knows by this name."""
        return name

    def number(self, value: float) -> Piece:
        return Piece(Text(repr(value)), ATOM)

    def symbol(self, label: str) -> Piece:
        return Piece(Text(self.naming.of(label)), ATOM)

    def add(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        texts: list[TextPart] = []
        for place, (negative, piece) in enumerate(terms):
            text = _held(piece, PRODUCT)
            if not place and (
                self._begins_boolean(piece) if negative else self._is_boolean(piece) and self._is_boolean(terms[1][1])
            ):
                text = Text("1.0 * ", text)  # NumPy adds two booleans to one, and cannot subtract them
            sign = "-" if negative else "+"
            texts += [f" {sign} ", text] if place else [sign if negative else "", text]
        return Piece(Text(*texts), SUM)

    def _begins_boolean(self, piece: Piece) -> bool:
        """Whether a minus in front would be that of a boolean."""
        product = piece.node is not None and isinstance(piece.node.primitive, Multiply)
        factors = piece.node.args if product and piece.node is not None else ()
        first = next((factor for factor in factors if not isinstance(factor.primitive, Constant)), None)
        return self._is_boolean(piece) or (first is not None and is_mask(picked_from(first)))

    def _is_boolean(self, piece: Piece) -> bool:
        """Whether it is computed as True and False, or in PyTorch as whole numbers."""
        return piece.node is not None and is_mask(picked_from(piece.node))

    def argument(self, piece: Piece) -> Text:
        """What a function is applied to; of booleans NumPy would take many in half precision."""
        return Text("1.0 * ", _held(piece, PRODUCT)) if self._is_boolean(piece) else piece.text

    def _number_text(self, piece: Piece, least: int) -> Text:
        """The text, as numbers rather than booleans."""
        return Text("(1.0 * ", _held(piece, PRODUCT), ")") if self._is_boolean(piece) else _held(piece, least)

    def product(self, scalars: Sequence[Run], arrays: Sequence[Run]) -> Piece:
        runs = [*scalars, *arrays]
        factors = sum(len(run.over) + len(run.under) for run in arrays)
        texts = []
        for run in runs:
            over = joined(" * ", [self._factor(piece, alone=factors == 1) for piece in run.over])
            texts.append(Text(over, *self._under(run, tight=self._is_tight(run, alone=len(runs) == 1))))
        return Piece(joined(" * ", texts), PRODUCT)

    @staticmethod
    def _factor(piece: Piece, *, alone: bool) -> Text:
        """A factor; a matrix product needs no parentheses where only scalars stand beside it."""
        node = piece.node
        matrix = node is not None and isinstance(node.primitive, Matmul)
        while node is not None and isinstance(node.primitive, Matmul):
            node = node.args[0]
        repeated = node is not None and isinstance(node.primitive, Broadcast)  # a scalar before it would go into it
        return _held(piece, PRODUCT if matrix and alone and not repeated else POWER)

    @staticmethod
    def _is_tight(run: Run, *, alone: bool) -> bool:
        """Whether a fraction stands close, as 1/N before other factors and 1/2 everywhere."""
        plain = len(run.over) == 1 and run.over[0].text.short.isalnum()
        return plain and (not alone or all(piece.text.short.isdigit() for piece in (*run.over, *run.under)))

    @staticmethod
    def _under(run: Run, *, tight: bool) -> Sequence[TextPart]:
        """What a run is divided by."""
        if not run.under:
            return ()
        texts = [_held(piece, POWER) for piece in run.under]
        if len(texts) > 1:
            return " / (", joined(" * ", texts), ")"
        return "/" if tight and run.under[0].binding == ATOM else " / ", texts[0]

    def power(self, base: Piece, exponent: Piece, value: float) -> Piece:
        if value == 0.5:
            return self._called("sqrt", [self.argument(base)])
        return Piece(Text(self._number_text(base, ATOM), "**", _held(exponent, ATOM)), POWER)

    def matmul(self, left: Piece, right: Piece) -> Piece:
        chain = left.node is not None and isinstance(left.node.primitive, Matmul)
        texts = self._number_text(left, PRODUCT if chain else POWER), self._number_text(right, POWER)
        return Piece(joined(" @ ", texts), PRODUCT)

    def outer(self, left: Piece, right: Piece) -> Piece:
        return self._called("outer", [self.argument(left), self.argument(right)])

    def transpose(self, inner: Piece) -> Piece:
        assert inner.node is not None  # noqa: S101 (an operand's piece knows its node; told to the type checker)
        if inner.node.ndim > 2:  # there .T would reverse all axes
            return self._called("swapaxes", [inner.text, "-1", "-2"])
        return Piece(Text(_held(inner, ATOM), ".T"), ATOM)

    def compare(self, left: Piece, relation: str, right: Piece) -> Piece:
        return Piece(Text(_held(left, SUM), f" {relation} ", _held(right, SUM)), RELATION)

    def reduction(self, node: Expression, inner: Piece) -> Piece:
        (x,), primitive = node.args, node.primitive
        axes: tuple[int, ...] = primitive.axes  # type: ignore[attr-defined]
        shown = [str(shown_axis(axis, x.ndim)) for axis in axes]
        texts: list[TextPart] = [inner.text if isinstance(primitive, Sum) else self.argument(inner)]
        if len(axes) < x.ndim:
            texts.append(f"{self.axis}={shown[0]}" if len(shown) == 1 else f"{self.axis}=({', '.join(shown)})")
        if primitive.keepdims:  # type: ignore[attr-defined]
            texts.append(f"{self.keepdims}=True")
        return self._called(primitive.name, texts)

    def select(self, inner: Piece, index: Piece) -> Piece:
        assert index.node is not None  # noqa: S101 (as above)
        if index.node.ndim > 1:
            return self._called("select", [inner.text, index.text])
        rows = "".join(
            f"{self.function('arange')}{self.shape((dim,)).replace(',)', ')')}, " for dim in index.node.shape
        )
        return Piece(Text(_held(inner, ATOM), f"[{rows}", index.text, "]"), ATOM)

    def rearranged(self, node: Expression, inner: Piece) -> Piece:
        x = node.args[0]
        if isinstance(node.primitive, Slice):
            keys = [":"] * x.ndim
            keys[node.primitive.axis] = f"{node.primitive.start}:{node.primitive.stop}"
            return Piece(Text(_held(inner, ATOM), f"[{', '.join(keys)}]"), ATOM)
        if isinstance(node.primitive, Broadcast):
            return self._repeated(node.shape, inner)
        places = _inserted(x.shape, node.shape)
        if places:
            return Piece(Text(_held(inner, ATOM), f"[{', '.join(places)}]"), ATOM)
        return self._called("reshape", [inner.text, self.shape(node.shape)])

    def _repeated(self, shape: Shape, inner: Piece) -> Piece:
        """A number or an array repeated to a shape."""
        if inner.is_array:
            return self._called("broadcast_to", [inner.text, self.shape(shape)])
        if inner.text.short in {"0", "1"}:
            return self._called("zeros" if inner.text.short == "0" else "ones", [self.shape(shape)])
        return self._called("full", [self.shape(shape), inner.text])

    def call(self, primitive: Primitive, operands: Sequence[Piece]) -> Piece:
        keywords = keywords_of(primitive)
        gates = 1 if isinstance(primitive, Where) else 0
        texts: list[TextPart] = [
            piece.text if place < gates else self.argument(piece) for place, piece in enumerate(operands)
        ]
        first = operands[0].node if operands else None
        plain = POSITIONAL.get(primitive.name)
        if plain is not None:
            texts.append(str(keywords.pop(plain)))
        if isinstance(primitive, Diagonal) and first is not None and first.ndim > 1:
            return self._called("diagonal", texts)  # NumPy's diag would take the diagonal of a matrix
        if isinstance(primitive, Concatenate):
            texts = [Text("(", joined(", ", texts), ")")]
        if isinstance(keywords.get("axis"), int) and first is not None and not isinstance(primitive, Scatter):
            keywords["axis"] = shown_axis(keywords["axis"], first.ndim)
        if isinstance(primitive, Permute) and first is not None:
            keywords["axes"] = whole_order(keywords["axes"], first.ndim)
        texts += [f"{name}={_literal(value)}" for name, value in keywords.items()]
        return self._called(_CALLED.get(primitive.name, primitive.name), texts)

    def _called(self, name: str, texts: Sequence[TextPart]) -> Piece:
        return Piece(Text(f"{self.function(name)}(", joined(", ", texts), ")"), ATOM)


def _literal(value: object) -> str:
    """A field of a primitive as it is written."""
    return f"({', '.join(map(str, value))}{',' * (len(value) == 1)})" if isinstance(value, tuple) else str(value)


def _inserted(old: Shape, new: Shape) -> list[str] | None:
    """The index that makes the new shape by inserting axes of 1; None if another rearrangement is needed."""
    keys: list[str] = []
    rest: list[Dim] = list(old)
    for dim in new:
        if rest and rest[0] == dim:
            keys.append(":")
            del rest[0]
        elif dim == 1:
            keys.append("None")
        else:
            return None
    return None if rest or not old else keys
