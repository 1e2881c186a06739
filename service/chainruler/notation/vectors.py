"""Products of columns, rows and matrices as mathematics has them; the engine's vectors know no direction, these do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from chainruler.engine import (
    Dim,
    Expression,
    ExpressionError,
    ShapeError,
    constant,
    identity,
    outer,
    reshape,
    show_shape,
    substitute,
    sum_of,
    variable,
)
from chainruler.engine.expression import build
from chainruler.engine.simplify import value_of

ONES = variable("1", ("?",))
"""A column of ones that is as long as what stands beside it."""
IDENTITY = variable("I", ("?", "?"))
"""An identity matrix that is as large as what stands beside it."""


class OrientedValue(NamedTuple):
    """An expression and, if it is a vector, whether it is a row."""

    expression: Expression
    row: bool = False

    @property
    def is_vector(self) -> bool:
        """Whether it has one axis."""
        return self.expression.ndim == 1

    @property
    def is_number(self) -> bool:
        """Whether it has one entry, and so is a number wherever a column or row does not fit."""
        return self.expression.shape in {(), (1,)}

    def times(self, number: OrientedValue) -> OrientedValue:
        """Each entry times a number."""
        factor = reshape(number.expression, ())
        return OrientedValue(factor if self.expression is ONES else factor * self.expression, self.row)

    @property
    def described(self) -> str:
        """What it is, in words."""
        what = ("row" if self.row else "column") if self.is_vector else "matrix"
        return f"a {what} {show_shape(self.expression.shape)}"


class Link(NamedTuple):
    """A factor and the sign before it: nothing, cdot, times, slash or odot; beside, for a name after a divisor."""

    sign: str
    value: OrientedValue


class Misfit(ExpressionError):
    """Two neighbours that do not fit together, and the place of the second among all."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


def transposed(value: OrientedValue) -> OrientedValue:
    """A column for a row, a row for a column; the transpose of a matrix."""
    if value.is_vector:
        return OrientedValue(value.expression, not value.row)
    return OrientedValue(value.expression.T) if value.expression.shape else value


def total(values: Sequence[OrientedValue], minus: Sequence[bool]) -> OrientedValue:
    """The sum; a row and a column are not added."""
    values = _as_large(values)
    if any(value.expression.shape and value.expression is not ONES for value in values):
        values = [OrientedValue(constant(1)) if value.expression is ONES else value for value in values]
    vectors = [value for value in values if value.is_vector and not value.is_number]
    for place, value in enumerate(values):
        if value in vectors and value.row != vectors[0].row:
            raise Misfit("A row is added to a column here: transpose one of them.", place)
    values = _as_columns(values)
    for stop in range(2, len(values) + 1):  # to name the first that does not fit
        _fit("add", values[:stop], stop - 1)
    terms = [-v.expression if m else v.expression for v, m in zip(values, minus, strict=True)]
    directed = vectors or [value for value in values if value.is_vector]
    row = bool(directed) and all(value.row for value in directed)
    return OrientedValue(build("add", *terms) if len(terms) > 1 else terms[0], row)


def _as_large(values: Sequence[OrientedValue]) -> Sequence[OrientedValue]:
    """Entry by entry, identity matrices are as large as the square matrices beside them."""
    square = [v.expression.shape[0] for v in values if v.expression.ndim == 2 and not _is_open(v)]
    return [_of_size(v, square[0]) if square and _is_open(v) else v for v in values]


def _is_open(value: OrientedValue) -> bool:
    """Whether this is an identity matrix, or a multiple of one, of which nothing says how large it is."""
    return value.expression.shape == IDENTITY.shape


def _of_size(value: OrientedValue, side: Dim) -> OrientedValue:
    return OrientedValue(substitute([value.expression], {IDENTITY: identity(side)})[0])


def _as_columns(values: Sequence[OrientedValue]) -> Sequence[OrientedValue]:
    """Columns beside a matrix of one column, as such: the engine would take them for rows."""
    sides = {value.expression.shape[0] for value in values if value.expression.shape[1:] == (1,)}
    if len(sides) != 1 or any(value.expression.ndim > 1 and value.expression.shape[1:] != (1,) for value in values):
        return values
    return [
        OrientedValue(reshape(value.expression, (*value.expression.shape, 1)))
        if value.expression.shape == tuple(sides) and not value.row
        else value
        for value in values
    ]


def _fit(name: str, values: Sequence[OrientedValue], place: int) -> None:
    try:
        build(name, *(value.expression for value in values))
    except ShapeError as error:
        raise Misfit(str(error), place) from None


def product(links: Sequence[Link]) -> OrientedValue:
    """A product as it is written: beside each other is the matrix product, scalars scale, ⊙ is entry by entry."""
    segments: list[list[tuple[int, Link]]] = [[]]
    for place, link in enumerate(links):
        if link.sign == "odot":
            segments.append([])
        segments[-1].append((place, link))
    factors: list[Expression] = []
    arrays: list[OrientedValue] = []
    for segment in segments:
        scalars, array = _segment(segment)
        factors += scalars
        arrays += [] if array is None else [array]
    for place, value in enumerate(arrays):
        if value.is_vector and arrays[0].is_vector and value.row != arrays[0].row:
            raise Misfit("⊙ stands between a row and a column: transpose one of them.", segments[place][0][0])
    _refuse_two_ways(segments)
    arrays = list(_as_large(_as_columns(arrays)))
    if factors and [value.expression for value in arrays] == [ONES]:
        arrays = []  # as long as what it is added to
    everything = [*factors, *(value.expression for value in arrays)]
    row = any(value.is_vector and value.row for value in arrays)
    return OrientedValue(build("multiply", *everything) if len(everything) > 1 else everything[0], row)


def _segment(links: Sequence[tuple[int, Link]]) -> tuple[list[Expression], OrientedValue | None]:
    """The scalars of a product without ⊙, and the product of its arrays."""
    scalars: list[Expression] = []
    array: OrientedValue | None = None
    has_ones = any(link.value.expression is ONES for _, link in links)
    for place, (sign, value) in links:
        if sign == "slash":
            if value.expression.shape:
                raise Misfit(r"Write \frac or \odot to divide by an array.", place)
            scalars.append(reciprocal(value.expression))
        elif not value.expression.shape:
            if sign == "beside":
                raise Misfit(r"It is not clear whether this belongs below the line: write \frac{…}{…}.", place)
            scalars.append(value.expression)
        elif has_ones and value.expression.shape == (1,):  # b \mathbf 1 is b, as long as what it is added to
            scalars.append(reshape(value.expression, ()))
        else:
            array = value if array is None else _joined(array, value, sign, place)
    return scalars, array


def _joined(left: OrientedValue, right: OrientedValue, sign: str, place: int) -> OrientedValue:
    """The product of two arrays beside each other."""
    if sign == "times":
        raise Misfit(
            r"\times stands between numbers only: write nothing between matrices, \odot for entry by entry.", place
        )
    if _is_open(left) and not _is_open(right) and not (right.is_vector and right.row):
        left = _of_size(left, right.expression.shape[-1 if right.is_vector else -2])
    elif _is_open(right) and not _is_open(left) and (left.row or not left.is_vector):
        right = _of_size(right, left.expression.shape[-1])
    if ONES in {left.expression, right.expression} and (found := _with_ones(left, right)) is not None:
        return found
    if left.is_vector and right.is_vector:
        return _vectors(left, right, place)
    if left.is_vector and left.is_number and right.expression.shape[-2] != 1:
        return right.times(left)
    if left.is_vector and not left.row:
        hint = " (put ^\\top after it)" if left.expression.shape[0] == right.expression.shape[-2] else ""
        raise Misfit(f"{left.described} stands before {right.described}: only a row{hint} can.", place)
    if right.is_vector and right.row:
        raise Misfit(f"{left.described} stands before {right.described}: only a column can follow it.", place)
    try:
        return OrientedValue(left.expression @ right.expression, left.is_vector)
    except ShapeError as error:
        raise Misfit(str(error).replace("(.T)", r"(^\top)"), place) from None


def _with_ones(left: OrientedValue, right: OrientedValue) -> OrientedValue | None:
    """A sum where ones stand on the side of an axis; what is the same for as many rows or columns as are needed."""
    if left.expression is ONES and right.expression is not ONES and left.row and not (right.is_vector and right.row):
        return OrientedValue(sum_of(right.expression, 0), right.expression.ndim > 1)
    if right.expression is ONES and not right.row and not (left.is_vector and not left.row):
        return OrientedValue(sum_of(left.expression, -1))
    if left.expression is ONES and not left.row and right.is_vector and right.row:
        return right
    if right.expression is ONES and right.row and left.is_vector and not left.row:
        return OrientedValue(reshape(left.expression, (*left.expression.shape, 1)))
    return None


def _vectors(left: OrientedValue, right: OrientedValue, place: int) -> OrientedValue:
    """A row times a column is a number, a column times a row a matrix; anything else is refused."""
    try:
        if left.row and not right.row:
            return OrientedValue(left.expression @ right.expression)
        if right.row and not left.row:
            return OrientedValue(outer(left.expression, right.expression))
    except ShapeError as error:
        if not (left.is_number or right.is_number):
            raise Misfit(str(error), place) from None
    if left.is_number or right.is_number:
        return right.times(left) if left.is_number else left.times(right)
    both = "rows" if left.row else "columns"
    raise Misfit(f"Two {both} stand side by side: write a^\\top b, a b^\\top or a \\odot b.", place)


def _refuse_two_ways(segments: Sequence[Sequence[tuple[int, Link]]]) -> None:
    """A B ⊙ C is (A B) ⊙ C here; where A (B ⊙ C) fits as well, it is refused, and so is A ⊙ B C."""
    for left, right in pairwise(segments):
        ends = [[v for _, (_, v) in side if v.expression.shape] for side in (left, right)]
        near = ends[0][-1:], ends[1][:1]
        if max(map(len, ends)) < 2 or not (near[0] and near[1]):
            continue
        a, b = near[0][0], near[1][0]
        if a.expression.shape != b.expression.shape or a.row != b.row:
            continue
        inner = OrientedValue(a.expression * b.expression, a.row)
        others = [*ends[0][:-1], inner, *ends[1][1:]]
        try:
            _segment([(i, Link("", v)) for i, v in enumerate(others)])
        except ExpressionError:
            continue
        raise Misfit("This may be read in two ways: put what belongs together in parentheses.", right[0][0])


def reciprocal(x: Expression) -> Expression:
    """1 over a scalar or array, entry by entry."""
    if value_of(x) == 0:
        raise ExpressionError("This divides by zero.")
    return x**-1
