"""What one request holds of the ledger, part by part."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from types import TracebackType
from typing import Self, TypeVar

from chainruler.memory.ledger import LEDGER, Ledger

T = TypeVar("T")

_THREAD = local()


class Account:
    """The bytes of one request: its body, its arrays, what is computed for it, its answer.

    Leaving its `with` gives all of them back.
    """

    __slots__ = ("ledger", "parts")

    def __init__(self, ledger: Ledger = LEDGER) -> None:
        self.ledger = ledger
        self.parts: dict[str, int] = {}

    @property
    def held(self) -> int:
        """How many bytes the request holds."""
        return sum(self.parts.values())

    def hold(self, part: str, size: int) -> None:
        """Hold as many bytes as this for a part of the request, whatever it held for that part before."""
        more = size - self.parts.get(part, 0)
        if more > 0:
            self.ledger.take(more, self.held)
        elif more < 0:
            self.ledger.give_back(-more)
        self.parts[part] = size

    def need(self, part: str, size: int) -> None:
        """Hold at least as many bytes for a part: what a request needed at its peak is held until it is answered."""
        if size > self.parts.get(part, 0):
            self.hold(part, size)

    def close(self) -> None:
        """Give everything back."""
        self.ledger.give_back(self.held)
        self.parts.clear()

    @contextmanager
    def charged(self) -> Iterator[None]:
        """Charge to it what programs need that run in this thread meanwhile."""
        outer, _THREAD.account = current(), self
        try:
            yield
        finally:
            _THREAD.account = outer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def current() -> Account | None:
    """The account of the request that this thread computes for; None outside of any request."""
    account: Account | None = getattr(_THREAD, "account", None)
    return account


def accounted(work: Callable[[], T]) -> T:
    """What `work` returns, with an account of its own for what is needed meanwhile."""
    with Account() as account, account.charged():
        try:
            return work()
        except BaseException as error:
            _free(error)
            raise


def _free(error: BaseException) -> None:
    """Drop what the frames of an error hold, so that arrays are freed before their bytes are given back."""
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__context__


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Run what needs this many bytes at its peak: they are the request's of this thread, or held just as long.

    A request keeps what its largest program needed until it is answered: the results are part of its answer.
    """
    account = current()
    if account is None:
        with LEDGER.reserve(size):
            yield
    else:
        account.need("programs", size)
        yield
