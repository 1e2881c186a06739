"""One row for every layer of the registry: what going forward costs, and what the gradient adds."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.report import Table
from benchmarks.timing import Effort, interleaved
from chainruler.networks import Layer, network_of, prepared, problem_of
from chainruler.networks.initializers import Initializer
from chainruler.networks.shapes import shapes_of

SAMPLES = 64


def layers_table(effort: Effort) -> Table:
    """The first example of every layer on 64 samples, under a squared error."""
    rows = [_row(name, kind, effort) for name, kind in sorted(Layer.registry.items())]
    reading = (
        f"The first example of each layer on {SAMPLES} samples of its example's shape, under a squared error. Backward "
        "is loss and all gradients, that by the data included, against the outputs alone; small layers measure calls "
        "and not arithmetic."
    )
    return Table("Every layer", reading, ["layer", "sample", "outputs, µs", "with gradients, µs", "ratio"], rows)


def _row(name: str, kind: type[Layer], effort: Effort) -> list[str]:
    layer = kind.examples()[0]
    random = np.random.default_rng(0)
    shape = (SAMPLES, *layer.example_input)
    x = random.integers(0, 2, shape) if layer.takes == "index" else random.normal(size=shape)
    forward = problem_of({"model": {"layers": [layer.document()]}})
    start = network_of(forward, shapes_of(forward, None, {"x": x}))
    parameters = Initializer.read({"type": "he_normal"}).parameters(start.parameters.values())
    network, values = prepared(forward, parameters, {"x": x})
    (outputs,) = network.program([network.outputs])(values.arrays)
    problem = problem_of({"model": {"layers": [layer.document()]}, "loss": {"type": "squared_error"}})
    trained, numbers = prepared(problem, parameters, {"x": x, "y": random.normal(size=outputs.shape)})
    by_data = [] if layer.takes == "index" else ["dX"]
    lines = [trained.objective or "", *trained.gradients.values(), *by_data]
    timings = interleaved(
        {
            "forward": partial(network.program([network.outputs]), values.arrays),
            "backward": partial(trained.program(lines), numbers.arrays),
        },
        effort,
    )
    cost = [f"{timings.median(which) * 1e6:.1f}" for which in ("forward", "backward")]
    return [f"`{name}`", str(layer.example_input), *cost, f"{timings.ratio('backward', 'forward'):.1f}"]
