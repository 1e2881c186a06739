r"""Expressions by their entries, a letter for each axis: \sum_{n=1}^{N} \frac{\partial J}{\partial Z_{ni}} X_{nj}.

An entry is written from those of the operands: a product of matrices is a sum over a letter of its own, a transpose
exchanges letters, and what is picked by index has the index for a letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from chainruler.engine import Dim, Expression, ExpressionError, Shape, label_of
from chainruler.engine.expression import Variable
from chainruler.engine.primitives.elementwise import Elementwise, Exp, Log
from chainruler.notation.mathematics import Markup, MathStyle, printed, symbol
from chainruler.notation.names import taken_apart
from chainruler.notation.presentation import ATOM, LONGEST_TEXT, POWER, PRODUCT, Piece, Run, Writer
from chainruler.notation.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES, LETTERS = "nmrs", "ijklmpqrsabcgh"
"""What names an axis whose size has a name, as N has, and what names any other."""
Key: TypeAlias = str | Text | None
"""What stands at an axis: a letter, what picks from it, or nothing where there is one entry only."""


class EntryStyle(MathStyle):
    """Mathematics of numbers: of what is an entry of an array, the name has its letters."""

    def __init__(self, markup: Markup, loss: str | None) -> None:
        super().__init__(markup)
        self.loss = loss
        self.met: set[str] = set()
        """The letters that stand at some axis."""

    def product(self, scalars: Sequence[Run], arrays: Sequence[Run]) -> Piece:
        return super().product([*scalars, *arrays], [])

    def entry(self, label: str, keys: Sequence[Key]) -> Piece:
        """The entry of a named array; of a gradient, the derivative that it is, unless a course has a name for it."""
        name, naming = taken_apart(label), self.markup.naming
        if name is not None and name.of_loss and self.loss is not None and naming.is_derivative(label):
            return self.derivative(symbol(self.loss, self.markup), self.entry(label[1:], keys).text)
        if not keys:
            return Piece(symbol(label, self.markup), POWER if naming.numbers_above(label) else ATOM)
        label = naming.of(label)
        name = taken_apart(label)
        if name is None or not name.subscript:
            return Piece(self.markup.subscript(printed(label, self.markup), self.at(keys)), ATOM)
        stem = printed(label.removesuffix(name.subscript).removesuffix("_"), self.markup)
        if name.subscript.isdigit():
            return Piece(self.markup.subscript(self.markup.numbered(stem, name.subscript), self.at(keys)), POWER)
        foot = self.markup.row(self._listed([self.markup.word(name.subscript), self.at(keys)]))
        return Piece(self.markup.subscript(stem, foot), ATOM)

    def derivative(self, of: Text, by: Text) -> Piece:
        """The derivative of one entry by another."""
        sign = self.markup.operator("∂")
        return Piece(self.markup.fraction(self.markup.row([sign, of]), self.markup.row([sign, by])), POWER)

    def at(self, keys: Sequence[Key]) -> Text:
        """The letters at the foot of a name, with commas where one of them is more than a letter."""
        texts = [self.key(key) for key in keys]
        plain = all(isinstance(key, str) for key in keys)
        return self.markup.letters(texts) if plain else self.markup.row(self._listed(texts))

    def key(self, key: Key) -> Text:
        """What stands at an axis."""
        if isinstance(key, str):
            self.met.add(key)
            return self.markup.letter(key, key)
        return key or self.markup.number(1)

    def same(self, one: Key, other: Key) -> Piece:
        """1 where two places are the same, else 0."""
        sides = [self.key(one), self.markup.operator("="), self.key(other)]
        return Piece(self.markup.gate(self.markup.row(sides)), ATOM)

    def times(self, *factors: Piece) -> Piece:
        """The product of entries."""
        return self.product([Run(factors, ())], [])

    def summed(self, letters: Sequence[tuple[str, Dim]], body: Piece) -> Piece:
        """The sum over letters, up to the next + or −; a letter that no factor has multiplies it by its size."""
        bound = [(letter, dim) for letter, dim in letters if letter in self.met]
        times = [Piece(self._dim(dim), ATOM) for letter, dim in letters if letter not in self.met and dim != 1]
        if bound:
            signs = [self.markup.sum(self.key(letter), self._dim(dim)) for letter, dim in bound]
            body = Piece(self.markup.row([*signs, self._held(body, PRODUCT)]), PRODUCT, open_end=True)
        return self.times(*times, body) if times else body


class Entries:
    """The entries of the arrays of one line; letters are those that no symbol has for a name."""

    def __init__(self, style: EntryStyle, labels: Collection[str]) -> None:
        self.style = style
        names = {label.casefold() for label in labels}
        self.named, self.others = ([c for c in letters if c not in names] for letters in (SAMPLES, LETTERS))
        self.open: list[str] = []
        """The letters of the left side and of the sums that are open."""

    @contextmanager
    def letters(self, dims: Iterable[Dim]) -> Iterator[list[str]]:
        """New letters for axes, while what is made of them is written."""
        before = len(self.open)
        for dim in dims:
            pool = [*self.named, *self.others] if isinstance(dim, str) else self.others
            free = next((letter for letter in pool if letter not in self.open), None)
            if free is None:
                raise ExpressionError("This has more axes than there are letters for.")
            self.open.append(free)
            self.style.met.discard(free)
        yield self.open[before:]
        del self.open[before:]

    def of(self, node: Expression, at: Sequence[Key]) -> Piece:
        """The entry of a node at places, one for each axis."""
        piece = EntryWriter(self, node, at).write(node)
        if len(piece.text) > LONGEST_TEXT:
            raise ExpressionError(f"Written out, this is longer than {LONGEST_TEXT:,} characters: name its parts.")
        return piece


class _Operands(dict[Expression, Piece]):
    """The entries of what is combined entry by entry."""

    def __init__(self, entries: Entries, shape: Shape, at: Sequence[Key]) -> None:
        super().__init__()
        self.entries, self.shape, self.at = entries, shape, at

    def __missing__(self, node: Expression) -> Piece:
        self[node] = piece = self.entries.of(node, aligned(self.at, self.shape, node.shape))
        return piece


def aligned(at: Sequence[Key], shape: Shape, of: Shape) -> list[Key]:
    """The places in an operand of this shape, which is repeated to the shape of the whole."""
    last = len(shape) - len(of)
    pairs = zip(at[last:], shape[last:], of, strict=True)
    return [None if side == 1 and whole != 1 else key for key, whole, side in pairs]


class EntryWriter(Writer):
    """Writes one entry of a node in terms of entries of its operands."""

    def __init__(self, entries: Entries, node: Expression, at: Sequence[Key]) -> None:
        super().__init__(entries.style, _Operands(entries, node.shape, at))
        self.entries, self.at, self.entry_style = entries, list(at), entries.style

    def write(self, node: Expression) -> Piece:
        piece = super().write(node)
        return piece if not node.shape else piece._replace(node=None)

    def _function(self, node: Expression) -> Piece:
        if isinstance(node.primitive, Elementwise):
            return super()._function(node)
        raise ExpressionError(f"This has {node.primitive.noun}, for which there is no index notation here.")

    _max = _slice = _function

    def _variable(self, node: Expression) -> Piece:
        """A name with its letters; an axis of one entry that has none is summed over."""
        with self.entries.letters(dim for key, dim in zip(self.at, node.shape, strict=True) if key is None) as letters:
            rest = iter(letters)
            keys = [next(rest) if key is None else key for key in self.at]
            entry = self.entry_style.entry(label_of(node), keys)
            return self.entry_style.summed([(letter, 1) for letter in letters], entry) if letters else entry

    def _matmul(self, node: Expression) -> Piece:
        left, right = node.args
        stack = max(left.ndim, right.ndim, 2) - 2
        sides = node.shape[:stack]
        rows = self.at[stack : stack + 1] if left.ndim > 1 else []
        columns = self.at[-1:] if right.ndim > 1 else []
        with self.entries.letters([left.shape[-1]]) as (along,):
            first = [*aligned(self.at[:stack], sides, left.shape[:-2]), *rows, along]
            second = [*aligned(self.at[:stack], sides, right.shape[:-2]), along, *columns]
            product = self.entry_style.times(self.entries.of(left, first), self.entries.of(right, second))
            return self.entry_style.summed([(along, left.shape[-1])], product)

    def _outer(self, node: Expression) -> Piece:
        return self.entry_style.times(
            *(self.entries.of(arg, [key]) for arg, key in zip(node.args, self.at, strict=True))
        )

    def _transpose(self, node: Expression) -> Piece:
        *before, row, column = self.at
        return self.entries.of(node.args[0], [*before, column, row])

    def _permute(self, node: Expression) -> Piece:
        axes: tuple[int, ...] = node.primitive.axes  # type: ignore[attr-defined]
        keys = list(self.at)
        for place, axis in enumerate(axes):
            keys[axis] = self.at[len(self.at) - len(axes) + place]
        return self.entries.of(node.args[0], keys)

    def _broadcast(self, node: Expression) -> Piece:
        return self.pieces[node.args[0]]

    def _reshape(self, node: Expression) -> Piece:
        """Axes of one entry come and go; where entries are counted anew, no letters say how."""
        (x,) = node.args
        long = [key for key, dim in zip(self.at, node.shape, strict=True) if dim != 1]
        if [dim for dim in node.shape if dim != 1] != [dim for dim in x.shape if dim != 1]:
            return self._function(node)
        rest = iter(long)
        return self.entries.of(x, [None if dim == 1 else next(rest) for dim in x.shape])

    def _sum(self, node: Expression) -> Piece:
        (x,), primitive = node.args, node.primitive
        axes = [x.ndim + axis for axis in primitive.axes]  # type: ignore[attr-defined]
        kept = primitive.keepdims  # type: ignore[attr-defined]
        with self.entries.letters(x.shape[axis] for axis in axes) as letters:
            bound = dict(zip(axes, letters, strict=True))
            left = iter([key for place, key in enumerate(self.at) if not (kept and place in bound)])
            keys: list[Key] = [bound[axis] if axis in bound else next(left) for axis in range(x.ndim)]
            over = [(letter, x.shape[axis]) for axis, letter in bound.items()]
            return self.entry_style.summed(over, self.entries.of(x, keys))

    def _exponentials(self, node: Expression, at: Sequence[Key]) -> Piece:
        """The sum of exp over the axis of a softmax or log-sum-exp of a node."""
        (x,), axis = node.args, node.args[0].ndim + node.primitive.axis  # type: ignore[attr-defined]
        with self.entries.letters([x.shape[axis]]) as letters:
            inner = self.entries.of(x, [*at[:axis], letters[0], *at[axis + 1 :]])
            return self.entry_style.summed([(letters[0], x.shape[axis])], self.style.call(Exp(), [inner]))

    def _softmax(self, node: Expression) -> Piece:
        over = self.style.call(Exp(), [self.pieces[node.args[0]]])
        return self.style.product([Run((over,), (self._exponentials(node, self.at),))], [])

    def _logsumexp(self, node: Expression) -> Piece:
        (x,), axis = node.args, node.args[0].ndim + node.primitive.axis  # type: ignore[attr-defined]
        at = self.at if node.ndim == x.ndim else [*self.at[:axis], None, *self.at[axis:]]
        return self.style.call(Log(), [self._exponentials(node, at)])

    def _identity(self, node: Expression) -> Piece:
        return self.entry_style.same(*self.at)

    def _diagonal(self, node: Expression) -> Piece:
        here = self.entry_style.same(self.at[-2], self.at[-1])
        return self.entry_style.times(here, self.entries.of(node.args[0], self.at[:-1]))

    def _onehot(self, node: Expression) -> Piece:
        return self.entry_style.same(self._pick(node.args[0], self.at[:-1]), self.at[-1])

    def _select(self, node: Expression) -> Piece:
        x, index = node.args
        return self.entries.of(x, [*self.at, self._pick(index, self.at)])

    def _pick(self, index: Expression, at: Sequence[Key]) -> Text:
        """What picks, at the foot of a name: y_n, and nothing that needs a foot with words itself."""
        name = taken_apart(label_of(index)) if isinstance(index.primitive, Variable) else None
        if name is None or name.subscript or name.is_word or not all(isinstance(key, str) for key in at):
            raise ExpressionError("This picks by more than the letter of an index, which has no place below a name.")
        return self.entries.of(index, at).text

    def _gather(self, node: Expression) -> Piece:
        table, index = node.args
        place = table.ndim + node.primitive.axis  # type: ignore[attr-defined]
        after = place + index.ndim
        picked = self._pick(index, self.at[place:after])
        return self.entries.of(table, [*self.at[:place], picked, *self.at[after:]])

    def _scatter(self, node: Expression) -> Piece:
        """The sum of what is put at this place."""
        slices, index = node.args
        place = node.ndim + node.primitive.axis  # type: ignore[attr-defined]
        with self.entries.letters(index.shape) as letters:
            here = self.entry_style.same(self._pick(index, letters), self.at[place])
            keys: list[Key] = [*self.at[:place], *letters, *self.at[place + 1 :]]
            put = self.entry_style.times(here, self.entries.of(slices, keys))
            return self.entry_style.summed(list(zip(letters, index.shape, strict=True)), put) if letters else put
