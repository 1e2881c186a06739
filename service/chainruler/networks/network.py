"""From a problem and the shapes of what was sent to a system of named lines, differentiated and compiled once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any, Literal, TypeVar

from chainruler.engine import (
    DType,
    Expression,
    Program,
    System,
    backpropagate,
    compiled,
    label_of,
    topological,
    variable,
    variables,
)
from chainruler.memory import LEDGER, Cache
from chainruler.networks.blueprint import BATCH, Blueprint, Input, Parameter
from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.losses import Loss
from chainruler.networks.losses.site import LossSite
from chainruler.networks.problem import HashedStructure, Problem
from chainruler.networks.shapes import Shapes
from chainruler.networks.site import build_layers, site_of

View = Literal["batch", "sample"]
T = TypeVar("T")

NODE = 300
"""The bytes of a node with its share of the lines; measured for 3 to 240 layers."""
MOST_PROGRAMS = 16
"""The number of programs that a network holds itself; the others are looked up in the shared cache."""


class Network:
    """A system of named lines: `Z1, A1, …` for the layers, `J` for the objective, `L` and `R` for its two parts.

    Lines, parameters and inputs are called as the problem has it; `d` in front of a name is the gradient of J by it.
    """

    def __init__(self, problem: Problem, shapes: Shapes, view: View = "batch") -> None:
        self.problem, self.shapes, self.view = problem, shapes, view
        shapes = _of_one_sample(problem, shapes) if view == "sample" else shapes
        plan = Blueprint(
            problem.model.layout,
            "one" if view == "sample" else problem.model.samples,
            problem.model.symbols,
            problem.mode,
            None if shapes.parameters is None else dict(shapes.parameters),
        )
        self.x = _input(plan, problem, shapes)
        self.outputs = label_of(build_layers(plan, problem.model.layers, self.x, ("model", "layers")))
        self.loss: str | None = None
        """The line that the answer calls the loss: one number, or with `reduction: none` one a sample."""
        self.data_loss: str | None = None
        self.penalty: str | None = None
        self.objective: str | None = None
        """The line that is differentiated."""
        if problem.loss is not None:
            self._add_objective(plan, problem, problem.loss, shapes)
        _check_all_used(plan)
        plan.check_derivative_names()
        self.system = System(plan.lines)
        self.parameters: dict[str, Parameter] = plan.parameters
        self.inputs: dict[str, Input] = plan.inputs
        self.draws = any(wanted.drawn for wanted in plan.inputs.values())
        """Whether it has inputs that are drawn at random when they are not given."""
        self.updates: dict[str, str] = plan.updates
        self.refusal_of_one = plan.refusal_of_one
        self._backward: dict[tuple[str, ...], System] = {}
        self._nodes = len(topological(line for _, line in self.system))
        self._programs: dict[tuple[tuple[str, ...], DType], Program] = {}
        self._derived: dict[Hashable, Any] = {}

    def _add_objective(self, plan: Blueprint, problem: Problem, loss: Loss, shapes: Shapes) -> None:
        out = variable(self.outputs, plan.lines[self.outputs].shape if self.outputs in plan.lines else self.x.shape)
        _check_not_normalised_twice(loss, plan, self.outputs)
        _check_logarithms(loss, problem)
        site = LossSite(plan, shapes.y, shapes.weighted)
        terms = loss.terms(out, site)
        total = loss.total(terms, site)
        penalty = None
        if problem.regularization is not None:
            penalty = problem.regularization.penalty(plan.parameters.values(), plan)
        apart = loss.reduction == "none"
        if apart or penalty is not None:
            self.data_loss = label_of(plan.line("L", loss.per_sample(terms, site) if apart else total))
        if penalty is not None:
            self.penalty = label_of(plan.line("R", penalty))
        # written out and not L + R: a derivation starts from what is minimised
        self.objective = label_of(plan.line("J", total if penalty is None else total + penalty))
        self.data_loss = self.data_loss or self.objective
        self.loss = self.data_loss if apart else self.objective

    @property
    def couples_samples(self) -> bool:
        """Whether the loss of one sample depends on the others in the batch."""
        return self.problem.mode == "train" and any(layer.couples_samples for layer in self.problem.model.layers)

    def placed(self, arrays: Mapping[str, T]) -> dict[str, dict[str, T]]:
        """Inputs by the member of a request that each is sent in: data and statistics."""
        return {
            sent: {key: array for key, array in arrays.items() if self.inputs[key].sent == sent}
            for sent in ("data", "statistics")
        }

    @property
    def still(self) -> list[Expression]:
        """The inputs that no gradient is taken by, such as targets."""
        return [wanted.variable for wanted in self.inputs.values() if wanted.variable is not self.x]

    @property
    def parameter_count(self) -> int:
        """How many numbers are learnt."""
        return sum(prod(parameter.shape) for parameter in self.parameters.values())

    def backward(self, *, inputs: bool = False) -> System:
        """The system with a line `d<name>` for every line and parameter, and for x if `inputs`."""
        if self.objective is None:
            raise SpecError("missing_field", "/loss", 'There is nothing to differentiate: the problem has no "loss".')
        wrt = [parameter.variable for parameter in self.parameters.values()]
        wrt += [self.x] if inputs and self.x.kind == "real" else []
        key = tuple(map(label_of, wrt))
        if key not in self._backward:
            system = self._backward[key] = backpropagate(self.system, self.objective, wrt)
            self._nodes += len(topological(line for _, line in system))
        return self._backward[key]

    @property
    def without_penalty(self) -> Network:
        """The network of the data loss alone."""
        if self.problem.regularization is None:
            return self
        return network_of(replace(self.problem, regularization=None), self.shapes, self.view)

    @property
    def gradients(self) -> dict[str, str]:
        """The line of the gradient of each parameter."""
        return {name: f"d{name}" for name in self.parameters}

    def program(self, lines: Sequence[str], dtype: DType = "float64") -> Program:
        """The program that computes the named lines, forward or `d…`; compiled at first use."""
        key = (tuple(lines), dtype)
        program = self._programs.get(key)
        if program is None:
            system = self.system
            if any(line not in system.lines for line in lines):
                system = self.backward(inputs=f"d{label_of(self.x)}" in lines)
            self._check_lines(lines, system)
            if len(self._programs) >= MOST_PROGRAMS:
                self._programs.clear()
            program = self._programs[key] = program_of(system, map(system.symbol, lines), dtype)
        return program

    def once(self, key: Hashable, derive: Callable[[], T]) -> T:
        """What somebody derives from the network alone, at first use."""
        if key not in self._derived:
            self._derived[key] = derive()
        found: T = self._derived[key]
        return found

    @property
    def weight(self) -> int:
        """About how many bytes it keeps alive, with its gradients and programs; measured for 3 to 240 layers."""
        return self._nodes * NODE + sum([program.weight for program in list(self._programs.values())])

    def _check_lines(self, lines: Sequence[str], system: System) -> None:
        for line in lines:
            if line not in system.lines:
                raise SpecError(
                    "unknown_name", "", f'There is no line "{line[:40]}".', did_you_mean(line, system.lines)
                )


def program_of(system: System, expressions: Iterable[Expression], dtype: DType = "float64") -> Program:
    """The program of expressions in a system's symbols, over those of its lines that they need."""
    expressions = tuple(expressions)
    wanted = set(variables(expressions))
    kept: list[tuple[Expression, Expression]] = []
    for symbol, line in reversed(system.definitions()):
        if symbol in wanted:
            wanted.update(variables([line]))
            kept.insert(0, (symbol, line))
    defined = {symbol for symbol, _ in kept}
    inputs = [v for v in variables((*(line for _, line in kept), *expressions)) if v not in defined]
    if not any(BATCH in node.shape for node in inputs):  # something must say how large a batch is
        free = variables(line for _, line in system)
        inputs += [v for v in free if BATCH in v.shape and label_of(v) not in system.lines][:1]
    return compiled(expressions, inputs, dtype, tuple(kept))


_NETWORKS: Cache[tuple[HashedStructure, Shapes, View], Network] = LEDGER.cache(
    "networks", lambda _, network: network.weight, grows=True
)


def networks_built() -> tuple[int, int]:
    """How often a network was found that was built before, and how often one was built, in this process."""
    return _NETWORKS.hits, _NETWORKS.misses


def network_of(problem: Problem, shapes: Shapes | None = None, view: View = "batch") -> Network:
    """The network of a problem for arrays of these shapes; built once, and the same for every batch size.

    `view="sample"` is the same problem for one sample in column vectors, for presenting it.
    """
    shapes = shapes or Shapes()
    return _NETWORKS.find((problem.key, shapes, view), lambda: Network(problem.key.problem, shapes, view))


def _of_one_sample(problem: Problem, shapes: Shapes) -> Shapes:
    """The shapes without the batch; a bias beside samples in columns is a column, and beside one sample a vector."""
    if problem.model.samples == "columns" and shapes.parameters is not None:
        parts = network_of(problem, shapes).parameters
        flat = ((name, shape[:1] if parts[name].role == "bias" else shape) for name, shape in shapes.parameters)
        shapes = shapes._replace(parameters=tuple(flat))
    return shapes.without_batch()


def _input(plan: Blueprint, problem: Problem, shapes: Shapes) -> Expression:
    """The symbol of the data, whose shape is taken from it, from the model, or from the first weights."""
    layers = problem.model.layers
    kind = layers[0].takes if layers else "real"
    shape = shapes.x
    if shape is None:
        inner = problem.model.sample_shape or _wanted(plan, problem)
        if inner is None:
            hint = 'Send data.x, or give the model an "input": the shape of one sample.'
            raise SpecError("missing_field", "/model/input", "How large a sample is is not said.", hint)
        shape = plan.batch(*inner)
    return plan.input("X", shape, kind, key="x", meaning="the samples")


def _wanted(plan: Blueprint, problem: Problem) -> tuple[int, ...] | None:
    """The shape of a sample as the first layer with parameters has it."""
    for place, written in enumerate(problem.model.layers):
        layer = written.unfolded()[0]
        if layer.takes == "index":
            return ()
        if layer.letters:
            site = site_of(
                Blueprint(plan.layout, plan.samples, plan.symbols, plan.mode, plan.given),
                layer,
                ("model", "layers", place),
                "",
            )
            return layer.wanted_input(site)
    return None


def _check_logarithms(loss: Loss, problem: Problem) -> None:
    last = problem.model.layers[-1].unfolded()[-1].type if problem.model.layers else ""
    if last == "log_softmax" and loss.follows == "softmax":
        message = f'{loss.type} takes probabilities, but the last layer is "log_softmax", which gives their logarithms.'
        hint = 'Give the loss "outputs": "log_probabilities", or let the last layer be "softmax".'
        raise SpecError("already_normalised", "/loss", message, hint)


def _check_not_normalised_twice(loss: Loss, plan: Blueprint, outputs: str) -> None:
    line = plan.lines.get(outputs)
    if line is None or loss.contains is None or line.primitive.name != loss.contains:
        return
    message = f'{loss.type} takes logits, but the last layer is "{loss.contains}".'
    instead = ', or use "loss": {"type": "nll"}' if loss.contains == "softmax" else ""
    hint = f"Remove it: {loss.type} contains the {loss.contains}{instead}."
    raise SpecError("already_normalised", "/loss", message, hint)


def _check_all_used(plan: Blueprint) -> None:
    for name in plan.given or ():
        if name not in plan.parameters:
            known = ", ".join(plan.parameters) or "none"
            message = f"parameters.{name[:40]} is not a parameter of this model, which has {known}."
            raise SpecError(
                "unknown_parameter", pointer("parameters", name), message, did_you_mean(name, plan.parameters)
            )
