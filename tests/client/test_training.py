"""Training as a loop: the same numbers however it is cut into requests, and the state carried along."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler import textbook
from chainruler_client import Client, InvalidRequest, NonFiniteResult
from chainruler_client.calls import Call
from chainruler_client.client import AsyncClient
from chainruler_client.results import Step
from chainruler_client.training import MOST_BATCHES, MOST_BYTES, train
from tests.client.asking import bits
from tests.support.sampling import examples

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
@settings(max_examples=examples(8))
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
        ({"batches": iter(BATCHES), "steps": 3}, BATCHES[:3]),
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
        "some steps",
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
        ({"batch_size": 2}, "Say how long to train"),
        ({"batch_size": 0, "epochs": 1}, "no batches of 0 among 4 samples"),
        ({"batch_size": 2, "epochs": 1, "data": {}}, "no batches of 2 among 0 samples"),
        ({"batch_size": 2, "epochs": 1, "model": {**MODEL, "samples": "columns"}}, "samples of this model are columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_told_before_the_first_step(options: dict[str, Any], words: str) -> None:
    """When `train` is called, not when the loop begins."""
    with pytest.raises(ValueError, match=words):
        LOCAL.train({**PROBLEM, **options}, optimizer=ADAM)


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


def turns(seconds: float, **course: Any) -> list[dict[str, Any]]:
    """What each turn asks for, if each step takes so long."""
    training, found, done = train(PROBLEM, optimizer=ADAM, **course), [], LOCAL.step(PROBLEM, optimizer=ADAM)
    wanted = next(training, None)
    while wanted is not None:
        assert isinstance(wanted, Call)
        members = dict(wanted.members or {})
        found.append(members)
        count = len(members.get("batches", ())) or members["steps"]
        assert training.send((replace(done, steps=count), seconds * count)) is not None
        wanted = next(training, None)
    return found


def test_batches_that_travel_together_are_not_too_many_and_not_too_large() -> None:
    """However many steps a turn may have, a request stays far from the limits of a service."""
    small = turns(0.0, batches=[{"x": np.zeros((1, 1))}] * 250, every=10_000)
    large = turns(0.0, batches=[{"x": np.zeros(MOST_BYTES // 24)}] * 7, every=10_000)

    assert [len(turn["batches"]) for turn in small] == [MOST_BATCHES, MOST_BATCHES, 50]
    assert [len(turn["batches"]) for turn in large] == [3, 3, 1]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.01, [1, 20, 20, 9]), (0.15, [1] * 50), (5.0, [1] * 50), (1e-9, [1, 49])]
)
def test_a_turn_can_be_as_long_as_a_moment(seconds: float, expected: list[int]) -> None:
    """A fifth of a second, by what the last steps took; the first turn is one step."""
    assert [turn["steps"] for turn in turns(seconds, steps=50, every=None)] == expected
    assert [len(turn["batches"]) for turn in turns(seconds, batches=[{"x": [1.0]}] * 50, every=None)] == expected


def test_turns_as_long_as_a_moment_give_the_same_numbers() -> None:
    """Only how many there are depends on the machine."""
    moments = list(LOCAL.train(PROBLEM, optimizer=ADAM, steps=300, every=None))

    assert len(moments) < 300
    assert losses(moments) == losses(list(LOCAL.train(PROBLEM, optimizer=ADAM, steps=300, every=300)))


DATA = {"x": np.arange(10.0).reshape(5, 2), "y": np.arange(5), "weights": np.ones(5), "epoch": np.zeros(())}


def test_batches_can_be_cut_from_the_data() -> None:
    """By rows, whatever has an entry for each sample; the last batch of an epoch has what is left."""
    batches = [turn["batches"][0] for turn in turns(0.0, data=DATA, batch_size=2, epochs=2)]

    assert [batch["y"].tolist() for batch in batches] == [[0, 1], [2, 3], [4]] * 2
    assert all(np.array_equal(batch["x"], DATA["x"][batch["y"]]) for batch in batches)
    assert [len(batch["weights"]) for batch in batches] == [2, 2, 1] * 2
    assert [batch["epoch"].shape for batch in batches] == [()] * 6


def test_a_seed_shuffles_each_epoch() -> None:
    """Every sample once an epoch, in another order each time, and the same orders for the same seed."""

    def orders(**course: Any) -> list[list[int]]:
        seen = [int(y) for turn in turns(0.0, data=DATA, batch_size=2, **course) for y in turn["batches"][0]["y"]]
        return [seen[begin : begin + 5] for begin in range(0, len(seen), 5)]

    one = orders(epochs=4, seed=1)
    assert [sorted(order) for order in one] == [[0, 1, 2, 3, 4]] * 4
    assert len({tuple(order) for order in one}) > 1
    assert orders(epochs=4, seed=1) == one
    assert orders(epochs=4, seed=2) != one
    assert orders(steps=4, seed=1)[0] == one[0]
