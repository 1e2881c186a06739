"""Stand-ins for a service: a transport with answers of its own, and a server with one line of behaviour."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

LIVE = b'{"status":"live","version":"1"}'
"""The answer of /health/live."""


def answering(*responses: httpx.Response | Exception, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """A service that gives these answers in turn, the last of them for good."""
    left = list(responses)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        response = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(response, Exception):
            raise response
        return response

    return httpx.MockTransport(answer)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one's own: what it does with each connection, in a thread; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        serve(connection)
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
