"""The synchronous client."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
import orjson


@dataclass(frozen=True, slots=True)
class Health:
    """What a service says about itself: `status` is "ready" or "draining"."""

    status: str
    version: str


class Client:
    """Calls a chainruler service; keeps its connections open until `close`, or the end of a `with` block."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=timeout, transport=transport)

    def health(self) -> Health:
        """Whether the service takes requests, and its version; a draining service is an answer, not an error."""
        response = self._http.get("/health/ready")
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            response.raise_for_status()
        answer = orjson.loads(response.content)
        return Health(status=answer["status"], version=answer["version"])

    def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
