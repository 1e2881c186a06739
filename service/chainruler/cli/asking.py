"""Whom a subcommand asks: a service if its address is given, and otherwise the handlers in this process."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar, cast

from chainruler.cli.complaints import Complaint
from chainruler_client import Client
from chainruler_client.calls import Call
from chainruler_client.results import Result

R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class ServiceAnswer(Generic[R]):
    """What was answered: the document as it came, to be printed, and what is read from it, to be shown."""

    document: dict[str, Any]
    result: R


@dataclass(frozen=True, repr=False, eq=False)
class _AsItCame(Result):
    """An answer of which nothing is read."""

    document: dict[str, Any]
    dtype: str

    @classmethod
    def read(cls, document: Mapping[str, Any], dtype: str = "float64", request_id: str | None = None) -> Self:
        return cls(dict(document), dtype, request_id=request_id)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say whom to ask."""
    parser.add_argument(
        "--url", metavar="URL", help="ask the service at this address (otherwise CHAINRULER_URL); without: compute here"
    )
    parser.add_argument("--offline", action="store_true", help="compute here, whatever CHAINRULER_URL says")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def is_here(options: argparse.Namespace) -> bool:
    """Whether this process answers."""
    return options.offline or not _url(options)


def client(options: argparse.Namespace) -> Client:
    """The client of whatever answers; its key and its patience come from the environment."""
    try:
        return Client.local() if is_here(options) else Client(_url(options))
    except ValueError as error:  # of an address or of the environment
        raise Complaint(str(error)) from error


def _url(options: argparse.Namespace) -> str | None:
    return options.url or os.environ.get("CHAINRULER_URL")


def ask(client: Client, call: Call[R]) -> ServiceAnswer[R]:
    """The answer to a call."""
    came: _AsItCame = client.call(replace(cast("Call[Any]", call), result=_AsItCame))
    return ServiceAnswer(came.document, call.result.read(came.document, came.dtype, came.request_id))
