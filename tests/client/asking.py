"""Calls by name, and results and refusals as plain values that can be compared to the last bit."""

from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np

from chainruler_client import AsyncClient, Client, StatusError
from chainruler_client.results import Result

Document = dict[str, Any]


def ask(client: Client, name: str, document: Document) -> Result:
    """The result of a call to a document, as a user would make it."""
    if name == "differentiate":
        return client.differentiate(**document)
    method: Callable[[Document], Result] = getattr(client, name)
    return method(document)


async def awaited(client: AsyncClient, name: str, document: Document) -> Result:
    """The same of a client that is awaited."""
    if name == "differentiate":
        return await client.differentiate(**document)
    method: Callable[[Document], Coroutine[Any, Any, Result]] = getattr(client, name)
    return await method(document)


def refused(client: Client, name: str, document: Document) -> tuple[type, int, list[Any]]:
    """How a call is refused: by what error, with what status, and for what faults."""
    try:
        ask(client, name, document)
    except StatusError as error:
        return type(error), error.status, list(error.errors)
    raise AssertionError("It was not refused.")


def bits(value: Any) -> Any:
    """The value with each array as its dtype, its shape and its bytes, and each float as its digits."""
    if isinstance(value, Result):
        return bits(value.to_dict())
    if isinstance(value, np.ndarray):
        return value.dtype.name, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: bits(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [bits(entry) for entry in value]
    return value.hex() if isinstance(value, float) else value
