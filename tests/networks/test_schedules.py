"""Learning-rate schedules against their closed forms."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from chainruler.networks.errors import SpecError
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.schedules import Schedule

COSINE = {"type": "cosine", "initial": 0.5, "final": 0.1, "steps": 8}


def rates(document: dict[str, Any], steps: int) -> list[float]:
    """The first rates of a schedule."""
    schedule = Schedule.read(document)
    return [schedule.at(t) for t in range(steps)]


def test_constant() -> None:
    """η(t) = value."""
    assert rates({"type": "constant", "value": 0.3}, 4) == [0.3] * 4


def test_step() -> None:
    """The rate is multiplied by the factor every so many steps."""
    found = rates({"type": "step", "initial": 0.8, "factor": 0.5, "every": 3}, 10)

    assert found == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]


def test_cosine() -> None:
    """The rate starts at `initial`, is halfway in the middle, reaches `final` and stays there."""
    found = rates(COSINE, 30)

    assert found[0] == 0.5
    assert found[4] == pytest.approx(0.3, rel=1e-15)
    assert found[2] == pytest.approx(0.3 + 0.2 * math.sqrt(0.5), rel=1e-15)
    assert found[8:] == [0.1] * 22
    assert found[:9] == sorted(found[:9], reverse=True)


def test_warm_up() -> None:
    """The rate rises in equal steps to where the other schedule starts, and goes on with that one."""
    found = rates({"type": "warm_up", "steps": 4, "then": COSINE}, 15)

    assert found[:4] == [0.125, 0.25, 0.375, 0.5]
    assert found[4:] == rates(COSINE, 11)
    assert rates({"type": "warm_up", "steps": 2, "then": 0.5}, 4) == [0.25, 0.5, 0.5, 0.5]


def test_an_optimiser_follows_its_schedule_across_requests() -> None:
    """The rate depends on the step that the state counts, not on how the steps were parted among requests."""
    optimizer = Optimizer.read({"type": "sgd", "learning_rate": {"type": "warm_up", "steps": 4, "then": COSINE}})
    parameters, state, moved = {"w": np.zeros(1)}, None, []
    for _ in range(12):
        moved.append(float(parameters["w"][0]))
        parameters, after = optimizer.step(parameters, {"w": np.ones(1)}, optimizer.accepted_state(parameters, state))
        state = json.loads(json.dumps(after))

    expected = -np.cumsum(rates({"type": "warm_up", "steps": 4, "then": COSINE}, 11))
    assert np.allclose(moved, [0, *expected], rtol=1e-14, atol=0)


CASES = [
    pytest.param(example, id=f"{name}-{i}")
    for name, kind in sorted(Schedule.registry.items())
    for i, example in enumerate(kind.examples())
]


@pytest.mark.parametrize("schedule", CASES)
@pytest.mark.parametrize("t", [0, 1, 7, 10**3, 2**53 - 1])
def test_every_rate_is_finite_and_not_negative(schedule: Schedule, t: int) -> None:
    """A schedule has an answer for every count that a state may carry."""
    assert 0 <= schedule.at(t) < math.inf


@pytest.mark.parametrize("schedule", CASES)
def test_fields_are_json(schedule: Schedule) -> None:
    """What a schedule describes itself as reads back as the same schedule."""
    assert Schedule.read(json.loads(json.dumps(schedule.document()))) == schedule


@pytest.mark.parametrize("kind", Schedule.registry.values(), ids=list(Schedule.registry))
def test_its_examples_use_every_field(kind: type[Schedule]) -> None:
    """Each field is away from its default in some example."""
    examples = kind.examples()

    assert [f.name for f in fields(kind) if all(getattr(e, f.name) == f.default for e in examples)] == []


def test_every_file_is_in_the_registry() -> None:
    """A schedule is registered by existing, under the name of its file; the four that are promised are there."""
    files = {name: kind.__module__.rpartition(".")[2] for name, kind in Schedule.registry.items()}

    assert files.keys() >= {"constant", "step", "cosine", "warm_up"}
    assert all(name == file for name, file in files.items())


REFUSALS: dict[str, tuple[dict[str, object], str, str]] = {
    "growing": ({"type": "step", "initial": 1, "every": 1, "factor": 1.1}, "out_of_range", "/factor"),
    "no steps": (COSINE | {"steps": 0}, "out_of_range", "/steps"),
    "steps are a fraction": (COSINE | {"steps": 1.5}, "wrong_type", "/steps"),
    "negative end": (COSINE | {"final": -0.1}, "out_of_range", "/final"),
    "nothing after": ({"type": "warm_up", "steps": 3}, "missing_field", "/then"),
    "negative after": ({"type": "warm_up", "steps": 3, "then": -1}, "out_of_range", "/then"),
    "pytorch's name": ({"type": "cosine", "initial": 1, "T_max": 3}, "unknown_field", "/T_max"),
}


@pytest.mark.parametrize(("document", "code", "pointer"), REFUSALS.values(), ids=list(REFUSALS))
def test_refusals(document: dict[str, object], code: str, pointer: str) -> None:
    """A schedule that cannot be is refused where it goes wrong."""
    with pytest.raises(SpecError) as refused:
        Schedule.read(document)

    assert (refused.value.code, refused.value.pointer) == (code, pointer)
