"""What stays on the event loop, and what has to leave it."""

import asyncio
import gc
import math
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from starlette.types import Message

from chainruler import wire
from chainruler.api import placement
from chainruler.api.bodies import UNCOUNTED, Memory, ReceivedBody
from chainruler.api.metrics import Metrics
from chainruler.api.placement import INLINE_OPERATIONS, Slices, Workers
from chainruler.calls.codecs import PLAIN
from chainruler.calls.table import CALLS
from chainruler.calls.task import Pipeline
from chainruler.handlers.context import Context
from chainruler.handlers.gradients import gradients
from chainruler.networks import Budget
from chainruler.refusals.transport import BodyTooLarge, Busy, ClientGone, TookTooLong
from chainruler.schemas import requests
from chainruler.schemas.reading import read_request
from tests.api.requests import good

KNOWN = {call.name: call for call in CALLS}
SGD = {"type": "sgd", "learning_rate": 0.1}


def operations(name: str, budget: Budget, **changes: Any) -> float:
    """What a request is taken to cost, after one like it was answered."""
    task = Pipeline(KNOWN[name], PLAIN.settle({}), Context(budget), wire.DecodingLimits())
    request = read_request(KNOWN[name].request, good(**changes))
    work = task.prepared(request)
    assert work.operations == math.inf
    work.run()
    return task.prepared(request).operations


@pytest.mark.parametrize(
    ("name", "changes", "stays"),
    [
        pytest.param("gradients", {}, True, id="gradients"),
        pytest.param("gradients", {"include": ["intermediates"]}, True, id="with lines"),
        pytest.param("gradients", {"include": ["per_sample"]}, False, id="of each sample"),
        pytest.param("forward", {}, True, id="forward"),
        pytest.param("step", {"optimizer": SGD}, True, id="a step"),
        pytest.param("step", {"optimizer": SGD, "steps": 100}, False, id="many steps"),
        pytest.param("gradcheck", {}, False, id="gradcheck"),
        pytest.param("derivation", {}, False, id="derivation"),
    ],
)
def test_only_what_is_known_to_be_quick_stays(name: str, changes: dict[str, Any], stays: bool) -> None:
    """The first request of its form always leaves the loop, because a program has to be made for it."""
    budget = Budget(parameters=10_000 + len(str(changes)) + len(name))  # a form that no other test has answered

    assert (operations(name, budget, **changes) <= INLINE_OPERATIONS) is stays


def test_drawn_parameters_leave_the_loop() -> None:
    """How many there are is not in the body."""
    model = {"layers": [{"type": "linear", "units": 2}]}
    drawn = {"model": model, "initialize": {"type": "he_normal", "seed": 0}}
    request = read_request(requests.GradientsRequest, {k: v for k, v in good(**drawn).items() if k != "parameters"})
    gradients(request, Context(Budget()))

    assert gradients.prepare(request, Context(Budget())).operations == math.inf


async def never() -> Message:
    """A client that stays."""
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}


async def at_once() -> Message:
    """A client that is gone."""
    return {"type": "http.disconnect"}


def race(work: Callable[[], int], receive: Any, seconds: float, *, before: int = 0, queue: int = 8) -> int:
    """One piece of work behind others, on one thread."""

    async def run() -> int:
        workers = Workers(1, queue, seconds, Metrics())
        end = threading.Event()
        loop = asyncio.get_running_loop()
        others = [asyncio.ensure_future(workers.run(end.wait, never, loop.time() + 60)) for _ in range(before)]
        await asyncio.sleep(0.01)
        try:
            return await workers.run(work, receive, loop.time() + seconds)
        finally:
            end.set()
            await asyncio.gather(*others)
            assert await workers.run(lambda: 1, never, loop.time() + 60) == 1  # nobody's thread was lost
            await asyncio.sleep(0.05)
            assert workers.free == 1

    return asyncio.run(run())


def test_work_comes_back() -> None:
    """With what it returns."""
    assert race(lambda: 7, never, 10) == 7


@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_client_that_goes_is_not_computed_for(before: int) -> None:
    """In the queue or on a thread: nobody waits for it."""
    with pytest.raises(ClientGone):
        race(lambda: threading.Event().wait(0.2), at_once, 10, before=before)


@pytest.mark.parametrize("before", [1, 3])
def test_the_deadline_holds_in_the_queue(before: int) -> None:
    """Who waits too long is told so, and gives up the place."""
    with pytest.raises(TookTooLong):
        race(lambda: 7, never, 0.05, before=before)


def test_a_turn_that_comes_too_late_is_passed_on() -> None:
    """Who is given a thread at the moment of giving up does not take it along."""

    async def run() -> int:
        workers = Workers(1, 8, 10, Metrics())
        end = threading.Event()
        deadline = asyncio.get_running_loop().time() + 60
        first = asyncio.ensure_future(workers.run(end.wait, never, deadline))
        await asyncio.sleep(0.01)
        second = asyncio.ensure_future(workers.run(lambda: 2, never, deadline))
        while not workers.waiting:  # noqa: ASYNC110 (single turns of the loop are the point)
            await asyncio.sleep(0)
        end.set()
        while workers.waiting:  # noqa: ASYNC110 (the same)
            await asyncio.sleep(0)
        second.cancel()  # its turn has come, and it has not heard of it yet
        await asyncio.gather(first, second, return_exceptions=True)
        assert second.cancelled()
        return await asyncio.wait_for(workers.run(lambda: 3, never, deadline), 5)

    assert asyncio.run(run()) == 3


def test_a_full_queue_refuses() -> None:
    """At once."""
    with pytest.raises(Busy):
        race(lambda: 7, never, 10, before=3, queue=2)


def test_an_error_keeps_nothing_alive() -> None:
    """What a request held is freed with its error, and not by a garbage collection that comes some time later."""

    class Arrays:
        """Stands for what a request holds."""

    alive: list[weakref.ref[Arrays]] = []

    def fail() -> None:
        held = Arrays()
        alive.append(weakref.ref(held))
        raise Busy("Refused with arrays at hand")

    async def asked() -> None:
        workers = Workers(1, 1, 10.0, Metrics())
        for _ in range(3):
            with suppress(Busy):
                await workers.run(fail, asyncio.Event().wait, asyncio.get_running_loop().time() + 10)  # type: ignore[arg-type]
            await asyncio.sleep(0.01)

    gc.disable()
    try:
        asyncio.run(asked())
        assert [one() for one in alive] == [None] * 3
    finally:
        gc.enable()


def test_bodies_share_memory() -> None:
    """Large bodies are counted while they are there, by what was declared or by what came; small ones are not."""

    async def read(body: ReceivedBody, declared: bytes | None, pieces: list[bytes]) -> int:
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        messages[-1]["more_body"] = False

        async def receive() -> Message:
            return messages.pop(0)

        return len(await body.read(receive, declared, asyncio.get_running_loop().time() + 10, 10))

    memory = Memory(3 * UNCOUNTED, Metrics())
    half = b" " * UNCOUNTED
    with ReceivedBody(10 * UNCOUNTED, memory) as first, ReceivedBody(10 * UNCOUNTED, memory) as second:
        assert asyncio.run(read(first, None, [half, half])) == memory.held == 2 * UNCOUNTED
        assert asyncio.run(read(second, b"10", [half])) == UNCOUNTED
        assert memory.held == 2 * UNCOUNTED
        with pytest.raises(Busy):
            asyncio.run(read(second, str(2 * UNCOUNTED).encode(), [half]))
        with pytest.raises(BodyTooLarge):
            asyncio.run(read(second, b"9" * 12, [half]))
    assert memory.held == 0


def test_the_loop_computes_for_a_slice_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of fifty that are ready at once, each a millisecond, a few are computed in a turn, all in the order of asking."""
    now = 0.0
    monkeypatch.setattr(placement, "perf_counter", lambda: now)
    order: list[int] = []

    async def one(slices: Slices, number: int) -> None:
        nonlocal now
        await slices.share()
        now += 0.001
        order.append(number)

    async def run() -> list[int]:
        slices = Slices(0.004)
        tasks = [asyncio.ensure_future(one(slices, number)) for number in range(50)]
        seen = [0]
        while len(order) < 50:
            await asyncio.sleep(0)
            seen.append(len(order))
        await asyncio.gather(*tasks)
        return seen

    seen = asyncio.run(run())

    assert order == list(range(50))
    assert max(after - before for before, after in pairwise(seen)) <= 5


def test_who_has_gone_takes_no_turn() -> None:
    """The turn of a request that is cancelled while it waits goes to the next one."""

    async def run() -> str:
        slices = Slices(0.0)
        await slices.share()
        gone, next_one = (asyncio.ensure_future(slices.share()) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(next_one, 1)
        await asyncio.sleep(0.01)
        await asyncio.wait_for(slices.share(), 1)
        return "served"

    assert asyncio.run(run()) == "served"
