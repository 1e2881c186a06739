"""Training as a loop: the same numbers however it is cut into requests, and the state carried along."""

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler import textbook
from chainruler_client import Client, InvalidRequest, NonFiniteResult
from chainruler_client.client import AsyncClient
from chainruler_client.results import Step
from chainruler_client.training import MOST_BATCHES, MOST_BYTES, train
from tests.client.asking import bits

LOCAL = Client.local()
ADAM = {"type": "adam", "learning_rate": 0.05}
MODEL = {"layers": [{"type": "linear", "units": 3}, {"type": "tanh"}, {"type": "linear", "units": 2}]}
RANDOM = np.random.default_rng(0)
BATCHES = [{"x": RANDOM.normal(size=(4, 2)), "y": RANDOM.integers(0, 2, 4)} for _ in range(7)]
PROBLEM = {
    "model": MODEL,
    "loss": {"type": "cross_entropy"},
    "initialize": {"type": "he_normal", "seed": 0},
    "data": BATCHES[0],
}
NOISY = {**MODEL, "layers": [{"type": "dropout", "rate": 0.5, "seed": 3}, *MODEL["layers"]]}
NORMALISED = {**MODEL, "layers": [{"type": "batch_norm"}, *MODEL["layers"]]}


def losses(steps: list[Step]) -> list[float]:
    """The loss before each step, whatever turns they were taken in."""
    return [float(loss) for step in steps for loss in step.losses]


@pytest.mark.parametrize("model", [MODEL, NOISY, NORMALISED], ids=["plain", "dropout", "batch_norm"])
@pytest.mark.parametrize("length", [{"steps": 6}, {"batches": BATCHES[1:]}], ids=["steps", "batches"])
@settings(deadline=None, max_examples=8)
@given(every=st.integers(1, 8))
def test_any_cut_gives_the_same_numbers(model: dict[str, Any], length: dict[str, Any], every: int) -> None:
    """Six steps in one request or in several: losses, parameters and state are the same to the last bit.

    Masks are drawn by the count of steps in the state, and running statistics are sent along.
    """
    problem = {**PROBLEM, "model": model}
    whole = LOCAL.step(
        {key: value for key, value in problem.items() if key != "data" or "steps" in length}, optimizer=ADAM, **length
    )

    steps = list(LOCAL.train(problem, optimizer=ADAM, every=every, **length))

    assert [step.steps for step in steps] == [min(every, 6 - begun) for begun in range(0, 6, every)]
    assert losses(steps) == losses([whole])
    assert bits(steps[-1].parameters) == bits(whole.parameters)
    assert bits(steps[-1].optimizer_state) == bits(whole.optimizer_state)
    assert bits(steps[-1].statistics) == bits(whole.statistics)


def test_a_service_trains_as_this_process_does(client: Client) -> None:
    """And so does the client that is awaited."""

    async def awaited() -> list[Any]:
        async with AsyncClient(client.base_url) as other:
            return [bits(step) async for step in other.train(PROBLEM, optimizer=ADAM, batches=BATCHES, every=3)]

    local = [bits(step) for step in LOCAL.train(PROBLEM, optimizer=ADAM, batches=BATCHES, every=3)]
    remote = [bits(step) for step in client.train(PROBLEM, optimizer=ADAM, batches=BATCHES, every=3)]

    assert len(local) == 3
    assert remote == local == asyncio.run(awaited())


def test_the_courses_training_comes_down() -> None:
    """A worked system and the training of its course are all that a loop needs; each turn has what came of it."""
    entry = LOCAL.textbook_entry("two_two_two")
    assert entry.training is not None

    steps = list(LOCAL.train(entry.problem, **{**entry.training, "steps": 20}))

    assert [step.optimizer_state["step"] for step in steps] == list(range(1, 21))
    assert losses(steps) == sorted(losses(steps), reverse=True)
    assert [step.loss for step in steps[:-1]] == losses(steps)[1:]
    assert abs(steps[0].parameters["W2"][0, 0] - 0.35891648) < 1e-8  # as in the article that made it known


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ({"batches": BATCHES}, BATCHES),
        ({"batches": iter(BATCHES)}, BATCHES),
        ({"batches": BATCHES[:2], "epochs": 3}, BATCHES[:2] * 3),
        ({"batches": BATCHES[:3], "steps": 5}, [*BATCHES[:3], *BATCHES[:2]]),
        ({"batches": iter(BATCHES), "epochs": 1}, BATCHES),
        ({"epochs": 2}, [BATCHES[0]] * 2),
        ({"steps": 2}, [BATCHES[0]] * 2),
        ({"steps": 0}, []),
        ({"batches": []}, []),
    ],
    ids=[
        "batches",
        "an iterator",
        "epochs",
        "steps over batches",
        "one epoch",
        "epochs of all",
        "steps",
        "none",
        "empty",
    ],
)
def test_how_long_to_train(length: dict[str, Any], expected: list[Any]) -> None:
    """By batches, in turn and as often as is said; by steps; or by epochs over all data."""
    by_hand, parameters, state = [], None, None
    for batch in expected:
        step = LOCAL.step({**PROBLEM, "data": batch}, parameters=parameters, optimizer=ADAM, optimizer_state=state)
        parameters, state = step.parameters, step.optimizer_state
        by_hand.append(step)

    steps = list(LOCAL.train(PROBLEM, optimizer=ADAM, **length))

    assert losses(steps) == losses(by_hand)
    assert [bits(step.parameters) for step in steps] == [bits(step.parameters) for step in by_hand]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Say how long to train"),
        ({"steps": 1, "epochs": 1}, "Say how long to train"),
        ({"batches": BATCHES, "steps": 1, "epochs": 1}, "not by both"),
        ({"batches": iter(BATCHES), "epochs": 2}, "once only"),
        ({"steps": 1, "every": 0}, "at least 1"),
    ],
    ids=["nothing", "both", "both of batches", "an iterator twice", "none at a time"],
)
def test_what_makes_no_sense_is_told_before_the_first_step(options: dict[str, Any], words: str) -> None:
    """When `train` is called, not when the loop begins."""
    with pytest.raises(ValueError, match=words):
        LOCAL.train(PROBLEM, optimizer=ADAM, **options)


def test_a_training_can_be_gone_on_with() -> None:
    """From the last step's parameters and state; the sum is one training."""
    first, last = (
        list(LOCAL.train(PROBLEM, optimizer=ADAM, steps=3)),
        list(LOCAL.train(PROBLEM, optimizer=ADAM, steps=6)),
    )

    more = list(
        LOCAL.train(
            PROBLEM, parameters=first[-1].parameters, optimizer=ADAM, optimizer_state=first[-1].optimizer_state, steps=3
        )
    )

    assert losses(first) + losses(more) == losses(last)


def test_a_document_of_the_contract_trains_as_it_stands() -> None:
    """An optimizer, a state and the like may be in the document."""
    document = {**PROBLEM, "optimizer": ADAM}

    assert losses(list(LOCAL.train(document, steps=2))) == losses(list(LOCAL.train(PROBLEM, optimizer=ADAM, steps=2)))
    assert textbook.problem("two_two_two") == textbook.problem("two_two_two")


def test_what_goes_wrong_ends_the_loop_there() -> None:
    """The steps before are the caller's; the error says at which step it happened."""
    steps: Iterator[Step] = LOCAL.train(
        PROBLEM, loss={"type": "squared_error"}, data={"x": [[1.0, 2.0]], "y": [[1.0, 1.0]]},
        optimizer={"type": "sgd", "learning_rate": 1e3}, steps=200,
    )  # fmt: skip
    taken = 0

    with pytest.raises(NonFiniteResult, match=r"at step \d+"):
        for taken, _ in enumerate(steps, 1):  # noqa: B007  (how far it came)
            pass

    assert 0 < taken < 200
    with pytest.raises(InvalidRequest, match="optimizer"):
        next(LOCAL.train(PROBLEM, steps=1))


def test_batches_that_travel_together_are_not_too_many_and_not_too_large() -> None:
    """However many steps a turn may have, a request stays far from the limits of a service."""
    small = [{"x": np.zeros((1, 1))}] * 250
    large = [{"x": np.zeros(MOST_BYTES // 24)}] * 7

    def sizes(batches: list[Any]) -> list[int]:
        training, found = train(PROBLEM, optimizer=ADAM, batches=batches, every=10_000), []
        call, done = next(training), LOCAL.step(PROBLEM, optimizer=ADAM)
        try:
            while call.members is not None:
                found.append(len(call.members["batches"]))
                call = training.send(done)
        except StopIteration:
            pass
        return found

    assert sizes(small) == [MOST_BATCHES, MOST_BATCHES, 50]
    assert sizes(large) == [3, 3, 1]
