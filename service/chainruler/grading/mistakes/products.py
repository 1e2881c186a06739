"""Matrix products: transposed, in another order, entry by entry, or summed over too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import mul

from chainruler.engine import (
    Expression,
    ExpressionError,
    broadcast_to,
    constant,
    label_of,
    matmul,
    part_of,
    substitute,
    sum_of,
)
from chainruler.engine.primitives.products import Matmul, Outer
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.occurrences import places
from chainruler.networks.blueprint import BATCH


class Transposed(Mistake):
    """The right array, transposed."""

    code = "transposed"
    title = "Transposed"
    credit = 0.75
    question = "Which shape must a gradient have, to be subtracted from its parameter?"
    step = "{line} is transposed."
    explanation = "A gradient has the shape and layout of its parameter."
    convention = True

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.right.ndim == 2:
            yield Change(line.right.T, "it is transposed")


class SamplesInColumns(Mistake):
    """What is right where samples stand in columns, for a problem that has them in rows; found in formulas only."""

    code = "samples_in_columns"
    title = "Samples in columns"
    credit = 0.75
    question = "Is a sample of this problem a row or a column?"
    step = "{line} is right where samples are columns; here they are rows."
    explanation = (
        "With samples in rows, Z = X Wᵀ + b and dW = dZᵀ X; with samples in columns, Z = W X + b and dW = dZ Xᵀ."
    )
    convention = True


class MissingTranspose(Mistake):
    """A factor of a matrix product without its transpose, with one too many, or on the other side."""

    code = "missing_transpose"
    title = "A transpose is missing in a product"
    credit = 0.5
    question = "Along which axis do the two factors of the product meet?"
    step = "In {line} a factor of the matrix product is transposed, or stands on the other side."
    explanation = (
        "Going back through a matrix product multiplies with the other factor transposed: for Z = X Wᵀ, dX = dZ W."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data):
            if isinstance(place.node.primitive, Matmul):
                for product in _arrangements(place.node):
                    if product.shape == place.node.shape and product is not place.node:
                        evidence = "a factor of the product is transposed or on the other side"
                        yield Change(line.with_data(place.replaced(product)), evidence)


class ElementwiseForMatrixProduct(Mistake):
    """Entries multiplied one by one, where rows meet columns."""

    code = "elementwise_for_matrix_product"
    title = "Entry by entry instead of a matrix product"
    credit = 0.5
    habit = True
    question = "Does each entry of the result depend on one entry of each factor, or on a whole row and column?"
    step = "In {line} two arrays are multiplied entry by entry, where a matrix product belongs."
    explanation = "A weighted sum goes back as a matrix product: every input gets a part from every output."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data):
            if isinstance(place.node.primitive, Matmul | Outer):
                for product in _entry_by_entry(*place.node.args):
                    yield Change(line.with_data(place.replaced(product)), "two arrays are multiplied entry by entry")


class NotSummedOverOutputs(Mistake):
    """The backward pass through one output only, where the hidden layer feeds all of them."""

    code = "not_summed_over_outputs"
    title = "Not summed over the outputs"
    credit = 0.5
    question = "How many outputs does one hidden unit feed?"
    step = "{line} takes one output only; the sum over all of them is missing."
    explanation = "A hidden unit feeds every output, so that its gradient is a sum over all of them."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data) if line.is_gradient and line.parameter is None else ():
            if isinstance(place.node.primitive, Matmul) and not line.context.gradients.isdisjoint(place.node.args):
                for i, factor in enumerate(place.node.args):
                    for target in line.context.targets:
                        if target.shape == factor.shape and target.kind != "index":
                            changed = line.with_data(place.with_operand(i, factor * target))
                            yield Change(changed, "only the output of the true class is taken")
                yield Change(
                    line.with_data(place.replaced(_of_first(*place.node.args))), "only the first output is taken"
                )


class ProductOfSums(Mistake):
    """The samples summed in each factor, and the sums multiplied."""

    code = "product_of_sums"
    title = "Sums are multiplied, where products should be summed"
    credit = 0.5
    question = "Is a sum of products the product of the sums?"
    step = "In {line} each factor is summed over the samples before the two are multiplied."
    explanation = "Σ aᵢbᵢ is not Σ aᵢ times Σ bᵢ: every sample multiplies its own gradient with its own input."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data) if line.is_gradient else ():
            left, right = place.node.args if isinstance(place.node.primitive, Matmul) else (line.right, line.right)
            if left.ndim == right.ndim == 2 and left.shape[-1] == right.shape[0] == BATCH:
                sums = sum_of(left, -1, keepdims=True) @ sum_of(right, 0, keepdims=True)
                yield Change(line.with_data(place.replaced(sums)), "both factors are summed over the samples first")


class WeightsLeftOut(Mistake):
    """The gradient sent back to a layer's inputs as it is, without the weights that it goes through."""

    code = "weights_left_out"
    title = "The weights are left out in the backward pass"
    credit = 0.5
    question = "By what does an input of a layer influence its outputs?"
    step = "In {line} the gradient goes back without being multiplied with the weights."
    explanation = "An input reaches each output through a weight, and its gradient comes back through the same weight."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place in places(line.data) if line.is_gradient and line.parameter is None else ():
            if isinstance(place.node.primitive, Matmul):
                for i, factor in enumerate(place.node.args):
                    if factor in line.context.gradients and factor.ndim == 2:
                        axis = -1 if i == 0 else -2
                        for gradient in (factor, *_behind(factor, line)):
                            every = broadcast_to(sum_of(gradient, axis, keepdims=True), place.node.shape)
                            yield Change(line.with_data(place.replaced(every)), "the weights are taken for 1")


class MatrixProductForElementwise(Mistake):
    """The derivative of an activation as a matrix, and the gradient multiplied with it as one."""

    code = "matrix_product_for_elementwise"
    title = "A matrix product instead of entry by entry"
    credit = 0.5
    question = "Does an activation mix the units, or does each entry go through by itself?"
    step = "In {line} the derivative of the activation is multiplied as a matrix, where ⊙ belongs."
    explanation = "An activation acts on each entry, so that its derivative multiplies entry by entry."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        activation = line.activation
        if activation is None or activation.value.ndim != 2:
            return
        a, g = activation.value, activation.upstream
        slope = reduce(mul, line.slopes, constant(1))
        squares = substitute([slope], {a**2: a.T @ a})[0]
        for matrix in (squares, slope.T, slope):
            product = _tried(matmul, g, matrix)
            if product is not None and product.shape == line.right.shape:
                yield Change(line.with_data(product), "the derivative is multiplied as a matrix")


def _behind(gradient: Expression, line: Line) -> list[Expression]:
    """The gradient by the value of the activation that a gradient goes through; none where there is no activation."""
    name = label_of(gradient)
    activation = Line(name, line.context.lines[name], line.context).activation
    return [] if activation is None else [activation.upstream]


def _of_first(left: Expression, right: Expression) -> Expression:
    """A product that takes only the first of what it sums over."""
    return part_of(left, 0, 1, -1) @ part_of(right, 0, 1, -min(2, right.ndim))


def _entry_by_entry(left: Expression, right: Expression) -> Iterator[Expression]:
    """Two factors multiplied entry by entry, one of them transposed or not; and the samples of the result summed."""
    pairs = [(left, right)]
    if left.ndim == right.ndim == 2:
        pairs += [(left.T, right), (left, right.T)]
    for a, b in pairs:
        product = _tried(mul, a, b)
        if product is not None:
            yield product
            if product.shape[:1] == (BATCH,):
                yield sum_of(product, 0)


def _arrangements(product: Expression) -> Iterator[Expression]:
    """The product with factors transposed and exchanged in every way that is possible."""
    left, right = product.args
    if left.ndim == right.ndim == 2:
        for a, b in ((left, right), (right, left)):
            for x, y in ((a, b), (a.T, b), (a, b.T), (a.T, b.T)):
                found = _tried(matmul, x, y)
                if found is not None:
                    yield found


def _tried(
    operation: Callable[[Expression, Expression], Expression], a: Expression, b: Expression
) -> Expression | None:
    """What an operation gives; None where the shapes do not fit."""
    try:
        return operation(a, b)
    except ExpressionError:
        return None
