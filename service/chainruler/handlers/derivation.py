"""The derivation of a problem: every line from the data to the objective and back, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chainruler.engine import Expression, jacobian, label_of, substitute, topological, variable, variables
from chainruler.grading.styles import naming_in
from chainruler.handlers.context import Context
from chainruler.networks import Budget, Network, TooLarge, network_of, problem_of, shapes_of
from chainruler.notation import to_numpy
from chainruler.notation.courses import OWN
from chainruler.notation.hands import Equation, Pen, latex_equation, mathml_of
from chainruler.schemas.requests import DerivationRequest

Answer = dict[str, Any]


def derivation(request: DerivationRequest, context: Context) -> Answer:
    """The objective, and the steps: first the definitions, then the gradients in the order of the chain rule."""
    problem = problem_of(request.described())
    shapes = shapes_of(problem, request.parameters, request.data)
    network = network_of(problem, shapes, "sample" if problem.model.derivation == "sample" else "batch")
    _check_affordable(network, context.budget)
    naming = OWN if request.style is None else naming_in(request.style, network)
    plain = request.hand is None and request.style is None
    pen = None if plain else Pen(request.hand or "matrix", _labels(network), naming)
    names = {name: label for label, name in naming.labels.items() if name != label}
    return {
        **({} if request.style is None else {"names": names}),
        "objective": _told(*_definition(network, network.objective or ""), pen),
        "steps": [_told(equation, because, pen) for equation, because in _steps(network, context)],
    }


def _labels(network: Network) -> frozenset[str]:
    """Everything that has a name."""
    parameters = [parameter.variable for parameter in network.parameters.values()]
    inputs = [wanted.variable for wanted in network.inputs.values()]
    return frozenset([*network.system.lines, *map(label_of, (*parameters, *inputs))])


def _check_affordable(network: Network, budget: Budget) -> None:
    """Refuses what would be printed for seconds: each term is printed three times, wherever it stands."""
    terms = sum(_terms(line) for lines in (network.system, network.backward()) for _, line in lines)
    if terms > budget.terms:
        message = f"This derivation has {terms:,} terms; this service prints at most {budget.terms:,}."
        raise TooLarge("too_long_derivation", "/model", message, "Ask for the derivation of fewer layers.")


def _terms(line: Expression) -> int:
    """How many terms a line has when it is written out, where what is shared stands each time it is used."""
    size: dict[Expression, int] = {}
    for node in topological([line]):
        size[node] = 1 + sum(size[arg] for arg in node.args)
    return size[line]


Step = tuple[Equation, str]
"""A line, and why it is so."""


def _steps(network: Network, context: Context) -> Iterator[Step]:
    """The definitions, then the gradients, each behind the Jacobians that it is made with."""
    for name in network.system.lines:
        yield _definition(network, name)
    consumers = _consumers(network)
    for name, line in network.backward():
        if name not in network.system.lines:
            context.check_wanted()
            yield from _jacobians(consumers.get(name[1:], {}), name[1:])
            because = _because(consumers, network.objective, name[1:], line)
            yield Equation(name, line, network.objective), because


def _told(equation: Equation, because: str, pen: Pen | None) -> Answer:
    """One line of the answer."""
    line = equation.line
    told = {
        "symbol": equation.label,
        "shape": list(line.shape),
        "numpy": to_numpy(line),
        "latex": latex_equation(equation),
        "mathml": mathml_of(equation),
        "because": because,
    }
    return told if pen is None else {**told, "written": pen.write(equation)}


def _definition(network: Network, name: str) -> Step:
    line = network.system.lines[name]
    met = [node.primitive for node in reversed(topological([line])) if node.args and variables(node.args)]
    nouns = dict.fromkeys(primitive.noun for primitive in [p for p in met if not p.plain] or met)
    because = f"By definition, with {' and '.join(nouns)}." if nouns else "By definition: another name for it."
    return Equation(name, line), because


Lines = dict[str, Expression]


def _consumers(network: Network) -> dict[str, Lines]:
    """For each name that the objective is made of, the lines that use it."""
    wanted, found = {network.objective}, dict[str, Lines]()
    for name, line in reversed(list(network.system)):
        if name in wanted:
            for used in map(label_of, variables([line])):
                wanted.add(used)
                found[used] = {name: line, **found.get(used, {})}
    return found


def _because(consumers: Mapping[str, Lines], objective: str | None, of: str, gradient: Expression) -> str:
    """The rules by which a gradient comes from those of the lines that use its symbol."""
    used = set(map(label_of, variables([gradient])))
    reasons = []
    for consumer, line in consumers.get(of, {}).items():
        reasons.append(f"Chain rule through {consumer}: {'; '.join(_rules(line, of))}.")
        if consumer != objective and f"d{consumer}" not in used:
            reasons.append(f"With d{consumer} written out, the line gets shorter.")
    return " ".join(reasons) or "The objective does not depend on it."


def _rules(line: Expression, of: str) -> list[str]:
    """The rules of the primitives between a line and a symbol that it uses, without those that go without saying."""
    leading: set[Expression] = set()
    order = topological([line])
    for node in order:
        if (node.primitive.name == "variable" and label_of(node) == of) or not leading.isdisjoint(node.args):
            leading.add(node)
    met = [node.primitive for node in reversed(order) if node in leading and node.primitive.rule]
    telling = [primitive for primitive in met if not primitive.plain] or met or [line.primitive]
    return list(dict.fromkeys(p.rule or "it is passed on unchanged" for p in telling))


def _jacobians(consumers: Lines, of: str) -> Iterator[Step]:
    """Before the gradient by what a softmax of one vector is of: the Jacobian, which textbooks show."""
    for name, line in consumers.items():
        inner = line.args[0] if line.primitive.name == "softmax" else line
        if inner is not line and inner is variable(of, inner.shape) and inner.ndim == 1:
            (matrix,) = substitute([jacobian(line, inner)], {line: variable(name, line.shape)})
            because = f"The Jacobian of a softmax: {line.primitive.rule}."
            yield Equation(f"d{name}/d{of}", matrix), because
