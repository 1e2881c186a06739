"""Initialisers: their distributions, their seeds, and whose draw depends on what."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields

import numpy as np
import pytest

from chainruler.engine import variable
from chainruler.networks.blueprint import Parameter
from chainruler.networks.errors import SpecError
from chainruler.networks.initializers import Initializer
from chainruler.networks.network import network_of
from chainruler.networks.problem import problem_of

CASES = [
    pytest.param(example, id=f"{name}-{i}")
    for name, kind in sorted(Initializer.registry.items())
    for i, example in enumerate(kind.examples())
]
every_initializer = pytest.mark.parametrize("initializer", CASES)
W1 = Parameter("W1", variable("W1", (5, 4)), "weight", (4, 5))
B1 = Parameter("b1", variable("b1", (5,)), "bias", (4, 5))
W2 = Parameter("W2", variable("W2", (3, 5)), "weight", (5, 3))


@dataclass
class Law:
    """What a distribution is known by: its mean, its standard deviation, its bound, and its kurtosis E[(x−μ)⁴]/σ⁴."""

    mean: float
    std: float
    kurtosis: float
    bound: float = math.inf


def normal(mean: float, std: float) -> Law:
    """The normal distribution."""
    return Law(mean, std, 3)


def uniform(low: float, high: float) -> Law:
    """The uniform distribution."""
    return Law((low + high) / 2, (high - low) / math.sqrt(12), 1.8, (high - low) / 2)


INTO, OUT = 300, 700
# Written from the papers: Glorot & Bengio 2010, equations 12 and 16; He et al. 2015, equation 10.
LAWS: dict[str, tuple[dict[str, object], Law]] = {
    "normal": ({"type": "normal", "mean": 0.5, "std": 0.2}, normal(0.5, 0.2)),
    "normal by default": ({"type": "normal"}, normal(0, 0.01)),
    "uniform": ({"type": "uniform", "low": -1, "high": 3}, uniform(-1, 3)),
    "uniform by default": ({"type": "uniform"}, uniform(-0.05, 0.05)),
    "xavier_normal": ({"type": "xavier_normal"}, normal(0, math.sqrt(2 / 1000))),
    "xavier_uniform": ({"type": "xavier_uniform"}, uniform(-math.sqrt(6 / 1000), math.sqrt(6 / 1000))),
    "xavier_normal with gain": ({"type": "xavier_normal", "gain": 2}, normal(0, 2 * math.sqrt(2 / 1000))),
    "xavier_uniform with gain": (
        {"type": "xavier_uniform", "gain": 2},
        uniform(-math.sqrt(24 / 1000), math.sqrt(24 / 1000)),
    ),
    "he_normal": ({"type": "he_normal"}, normal(0, math.sqrt(2 / 300))),
    "he_uniform": ({"type": "he_uniform"}, uniform(-math.sqrt(6 / 300), math.sqrt(6 / 300))),
}


@pytest.mark.parametrize(("document", "law"), LAWS.values(), ids=list(LAWS))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_distribution(document: dict[str, object], law: Law, seed: int) -> None:
    """Mean, deviation and kurtosis of 210,000 weights are the law's within five standard errors."""
    weight = Initializer.read(document | {"seed": seed}).weight("W1", (OUT, INTO), (INTO, OUT))
    n, away = weight.size, weight - law.mean

    assert abs(away.mean()) < 5 * law.std / math.sqrt(n)
    assert abs(away.std() / law.std - 1) < 5 * math.sqrt((law.kurtosis - 1) / (4 * n))
    assert abs((away**4).mean() / law.std**4 - law.kurtosis) < 0.1
    assert np.abs(away).max() <= law.bound
    if law.bound < math.inf:
        assert np.abs(away).max() > 0.999 * law.bound


def test_entries_do_not_follow_from_their_neighbours() -> None:
    """Rows, columns and parameters are uncorrelated."""
    first = Initializer.read({"type": "normal", "std": 1}).weight("W1", (OUT, INTO), (INTO, OUT))
    second = Initializer.read({"type": "normal", "std": 1}).weight("W2", (OUT, INTO), (INTO, OUT))
    pairs = [(first[1:], first[:-1]), (first[:, 1:], first[:, :-1]), (first, second)]

    assert max(abs(float((a * b).mean())) for a, b in pairs) < 5 / math.sqrt(first.size - OUT)


def test_zeros() -> None:
    """Zeros are zeros, whatever the seed."""
    assert Initializer.read({"type": "zeros", "seed": 3}).weight("W", (2, 3), (3, 2)).tolist() == [[0] * 3] * 2


@every_initializer
def test_biases_are_zero_and_weights_have_their_shapes(initializer: Initializer) -> None:
    """Each declared parameter gets an array of its shape, in the order of declaration; a bias is 0."""
    drawn = initializer.parameters([W1, B1, W2])

    assert [(name, array.shape, str(array.dtype)) for name, array in drawn.items()] == [
        ("W1", (5, 4), "float64"),
        ("b1", (5,), "float64"),
        ("W2", (3, 5), "float64"),
    ]
    assert not drawn["b1"].any()


@every_initializer
def test_float32_is_float64_rounded(initializer: Initializer) -> None:
    """The same network starts at the same place in either precision."""
    half, full = initializer.parameters([W1, B1], "float32"), initializer.parameters([W1, B1])

    assert {array.dtype for array in half.values()} == {np.dtype("float32")}
    assert all(np.array_equal(half[name], full[name].astype("float32")) for name in full)


@every_initializer
def test_other_layers_change_nothing(initializer: Initializer) -> None:
    """A parameter's draw depends on the seed, its name and its shape; not on the order or on what else there is."""
    alone, among = initializer.parameters([W2]), initializer.parameters([W2, B1, W1])

    assert np.array_equal(alone["W2"], among["W2"])
    assert np.array_equal(initializer.parameters([W1, W2])["W1"], among["W1"])


@pytest.mark.parametrize("kind", sorted(set(Initializer.registry) - {"zeros"}))
def test_seeds_and_names_matter(kind: str) -> None:
    """Another seed gives other weights, another name too, and the pair (1, "W2") is not the pair (12, "W")."""
    pairs = [(0, "W1"), (0, "W2"), (1, "W1"), (1, "W2"), (1, "W12"), (12, "W"), (0, "1W"), (2**32, "W1")]
    drawn = [Initializer.read({"type": kind, "seed": seed}).weight(name, (5, 4), (4, 5)) for seed, name in pairs]

    assert len({array.tobytes() for array in drawn}) == len(pairs)


# The first numbers of each stream: they are part of what a seed promises, across machines and versions.
FIRST: dict[str, list[float]] = {
    "he_normal": [-0.2613581727197049, 1.0485761870425196, -0.06795162817789704],
    "he_uniform": [0.03408526105847942, -0.3567822963853775, -0.2713421253534941],
    "normal": [-0.0036961627249725653, 0.014829106648969985, -0.0009609811415451576],
    "uniform": [0.0013915249557138742, -0.01456557625671017, -0.01107749588063952],
    "xavier_normal": [-0.1975682080373157, 0.7926490918911017, -0.051366602668755625],
    "xavier_uniform": [0.02576603546670031, -0.26970206526464224, -0.2051153668288742],
}


@pytest.mark.parametrize("kind", sorted(FIRST))
def test_a_seed_keeps_its_promise(kind: str) -> None:
    """The numbers of a seed stay what they are; a machine that fuses multiply and add may differ in the last bit."""
    weight = Initializer.read({"type": kind, "seed": 0}).weight("W1", (3, 4), (4, 3))

    assert weight.ravel()[:3].tolist() == pytest.approx(FIRST[kind], rel=1e-14)


@every_initializer
def test_its_fields_are_its_json(initializer: Initializer) -> None:
    """What an initialiser describes itself as reads back as the same initialiser."""
    assert Initializer.read(json.loads(json.dumps(initializer.document()))) == initializer


@pytest.mark.parametrize("kind", Initializer.registry.values(), ids=list(Initializer.registry))
def test_its_examples_use_every_field(kind: type[Initializer]) -> None:
    """Each field is away from its default in some example."""
    assert [f.name for f in fields(kind) if all(getattr(e, f.name) == f.default for e in kind.examples())] == []


def test_every_promised_initialiser_is_there() -> None:
    """An initialiser is registered by existing; the seven that are promised are there."""
    promised = {"zeros", "normal", "uniform", "xavier_normal", "xavier_uniform", "he_normal", "he_uniform"}

    assert Initializer.registry.keys() >= promised


REFUSALS: dict[str, tuple[dict[str, object], str, str, str | None]] = {
    "kaiming": ({"type": "kaiming_normal"}, "unknown_type", "/type", 'Did you mean "he_normal"?'),
    "glorot": ({"type": "glorot_uniform"}, "unknown_type", "/type", 'Did you mean "xavier_uniform"?'),
    "negative seed": ({"type": "he_normal", "seed": -1}, "out_of_range", "/seed", None),
    "seed beyond JSON": ({"type": "he_normal", "seed": 2**53}, "out_of_range", "/seed", None),
    "seed is a fraction": ({"type": "he_normal", "seed": 0.5}, "wrong_type", "/seed", None),
    "negative deviation": ({"type": "normal", "std": -1}, "out_of_range", "/std", None),
    "bounds exchanged": ({"type": "uniform", "low": 1, "high": 0}, "conflict", "/low", "Exchange them."),
}


@pytest.mark.parametrize(("document", "code", "pointer", "hint"), REFUSALS.values(), ids=list(REFUSALS))
def test_refusals(document: dict[str, object], code: str, pointer: str, hint: str | None) -> None:
    """An initialiser that cannot be is refused where it goes wrong."""
    with pytest.raises(SpecError) as refused:
        Initializer.read(document)

    assert (refused.value.code, refused.value.pointer, refused.value.hint) == (code, pointer, hint)


FANS: dict[str, tuple[dict[str, object], str, tuple[int, ...], tuple[int, int]]] = {
    "linear, out_in": ({"type": "linear", "units": 7}, "out_in", (7, 4), (4, 7)),
    "linear, in_out": ({"type": "linear", "units": 7}, "in_out", (4, 7), (4, 7)),
    "conv2d": ({"type": "conv2d", "out_channels": 5, "kernel_size": [2, 3]}, "out_in", (5, 4, 2, 3), (24, 30)),
}


@pytest.mark.parametrize(("layer", "layout", "shape", "fans"), FANS.values(), ids=list(FANS))
def test_fans_do_not_depend_on_the_layout(
    layer: dict[str, object], layout: str, shape: tuple[int, ...], fans: tuple[int, int]
) -> None:
    """What a layer declares says how many values flow in and out, whichever way its weights are written."""
    sample: list[int] = [4] if len(shape) == 2 else [4, 6, 6]
    problem = problem_of({"model": {"layers": [layer], "layout": layout, "input": sample}})
    declared = network_of(problem).parameters
    drawn = Initializer.read({"type": "he_uniform"}).parameters(declared.values())

    assert (declared["W1"].shape, declared["W1"].fans) == (shape, fans)
    assert drawn["W1"].shape == shape
    assert not drawn["b1"].any()
