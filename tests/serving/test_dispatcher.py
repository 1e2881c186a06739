"""The supervisor's side: which worker is given a connection."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from selectors import DefaultSelector

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.serving.acceptor import READY, PassedSockets
from chainruler.serving.dispatcher import ConnectionDispatcher
from chainruler.serving.sockets import listen
from tests.support.sampling import examples


class House:
    """A dispatcher, and workers that do nothing but take connections."""

    def __init__(self, workers: int, opened: ExitStack) -> None:
        self.opened = opened
        self.listening = opened.enter_context(listen("127.0.0.1", 0))
        self.selector = opened.enter_context(DefaultSelector())
        self.closed = dict.fromkeys(range(workers), 0)
        self.dispatcher = ConnectionDispatcher(self.listening, self.selector, self.closed.__getitem__)
        opened.callback(lambda: [key.fileobj.close() for key in self.selector.get_map().values()])  # type: ignore[union-attr]
        self.channels = [self.expect(slot) for slot in range(workers)]
        self.has: dict[int, list[socket.socket]] = {slot: [] for slot in range(workers)}

    def expect(self, slot: int) -> socket.socket:
        """The channel of a worker that starts."""
        channel = self.opened.enter_context(self.dispatcher.expect(slot))
        channel.setblocking(False)
        return channel

    def begin(self, slot: int) -> None:
        """The worker takes connections."""
        self.channels[slot].send(READY)
        self.turn()

    def turn(self) -> None:
        """All that is ready now."""
        while ready := self.selector.select(0.01):
            for key, _ in ready:
                key.data()

    def connect(self, number: int) -> None:
        """So many clients connect, and each worker takes what it is given."""
        for _ in range(number):
            self.opened.enter_context(socket.create_connection(self.listening.getsockname()))
        self.turn()
        for slot, channel in enumerate(self.channels):
            while channel.fileno() >= 0 and (connection := PassedSockets(channel).take()) is not None:
                self.has[slot].append(self.opened.enter_context(connection))

    def leave(self, slot: int) -> None:
        """A connection of the worker ends."""
        if self.has[slot]:
            self.has[slot].pop().close()
            self.closed[slot] += 1


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """What is closed at the end."""
    with ExitStack() as stack:
        yield stack


@settings(max_examples=examples(25))
@given(st.integers(1, 4), st.lists(st.one_of(st.integers(1, 6), st.integers(-4, -1)), max_size=8))
def test_each_connection_goes_to_a_worker_with_the_fewest(workers: int, events: list[int]) -> None:
    """Whatever came and went before: as many connections as can make it even do."""
    with ExitStack() as opened:
        house = House(workers, opened)
        for slot in range(workers):
            house.begin(slot)
        for event in events:
            if event < 0:
                house.leave(-event % workers)
                continue
            expected = sorted(len(house.has[slot]) for slot in range(workers))
            for _ in range(event):
                expected = sorted([expected[0] + 1, *expected[1:]])
            house.connect(event)

            assert sorted(map(len, house.has.values())) == expected


def test_nobody_is_accepted_before_a_worker_is_there(opened: ExitStack) -> None:
    """Who comes early waits for the first worker, and whoever begins later gets its share from then on."""
    house = House(2, opened)
    house.connect(3)
    early = {slot: len(has) for slot, has in house.has.items()}
    house.begin(1)
    house.connect(1)
    alone = {slot: len(has) for slot, has in house.has.items()}
    house.begin(0)
    house.connect(4)

    assert early == {0: 0, 1: 0}
    assert alone == {0: 0, 1: 4}
    assert {slot: len(has) for slot, has in house.has.items()} == {0: 4, 1: 4}


def test_a_worker_that_dies_is_given_nothing(opened: ExitStack) -> None:
    """The others get it; and with none left, connections wait for the next one."""
    house = House(2, opened)
    house.begin(0)
    house.begin(1)
    house.channels[0].close()
    house.connect(2)
    house.channels[1].close()
    house.connect(2)
    house.channels[0] = house.expect(0)
    house.begin(0)
    house.connect(0)

    assert {slot: len(has) for slot, has in house.has.items()} == {0: 2, 1: 2}


def test_what_a_busy_worker_has_not_taken_counts(opened: ExitStack) -> None:
    """A worker that computes and does not look is not given everything meanwhile."""
    house = House(2, opened)
    house.begin(0)
    house.begin(1)
    for _ in range(6):
        opened.enter_context(socket.create_connection(house.listening.getsockname()))
    house.turn()
    house.connect(0)

    assert {slot: len(has) for slot, has in house.has.items()} == {0: 3, 1: 3}
