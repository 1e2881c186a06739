"""Functions that PyTorch has and NumPy has not: windows as columns, rows added at their places, losses of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chainruler import engine
from chainruler.engine import Expression, ExpressionError, Operand
from chainruler.engine.primitives.indexing import Scatter
from chainruler.engine.primitives.windows import Pair


def _index_put(
    x: Expression, indices: Sequence[Operand], values: Expression, *, accumulate: bool = False
) -> Expression:
    """The array with rows added to it at their places."""
    height, (index, *others) = x.shape[0], indices
    if not accumulate or others or not isinstance(index, Expression) or not isinstance(height, int):
        raise ExpressionError("index_put is read with one array of places, and with accumulate=True.")
    return x + Scatter(-x.ndim, height, index.ndim)(values, index)


def _unfold(x: Expression, kernel_size: Pair, padding: Pair = (0, 0), stride: Pair = (1, 1)) -> Expression:
    """The windows of an image, with those of all its channels below each other."""
    windows = engine.window(x, kernel_size, stride, padding)
    *samples, channels, entries, places = windows.shape
    if not isinstance(channels, int) or not isinstance(entries, int):
        raise ExpressionError("unfold needs images with a known number of channels.")
    return engine.reshape(windows, (*samples, channels * entries, places))


def _fold(
    x: Expression, output_size: Pair, kernel_size: Pair, padding: Pair = (0, 0), stride: Pair = (1, 1)
) -> Expression:
    """The image that windows add up to."""
    *samples, together, places = x.shape
    entries = kernel_size[0] * kernel_size[1]
    if not isinstance(together, int) or together % entries:
        raise ExpressionError(f"fold needs {entries} entries for each channel, but got {engine.show_shape(x.shape)}.")
    windows = engine.reshape(x, (*samples, together // entries, entries, places))
    return engine.unwindow(windows, output_size, kernel_size, stride, padding)


def _class_losses(x: Expression, y: Expression) -> Expression:
    """The cross-entropy of each row of scores, of class numbers or of the probabilities of classes."""
    return -_entry_losses(x - engine.logsumexp(x, -1, keepdims=True), y)


def _entry_losses(x: Expression, y: Expression) -> Expression:
    """The entry of each row at its class number, or the mean of the entries by the probabilities of classes."""
    if y.kind == "index":
        return engine.select(x, y)
    if x.shape != y.shape:
        raise ExpressionError("Targets are class numbers, or probabilities in the shape of the scores.")
    return engine.sum_of(x * y, -1)


def _detached(x: Expression) -> Expression:
    """The same numbers, which no derivative goes through."""
    return x


PYTORCH: Mapping[str, Callable[..., Expression]] = {
    "index_put": _index_put, "unfold": _unfold, "fold": _fold, "class_losses": _class_losses,
    "entry_losses": _entry_losses, "detached": _detached,
}  # fmt: skip
