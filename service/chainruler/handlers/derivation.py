"""The derivation of a problem: every line from the data to the objective and back, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainruler.engine import Expression, System, jacobian, label_of, substitute, topological, variables
from chainruler.networks import Budget, Network, network_of, problem_of, shapes_of
from chainruler.notation import latex_symbol, mathml_symbol, to_latex, to_mathml, to_numpy
from chainruler.schemas.requests import DerivationRequest

Answer = dict[str, Any]


def derivation(request: DerivationRequest, _budget: Budget) -> Answer:
    """The objective, and the steps: first the definitions, then the gradients in the order of the chain rule."""
    problem = problem_of({"model": request.model, "loss": request.loss, "regularization": request.regularization})
    shapes = shapes_of(problem, request.parameters, request.data)
    network = network_of(problem, shapes, "sample" if problem.model.derivation == "sample" else "batch")
    system = network.backward()
    objective = network.objective or ""
    steps = [_definition(network, name) for name in network.system.lines]
    for name in system.lines:
        if name not in network.system.lines:
            steps += [*_jacobians(network, name), _gradient(network, system, name, objective)]
    return {"objective": steps[list(network.system.lines).index(objective)], "steps": steps}


def _step(symbol: str, names: Sequence[str], line: Expression, because: str) -> Answer:
    """One line of the derivation; `names` are its symbol in LaTeX, each followed by the same in MathML."""
    return {
        "symbol": symbol,
        "shape": list(line.shape),
        "numpy": to_numpy(line),
        "latex": " = ".join([*names[::2], to_latex(line)]),
        "mathml": _equation([*names[1::2], to_mathml(line)]),
        "because": because,
    }


def _equation(sides: Sequence[str]) -> str:
    """One MathML element for an equation of several."""
    inner = [side.partition(">")[2].rpartition("</math>")[0] for side in sides]
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{"<mo>=</mo>".join(inner)}</math>'


def _named(label: str, loss: str | None = None) -> tuple[str, str]:
    return latex_symbol(label, loss), mathml_symbol(label, loss)


def _definition(network: Network, name: str) -> Answer:
    line = network.system.lines[name]
    met = [node.primitive for node in reversed(topological([line])) if node.args]
    telling = [primitive.noun for primitive in met if not primitive.plain] or [line.primitive.noun]
    return _step(name, _named(name), line, f"By definition, with {' and '.join(dict.fromkeys(telling))}.")


def _gradient(network: Network, system: System, name: str, objective: str) -> Answer:
    line = system.lines[name]
    return _step(name, [*_named(name), *_named(name, objective)], line, _because(network, name[1:], line))


def _because(network: Network, of: str, line: Expression) -> str:
    """The rules by which a gradient comes from those of the lines that use its symbol."""
    used = set(map(label_of, variables([line])))
    reasons = []
    for consumer, written in _behind_the_objective(network):
        if of in map(label_of, variables([written])):
            reasons.append(f"Chain rule through {consumer}: {'; '.join(_rules(written, of))}.")
            if consumer != network.objective and f"d{consumer}" not in used:
                reasons.append(f"With d{consumer} written out, the line gets shorter.")
    return " ".join(reasons) or "The objective does not depend on it."


def _behind_the_objective(network: Network) -> list[tuple[str, Expression]]:
    """The lines that the objective is made of, and itself."""
    wanted, kept = {network.objective}, []
    for name, line in reversed(list(network.system)):
        if name in wanted:
            kept.append((name, line))
            wanted |= set(map(label_of, variables([line])))
    return kept[::-1]


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


def _jacobians(network: Network, gradient: str) -> Iterator[Answer]:
    """Before the gradient by what a softmax of one vector is of: the Jacobian, which textbooks show."""
    for name, line in network.system:
        inner = line.args[0] if line.primitive.name == "softmax" else line
        if inner.ndim == 1 and inner is not line and inner in variables([line]) and f"d{label_of(inner)}" == gradient:
            (matrix,) = substitute([jacobian(line, inner)], {line: network.system.symbol(name)})
            by = label_of(inner)
            because = f"The Jacobian of a softmax: {line.primitive.rule}."
            yield _step(f"d{name}/d{by}", _named(f"d{by}", name), matrix, because)
