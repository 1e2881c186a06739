"""Expressions as PyTorch code: what is printed runs after `import torch` and `import torch.nn.functional as F`.

Numbers are taken to have PyTorch's default type, so that `1.0 *` makes numbers of masks and of whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chainruler.engine import Expression, ExpressionError, Primitive, Shape
from chainruler.engine.primitives.indexing import OneHot
from chainruler.engine.primitives.permuting import whole_order
from chainruler.engine.primitives.reductions import LogSumExp, Softmax
from chainruler.engine.primitives.windows import Unwindow, Window
from chainruler.engine.simplify import value_of
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.numpy import NumpyStyle, picked_from, shown_axis
from chainruler.notation.presentation import ATOM, PRODUCT, Piece, present
from chainruler.notation.text import Text, TextPart, joined

_CALLED = {"max": "amax", "onehot": "one_hot", "diagonal": "diag_embed", "concatenate": "cat"}
"""Functions that PyTorch knows by another name than NumPy."""
_FUNCTIONAL = {"one_hot", "softplus", "unfold", "fold"}
"""What is in torch.nn.functional."""
_BOUNDS = {"maximum": "min", "minimum": "max"}
"""How clamp calls what it does not go below, or beyond."""


def to_pytorch(expression: Expression, naming: Naming = OWN) -> str:
    """The expression as PyTorch code; ExpressionError where that has no function for it."""
    return present(expression, PytorchStyle(naming))


@dataclass
class PytorchStyle(NumpyStyle):
    """How PyTorch code is written."""

    axis: ClassVar[str] = "dim"
    keepdims: ClassVar[str] = "keepdim"

    def function(self, name: str) -> str:
        name = _CALLED.get(name, name)
        return f"F.{name}" if name in _FUNCTIONAL else f"torch.{name}"

    def add(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        """A sum; PyTorch refuses to subtract masks, and does not count where they are added."""
        counted = [
            (negative, piece._replace(text=self._number_text(piece, PRODUCT), binding=ATOM, node=None))
            if self._is_boolean(piece)
            else (negative, piece)
            for negative, piece in terms
        ]
        return super().add(counted)

    def _is_boolean(self, piece: Piece) -> bool:
        """Whether PyTorch computes a mask for it, or whole numbers, which its functions and products do not take."""
        return super()._is_boolean(piece) or (
            piece.node is not None and isinstance(picked_from(piece.node).primitive, OneHot)
        )

    def _repeated(self, shape: Shape, inner: Piece) -> Piece:
        """A whole number with a point: full would make whole numbers of it."""
        whole = inner.text.short.isdigit() and inner.text.short not in {"0", "1"}
        return super()._repeated(shape, inner._replace(text=Text(inner.text, ".0")) if whole else inner)

    def select(self, inner: Piece, index: Piece) -> Piece:
        if index.node is not None and index.node.ndim > 1:
            raise ExpressionError("PyTorch code picks by one index a row only.")
        return super().select(inner, index)

    def call(self, primitive: Primitive, operands: Sequence[Piece]) -> Piece:
        written = getattr(self, f"_{primitive.name}", None)
        if written is not None:
            piece: Piece = written(primitive, *operands)
            return piece
        first = operands[0].node if operands else None
        if isinstance(primitive, Softmax | LogSumExp) and first is not None:
            axis = shown_axis(primitive.axis, first.ndim)
            kept = [f"{self.keepdims}=True"] if getattr(primitive, "keepdims", False) else []
            return self._called(primitive.name, [self.argument(operands[0]), f"{self.axis}={axis}", *kept])
        return super().call(primitive, operands)

    def _where(self, primitive: Primitive, gate: Piece, on: Piece, off: Piece) -> Piece:
        """A choice, by a mask."""
        mask = gate.text if super()._is_boolean(gate) else Text(self._indexed(gate), " > 0")
        return self._called(primitive.name, [mask, self.argument(on), self.argument(off)])

    def _maximum(self, primitive: Primitive, left: Piece, right: Piece) -> Piece:
        """The larger or smaller of two arrays, or of an array and a number."""
        for one, other in ((left, right), (right, left)):
            if other.node is not None and value_of(other.node) is not None:
                return self._called("clamp", [self.argument(one), Text(f"{_BOUNDS[primitive.name]}=", other.text)])
        return self._called(primitive.name, [self.argument(left), self.argument(right)])

    _minimum = _maximum

    def _concatenate(self, primitive: Primitive, *operands: Piece) -> Piece:
        parts = Text("(", joined(", ", map(self.argument, operands)), ")")
        return self._called("concatenate", [parts, f"{self.axis}={primitive.axis}"])  # type: ignore[attr-defined]

    def _permute(self, primitive: Primitive, inner: Piece) -> Piece:
        assert inner.node is not None  # noqa: S101 (an operand's piece knows its node; told to the type checker)
        order = whole_order(primitive.axes, inner.node.ndim)  # type: ignore[attr-defined]
        return self._called("permute", [inner.text, str(order)])

    def _gather(self, primitive: Primitive, table: Piece, index: Piece) -> Piece:
        """Rows, E[x], or what stands at these places of another axis."""
        assert table.node is not None  # noqa: S101 (as above)
        keys = [":"] * (table.node.ndim + primitive.axis)  # type: ignore[attr-defined]
        return Piece(Text(self._indexed(table), f"[{', '.join([*keys, ''])}", index.text, "]"), ATOM)

    def _scatter(self, primitive: Primitive, slices: Piece, index: Piece) -> Piece:
        """Rows added up at their places in zeros."""
        assert slices.node is not None and index.node is not None  # noqa: S101, PT018 (as above)
        shape = primitive.shape(slices.node, index.node)
        if primitive.axis != -len(shape):  # type: ignore[attr-defined]
            raise ExpressionError("PyTorch code adds at indices along the first axis only.")
        zeros = self._called("zeros", [self.shape(shape)]).text
        return Piece(Text(zeros, ".index_put((", index.text, ",), ", self.argument(slices), ", accumulate=True)"), ATOM)

    def _window(self, primitive: Window, inner: Piece) -> Piece:
        """The windows of all channels, and a channel an axis again."""
        assert inner.node is not None  # noqa: S101 (as above)
        windows = self._called("unfold", [self.argument(inner), *self._of_windows(primitive)])
        return self._called("reshape", [windows.text, self.shape(primitive.shape(inner.node))])

    def _unwindow(self, primitive: Unwindow, inner: Piece) -> Piece:
        assert inner.node is not None  # noqa: S101 (as above)
        *samples, channels, entries, places = inner.node.shape
        joined_channels: Shape = (*samples, int(channels) * int(entries), places)
        together = self._called("reshape", [inner.text, self.shape(joined_channels)]).text
        return self._called("fold", [together, str(primitive.image), *self._of_windows(primitive)])

    @staticmethod
    def _of_windows(primitive: Window | Unwindow) -> list[TextPart]:
        fields = {"padding": primitive.padding, "stride": primitive.stride}
        return [str(primitive.kernel), *(f"{name}={value}" for name, value in fields.items())]

    @staticmethod
    def _indexed(piece: Piece) -> Text:
        return piece.text if piece.binding == ATOM else Text("(", piece.text, ")")
