"""What the lines of a problem are for: scores, hidden values, probabilities, targets. Courses name them by that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from chainruler.engine import (
    Expression,
    constant,
    label_of,
    relu,
    reshape,
    sigmoid,
    softmax,
    sqrt,
    step,
    tanh,
    topological,
    variables,
)
from chainruler.engine.primitives.elementwise import Sigmoid
from chainruler.grading.context import DerivationContext
from chainruler.networks import Layer
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.networks.layers.activation import Activation
from chainruler.networks.layers.identity import Identity
from chainruler.notation import Function, Symbols, to_numpy
from chainruler.notation.calls import function_names
from chainruler.notation.derivative import derivative
from chainruler.notation.names import taken_apart
from chainruler.notation.vocabulary import SLOPE, SLOPES, Offered, Quantity, offered

NORMALISED = {"mean": "mu", "variance": "V", "normalised": "H", "scale": "gamma", "shift": "beta"}
"""What the lines and parameters of a layer that normalises begin with, before its number."""
_LEARNT = (("weights", "weight", (2, 3, 4)), ("bias", "bias", (1,)), ("learnt slope", "slope", (1,)))
"""The role of a parameter in a course and in a network, and how many axes it has."""
_AT_OUTPUT: Mapping[str, tuple[Function, ...]] = {
    "sigmoid": (lambda a: a * (1 - a),),
    "tanh": (lambda a: 1 - a**2,),
}
"""Derivatives that some take at what the activation gives, and not at what it takes."""


def offered_by(context: DerivationContext, *, from_input: bool = False) -> Offered:
    """The names of courses, and what of a problem they may mean; where the input is layer 1, all values are one on."""
    values = quantities_of(context)
    if from_input:
        values = [replace(one, numbers=tuple(n + 1 for n in one.numbers)) for one in values]
    return offered([*values, *_functions(context)])


def quantities_of(context: DerivationContext) -> list[Quantity]:
    """What a problem has that has a role, with the number of its layer."""
    return [*_layers(context), *_outputs(context), *_data(context), *_normalised(context)]


def numbered_by(context: DerivationContext) -> set[str]:
    """The names of the values that are numbered by layer."""
    layers = _linear_lines(context)
    names = [*layers, *_activations(context, layers)]
    own = {name for name in names if (parts := taken_apart(name)) is not None and parts.subscript.isdecimal()}
    return own | {f"{GRADIENT}{name}" for name in own}


def _layers(context: DerivationContext) -> Iterator[Quantity]:
    """The scores and hidden values of each layer, and the gradients by them."""
    system, layers = context.network.system.lines, _linear_lines(context)
    hidden = {name: number for name, number in _activations(context, layers).items() if name != context.network.outputs}
    for name, number in {**layers, **hidden}.items():
        role = "scores" if name in layers else "hidden"
        numbers = _numbers(name, number)
        alone = len(layers if name in layers else hidden) == 1
        last = name in layers and number == len(layers)
        only = name in layers and len(layers) == 2 and not last
        yield Quantity(role, name, context.symbols[name], numbers, alone, last, only)
        if role == "hidden" and alone:
            yield from _width("units", context.symbols[name])
        symbol = context.symbols.get(f"{GRADIENT}{name}")
        if symbol is None or name not in system:
            continue
        yield Quantity(role, f"{GRADIENT}{name}", symbol, numbers, alone, last, only, gradient=True)
        if role == "scores":
            yield Quantity("delta", f"{GRADIENT}{name}", symbol, numbers, alone=True, last=last, only_hidden=only)


def _linear_lines(context: DerivationContext) -> dict[str, int]:
    """The lines with a matrix of parameters in them, and their number."""
    weights = {p.variable for p in context.network.parameters.values() if p.variable.ndim > 1}
    numbers = count(1)
    scores = [n for n, line in context.network.system if weights & set(variables([line])) and context.symbols[n].shape]
    return {name: next(numbers) for name in scores}


def _activations(context: DerivationContext, layers: dict[str, int]) -> dict[str, int]:
    """The lines that are a function of a layer's scores alone, with the layer's number."""
    symbols = {context.symbols[name]: number for name, number in layers.items()}
    found = {}
    for name, line in context.network.system:
        used = variables([line])
        if line.args and len(used) == 1 and used[0] in symbols and line.shape == used[0].shape:
            found[name] = symbols[used[0]]
    return found


def _numbers(name: str, number: int) -> tuple[int, ...]:
    """The number that the problem gives to a line; else the number of its layer."""
    parts = taken_apart(name)
    return (int(parts.subscript),) if parts is not None and parts.subscript.isdecimal() else (number,)


def _outputs(context: DerivationContext) -> Iterator[Quantity]:
    """What the network says: probabilities of the last scores, or its outputs as they are."""
    outputs = context.symbols.get(context.network.outputs)
    if outputs is None or outputs.kind != "real":
        return
    loss = context.network.problem.loss
    contains = None if loss is None else loss.contains
    axis = -2 if context.network.problem.model.samples == "columns" and outputs.ndim > 1 else -1
    value = softmax(outputs, axis) if contains == "softmax" else sigmoid(outputs) if contains == "sigmoid" else outputs
    number = max(_linear_lines(context).values(), default=1)
    own = _numbers(context.network.outputs, number)
    yield Quantity("probabilities", to_numpy(value), value, own)
    width = context.outputs
    yield Quantity("outputs", str(width), constant(width))
    symbol = context.symbols.get(f"{GRADIENT}{context.network.outputs}")
    if symbol is not None and value is outputs:
        yield Quantity("probabilities", f"{GRADIENT}{context.network.outputs}", symbol, own, gradient=True)


def _data(context: DerivationContext) -> Iterator[Quantity]:
    """Inputs, targets, sizes, penalty factors and parameters, and the gradients by these."""
    network = context.network
    yield Quantity("inputs", label_of(network.x), network.x, (0,))
    yield from _gradient("inputs", label_of(network.x), context)
    yield from _width("features", network.x)
    rows = [symbol for symbol in context.targets if symbol.kind != "index" and symbol.shape]
    rows = rows or list(context.rows.values())
    if len(rows) == 1:
        yield Quantity("targets", to_numpy(rows[0]), rows[0])
    classes = [symbol for symbol in context.rows if symbol.kind == "index"]
    if len(classes) == 1:
        yield Quantity("classes", label_of(classes[0]), classes[0])
    if network.view == "batch":
        yield Quantity("samples", BATCH, context.batch)
    if len(context.penalty_factors) == 1:
        (factor,) = context.penalty_factors
        yield Quantity("penalty", label_of(factor), factor)
    for role, kind, ndims in _LEARNT:
        alike = [p.variable for p in network.parameters.values() if p.role == kind and p.variable.ndim in ndims]
        alike = [one for one in alike if label_of(one).rstrip("0123456789") not in NORMALISED.values()]
        for number, one in enumerate(alike, 1):
            called = (f"syn{number - 1}",) if role == "weights" else ()
            numbers = _numbers(label_of(one), number)
            yield Quantity(role, label_of(one), one, numbers, alone=len(alike) == 1, called=called)
            if one.ndim == 2 and 1 in one.shape:
                yield Quantity(role, f"{label_of(one)}.T", one.T, numbers, alone=len(alike) == 1)
            yield from _gradient(role, label_of(one), context, numbers, alone=len(alike) == 1)


def _normalised(context: DerivationContext) -> Iterator[Quantity]:
    """What layers that normalise compute on the way, and the number that keeps them from dividing by 0."""
    epsilons = {layer.eps for layer in _every(context.network.problem.model.layers) if hasattr(layer, "eps")}
    if len(epsilons) == 1:
        (epsilon,) = epsilons
        yield Quantity("epsilon", f"{epsilon:g}", constant(epsilon))
    own = {name.removeprefix("gamma") for name in context.symbols if name.startswith("gamma")}
    for role, stem in {**NORMALISED, "normalised output": "Z"}.items() if epsilons else ():
        alike = [n for n in context.symbols if re.fullmatch(rf"{stem}\d+", n) and n.removeprefix(stem) in own]
        for name in alike:
            symbol, numbers, alone = context.symbols[name], _numbers(name, 1), len(alike) == 1
            yield Quantity(role, name, symbol, numbers, alone)
            yield from _gradient(role, name, context, numbers, alone=alone)
            if role == "variance":
                yield Quantity("deviation", f"sqrt({name})", sqrt(symbol), numbers, alone)


def _every(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers, and those inside of them."""
    for layer in layers:
        yield layer
        yield from _every(getattr(layer, "layers", ()))


def _width(role: str, array: Expression) -> Iterator[Quantity]:
    """How many entries a sample has in an array of them, where they stand along one axis."""
    sizes = [dim for dim in array.shape if isinstance(dim, int) and dim > 1]
    if len(sizes) == 1:
        yield Quantity(role, str(sizes[0]), constant(sizes[0]))


def _gradient(
    role: str, name: str, context: DerivationContext, numbers: tuple[int, ...] = (), *, alone: bool = True
) -> Iterator[Quantity]:
    symbol = context.symbols.get(f"{GRADIENT}{name}")
    if symbol is not None:
        yield Quantity(role, f"{GRADIENT}{name}", symbol, numbers, alone, gradient=True)


def turned(offered: Offered) -> Offered:
    """The names of courses where samples stand in columns and not in rows."""
    anew = {one: _turned_quantity(one) for one in {one for several in offered.values() for one in several}}
    return Offered({name: tuple(anew[one] for one in several) for name, several in offered.items()})


def turned_symbols(symbols: Symbols) -> tuple[Symbols, Mapping[str, tuple[Quantity, ...]]]:
    """The names that are declared, of which those that are turned say that they are."""
    moved = {name: one for name, one in symbols.items() if isinstance(one, Expression) and _turned(one) is not one}
    rest = {name: one for name, one in symbols.items() if name not in moved}
    return rest, {name: (Quantity("", to_numpy(_turned(one)), _turned(one)),) for name, one in moved.items()}


def _turned_quantity(quantity: Quantity) -> Quantity:
    if not isinstance(quantity.meaning, Expression):
        return quantity
    meaning = _turned(quantity.meaning)
    return quantity if meaning is quantity.meaning else replace(quantity, shown=to_numpy(meaning), meaning=meaning)


def _turned(meaning: Expression) -> Expression:
    """A matrix of samples the other way; a bias is a column then."""
    if meaning.ndim == 2 and BATCH in meaning.shape:
        return meaning.T
    return reshape(meaning, (*meaning.shape, 1)) if meaning.ndim == 1 and BATCH not in meaning.shape else meaning


def _functions(context: DerivationContext) -> Iterator[Quantity]:
    """The activation that all hidden layers share, and the derivatives of activations by the names of code."""
    own = _own_activations(context)
    if len(own) == 1:
        (shared,) = own
        keeps = _keeps_sigmoid(context)
        yield Quantity("activation", shared.type, shared.of, called=() if keeps else ("sigma",))
        if not keeps and any(isinstance(node.primitive, Sigmoid) for node in topological(context.lines.values())):
            yield Quantity("sigmoid", "the sigmoid", sigmoid, called=("sigma",))
    yield from _called_by_name(own)
    yield Quantity("step", "the step function", step, called=("H", "u", "Theta", "theta", "unit_step", "heaviside"))
    for name, function in {"relu": relu, "ReLU": relu, "sigmoid": sigmoid, "tanh": tanh}.items():
        spelled = tuple(spelling.format(f=name) for spelling in SLOPES)
        yield Quantity("slope", f"{SLOPE} {name}", derivative(function), called=spelled)
        for given in _AT_OUTPUT.get(name, ()):
            yield Quantity("slope", f"{SLOPE} {name} at what it gives", given, called=spelled)


def _called_by_name(own: set[Activation]) -> Iterator[Quantity]:
    """The activations by the names of layers, with their usual settings; none that the network sets otherwise."""
    for kind in Layer.registry.values():
        if issubclass(kind, Activation) and kind.type not in function_names():
            usual = kind()
            if all(part == usual for part in own if isinstance(part, kind)):
                yield Quantity("function", kind.type, usual.of, called=(kind.type, kind.__name__, *kind.also_called))


def _own_activations(context: DerivationContext) -> set[Activation]:
    """The activations of the network, each kind and setting once."""
    parts = [part for layer in _every(context.network.problem.model.layers) for part in layer.unfolded()]
    return {replace(part, name=None) for part in parts if isinstance(part, Activation)} - {Identity()}


def _keeps_sigmoid(context: DerivationContext) -> bool:
    """Whether the forward pass has a sigmoid, so that no other function is called σ."""
    loss = context.network.problem.loss
    forward = topological(line for _, line in context.network.system)
    return (loss is not None and loss.contains == "sigmoid") or any(isinstance(n.primitive, Sigmoid) for n in forward)
