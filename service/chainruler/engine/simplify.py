"""The canonical form of sums and products: what makes results read like the textbook and run in fewer calls.

A term is a coefficient times factors. Coefficients and scalar factors stand in front, equal factors are powers, and
what all terms of a sum share stands once before it: `1/N (softmax(Z) - Y)`. Other rules stand with their primitives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from chainruler.engine.expression import Constant, Expression, Number, Primitive, build, constant, intern
from chainruler.engine.shapes import Shape, broadcast_shapes


class Term(NamedTuple):
    """A coefficient times factors; the product may have a larger shape than the factors that are left."""

    coefficient: Number
    factors: tuple[Expression, ...]


def value_of(node: Expression) -> Number | None:
    """The number that a constant is; None for anything else."""
    return node.primitive.value if isinstance(node.primitive, Constant) else None


def filled(value: Number, shape: Shape) -> Expression:
    """The array of this shape whose entries are all this number."""
    return broadcast(constant(value), shape)


def broadcast(node: Expression, shape: Shape) -> Expression:
    """The node with the axes that `shape` asks for."""
    return Primitive.registry["broadcast"](shape)(node)  # type: ignore[call-arg]


def is_zero(node: Expression) -> bool:
    """Whether the node is the number 0, or an array filled with it."""
    return value_of(stripped(node)) == 0


def stripped(node: Expression) -> Expression:
    """What a broadcast repeats; the node itself if it is none."""
    return node.args[0] if node.primitive.name == "broadcast" else node


def split(node: Expression) -> Term:
    """The node as a coefficient times factors."""
    value = value_of(node)
    if value is not None:
        return Term(value, ())
    if node.primitive.name != "multiply":
        return Term(1, (node,))
    value = value_of(node.args[0])
    return Term(1, node.args) if value is None else Term(value, node.args[1:])


def split_scalars(node: Expression) -> tuple[Expression | None, Expression]:
    """The scalar factors of an array and what is left: a linear primitive pulls them out in front."""
    if node.primitive.name == "multiply" and node.shape:
        rest = [factor for factor in node.args if factor.shape]
        if len(rest) < len(node.args):
            scalars = [factor for factor in node.args if not factor.shape]
            left = build("multiply", *rest)
            return build("multiply", *scalars), left if left.shape == node.shape else broadcast(left, node.shape)
    return None, node


def _power_of(factor: Expression) -> tuple[Expression, Number]:
    """The factor as a base and an exponent."""
    if factor.primitive.name == "power":
        return factor.args[0], factor.primitive.exponent  # type: ignore[attr-defined]
    return factor, 1


def times(left: Number, right: Number) -> Number:
    """The product, exact where both are."""
    return _tidy(left * right)


def _tidy(value: Number) -> Number:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def product(operands: Sequence[Expression]) -> Expression:
    """The canonical elementwise product."""
    shape = broadcast_shapes("*", *(operand.shape for operand in operands))
    coefficient, exponents = _collect(operands)
    if coefficient == 0:
        return filled(0, shape)
    if not math.isfinite(coefficient):  # an overflow of written-out numbers is for the program to report
        return intern(Primitive.registry["multiply"](), tuple(operands))
    factors = [base if exponent == 1 else base**exponent for base, exponent in exponents.items() if exponent != 0]
    factors = _fewest(factors, shape)
    opened = _opened(coefficient, factors)
    if opened is not None:
        return opened if opened.shape == shape else broadcast(opened, shape)
    special = _as_matrix(factors, shape)
    if special is not None:
        factors = special
    ordered = [f for f in factors if not f.shape] + [f for f in factors if f.shape]
    return _assembled(coefficient, ordered, shape)


def _collect(operands: Iterable[Expression]) -> tuple[Number, dict[Expression, Number]]:
    """The product's number, and the exponent of each base in order of appearance."""
    coefficient: Number = 1
    exponents: dict[Expression, Number] = {}
    for operand in operands:
        term = split(operand)
        coefficient = times(coefficient, term.coefficient)
        for factor in term.factors:
            inner = stripped(factor)
            if inner is not factor and value_of(inner) is not None:
                coefficient = times(coefficient, value_of(inner) or 0)
                continue
            base, exponent = _power_of(factor)
            gate = base.kind == "gate" and base in exponents  # 0 and 1 are their own powers
            exponents[base] = 1 if gate else _tidy(exponents.get(base, 0) + exponent)
    return coefficient, exponents


def _fewest(factors: list[Expression], shape: Shape) -> list[Expression]:
    """The factors without the broadcasts that the others make needless."""
    for position, factor in enumerate(factors):
        inner = stripped(factor)
        if inner is not factor:
            rest = [*factors[:position], inner, *factors[position + 1 :]]
            if len(rest) > 1 and broadcast_shapes("*", *(f.shape for f in rest)) == shape:
                pulled = product(rest)  # the inner node may itself be a product
                return list(split(pulled).factors) if split(pulled).coefficient == 1 else rest
    return factors


def _opened(coefficient: Number, factors: list[Expression]) -> Expression | None:
    """A factor times a sum that divides by it, written out, because it cancels: a (1 - y/a) is a - y."""
    for inner in factors:
        if inner.primitive.name == "add":
            below = {base for term in inner.args for base, power in map(_power_of, split(term).factors) if power == -1}
            for factor in factors:
                if factor in below and factor.shape:
                    rest = [f for f in factors if f is not inner and f is not factor]
                    return product([constant(coefficient), *rest, total([product([factor, t]) for t in inner.args])])
    return None


def _as_matrix(factors: list[Expression], shape: Shape) -> list[Expression] | None:
    """A column times a row as an outer product, a vector times the identity as a diagonal; None for anything else."""
    arrays = [factor for factor in factors if factor.shape]
    if len(shape) != 2 or len(arrays) != 2:
        return None
    scalars = [factor for factor in factors if not factor.shape]
    for left, right in (arrays, arrays[::-1]):
        column = left.args[0] if left.primitive.name == "reshape" and left.shape[-1] == 1 else None
        if column is not None and column.ndim == right.ndim == 1:
            return [*scalars, build("outer", column, right)]
        if left.primitive.name == "identity" and right.ndim == 1:
            return [*scalars, build("diagonal", right)]
        if right.ndim == 1 and left.primitive.name == "add" and any(a.primitive.name == "identity" for a in left.args):
            return [*scalars, build("add", *(build("multiply", right, term) for term in left.args))]
    return None


def _assembled(coefficient: Number, factors: list[Expression], shape: Shape) -> Expression:
    """The product of what is left, repeated to the shape if its factors do not fill it."""
    if not factors:
        return filled(coefficient, shape)
    if len(factors) == 1 and coefficient == 1:
        result = factors[0]
    elif any(factor.primitive.name == "multiply" for factor in factors):
        result = product([constant(coefficient), *factors])
    else:
        number = [] if coefficient == 1 else [constant(coefficient)]
        result = intern(Primitive.registry["multiply"](), (*number, *factors))
    return result if result.shape == shape else broadcast(result, shape)


def total(operands: Sequence[Expression]) -> Expression:
    """The canonical elementwise sum."""
    shape = broadcast_shapes("+", *(operand.shape for operand in operands))
    terms: dict[frozenset[Expression], Term] = {}
    for term in _flat(operands, 1):
        key = frozenset(term.factors)
        known = terms.get(key)
        amount = term.coefficient if known is None else _tidy(known.coefficient + term.coefficient)
        terms[key] = Term(amount, term.factors if known is None else known.factors)
    kept = [term for term in terms.values() if term.coefficient != 0]
    if not kept:
        return filled(0, shape)
    if len(kept) == 1:
        result = product([constant(kept[0].coefficient), *kept[0].factors])
        return result if result.shape == shape else broadcast(result, shape)
    return _factored(kept, shape)


def _flat(operands: Iterable[Expression], sign: Number) -> Iterable[Term]:
    """The terms of all operands; a sum inside a sum, or minus a sum, gives its own."""
    for operand in operands:
        inner = stripped(operand)
        if inner is not operand and value_of(inner) is not None:
            operand = inner  # noqa: PLW2901 (a repeated number adds to everything by itself)
        term = split(operand)
        if len(term.factors) == 1 and abs(term.coefficient) == 1 and term.factors[0].primitive.name == "add":
            yield from _flat(term.factors[0].args, times(sign, term.coefficient))
        else:
            yield Term(times(sign, term.coefficient), term.factors)


def _factored(terms: list[Term], shape: Shape) -> Expression:
    """The sum with what all its terms share written once in front."""
    common = [f for f in terms[0].factors if all(f in term.factors for term in terms[1:])]
    magnitude = _magnitude(terms[0])
    number = magnitude if all(_magnitude(term) == magnitude for term in terms) else 1
    if number != 1 or common:
        rest = []
        for term in terms:
            sign = term.coefficient if number == 1 else (1 if term.coefficient > 0 else -1)
            rest.append(product([constant(sign), *(f for f in term.factors if f not in common)]))
        inner = total(rest)
        outer = product([constant(number), *common, inner])
        return outer if outer.shape == shape else broadcast(outer, shape)
    terms = sorted(terms, key=lambda term: term.coefficient < 0)  # a - b rather than -b + a
    args = [product([constant(term.coefficient), *term.factors]) for term in terms]
    args = _without_needless_broadcasts(args, shape)
    result = intern(Primitive.registry["add"](), tuple(args))
    return result if result.shape == shape else broadcast(result, shape)


def _magnitude(term: Term) -> Number:
    return term.coefficient if term.coefficient >= 0 else times(-1, term.coefficient)


def _without_needless_broadcasts(args: list[Expression], shape: Shape) -> list[Expression]:
    """The operands without the broadcasts that the others make needless."""
    for position, arg in enumerate(args):
        inner = stripped(arg)
        if inner is not arg:
            rest = [*args[:position], inner, *args[position + 1 :]]
            if reduce(lambda a, b: broadcast_shapes("+", a, b), (r.shape for r in rest)) == shape:
                args = rest
    return args
