"""The derivative of an activation: left out, or of something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chainruler.engine import Expression, Primitive, constant, sigmoid, substitute, tanh, topological, variables
from chainruler.engine.expression import label_of
from chainruler.engine.primitives.arithmetic import Add, Multiply, Power
from chainruler.engine.primitives.elementwise import Exp, Expm1, Sigmoid, Tanh
from chainruler.engine.primitives.error_function import Erf
from chainruler.engine.primitives.gates import Relu
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import ActivationLine, Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.mistakes.partial import definitions_in_part
from chainruler.grading.mistakes.softmax import Probabilities, probabilities
from chainruler.grading.occurrences import operands, places

NAMES: Mapping[type[Primitive], str] = {Relu: "a ReLU", Sigmoid: "a sigmoid", Tanh: "tanh"}
FUNCTIONS = (Exp, Expm1, Sigmoid, Tanh, Erf)


class MissingActivationDerivative(Mistake):
    """The gradient passed through an activation as if it were the identity."""

    code = "missing_activation_derivative"
    title = "The derivative of the activation is missing"
    credit = 0.5
    habit = True
    question = "What does the activation between these two lines do to a small change?"
    step = "The derivative of the activation is missing in {line}."
    explanation = (
        "By the chain rule, a gradient that passes an activation is multiplied with its derivative, entry by entry."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        activation = line.activation
        if line.slopes and not any(slope.kind == "gate" for slope in line.slopes):
            yield Change(line.without(line.slopes), "the derivative of the activation is left out")
        elif activation is not None and not line.slopes:
            yield Change(activation.upstream, "the derivative of the activation is left out")
        for found in probabilities(line) if line.is_gradient else ():
            by_probability = _by_probability(found, line)
            if by_probability is not None:
                yield Change(by_probability, "it is the gradient by the probabilities, and not by the scores")


class WrongActivationDerivative(Mistake):
    """The derivative of the activation in a wrong form, or taken at the wrong place."""

    code = "wrong_activation_derivative"
    title = "The derivative of the activation is wrong"
    credit = 0.5
    habit = True
    question = "What is the derivative of this activation, and is it written in its input or in its value?"
    step = "The derivative of the activation in {line} is wrong, or is taken at the wrong place."
    explanation = (
        "With a = σ(z) the derivative is a (1 − a), with a = tanh(z) it is 1 − a²: in the value a and not in z."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        if line.activation is not None and line.activation.acts_on_entries:
            yield from _of_function(line.activation)
        slopes = [slope for slope in line.slopes if slope.kind != "gate"]
        if not slopes:
            return
        if len(slopes) > 1:
            for slope in slopes:
                yield Change(line.without([slope]), "a factor of the derivative is left out")
        yield from _in_wrong_form(line)
        for symbol in variables(slopes):
            for other, evidence in _elsewhere(symbol, line):
                yield Change(substitute([line.right], {symbol: other})[0], evidence)


def _by_probability(found: Probabilities, line: Line) -> Expression | None:
    """The line as the gradient by the probabilities: −y/p for p − y of a softmax; None if no target is compared."""
    term = found.place
    while term.parent is not None and isinstance(term.parent.node.primitive, Multiply):
        term = term.parent
    whole, p = term.parent, found.place.node
    if whole is None or not isinstance(whole.node.primitive, Add) or whole.node.shape != p.shape:
        return None
    rest = sum((arg for i, arg in enumerate(whole.node.args) if i != term.path[-1]), start=constant(0))
    if not _holds_targets(rest, line.context):
        return None
    return line.with_data(whole.replaced(whole.node / (p * (1 - p)) if found.axis is None else rest / p))


def _holds_targets(term: Expression, context: DerivationContext) -> bool:
    """Whether a term is made of the targets, or of these with weights."""
    forward = context.network.system.lines
    used = variables([term])
    used += variables([forward[label_of(symbol)] for symbol in used if label_of(symbol) in forward])
    return not context.targets.keys().isdisjoint(used)


def _in_wrong_form(line: Line) -> Changes:
    """The derivative without a term, with another sign, or without a square."""
    for place, i, term in operands(line.right, Add):
        if line.in_slope(place):
            yield Change(place.without(i), "a term of the derivative is left out")
            yield Change(place.with_operand(i, -term), "a term of the derivative has the opposite sign")
    for place in places(line.right):
        if line.in_slope(place) and isinstance(place.node.primitive, Power):
            yield Change(place.replaced(place.node.args[0]), "a power in the derivative is left out")


def _of_function(activation: ActivationLine) -> Changes:
    """What else may stand for the derivative of a function: its value, the derivative of another one, or its square."""
    z, a, g = activation.input, activation.value, activation.upstream
    name = NAMES.get(type(activation.line.primitive), "this")
    yield Change(g * substitute([activation.slope], {z: a})[0], "the derivative is taken at the value")
    yield Change(g * a, "the value stands for the derivative")
    yield Change(g * activation.slope * z, "the derivative is multiplied with what it is taken at")
    yield Change(g / (1 + z**2), f"1 / (1 + z²) is the derivative of arctan and not of {name}")
    for node in topological([activation.slope]):
        if isinstance(node.primitive, FUNCTIONS) and node.shape:
            inner = substitute([activation.slope], {node: node.args[0]})[0]
            yield Change(g * inner, "a function in the derivative is left out")
    yield Change(g * activation.slope**2, "the derivative is multiplied in twice")
    yield Change((1 - a**2) * g, f"1 − a² is the derivative of tanh and not of {name}")
    yield Change(a * (1 - a) * g, f"a (1 − a) is the derivative of a sigmoid and not of {name}")
    yield Change((z > 0) * g, f"the gate is the derivative of a ReLU and not of {name}")
    yield Change(sigmoid(z) * (1 - sigmoid(z)) * g, f"σ (1 − σ) is the derivative of a sigmoid and not of {name}")
    yield Change((1 - tanh(z) ** 2) * g, f"1 − tanh² is the derivative of tanh and not of {name}")


def _elsewhere(symbol: Expression, line: Line) -> Iterator[tuple[Expression, str]]:
    """What the derivative may be taken at by mistake, in the place of a symbol."""
    for name, other in line.context.alike(symbol, line):
        yield other, f"the derivative is taken with {name} in the place of {label_of(symbol)}"
    part = "the derivative is taken at a part of the pre-activation only"
    for z in definitions_in_part(symbol, line.context):
        yield z, part
    value = line.context.network.system.lines.get(label_of(symbol))
    if value is not None:
        for inner in variables([value]):
            for z in definitions_in_part(inner, line.context):
                yield substitute([value], {inner: z})[0], part
