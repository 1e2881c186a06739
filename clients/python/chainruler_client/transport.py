"""Requests over HTTP, by httpx's transports.

httpx's clients would stand in between for cookies, redirects and the like, of which there are none here; they take a
fifth of the time of a small request.
"""

from __future__ import annotations

import ssl
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx
import numpy as np

from chainruler_client.errors import ConnectionFailed, TimedOut, UnreadableAnswer
from chainruler_client.exchange import HttpRequest, Response

KEPT = 4.0
"""Seconds that an idle connection is kept: the service closes it after five."""
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT)
SMALL = 2**16
"""Bytes of an answer that comes in one piece."""


class Address:
    """Where a service is: requests to it in httpx's words, and httpx's errors on the way there in ours."""

    def __init__(self, base_url: str) -> None:
        self.url = httpx.URL(base_url)
        self.base = base_url.rstrip("/")
        if self.url.scheme not in {"http", "https"} or not self.url.host:
            raise ValueError(f"The address of a service begins with http:// or https://, unlike {base_url!r}.")
        self.host = self.url.netloc.decode("ascii")
        self._urls: dict[str, httpx.URL] = {}

    def options(self) -> dict[str, Any]:
        """What httpx's own transports are to be made with: connections kept, and the proxy that the environment names.

        Without TLS no certificates are read, which takes 20 ms; the context that stands in for them trusts nobody.
        """
        proxies = {} if proxy_bypass(self.url.host) else getproxies()
        verify = True if self.url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return {"limits": LIMITS, "proxy": proxies.get(self.url.scheme) or proxies.get("all"), "verify": verify}

    def request(self, request: HttpRequest) -> httpx.Request:
        """The request as httpx sends it."""
        path = request.call.path
        url = self._urls.get(path) or self._urls.setdefault(path, httpx.URL(self.base + path))
        headers = {"Host": self.host, **request.headers}
        pieces = [] if request.body is None else request.body.pieces
        if request.body is not None:
            headers["Content-Length"] = str(sum(map(len, pieces)))
        seconds = None if request.timeout == float("inf") else request.timeout
        return httpx.Request(
            "GET" if request.body is None else "POST",
            url,
            headers=headers,
            stream=_Pieces(pieces),
            extensions={"timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}},
        )

    @contextmanager
    def errors_told(self, seconds: float) -> Iterator[None]:
        """Have httpx's errors raised as ours; the timeout is for the words."""
        try:
            yield
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise ConnectionFailed(f"{self.base} cannot be reached: no connection in time.") from error
            raise TimedOut(f"{self.base} did not answer within {seconds:g} s.") from error
        except httpx.ConnectError as error:
            raise ConnectionFailed(f"{self.base} cannot be reached: {error}. Does the service run?") from error
        except httpx.TransportError as error:
            raise ConnectionFailed(f"The connection to {self.base} broke: {error}") from error
        except httpx.DecodingError as error:
            raise UnreadableAnswer(f"{self.base} answered what cannot be unpacked: {error}") from error


class _Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is sent piece by piece, as often as it has to be."""

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces: Any = pieces  # httpx says bytes, and takes whatever a socket takes

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class HttpTransport:
    """Sends requests, and waits for the responses."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.address = Address(base_url)
        self._http = transport or httpx.HTTPTransport(**self.address.options())
        if transport is None:
            weakref.finalize(self, self._http.close)  # for callers who do not close: no socket is left to warn of

    def send(self, request: HttpRequest) -> Response:
        """The response to a request."""
        with self.address.errors_told(request.timeout):
            response = self._http.handle_request(self.address.request(request))
            try:
                room = _room(response)
                if room is None:
                    return _response(response, bytearray(response.read()))
                for piece in response.iter_raw():
                    room.take(piece)
                return _response(response, room.content)
            finally:
                response.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncHttpTransport:
    """Sends requests, and awaits the responses."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.address = Address(base_url)
        self._http = transport or httpx.AsyncHTTPTransport(**self.address.options())

    async def send(self, request: HttpRequest) -> Response:
        """The response to a request."""
        with self.address.errors_told(request.timeout):
            response = await self._http.handle_async_request(self.address.request(request))
            try:
                room = _room(response)
                if room is None:
                    return _response(response, bytearray(await response.aread()))
                async for piece in response.aiter_raw():
                    room.take(piece)
                return _response(response, room.content)
            finally:
                await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class _Room:
    """Memory for a large answer, made at once, so that its pieces are copied only there."""

    def __init__(self, size: int) -> None:
        self.content = np.empty(size, np.uint8).data  # not zeroed, unlike a bytearray
        self._end = 0

    def take(self, piece: bytes) -> None:
        """Put the next piece behind the last."""
        begin, self._end = self._end, self._end + len(piece)
        self.content[begin : self._end] = piece


def _room(response: httpx.Response) -> _Room | None:
    """Memory for the answer, if it is large and comes as it is."""
    size = int(response.headers.get("content-length", 0))
    return _Room(size) if size > SMALL and "content-encoding" not in response.headers else None


def _response(response: httpx.Response, content: bytearray | memoryview) -> Response:
    return Response(response.status_code, response.headers, content)
