"""What every computation starts with: a problem's network, built once, and the numbers that it runs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import Expression, compiled
from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import (
    Budget,
    Network,
    Problem,
    SpecError,
    network_of,
    problem_of,
    refuse_over,
    shapes_of,
    values_of,
)
from chainruler.networks.initializers import Initializer
from chainruler.schemas.requests import DType, ProblemRequest

Array = NDArray[Any]


@dataclass(frozen=True)
class Prepared:
    """A problem that is ready to run."""

    problem: Problem
    network: Network
    parameters: Mapping[str, Array]
    values: dict[str, Array]
    """An array for every variable, by its symbol."""
    drawn: dict[str, Array]
    """What was drawn at random, so that an answer can say it."""
    dtype: DType
    batch: int
    flops: int
    """About how many operations one evaluation takes."""
    initialized: bool
    """Whether the parameters were drawn here, so that an answer must say them."""

    def run(self, lines: Sequence[str], more: Mapping[str, Array] | None = None) -> list[Array]:
        """The values of the named lines; NonFiniteResult names the first line that is not finite."""
        values = {**self.values, **more} if more else self.values
        results = self.network.program(lines, self.dtype)(values)
        self.see_that_they_are_finite(results, lines)
        return list(results)

    def evaluate(
        self, expressions: Iterable[Expression], names: Sequence[str], more: Mapping[str, Array]
    ) -> list[Array]:
        """The values of expressions in the network's symbols and in those of `more`; the names are for errors."""
        program = compiled(expressions, None, self.dtype, self.network.system.definitions())
        results = program({**self.values, **more})
        for name, array in zip(names, results, strict=True):
            if not _finite(array):
                raise NonFiniteResult(name)
        return list(results)

    def see_that_they_are_finite(self, results: Sequence[Array], lines: Sequence[str]) -> None:
        """Refuses results that are not finite, naming the first line, in the order of computing, that is not."""
        if all(_finite(array) for array in results):
            return
        system = self.network.backward() if self.network.objective else self.network.system
        order = [name for name, line in system if line.kind == "real"]
        every = self.network.program([*order], self.dtype)(self.values)
        broken = [name for name, array in zip(order, every, strict=True) if not _finite(array)]
        raise NonFiniteResult((broken or list(lines))[0])


def _finite(array: Array) -> bool:
    """Whether all entries are finite: one pass, as the sum of finite numbers is finite or checked entry by entry."""
    return bool(np.isfinite(np.dot(array.ravel(), array.ravel()))) or bool(np.isfinite(array).all())


def prepare(request: ProblemRequest, budget: Budget) -> Prepared:
    """The problem of a request, refused before any arithmetic if it cannot be or costs too much."""
    problem = problem_of({"model": request.model, "loss": request.loss, "regularization": request.regularization})
    shapes = shapes_of(problem, request.parameters, request.data)
    network = network_of(problem, shapes)
    x = request.data.get("x")
    batch = 1 if x is None else int(x.shape[-1 if problem.model.samples == "columns" else 0])
    flops = refuse_over(budget, network, batch).flops(batch)
    parameters = request.parameters
    if parameters is None:
        parameters = _initialised(network, request)
    values = values_of(problem, network, parameters, request.data)
    return Prepared(
        problem,
        network,
        parameters,
        values.arrays,
        values.drawn,
        request.dtype,
        batch,
        flops,
        request.parameters is None,
    )


def _initialised(network: Network, request: ProblemRequest) -> dict[str, Array]:
    if request.initialize is None:
        if not network.parameters:
            return {}
        hint = 'Send "parameters", or "initialize": {"type": "he_normal", "seed": 0}.'
        raise SpecError("missing_field", "/parameters", "This model has parameters, and none were sent.", hint)
    try:
        initializer: Initializer = Initializer.read(request.initialize)
    except SpecError as error:
        raise error.below("initialize") from None
    return initializer.parameters(network.parameters.values(), request.dtype)
