"""What holds for every optimiser in the registry, under every one of its examples."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from chainruler.networks.optimizers import Array, Arrays, Optimizer, State
from chainruler.networks.optimizers.optimizer import BLOCK_BYTES

CASES = [
    pytest.param(example, id=f"{name}-{i}")
    for name, kind in sorted(Optimizer.registry.items())
    for i, example in enumerate(kind.examples())
]
every_optimizer = pytest.mark.parametrize("optimizer", CASES)
SHAPES = {"W1": (4, 3), "b1": (4,), "K": (2, 1, 3, 3), "s": ()}


def drawn(seed: int, dtype: str = "float64") -> dict[str, Array]:
    """Arrays of all ranks that a parameter can have."""
    random = np.random.default_rng(seed)
    return {name: np.asarray(random.normal(size=shape), dtype) for name, shape in SHAPES.items()}


def plain(state: State) -> Any:
    """The state as JSON text and back."""
    return json.loads(json.dumps(state, default=lambda array: array.tolist()))


def same(first: Arrays, second: Arrays) -> bool:
    """Whether all arrays are equal bit for bit, in shape and dtype too."""
    return first.keys() == second.keys() and all(
        (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        for a, b in ((first[name], second[name]) for name in first)
    )


def same_state(first: State, second: State) -> bool:
    """Whether two states are equal bit for bit."""
    slots = first.keys() - {"step"}
    return (
        first.keys() == second.keys()
        and first["step"] == second["step"]
        and all(same(first[s], second[s]) for s in slots)
    )


def arrays_of(parameters: Arrays, state: State) -> list[Array]:
    """All arrays of parameters and state."""
    return [*parameters.values(), *(array for slot in state if slot != "step" for array in state[slot].values())]


@every_optimizer
def test_it_decreases_a_quadratic(optimizer: Optimizer) -> None:
    """On J = ½ Σ cᵢ θᵢ², 300 steps leave less than a half of J."""
    parameters = drawn(0)
    curvature = {name: np.abs(array) + 0.5 for name, array in drawn(1).items()}

    def loss() -> float:
        return 0.5 * sum(float((curvature[name] * parameters[name] ** 2).sum()) for name in SHAPES)

    before, state = loss(), optimizer.initial_state(parameters)
    for _ in range(300):
        parameters, state = optimizer.step(parameters, {n: curvature[n] * parameters[n] for n in SHAPES}, state)

    assert loss() < 0.5 * before


@every_optimizer
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shapes_and_dtype_stay(optimizer: Optimizer, dtype: str) -> None:
    """Parameters and state keep names, shapes and dtype: float32 stays float32; what comes from JSON does too."""
    parameters, gradients = drawn(0, dtype), drawn(1, dtype)
    moved, state = optimizer.step(parameters, gradients, optimizer.initial_state(parameters))
    moved, state = optimizer.step(moved, gradients, optimizer.accepted_state(moved, plain(state)))

    assert set(state) == {"step", *(slot.name for slot in optimizer.slots)}
    for arrays in (moved, *(state[slot.name] for slot in optimizer.slots)):
        assert {name: (array.shape, array.dtype) for name, array in arrays.items()} == {
            name: (shape, np.dtype(dtype)) for name, shape in SHAPES.items()
        }


@every_optimizer
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_k_steps_are_k_single_steps(optimizer: Optimizer, dtype: str) -> None:
    """Ten steps in one call give the bits of ten calls between which the state travels as JSON; run twice, the same."""
    gradients = [drawn(seed, dtype) for seed in range(10)]
    once = drawn(99, dtype)
    state_once = optimizer.initial_state(once)
    single, state_single = once, None
    for i, gradient in enumerate(gradients):
        once, state_once = optimizer.step(once, gradient, state_once, reuse=i > 0)
        single, out = optimizer.step(single, gradient, optimizer.accepted_state(single, state_single))
        state_single = plain(out)

    assert same(once, single)
    assert same_state(state_once, optimizer.accepted_state(single, state_single))
    assert state_once["step"] == 10


@every_optimizer
def test_what_is_given_stays_as_it_was(optimizer: Optimizer) -> None:
    """A step writes to none of the arrays it is given, and answers with none of their memory."""
    parameters, gradients = drawn(0), drawn(1)
    _, state = optimizer.step(parameters, gradients, optimizer.initial_state(parameters))
    given = [*arrays_of(parameters, state), *gradients.values()]
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    moved, after = optimizer.step(parameters, gradients, state)

    assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))
    assert state["step"] == 1
    assert not any(np.shares_memory(a, b) for a in arrays_of(moved, after) for b in given)
    assert not any(array is other for array in arrays_of(moved, after) for other in given)


@every_optimizer
def test_with_reuse_memory_is_kept(optimizer: Optimizer) -> None:
    """A step with `reuse` answers with the arrays it was given, and leaves the gradients alone."""
    parameters, gradients = drawn(0), drawn(1)
    parameters, state = optimizer.step(parameters, gradients, optimizer.initial_state(parameters))
    for array in gradients.values():
        array.flags.writeable = False
    moved, after = optimizer.step(parameters, gradients, state, reuse=True)

    assert all(a is b for a, b in zip(arrays_of(moved, after), arrays_of(parameters, state), strict=True))


@every_optimizer
def test_the_order_in_memory_does_not_matter(optimizer: Optimizer) -> None:
    """Arrays in Fortran order, and strided ones, give the bits of the same arrays in C order."""
    parameters, gradients = drawn(0), drawn(1)
    strided = {name: np.repeat(array[None], 2, 0)[::2][0].T.copy().T for name, array in parameters.items()}
    wide = {name: np.stack([array, array], -1)[..., 0] for name, array in gradients.items()}
    state = optimizer.initial_state(parameters)

    assert not wide["W1"].flags.c_contiguous
    assert not strided["W1"].flags.c_contiguous
    assert same(optimizer.step(strided, wide, state)[0], optimizer.step(parameters, gradients, state)[0])


@every_optimizer
def test_a_parameter_of_many_blocks_moves_like_its_parts(optimizer: Optimizer) -> None:
    """Large arrays are worked on in blocks; no entry is left out or moved twice."""
    size = 2 * BLOCK_BYTES // 8 + 17
    random = np.random.default_rng(0)
    values, gradient = random.normal(size=(2, size))
    cuts = [5, BLOCK_BYTES // 8 - 3, size - 1]
    whole, state = {"W": values}, optimizer.initial_state({"W": values})
    parts = {str(i): part for i, part in enumerate(np.split(values, cuts))}
    states = optimizer.initial_state(parts)
    gradients = {str(i): g for i, g in enumerate(np.split(gradient, cuts))}
    for reuse in (False, True):
        whole, state = optimizer.step(whole, {"W": gradient}, state, reuse=reuse)
        parts, states = optimizer.step(parts, gradients, states)
    together = np.concatenate(list(parts.values()))

    if optimizer.clip_norm is None:
        assert np.array_equal(whole["W"], together)
    else:  # the norm is summed in another order
        assert np.allclose(whole["W"], together, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reuse", [False, True])
def test_a_large_parameter_in_fortran_order_moves(reuse: bool) -> None:
    """Flattening such an array copies it; the step is not lost in the copy, with `reuse` neither."""
    optimizer = Optimizer.read({"type": "sgd", "learning_rate": 1})
    size = BLOCK_BYTES // 8 + 1
    moved, _ = optimizer.step(
        {"W": np.zeros((size, 2), order="F")}, {"W": np.ones((size, 2), order="F")}, {"step": 0}, reuse=reuse
    )

    assert (moved["W"] == -1).all()


@every_optimizer
def test_its_fields_are_its_json(optimizer: Optimizer) -> None:
    """What an optimiser describes itself as reads back as the same optimiser."""
    assert Optimizer.read(json.loads(json.dumps(optimizer.document()))) == optimizer


@pytest.mark.parametrize("kind", Optimizer.registry.values(), ids=list(Optimizer.registry))
def test_its_examples_use_every_field(kind: type[Optimizer]) -> None:
    """Each field is away from its default in some example, so that the tests above have met it."""
    examples = kind.examples()

    assert [f.name for f in fields(kind) if all(getattr(e, f.name) == f.default for e in examples)] == []


def test_every_file_is_in_the_registry() -> None:
    """An optimiser is registered by existing, under the name of its file; the five that are promised are there."""
    files = {name: kind.__module__.rpartition(".")[2] for name, kind in Optimizer.registry.items()}

    assert files.keys() >= {"sgd", "adagrad", "rmsprop", "adam", "adamw"}
    assert all(name == file for name, file in files.items())
