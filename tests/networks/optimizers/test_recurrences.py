"""Each optimiser against its paper, number by number, for a hundred steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.networks.optimizers import Array, Optimizer
from tests.networks.optimizers import recurrences
from tests.support.sampling import examples

STEPS = 100
SHAPES = {"W1": (2, 3), "b1": (3,)}
Recurrence = Callable[..., Iterator[float]]


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between two bounds, none of them subnormal."""
    return st.floats(low, high, allow_subnormal=False)


rates = floats(1e-4, 0.5)
decays = st.just(0.0) | floats(1e-4, 0.3)
epsilons = st.sampled_from([1e-10, 1e-8, 1e-4, 0.1])
# Where steps are made by dividing by |g|, λθ must stay small beside the gradient: a hundred steps would otherwise be
# chaotic, and rounding alone would part two right programs.
small_decays = st.just(0.0) | floats(1e-5, 0.02)
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1e-3, 1.0, 1e3])


def trajectory(document: dict[str, object], gradients: list[dict[str, Array]], first: dict[str, Array]) -> list[Array]:
    """All parameters after each step, in one row; the settings come as JSON."""
    optimizer = Optimizer.read(json.loads(json.dumps(document)))
    parameters, state, rows = first, optimizer.initial_state(first), []
    for gradient in gradients:
        parameters, state = optimizer.step(parameters, gradient, state)
        rows.append(np.concatenate([parameters[name].ravel() for name in SHAPES]))
    return rows


def agrees(document: dict[str, object], rule: Recurrence, seed: int, size: float, **hyper: Any) -> None:
    """Fails unless the optimiser's hundred steps are the recurrence's, entry by entry, to 1e-12."""
    random = np.random.default_rng(seed)
    first = {name: random.normal(size=shape) for name, shape in SHAPES.items()}
    gradients = [{name: size * random.normal(size=shape) for name, shape in SHAPES.items()} for _ in range(STEPS)]
    found = np.array(trajectory(document, gradients, first))
    starts = np.concatenate([first[name].ravel() for name in SHAPES])
    columns = np.array([np.concatenate([gradient[name].ravel() for name in SHAPES]) for gradient in gradients])
    η = [document["learning_rate"]] * STEPS
    expected = np.array(
        [list(rule(float(θ), gs.tolist(), η, **hyper)) for θ, gs in zip(starts, columns.T, strict=True)]
    ).T

    assert (np.abs(found - expected) <= 1e-12 * np.abs(expected).max(axis=0)).all()


momenta = st.just(0.0) | floats(0.1, 0.99)


@settings(max_examples=examples(40))
@given(
    seeds,
    sizes,
    rates,
    decays,
    floats(0.1, 0.99),
    st.sampled_from(["plain", "heavy", "damped", "nesterov"]),
    st.booleans(),
)
def test_sgd(seed: int, size: float, η: float, λ: float, μ: float, kind: str, decoupled: bool) -> None:
    """SGD follows PyTorch's box, with and without momentum, dampening, Nesterov's step, and either weight decay."""
    μ = 0.0 if kind == "plain" else μ
    τ, nesterov = 0.3 if kind == "damped" else 0.0, kind == "nesterov"
    document = {"momentum": μ, "dampening": τ, "nesterov": nesterov, "decoupled_weight_decay": decoupled}

    agrees(
        {"type": "sgd", "learning_rate": η, "weight_decay": λ, **document},
        recurrences.sgd, seed, size, μ=μ, τ=τ, λ=λ, nesterov=nesterov, decoupled=decoupled,
    )  # fmt: skip


@settings(max_examples=examples(40))
@given(seeds, sizes, rates, small_decays, epsilons)
def test_adagrad(seed: int, size: float, η: float, λ: float, ε: float) -> None:
    """Adagrad follows PyTorch's box."""
    λ = λ * min(1, size)
    agrees(
        {"type": "adagrad", "learning_rate": η, "weight_decay": λ, "eps": ε},
        recurrences.adagrad, seed, size, λ=λ, ε=ε,
    )  # fmt: skip


@settings(max_examples=examples(40))
@given(seeds, sizes, rates, small_decays, epsilons, floats(0.5, 0.99), momenta, st.booleans())
def test_rmsprop(seed: int, size: float, η: float, λ: float, ε: float, α: float, μ: float, centered: bool) -> None:
    """RMSprop follows PyTorch's box, centred or not, with and without momentum."""
    λ = λ * min(1, size)
    document = {"alpha": α, "momentum": μ, "centered": centered, "eps": ε}

    agrees(
        {"type": "rmsprop", "learning_rate": η, "weight_decay": λ, **document},
        recurrences.rmsprop, seed, size, α=α, μ=μ, λ=λ, ε=ε, centered=centered,
    )  # fmt: skip


betas = st.tuples(floats(0, 0.99), floats(0.5, 0.9999))


@settings(max_examples=examples(40))
@given(seeds, sizes, rates, small_decays, epsilons, betas, st.booleans(), st.sampled_from(["adam", "adamw"]))
def test_adam_and_adamw(
    seed: int, size: float, η: float, λ: float, ε: float, β: tuple[float, float], amsgrad: bool, kind: str
) -> None:  # fmt: skip
    """Adam and AdamW follow PyTorch's boxes, AMSGrad included."""
    λ = λ * min(1, size)
    document = {"betas": list(β), "eps": ε, "amsgrad": amsgrad}

    agrees(
        {"type": kind, "learning_rate": η, "weight_decay": λ, **document},
        recurrences.adam, seed, size, β=β, λ=λ, ε=ε, amsgrad=amsgrad, decoupled=kind == "adamw",
    )  # fmt: skip


def test_the_first_step_of_adam_on_paper() -> None:
    """With the defaults, the first step has length η whatever the gradient's size: m̂ = g, v̂ = g²."""
    optimizer = Optimizer.read({"type": "adam"})
    parameters = {"w": np.array([1.0, -2.0])}
    moved, state = optimizer.step(parameters, {"w": np.array([3.0, -400.0])}, optimizer.initial_state(parameters))

    assert np.allclose(moved["w"], [1 - 0.001, -2 + 0.001], rtol=1e-11, atol=0)
    assert np.allclose(state["m"]["w"], [0.3, -40.0], rtol=1e-12, atol=0)
    assert np.allclose(state["v"]["w"], [0.009, 160.0], rtol=1e-12, atol=0)
    assert state["step"] == 1


def test_a_centred_variance_is_never_below_zero() -> None:
    """A gradient that stays the same has no variance; rounding below 0 would make the step NaN, as in PyTorch."""
    optimizer = Optimizer.read({"type": "rmsprop", "centered": True, "alpha": 0.5, "learning_rate": 1e-9})
    parameters = {"w": np.zeros(100)}
    gradients = {"w": np.linspace(0.1, 0.9, 100)}
    state = optimizer.initial_state(parameters)
    below = False
    for _ in range(200):
        parameters, state = optimizer.step(parameters, gradients, state)
        below = below or bool((state["v"]["w"] - state["m"]["w"] ** 2 < 0).any())

    assert np.isfinite(parameters["w"]).all()
    assert below  # or the case above did not come up
