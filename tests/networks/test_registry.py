"""A part is one file: what everything generic needs follows from the registry."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainruler.networks.layers as layers_package
import chainruler.networks.losses as losses_package
from chainruler.engine import Expression, exp
from chainruler.networks import Layer, Loss, margins, network_of, problem_of
from chainruler.networks.layers.activation import Activation
from chainruler.networks.part import Part
from tests.networks.cases import Case, case_of, document, losses, nearest_kink

PARTS: list[type[Part]] = [*Layer.registry.values(), *Loss.registry.values()]
LAYERS = """
    linear swiglu identity relu leaky_relu prelu elu selu gelu silu hardswish mish sigmoid tanh softplus softmax
    log_softmax dropout layer_norm batch_norm group_norm rms_norm embedding conv2d max_pool2d avg_pool2d flatten
    residual
"""
LOSSES = """
    cross_entropy binary_cross_entropy squared_error absolute_error huber hinge nll kl_divergence poisson gaussian_nll
    focal sampled_softmax formula
"""


def test_all_that_was_promised_is_there() -> None:
    """Every layer and loss of the catalogue is registered."""
    assert set(LAYERS.split()) <= Layer.registry.keys()
    assert set(LOSSES.split()) <= Loss.registry.keys()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.type)
def test_a_part_documents_itself_and_shows_examples(part: type[Part]) -> None:
    """It has a docstring of its own, and examples that its own JSON describes, which between them use every field."""
    examples = part.examples()
    used = {f.name for f in fields(part) for e in examples if getattr(e, f.name) != f.default}

    assert part.__dict__["__doc__"]
    assert [part.read(example.document()) for example in examples] == examples
    assert {f.name for f in fields(part) if not f.kw_only and f.name != "units"} <= used | {"average", "notation"}


@pytest.mark.parametrize(
    ("package", "registry"), [(layers_package, Layer), (losses_package, Loss)], ids=["layers", "losses"]
)
def test_a_part_has_the_file_of_its_name(package: Any, registry: type[Part]) -> None:
    """Type and file share one name."""
    files = {file.stem for file in Path(package.__file__).parent.glob("*.py")}

    assert set(registry.registry) <= files


@pytest.fixture
def gaussian() -> Iterator[type[Layer]]:
    """An activation as somebody would add it: these lines in a file, and nothing else."""

    class Gaussian(Activation):
        """The bell exp(−x²)."""

        type = "gaussian"

        def of(self, x: Expression) -> Expression:
            return exp(-(x**2))

    yield Gaussian
    del Layer.registry["gaussian"]


def test_a_new_activation_needs_its_class_alone(gaussian: type[Layer]) -> None:
    """It can be asked for, guessed at, shortened to an activation, and its gradient is right by itself."""
    of = document(gaussian.examples()[0], losses()[0], "mean", None, "out_in")
    case = case_of(of)
    step = 1e-30
    (gradient,) = case.network.program(["dW1"])(case.arrays())
    moved = {**case.arrays(), "W1": case.parameters["W1"] + 1j * step * np.ones_like(case.parameters["W1"])}
    (slope,) = case.network.program([case.network.objective or ""], "complex128")(moved)
    shortened = {"model": {"layers": [{"type": "linear", "units": 2, "activation": "gaussian"}], "input": 3}}

    np.testing.assert_allclose(np.imag(slope) / step, gradient.sum(), rtol=1e-12)
    assert list(network_of(problem_of(shortened)).system.lines) == ["Z1", "A1"]


def test_kinks_are_found_in_the_expressions() -> None:
    """The distance of the nearest number from a kink, line by line; smooth networks have none."""
    relu = {"model": {"layers": [{"type": "linear", "units": 2}, {"type": "relu"}], "input": 2}}
    smooth = {"model": {"layers": [{"type": "linear", "units": 2}, {"type": "silu"}], "input": 2}}

    assert list(margins(network_of(problem_of(relu)).system)) == ["A1"]
    assert margins(network_of(problem_of(smooth)).system) == {}


def test_the_margin_is_the_distance() -> None:
    """A pre-activation of 0.25 is 0.25 from the kink of a ReLU; the winner of a pool by as much as it leads."""
    relu = {"model": {"layers": [{"type": "relu"}]}}
    pool = {"model": {"layers": [{"type": "max_pool2d"}]}}
    assert nearest_kink(Case(relu, {}, {"x": np.array([[3.0, -0.25]])})) == 0.25
    assert nearest_kink(Case(pool, {}, {"x": np.array([[[[3.0, 1.0], [2.5, 0.0]]]])})) == 0.5
