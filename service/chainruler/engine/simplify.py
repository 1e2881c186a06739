"""The canonical form of sums and products: what makes results read like the textbook and run in fewer calls.

A term is a coefficient times factors. Coefficients and scalar factors stand in front, equal factors are powers, and
what all terms of a sum share stands once before it: `1/N (softmax(Z) - Y)`. Other rules stand with their primitives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chainruler.engine.expression import Constant, Expression, Number, Primitive, build, constant, exact, intern
from chainruler.engine.shapes import Shape, broadcast_shapes

LONGEST_PRODUCT = 64
LONGEST_SUM = 128
"""What is longer stands as one operand, so that building a chain of n operands takes time in n and not in n squared."""


class Term(NamedTuple):
    """A coefficient times factors; the product may have a larger shape than the factors that are left."""

    coefficient: Number
    factors: tuple[Expression, ...]
    node: Expression | None = None
    """The expression that this is, where it is at hand."""


def value_of(node: Expression) -> Number | None:
    """The number that a constant is; None for anything else."""
    return node.primitive.value if isinstance(node.primitive, Constant) else None


def filled(value: Number, shape: Shape) -> Expression:
    """The array of this shape whose entries are all this number."""
    return broadcast(constant(value), shape)


def broadcast(node: Expression, shape: Shape) -> Expression:
    """The node repeated along the axes that `shape` asks for besides its own."""
    return node if node.shape == shape else Primitive.registry["broadcast"](shape)(node)  # type: ignore[call-arg]


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
        return Term(value, (), node)
    if node.primitive.name != "multiply" or len(node.args) > LONGEST_PRODUCT:
        return Term(1, (node,), node)
    value = value_of(node.args[0])
    return Term(1, node.args, node) if value is None else Term(value, node.args[1:], node)


def split_scalars(node: Expression) -> tuple[Expression | None, Expression]:
    """The scalar factors of an array and what is left: a linear primitive pulls them out in front."""
    if node.primitive.name == "multiply" and node.shape:
        rest = [factor for factor in node.args if factor.shape]
        if len(rest) < len(node.args):
            scalars = [factor for factor in node.args if not factor.shape]
            left = build("multiply", *rest)
            return build("multiply", *scalars), broadcast(left, node.shape)
    return None, node


def _power_of(factor: Expression) -> tuple[Expression, Number]:
    """The factor as a base and an exponent."""
    if factor.primitive.name == "power":
        return factor.args[0], factor.primitive.exponent  # type: ignore[attr-defined]
    return factor, 1


def product(operands: Sequence[Expression]) -> Expression:
    """The canonical elementwise product."""
    shape = broadcast_shapes("*", *(operand.shape for operand in operands))
    coefficient, exponents = _collect(operands)
    if coefficient == 0:
        return filled(0, shape)
    factors = [base if exponent == 1 else base**exponent for base, exponent in exponents.items() if exponent != 0]
    expanded = _expanded(coefficient, factors)
    if expanded is not None:
        return broadcast(expanded, shape)
    factors = _as_matrix(factors, shape) or factors
    return _assembled(coefficient, sorted(factors, key=lambda factor: factor.shape != ()), shape)


def _collect(operands: Iterable[Expression]) -> tuple[Number, dict[Expression, Number]]:
    """The product's number, and the exponent of each base in order of appearance."""
    coefficient: Number = 1
    exponents: dict[Expression, Number] = {}
    for operand in operands:
        term = split(stripped(operand))  # what is repeated multiplies all by itself
        coefficient = exact(coefficient * term.coefficient)
        for factor in term.factors:
            base, exponent = _power_of(factor)
            gate = base.kind == "gate" and base in exponents  # 0 and 1 are their own powers
            exponents[base] = 1 if gate else exact(exponents.get(base, 0) + exponent)
    return coefficient, exponents


def _expanded(coefficient: Number, factors: list[Expression]) -> Expression | None:
    """A factor times a sum that divides by it, written out, because it cancels: a (1 - y/a) is a - y."""
    for inner in factors:
        if inner.primitive.name == "add":
            below = {base for term in inner.args for base, power in map(_power_of, split(term).factors) if power == -1}
            for factor in factors if below else ():
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
        if right.ndim != 1 or right.shape[-1] != left.shape[-1]:
            continue
        if left.primitive.name == "identity":
            return [*scalars, build("diagonal", right)]
        if left.primitive.name == "add" and any(a.primitive.name == "identity" for a in left.args):
            return [*scalars, build("add", *(build("multiply", right, term) for term in left.args))]
    return None


def _assembled(coefficient: Number, factors: list[Expression], shape: Shape) -> Expression:
    """The product of what is left, repeated to the shape if its factors do not fill it."""
    if not factors:
        return filled(coefficient, shape)
    if len(factors) == 1 and coefficient == 1:
        return broadcast(factors[0], shape)
    if any(factor.primitive.name == "multiply" and len(factor.args) <= LONGEST_PRODUCT for factor in factors):
        return broadcast(product([constant(coefficient), *factors]), shape)
    number = [] if coefficient == 1 else [constant(coefficient)]
    return broadcast(intern(Primitive.registry["multiply"](), (*number, *factors)), shape)


def total(operands: Sequence[Expression]) -> Expression:
    """The canonical elementwise sum."""
    shape = broadcast_shapes("+", *(operand.shape for operand in operands))
    terms: dict[frozenset[Expression], Term] = {}
    for term in _flat(operands):
        key = frozenset(term.factors)
        known = terms.get(key)
        terms[key] = term if known is None else Term(exact(known.coefficient + term.coefficient), known.factors)
    kept = _pieced([term for term in terms.values() if term.coefficient != 0])
    if len(kept) < 2:
        return broadcast(_node(kept[0]), shape) if kept else filled(0, shape)
    return broadcast(_factored(kept), shape)


def _node(term: Term) -> Expression:
    """The term as an expression."""
    return term.node if term.node is not None else product([constant(term.coefficient), *term.factors])


def _flat(operands: Iterable[Expression], *, minus: bool = False) -> Iterable[Term]:
    """The terms of all operands; a sum inside a sum, or minus a sum, gives its own."""
    for operand in operands:
        term = split(stripped(operand))  # what is repeated adds to all by itself
        first = term.factors[0] if len(term.factors) == 1 and term.coefficient in (1, -1) else None
        if first is not None and first.primitive.name == "add" and len(first.args) <= LONGEST_SUM:
            yield from _flat(first.args, minus=minus ^ (term.coefficient < 0))
        else:
            yield Term(exact(-term.coefficient), term.factors) if minus else term


def _factored(terms: list[Term]) -> Expression:
    """The sum with what all its terms share written once in front."""
    common = [f for f in terms[0].factors if all(f in term.factors for term in terms[1:])]
    magnitude = _magnitude(terms[0])
    number = magnitude if all(_magnitude(term) == magnitude for term in terms) else 1
    if number != 1 or common:
        rest = []
        for term in terms:
            sign = term.coefficient if number == 1 else (1 if term.coefficient > 0 else -1)
            rest.append(product([constant(sign), *(f for f in term.factors if f not in common)]))
        return product([constant(number), *common, total(rest)])
    terms = sorted(terms, key=lambda term: term.coefficient < 0)  # a - b rather than -b + a
    return intern(Primitive.registry["add"](), tuple(map(_node, terms)))


def _pieced(terms: list[Term]) -> list[Term]:
    """The terms with those put together that are concatenations along one axis, each zero where the others are not."""
    groups: dict[tuple[Primitive, Shape], list[Term]] = {}
    for term in terms:
        if len(term.factors) == 1 and any(map(is_zero, _parts_of(term))):
            groups.setdefault((term.factors[0].primitive, term.factors[0].shape), []).append(term)
    for (primitive, _), group in groups.items():
        whole = _joined(primitive, group) if len(group) > 1 else None
        if whole is not None:
            first = terms.index(group[0])
            terms = [whole if i == first else term for i, term in enumerate(terms) if i == first or term not in group]
    return terms


def _parts_of(term: Term) -> tuple[Expression, ...]:
    """What a term's one factor concatenates; nothing for anything else."""
    return term.factors[0].args if term.factors[0].primitive.name == "concatenate" else ()


def _joined(primitive: Primitive, group: list[Term]) -> Term | None:
    """The sum of zero-padded concatenations as one concatenation; None where two of their pieces overlap in part."""
    axis: int = primitive.axis  # type: ignore[attr-defined]
    shape = group[0].factors[0].shape
    pieces: dict[tuple[int, int], Expression] = {}
    for term in group:
        end = 0
        for part in _parts_of(term):
            start, end = end, end + int(part.shape[axis])
            if not is_zero(part):
                piece = product([constant(term.coefficient), part])
                known = pieces.get((start, end))
                pieces[start, end] = piece if known is None else total([known, piece])
    parts, reached = [], 0
    for start, end in [*sorted(pieces), (int(shape[axis]), 0)]:
        if start < reached:
            return None
        if start > reached:
            parts.append(filled(0, (*shape[: len(shape) + axis], start - reached, *shape[len(shape) + axis + 1 :])))
        parts += [pieces[start, end]] if (start, end) in pieces else []
        reached = end
    whole = primitive(*parts)
    return Term(1, (whole,), whole)


def _magnitude(term: Term) -> Number:
    return term.coefficient if term.coefficient >= 0 else exact(-term.coefficient)
