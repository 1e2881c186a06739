"""How mathematics is written, on paper as on a screen: fractions, subscripts, ⊤, ⊙; a `Markup` says in what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from chainruler.engine import Dim, Expression, Primitive
from chainruler.engine.expression import Constant, Variable
from chainruler.engine.primitives.products import Matmul
from chainruler.engine.primitives.reductions import Sum
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.names import taken_apart
from chainruler.notation.numpy import shown_axis
from chainruler.notation.presentation import ATOM, POSITIONAL, POWER, PRODUCT, SUM, Piece, Run, Style, keywords_of
from chainruler.notation.text import Text

INDICES = "ijklmn"
SymbolOf = Callable[[str], str | None] | Mapping[str, str]
"""How a caller wants certain names to be written."""


class Markup(ABC):
    """The marks of a notation, and the names that are written in it."""

    def __init__(self, naming: Naming = OWN) -> None:
        self.naming = naming

    @abstractmethod
    def number(self, value: float) -> Text:
        """A number."""

    @abstractmethod
    def letter(self, letter: str, word: str, *, of_loss: bool = False) -> Text:
        """A letter, with a d before it if asked; if it is Greek, the word is its name."""

    @abstractmethod
    def word(self, text: str) -> Text:
        """A name of several letters, upright."""

    @abstractmethod
    def function(self, primitive: Primitive) -> Text:
        """The name of a function."""

    @abstractmethod
    def operator(self, sign: str) -> Text:
        """One of + − ⊙ = > ≥ < ≤ ∂ and the comma."""

    @abstractmethod
    def row(self, parts: Sequence[Text]) -> Text:
        """The parts beside each other."""

    @abstractmethod
    def fraction(self, over: Text, under: Text) -> Text:
        """One above the other."""

    @abstractmethod
    def superscript(self, base: Text, mark: Text) -> Text:
        """The base with a mark at its upper right."""

    @abstractmethod
    def subscript(self, base: Text, mark: Text) -> Text:
        """The base with a mark at its lower right."""

    def letters(self, parts: Sequence[Text]) -> Text:
        """Letters beside each other."""
        return self.row(parts)

    @abstractmethod
    def numbered(self, base: Text, number: str) -> Text:
        """The base with the number of its layer, which is no power, at its upper right."""

    @abstractmethod
    def fenced(self, inner: Text, fence: str = "(") -> Text:
        """The inner text between parentheses, or the lines of a norm."""

    @abstractmethod
    def arguments(self, inner: Text) -> Text:
        """What a function is applied to."""

    @abstractmethod
    def gate(self, inner: Text) -> Text:
        """1 where the relation holds, else 0."""

    @abstractmethod
    def root(self, inner: Text) -> Text:
        """The square root."""

    @abstractmethod
    def sum(self, index: Text, stop: Text) -> Text:
        """The sign of a sum from 1."""

    @abstractmethod
    def transposed(self) -> Text:
        """The mark of a transpose."""


def symbol(label: str, markup: Markup) -> Text:
    """A name of the problem, as it is called."""
    return printed(markup.naming.of(label), markup)


def printed(label: str, markup: Markup) -> Text:
    """A name: Greek where it is, with its subscript, or with the number of its layer where a course has that."""
    name = taken_apart(label)
    if name is None:
        return markup.word(label)
    letter = name.greek or name.stem
    stem = markup.word(name.stem) if name.is_word else markup.letter(letter, name.stem, of_loss=name.of_loss)
    if not name.subscript:
        return stem
    if markup.naming.layers != "below" and name.subscript.isdigit():
        return markup.numbered(stem, name.subscript)
    below = Text(name.subscript) if name.subscript.isdigit() else markup.word(name.subscript)
    return markup.subscript(stem, below)


def partial(label: str, loss: str, markup: Markup) -> Text:
    """The name dZ2 as the derivative ∂J/∂Z2 that it stands for; any other name as it is."""
    if not label.startswith("d") or len(label) == 1 or taken_apart(label) is None:
        return symbol(label, markup)
    sign = markup.operator("∂")
    return markup.fraction(markup.row([sign, symbol(loss, markup)]), markup.row([sign, symbol(label[1:], markup)]))


class MathStyle(Style):
    """Mathematics in a markup, with the caller's own way of writing certain symbols."""

    def __init__(self, markup: Markup, symbols: SymbolOf | None = None) -> None:
        self.markup = markup
        self._special = symbols or {}

    def _held(self, piece: Piece, least: int) -> Text:
        return piece.text if piece.binding >= least else self.markup.fenced(piece.text)

    def number(self, value: float) -> Piece:
        return Piece(self.markup.number(value), ATOM)

    def symbol(self, label: str) -> Piece:
        written = self._special.get(label) if isinstance(self._special, Mapping) else self._special(label)
        return (
            Piece(symbol(label, self.markup), POWER if self.markup.naming.numbers_above(label) else ATOM)
            if written is None
            else Piece(Text(written, tall="frac" in written), POWER if "frac" in written else ATOM)
        )

    def add(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        parts = []
        for place, (negative, piece) in enumerate(terms):
            if negative or place:
                parts.append(self.markup.operator("−" if negative else "+"))
            parts.append(self._held(piece, PRODUCT))
        return Piece(self.markup.row(parts), SUM)

    def product(self, scalars: Sequence[Run], arrays: Sequence[Run]) -> Piece:
        alone = sum(len(run.over) + len(run.under) for run in arrays) < 2
        front = [part for run in scalars for part in self._run(run, last=not arrays and run is scalars[-1])]
        if not arrays:
            return Piece(self.markup.row(front), PRODUCT, open_end=scalars[-1].over[-1].open_end)
        parts: list[Text] = []
        for run in arrays:
            for part in self._run(run, arrays=True, last=alone):
                parts += [self.markup.operator("⊙"), part] if parts else [part]
        return Piece(self.markup.row([*front, *parts]), PRODUCT, open_end=alone and arrays[0].over[-1].open_end)

    def _run(self, run: Run, *, last: bool, arrays: bool = False) -> list[Text]:
        """A run as factors, or as one fraction."""
        if not run.under:
            return [self._factor(p, last=last and p is run.over[-1], arrays=arrays) for p in run.over]
        sign = [self.markup.operator("⊙")] if arrays else []
        sides = []
        for side in (run.over, run.under):
            if len(side) == 1:
                sides.append(side[0].text)
            else:
                texts = [self._factor(p, last=p is side[-1], arrays=arrays) for p in side]
                sides.append(
                    self.markup.row([t for i, text in enumerate(texts) for t in ([*sign, text] if i else [text])])
                )
        return [self.markup.fraction(*sides)]

    def _factor(self, piece: Piece, *, last: bool, arrays: bool) -> Text:
        """A factor; a matrix product or a sum sign needs no parentheses at the end, where nothing else follows."""
        bare = last and piece.binding == PRODUCT and (piece.open_end or arrays)
        return self._held(piece, PRODUCT if bare else POWER)

    def power(self, base: Piece, exponent: Piece, value: float) -> Piece:
        if value == 0.5:
            return Piece(self.markup.root(base.text), ATOM)
        mark = self.markup.row([self.markup.operator("⊙"), exponent.text]) if base.is_array else exponent.text
        number = base.node is not None and isinstance(base.node.primitive, Constant)
        text = self.markup.fenced(base.text) if number else self._held(base, ATOM)
        return Piece(self.markup.superscript(text, mark), POWER)

    def matmul(self, left: Piece, right: Piece) -> Piece:
        chain = left.node is not None and isinstance(left.node.primitive, Matmul) and left.binding == PRODUCT
        row = left.node is not None and left.node.ndim == 1
        first = self._transposed(left) if row else self._held(left, PRODUCT if chain else POWER)
        text = self.markup.row([first, self._held(right, POWER)])
        if row and right.node is not None and right.node.ndim > 1:  # a row, which every other vector is not
            return Piece(self.markup.superscript(self.markup.fenced(text), self.markup.transposed()), POWER)
        return Piece(text, PRODUCT)

    def outer(self, left: Piece, right: Piece) -> Piece:
        return Piece(self.markup.row([self._held(left, POWER), self._transposed(right)]), PRODUCT)

    def _transposed(self, inner: Piece) -> Text:
        return self.markup.superscript(self._held(inner, ATOM), self.markup.transposed())

    def transpose(self, inner: Piece) -> Piece:
        return Piece(self._transposed(inner), POWER)

    def compare(self, left: Piece, relation: str, right: Piece) -> Piece:
        sign = self.markup.operator({"==": "=", ">=": "≥", "<=": "≤"}.get(relation, relation))
        return Piece(self.markup.gate(self.markup.row([left.text, sign, right.text])), ATOM)

    def reduction(self, node: Expression, inner: Piece) -> Piece:
        x, primitive = node.args[0], node.primitive
        axes: tuple[int, ...] = primitive.axes  # type: ignore[attr-defined]
        whole = len(axes) == x.ndim
        if isinstance(primitive, Sum) and not primitive.keepdims:
            indices = self._indices(x, axes)
            if indices is not None:
                return self._summed(x, axes, inner, indices)
        shown = [shown_axis(axis, x.ndim) for axis in axes]
        keywords: dict[str, object] = {} if whole else {"axis": shown[0] if len(shown) == 1 else tuple(shown)}
        if primitive.keepdims:  # type: ignore[attr-defined]
            keywords["keepdims"] = True
        name = self.markup.word("sum") if isinstance(primitive, Sum) else self.markup.function(primitive)
        return self._applied(name, [inner.text], keywords)

    def _indices(self, x: Expression, axes: Sequence[int]) -> list[str] | None:
        """A letter for each axis that is summed over, if a sum sign can say it."""
        free = [letter for letter in INDICES if letter not in self.labels]
        shape = set(x.shape)
        free = [letter for letter in free if letter not in shape]
        sayable = len(axes) == x.ndim or tuple(axes) == (-x.ndim,) or (x.ndim == 2 and tuple(axes) == (-1,))
        return free[: len(axes)] if sayable and len(free) >= len(axes) else None

    def _summed(self, x: Expression, axes: Sequence[int], inner: Piece, indices: Sequence[str]) -> Piece:
        signs = [
            self.markup.sum(self.markup.letter(i, i), self._dim(x.shape[a])) for i, a in zip(indices, axes, strict=True)
        ]
        letters = [self.markup.letter(i, i) for i in indices]
        if x.ndim == 2 and tuple(axes) == (-1,):
            mark = self.markup.row([self.markup.operator("·"), *letters])
        else:
            mark = letters[0] if len(letters) == 1 else self.markup.row(self._listed(letters))
        plain = isinstance(x.primitive, Variable) and len(inner.text) == 1
        base = inner.text if plain else self.markup.fenced(inner.text)
        return Piece(self.markup.row([*signs, self.markup.subscript(base, mark)]), PRODUCT, open_end=True)

    def squared_norm(self, inner: Piece) -> Piece:
        return Piece(self.markup.superscript(self.markup.fenced(inner.text, "‖"), self.markup.number(2)), POWER)

    def _dim(self, dim: Dim) -> Text:
        return self.markup.number(dim) if isinstance(dim, int) else symbol(dim, self.markup)

    def select(self, inner: Piece, index: Piece) -> Piece:
        if index.node is None or not isinstance(index.node.primitive, Variable):
            return self._applied(self.markup.word("select"), [inner.text, index.text], {})
        plain = inner.binding == ATOM and inner.node is not None and isinstance(inner.node.primitive, Variable)
        base = inner.text if plain and len(inner.text) == 1 else self.markup.fenced(inner.text)
        return Piece(self.markup.subscript(base, index.text), ATOM)

    def call(self, primitive: Primitive, operands: Sequence[Piece]) -> Piece:
        texts, keywords = [piece.text for piece in operands], keywords_of(primitive)
        plain = POSITIONAL.get(primitive.name)
        if plain is not None:
            texts.append(self._literal(keywords.pop(plain)))
        return self._applied(self.markup.function(primitive), texts, keywords)

    def _applied(self, name: Text, texts: Sequence[Text], keywords: Mapping[str, object]) -> Piece:
        parts = list(texts)
        for keyword, value in keywords.items():
            parts.append(self.markup.row([self.markup.word(keyword), self.markup.operator("="), self._literal(value)]))
        return Piece(self.markup.row([name, self.markup.arguments(self.markup.row(self._listed(parts)))]), ATOM)

    def _listed(self, texts: Sequence[Text]) -> list[Text]:
        """The texts with commas between."""
        return [p for i, text in enumerate(texts) for p in ([self.markup.operator(","), text] if i else [text])]

    def _literal(self, value: object) -> Text:
        if isinstance(value, tuple):
            texts = [self._literal(v) for v in value]
            end = [self.markup.operator(",")] if len(value) == 1 else []
            return self.markup.arguments(self.markup.row([*self._listed(texts), *end]))
        if isinstance(value, bool) or value is None:
            return self.markup.word(str(value))
        if isinstance(value, str):
            return symbol(value, self.markup)
        assert isinstance(value, int | float)  # noqa: S101 (fields of primitives are; told to the type checker)
        number = self.markup.number(abs(value))
        return self.markup.row([self.markup.operator("−"), number]) if value < 0 else number
