"""Normalisation: a path left out that goes through the statistics, or statistics of something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from chainruler.engine import (
    Expression,
    constant,
    label_of,
    mean,
    size,
    sqrt,
    substitute,
    sum_of,
    topological,
    variable,
    variables,
)
from chainruler.engine.primitives.arithmetic import Add, Multiply, is_power
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.simplify import value_of
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake

POWERS = {
    Fraction(-1): "the variance stands for its root",
    Fraction(-2): "the variance is squared, where its root belongs",
    Fraction(1, 2): "the root of the variance is multiplied, and does not divide",
    Fraction(0): "nothing is divided by the root of the variance",
}
"""What the variance may be taken to by mistake, where −½ is right."""


@dataclass(frozen=True)
class Norm:
    """A line H = (x − mean) / √(variance + eps), and the lines that its statistics stand in."""

    name: str
    x: Expression
    axes: tuple[int, ...]
    eps: Expression
    centre: str
    """The line of the mean, or of x less it."""
    variance: str

    def symbol(self, context: DerivationContext) -> Expression:
        """The symbol of H."""
        return context.symbols[self.name]

    def by(self, axes: tuple[int, ...], power: Fraction = Fraction(-1, 2), scale: Expression | int = 1) -> Expression:
        """The normalised x, with statistics over some axes, another power or another size of the variance."""
        centred = self.x - mean(self.x, axes, keepdims=True)
        return centred * (scale * mean(centred**2, axes, keepdims=True) + self.eps) ** power

    def backward(
        self,
        context: DerivationContext,
        axes: tuple[int, ...],
        divisor: Expression,
        reduced: Callable[..., Expression] = mean,
    ) -> Expression:
        """The gradient by x as it is written out: (g − mean(g) − h · mean(g · h)) / √(variance + eps)."""
        g, h = context.symbols[f"d{self.name}"], self.symbol(context)
        return (g - reduced(g, axes, keepdims=True) - h * reduced(g * h, axes, keepdims=True)) / divisor

    def other_axes(self) -> Iterator[tuple[int, ...]]:
        """The axes that statistics may be taken over by mistake."""
        every = tuple(range(-self.x.ndim, 0))
        others = tuple(axis for axis in every if axis not in self.axes)
        for axes in dict.fromkeys([others, *((axis,) for axis in every), every]):
            if axes and axes != self.axes:
                yield axes


class MissingNormPath(Mistake):
    """A statistic of a normalisation taken for a constant."""

    code = "missing_norm_path"
    title = "A path through the statistics of the normalisation is missing"
    credit = 0.5
    question = "On how many paths does an input of a normalisation reach its outputs?"
    step = "{line} misses a path through the mean or the variance of the normalisation."
    explanation = (
        "Mean and variance are made of all inputs, so that each input has a gradient through both of them too."
    )

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for norm in norms(context):
            mean_given = {norm.centre: _with_given_sums(context.lines[norm.centre])}
            variance_given = {norm.variance: None}
            yield Instead(mean_given, "the mean is taken for a constant")
            yield Instead(variance_given, "the variance is taken for a constant")
            yield Instead({**mean_given, **variance_given}, "mean and variance are taken for constants")


class WrongNormAxis(Mistake):
    """Mean and variance over the features where the samples are meant, or the other way round."""

    code = "wrong_norm_axis"
    title = "Normalised over the wrong axis"
    credit = 0.5
    question = "Over which axis do mean and variance go: over the samples, or over the features?"
    step = "{line} has mean and variance over the wrong axis."
    explanation = (
        "Batch norm takes both over the samples, for each feature; layer norm over the features of each sample."
    )

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for norm in norms(context):
            for axes in norm.other_axes():
                yield Instead({norm.name: norm.by(axes)}, f"mean and variance are taken over the axes {axes}")

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for norm, root in _before(line):
            for axes in norm.other_axes():
                yield Change(
                    norm.backward(line.context, axes, root), f"the means of the backward pass are over the axes {axes}"
                )


class WrongNormStatistic(Mistake):
    """Another measure of spread in the place of the standard deviation."""

    code = "wrong_norm_statistic"
    title = "Divided by something else than the standard deviation"
    credit = 0.5
    question = "By what does a normalisation divide: by the variance, or by its root, and by how many is that divided?"
    step = "{line} is not divided by the root of the mean square that the problem means."
    explanation = (
        "A normalisation divides by √(var + ε), where var is the mean of squares: divided by n and not by n − 1."
    )

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        for norm in norms(context):
            count = size([norm.x.shape[axis] for axis in norm.axes])
            for power, evidence in POWERS.items():
                yield Instead({norm.name: norm.by(norm.axes, power)}, evidence)
            bessel = norm.by(norm.axes, scale=count / (count - 1))
            yield Instead({norm.name: bessel}, "the squares are divided by n − 1")
            summed = norm.by(norm.axes, scale=count)
            yield Instead({norm.name: summed}, "the squares are summed, where their mean belongs")
            spread = norm.x * (mean(norm.x**2, norm.axes, keepdims=True) + norm.eps) ** Fraction(-1, 2)
            yield Instead({norm.name: spread}, "the mean is not taken away")
            yield Instead({norm.name: replace(norm, eps=constant(0)).by(norm.axes)}, "ε is left out")

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for norm, root in _before(line):
            variance, context = line.context.symbols[norm.variance], line.context
            for divisor, evidence in (
                (root**2, "the variance stands for its root in the backward pass"),
                (variance, "the variance stands for its root in the backward pass, and ε is left out"),
                (sqrt(variance), "ε is left out in the backward pass"),
            ):
                yield Change(norm.backward(context, norm.axes, divisor), evidence)
            yield Change(norm.backward(context, norm.axes, root, sum_of), "sums stand for means in the backward pass")


class MisplacedScale(Mistake):
    """The scale γ of a normalisation left out, or at a place where there is none."""

    code = "misplaced_norm_scale"
    title = "The scale of the normalisation is missing or at the wrong place"
    credit = 0.5
    question = "Which gradients pass the scale γ on their path, and which begin there?"
    step = "In {line} the scale of the normalisation is missing, or stands where it does not belong."
    explanation = "The gradient by the normalised values has the factor γ; those by γ and by the shift β have not."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if not line.is_gradient:
            return
        for norm in norms(line.context):
            for gamma, factor, output in _scales(norm, line.context):
                after = line.context.symbols.get(f"d{output}")
                if after is None:
                    continue
                if line.of == norm.name:
                    yield Change(after, "the scale γ is left out")
                    of_x = f"d{label_of(norm.x)}"
                    if of_x in line.context.lines:
                        late = {of_x: factor * line.context.lines[of_x]}
                        yield Change(after, "the scale γ is multiplied in after the normalisation", late)
                elif line.parameter is not None and after in line.uses and line.right.shape == gamma.shape:
                    yield Change(line.data * gamma, "it is multiplied with the scale γ")


def _before(line: Line) -> Iterator[tuple[Norm, Expression]]:
    """The normalisations whose input, which nothing else uses, a line is the gradient by; and what they divide by."""
    context = line.context
    for norm in norms(context) if line.is_gradient else ():
        users = {name for name, right in context.network.system if norm.x in variables([right])}
        if line.of == label_of(norm.x) and users <= {norm.name, norm.centre, norm.variance}:
            yield norm, sqrt(context.symbols[norm.variance] + norm.eps)


def norms(context: DerivationContext) -> Iterator[Norm]:
    """The normalisations of a network, by what their lines look like."""
    for name, line in context.network.system:
        for node in topological([line]):
            if is_power(node, -0.5) and isinstance(node.args[0].primitive, Add):
                found = _norm(name, node.args[0], context)
                if found is not None and f"d{name}" in context.symbols:  # it has none where the loss is times 0
                    yield found


def _norm(name: str, under: Expression, context: DerivationContext) -> Norm | None:
    """The normalisation in a line that divides by the root of a variance and a number; None if it is not one."""
    forward = context.network.system.lines
    squares = [label_of(symbol) for symbol in variables([under]) if label_of(symbol) in forward]
    numbers = [arg for arg in under.args if value_of(arg) is not None]
    used = [label_of(symbol) for symbol in variables([forward[name]]) if label_of(symbol) not in squares]
    centres = [label for label in used if label in forward and _sums(forward[label])]
    if len(squares) != 1 or len(numbers) != 1 or len(centres) != 1 or not _sums(forward[squares[0]]):
        return None
    inner = variables([forward[centres[0]]])
    axes = _sums(forward[squares[0]])[0].primitive.axes  # type: ignore[attr-defined]
    fits = len(inner) == 1 and inner[0].shape == forward[name].shape
    return Norm(name, inner[0], axes, numbers[0], centres[0], squares[0]) if fits else None


def _sums(line: Expression) -> list[Expression]:
    return [node for node in topological([line]) if isinstance(node.primitive, Sum)]


def _with_given_sums(line: Expression) -> Expression:
    """The line with a symbol that nothing defines for each sum in it, so that nothing goes back through the sum."""
    return substitute([line], {node: variable("given", node.shape) for node in _sums(line)})[0]


def _scales(norm: Norm, context: DerivationContext) -> Iterator[tuple[Expression, Expression, str]]:
    """The scale of a normalisation, as a parameter and as it meets the values, and the line where it does."""
    scales = {p.variable for p in context.network.parameters.values() if p.role == "scale"}
    for name, line in context.network.system:
        for node in topological([line]) if norm.symbol(context) in variables([line]) else ():
            for factor in node.args if isinstance(node.primitive, Multiply) else ():
                yield from ((gamma, factor, name) for gamma in variables([factor]) if gamma in scales)
