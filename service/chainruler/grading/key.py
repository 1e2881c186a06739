"""The key to a problem: its right lines, the ways to break them, and the points at which they are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Evaluation, Expression, topological
from chainruler.grading.comparing import FLOAT64, SURE
from chainruler.grading.context import DerivationContext
from chainruler.grading.instead import Others, others_of
from chainruler.grading.lines import Line
from chainruler.grading.points import USUAL, ProbePoints, another_batch, point_of
from chainruler.grading.roles import numbered_by, offered_by, turned
from chainruler.grading.rounding import Rounding
from chainruler.grading.scales import ScaleFactors
from chainruler.grading.variants import Variant, variants_of
from chainruler.memory import LEDGER, Cache
from chainruler.networks import Cost, Network, Problem, Shapes, SpecError, cost_of, network_of
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.networks.losses import Loss
from chainruler.notation.vocabulary import Offered

if TYPE_CHECKING:
    from chainruler.grading.states import SearchState

Array = NDArray[Any]
Numbers = Mapping[str, Array]

KEPT = 3
"""How many points keep the values of their lines: the posed one, and two that are drawn."""
FAINT = 1e-6
"""What is smaller than this part of the terms that it is summed from is nothing but rounding."""


LINE, VARIANT = 1_500, 850
"""The bytes of a line with its parts and factors, and of a way to break it; measured for 5 to 120 layers."""
OVERHEAD, PASSES = 1e5, 100
"""Evaluating a line takes as long as so much arithmetic, however small its arrays are, and so much for each entry."""


class Structure:
    """What a problem's lines are, whatever its arrays: worked out once for all problems of one network and loss.

    Nothing here depends on the problem that happens to be graded first.
    """

    def __init__(self, network: Network, loss: Loss | None) -> None:
        self.context = DerivationContext(network)
        problem = replace(network.problem, loss=loss)  # with its class weights: a mistake may show with some alone
        self._points = ProbePoints(problem, self.context, another_batch(network), free=True)
        self.probe_point = self._points.first
        """A random point, of a λ and a number of samples of its own, at which different functions differ."""
        self._lines: dict[tuple[str, Expression], Line] = {}
        self._variants: dict[Line, list[Variant]] = {}
        self._scales: dict[Line, ScaleFactors] = {}

    @cached_property
    def elsewhere(self) -> list[Evaluation]:
        """Several such points: a gate or a branch may be the same at one of them, whatever opens it."""
        return [
            self.probe_point,
            *(self._points.fresh(np.random.default_rng(seed), USUAL) for seed in (2, 3)),
        ]

    @cached_property
    def offered(self) -> Offered:
        """The names of courses, and what of the problem they may mean."""
        return offered_by(self.context)

    @cached_property
    def from_input(self) -> tuple[Offered, set[str]]:
        """The same where the input is layer 1, and the names of the problem that have other numbers then."""
        return offered_by(self.context, from_input=True), numbered_by(self.context)

    @cached_property
    def in_columns(self) -> tuple[Offered, Offered]:
        """Both where samples stand in columns, and not in rows."""
        return turned(self.offered), turned(self.from_input[0])

    @property
    def weight(self) -> int:
        """About how many bytes it keeps alive, with the ways to break its lines."""
        broken = sum([len(variants) for variants in list(self._variants.values())])
        points: list[Evaluation] = self.__dict__.get("elsewhere", [self.probe_point])
        evaluated = sum([point.weight for point in points])
        return self.context.network.weight + evaluated + LINE * len(self._lines) + VARIANT * broken

    def line(self, name: str) -> Line:
        """The right line of this name."""
        return self.written(name, self.context.lines[name])

    def broken(self, variant: Variant) -> Line:
        """The line that a mistake makes of a line."""
        return self.written(variant.line.name, variant.expression)

    def variants(self, line: Line) -> list[Variant]:
        """The ways to break a line."""
        if line not in self._variants:
            self._variants[line] = variants_of(line, self.probe_point, self._others)
        return self._variants[line]

    @cached_property
    def _others(self) -> Others:
        return others_of(self.context)

    def work(self, point: Evaluation) -> float:
        """About how much arithmetic the values of one line take, and what goes with it."""
        x = self.context.network.x
        batch = point(x).shape[x.shape.index(BATCH)] if BATCH in x.shape else 1
        return self._cost.flops(batch) / len(self.context.lines) + PASSES * self._cost.numbers(batch) + OVERHEAD

    @cached_property
    def _cost(self) -> Cost:
        return cost_of(self.context.lines.values())

    def scales(self, line: Line) -> ScaleFactors:
        """The parts of a line and the factors that they get by mistake."""
        if line not in self._scales:
            self._scales[line] = ScaleFactors(line)
        return self._scales[line]

    def written(self, name: str, right: Expression) -> Line:
        """The line of this name with a right side."""
        if (name, right) not in self._lines:
            self._lines[name, right] = Line(name, right, self.context)
        return self._lines[name, right]


class AnswerKey:
    """The answer key of a problem: its right lines, and their values at its numbers if it has any."""

    def __init__(self, problem: Problem, shapes: Shapes, batch: int, values: Numbers | None) -> None:
        self.problem, self.shapes, self.batch = problem, shapes, batch
        self.structure = structure_of(network_of(problem, shapes), problem.loss)
        self.written = self.structure
        """The lines as formulas are written in: of one sample, in column vectors, if the problem is presented so."""
        if problem.model.derivation == "sample":
            self.written = structure_of(network_of(problem, shapes, "sample"), problem.loss)
        self._values = values
        self.starts: dict[Evaluation, SearchState] = {}
        """The right derivation at the points where searches start; what one finds on the way is kept for the next."""

    @cached_property
    def at_problem_values(self) -> Evaluation | None:
        """The point that the problem poses; None if it has no numbers."""
        return None if self._values is None else point_of(self.structure.context, self._values)

    @cached_property
    def points(self) -> ProbePoints:
        """Random points with as many samples as the problem has, its own λ, and data of its kind."""
        return ProbePoints(self.problem, self.written.context, self.batch, self._values)

    @cached_property
    def home(self) -> Evaluation:
        """Where formulas are looked at to find what is wrong with them: the posed point, if it is of their view."""
        posed = self.at_problem_values if self.written is self.structure else None
        return self.points.first if posed is None else posed

    @cached_property
    def probe_point(self) -> Evaluation:
        """A point with another number of samples and another λ, and data of the problem's kind."""
        context = self.written.context
        other = another_batch(context.network, self.batch)
        return ProbePoints(self.problem, context, other, self._values, free=True).first

    def random_for(self, text: str) -> np.random.Generator:
        """What draws the points that decide over a formula: nobody knows them before it is written."""
        digest = sha256(text.encode("utf-8", "surrogatepass"), usedforsecurity=False)
        digest.update(self._digest)
        return np.random.default_rng(int.from_bytes(digest.digest(), "little"))

    @cached_property
    def _digest(self) -> bytes:
        """What the problem says, in one number."""
        digest = sha256(repr(self.problem).encode())
        for name, array in sorted((self._values or {}).items()):
            digest.update(f"{name} {np.shape(array)}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.digest()

    @property
    def numbers(self) -> int:
        """About how many numbers the values of all lines are, with those that they are computed by."""
        sizes = [node.shape for node in topological(self.structure.context.lines.values())]
        return sum(prod(self.batch if dim == BATCH else int(dim) for dim in shape) for shape in sizes)

    @property
    def weight(self) -> int:
        """About how many bytes it keeps alive: its structures, the points that were needed so far, and the search."""
        made = self.__dict__
        first = self.points.kept if "points" in made else None
        points = [made.get("at_problem_values"), made.get("probe_point"), first]
        starts = dict(self.starts)  # each with the values of its point
        kept = [*starts.values(), *(one for one in points if one is not None and one not in starts)]
        structures = {self.structure, self.written}
        return sum(one.weight for one in (*structures, *kept, *made.get("_roundings", {}).values()))

    def line_of(self, answer: str) -> str:
        """The line that an answer is about: the gradient by what it names, or the loss itself."""
        network = self.structure.context.network
        if answer == "loss" and network.loss is not None:
            return network.loss
        name = network.inputs["x"].variable.primitive.label if answer == "x" else answer  # type: ignore[attr-defined]
        for label in (f"{GRADIENT}{name}", name):
            if label in self.structure.context.lines and label not in network.system.lines:
                return label
        known = {"loss", "x", *(name.removeprefix(GRADIENT) for name in self.gradients)}
        message = f'There is no gradient by "{answer[:40]}" in this problem.'
        raise SpecError("unknown_name", pointer("answers", answer), message, did_you_mean(answer, known))

    def rounding(self, line: str, eps: float) -> Array:
        """The standard deviation that computing with a precision gives each entry of a line at the posed point."""
        if self.at_problem_values is None:
            raise ValueError("A problem without numbers has nothing to round.")
        if eps not in self._roundings:
            self._roundings[eps] = Rounding(self.at_problem_values, self.structure.context, eps)
        return self._roundings[eps].of(line)

    def is_zero(self, line: str) -> bool:
        """Whether a line is 0 at the posed point but for rounding, as the gradient by a bias before batch norm is."""
        if self.at_problem_values is None:
            return False
        if line not in self._zeros:
            value = self.at_problem_values(self.structure.context.symbols[line])
            self._zeros[line] = bool((np.abs(value) <= SURE * self.rounding(line, FLOAT64.eps)).all())
        return self._zeros[line]

    def faint(self, line: str) -> float:
        """What is next to nothing beside the terms that a line is summed from at the posed point."""
        return FAINT * float(self.rounding(line, FLOAT64.eps).max(initial=0.0)) / FLOAT64.eps

    def blur(self, line: str) -> float:
        """How far computing with float32 puts an entry of a line off at the posed point, where this service does it."""
        if self.at_problem_values is None or self._single is None:
            raise ValueError("A problem without numbers has nothing to round.")
        symbol = self.structure.context.symbols[line]
        return float(np.abs(self._single(symbol) - self.at_problem_values(symbol)).max(initial=0.0))

    @cached_property
    def _single(self) -> Evaluation | None:
        """The posed point in float32."""
        if self.at_problem_values is None:
            return None
        network, values = self.structure.context.network, self.at_problem_values
        given = [parameter.variable for parameter in network.parameters.values()]
        given += [sent.variable for sent in network.inputs.values()]
        reals = [variable for variable in given if variable.kind == "real"]
        return values.with_values({one: np.asarray(values(one), np.float32) for one in reals})

    @cached_property
    def _zeros(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _roundings(self) -> dict[float, Rounding]:
        return {}

    @property
    def gradients(self) -> list[str]:
        """The names of all lines of the backward pass."""
        lines = self.structure.context.lines
        return [name for name in lines if name not in self.structure.context.network.system.lines]


_STRUCTURES: Cache[tuple[Network, Loss | None], Structure] = LEDGER.cache(
    "structures", lambda _, structure: structure.weight, grows=True
)


def structure_of(network: Network, loss: Loss | None) -> Structure:
    """The structure of a network whose loss has these numbers."""
    return _STRUCTURES.find((network, loss), lambda: Structure(network, loss))
