"""The clients: one waits for results, the other is awaited. Their methods are the calls, and loops of them."""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack

from chainruler_client import calls, submissions, training
from chainruler_client.calls import Call, Loop
from chainruler_client.errors import ChainrulerError
from chainruler_client.exchange import AsyncTransport, Pause, Transport, exchange
from chainruler_client.options import Changes, Given, Options, address
from chainruler_client.results import Result
from chainruler_client.signatures import as_method

if TYPE_CHECKING:  # httpx takes longer to import than everything else here, and a local client does without
    import httpx

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
T = TypeVar("T")


def _waiting(describe: Callable[P, Call[R]]) -> Callable[Concatenate[Client, P], R]:
    """The method that makes a call and waits for its result."""

    @wraps(describe)
    def method(client: Client, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return client.call(describe(*args, **kwargs))

    return as_method(method, describe)


def _awaiting(describe: Callable[P, Call[R]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]:
    """The method that makes a call, whose result is awaited."""

    @wraps(describe)
    async def method(client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await client.call(describe(*args, **kwargs))

    return as_method(method, describe)


def _looping(describe: Callable[P, Loop[T]]) -> Callable[Concatenate[Client, P], Iterator[T]]:
    """The method for a loop of calls, of which its caller sees what comes of them."""

    @wraps(describe)
    def method(client: Client, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return _loop(client, describe(*args, **kwargs))

    return as_method(method, describe)


def _looping_async(describe: Callable[P, Loop[T]]) -> Callable[Concatenate[AsyncClient, P], AsyncIterator[T]]:
    """The same for `async for`."""

    @wraps(describe)
    def method(client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return _async_loop(client, describe(*args, **kwargs))

    return as_method(method, describe)


def _loop(client: Client, flow: Loop[T]) -> Iterator[T]:
    wanted = next(flow, None)
    while wanted is not None:
        if isinstance(wanted, Call):
            began = time.monotonic()
            result = client.call(wanted)
            wanted = _next(flow, (result, time.monotonic() - began))
        else:
            yield wanted
            wanted = next(flow, None)


async def _async_loop(client: AsyncClient, flow: Loop[T]) -> AsyncIterator[T]:
    wanted = next(flow, None)
    while wanted is not None:
        if isinstance(wanted, Call):
            began = time.monotonic()
            result = await client.call(wanted)
            wanted = _next(flow, (result, time.monotonic() - began))
        else:
            yield wanted
            wanted = next(flow, None)


def _next(flow: Loop[T], came: tuple[Any, float]) -> Call[Any] | T | None:
    """What a loop wants after a result; None at its end."""
    try:
        return flow.send(came)
    except StopIteration:
        return None


class _Told:
    """What both clients are told, and how they show themselves."""

    base_url: str
    options: Options

    def with_options(self, **changes: Unpack[Changes]) -> Self:
        """The same client with other options, on the same connections: `client.with_options(timeout=5).step(…)`."""
        other = copy.copy(self)
        other.options = self.options.changed(**changes)
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"


class Client(_Told):
    """Calls a chainruler service; keeps its connections open until `close`, or the end of a `with` block.

    The address is otherwise that of CHAINRULER_URL, or else that of this machine. `transport` takes the network's
    place: one of httpx, or whatever answers requests.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        transport: httpx.BaseTransport | Transport | None = None,
        **options: Unpack[Given],
    ) -> None:
        self.base_url = address(base_url)
        self.options = Options.of(**options)
        if isinstance(transport, Transport):
            self._transport = transport
        else:
            from chainruler_client.transport import HttpTransport  # noqa: PLC0415  (httpx, see above)

            self._transport = HttpTransport(self.base_url, transport)

    @classmethod
    def local(cls, **options: Unpack[Given]) -> Self:
        """A client that needs no service: the calls are answered in this process, with the same results and errors."""
        from chainruler_client.local import LocalTransport  # noqa: PLC0415  (the service, which nobody else needs)

        return cls("local", transport=LocalTransport(), **options)

    def call(self, call: Call[R]) -> R:
        """The result of a call that `calls` describes; the methods below are this for each of them."""
        flow = exchange(call, self.options)
        try:
            wanted = next(flow)
            while True:
                if isinstance(wanted, Pause):
                    time.sleep(wanted.seconds)
                    wanted = next(flow)
                    continue
                try:
                    response = self._transport.send(wanted)
                except ChainrulerError as error:
                    wanted = flow.throw(error)
                else:
                    wanted = flow.send(response)
        except StopIteration as done:
            result: R = done.value
            return result

    def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    gradients = _waiting(calls.gradients)
    forward = _waiting(calls.forward)
    step = _waiting(calls.step)
    train = _looping(training.train)
    jacobian = _waiting(calls.jacobian)
    jvp = _waiting(calls.jvp)
    vjp = _waiting(calls.vjp)
    hvp = _waiting(calls.hvp)
    gradcheck = _waiting(calls.gradcheck)
    derivation = _waiting(calls.derivation)
    differentiate = _waiting(calls.differentiate)
    grade = _waiting(calls.grade)
    grade_batch = _looping(submissions.grade_batch)
    problems = _waiting(calls.problems)
    preview = _waiting(calls.preview)
    mistakes = _waiting(calls.mistakes)
    layers = _waiting(calls.layers)
    losses = _waiting(calls.losses)
    optimizers = _waiting(calls.optimizers)
    textbook = _waiting(calls.textbook)
    textbook_entry = _waiting(calls.textbook_entry)
    live = _waiting(calls.live)
    ready = _waiting(calls.ready)


class AsyncClient(_Told):
    """Calls a chainruler service from coroutines; otherwise like `Client`."""

    def __init__(
        self,
        base_url: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | AsyncTransport | None = None,
        **options: Unpack[Given],
    ) -> None:
        self.base_url = address(base_url)
        self.options = Options.of(**options)
        if isinstance(transport, AsyncTransport):
            self._transport = transport
        else:
            from chainruler_client.transport import AsyncHttpTransport  # noqa: PLC0415  (httpx, see above)

            self._transport = AsyncHttpTransport(self.base_url, transport)

    @classmethod
    def local(cls, **options: Unpack[Given]) -> Self:
        """A client that needs no service: the calls are answered in threads of this process."""
        from chainruler_client.local import AsyncLocalTransport  # noqa: PLC0415  (the service, which nobody else needs)

        return cls("local", transport=AsyncLocalTransport(), **options)

    async def call(self, call: Call[R]) -> R:
        """The result of a call that `calls` describes; the methods below are this for each of them."""
        import asyncio  # noqa: PLC0415  (it takes a third of the time to import all this, and only these clients need it)

        flow = exchange(call, self.options)
        try:
            wanted = next(flow)
            while True:
                if isinstance(wanted, Pause):
                    await asyncio.sleep(wanted.seconds)
                    wanted = next(flow)
                    continue
                try:
                    response = await self._transport.send(wanted)
                except ChainrulerError as error:
                    wanted = flow.throw(error)
                else:
                    wanted = flow.send(response)
        except StopIteration as done:
            result: R = done.value
            return result

    async def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    gradients = _awaiting(calls.gradients)
    forward = _awaiting(calls.forward)
    step = _awaiting(calls.step)
    train = _looping_async(training.train)
    jacobian = _awaiting(calls.jacobian)
    jvp = _awaiting(calls.jvp)
    vjp = _awaiting(calls.vjp)
    hvp = _awaiting(calls.hvp)
    gradcheck = _awaiting(calls.gradcheck)
    derivation = _awaiting(calls.derivation)
    differentiate = _awaiting(calls.differentiate)
    grade = _awaiting(calls.grade)
    grade_batch = _looping_async(submissions.grade_batch)
    problems = _awaiting(calls.problems)
    preview = _awaiting(calls.preview)
    mistakes = _awaiting(calls.mistakes)
    layers = _awaiting(calls.layers)
    losses = _awaiting(calls.losses)
    optimizers = _awaiting(calls.optimizers)
    textbook = _awaiting(calls.textbook)
    textbook_entry = _awaiting(calls.textbook_entry)
    live = _awaiting(calls.live)
    ready = _awaiting(calls.ready)
