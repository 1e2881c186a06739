"""`chainruler serve`.

Start the service. Every setting can also come from the environment (CHAINRULER_PORT, …); --print-config lists them all.
An option that is not given is left to the environment, and last to its default.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from chainruler.cli.complaints import Complaint
from chainruler.memory.ledger import MB
from chainruler.memory.machine import LEAST_OF_WORKER, memory_of_worker

if TYPE_CHECKING:
    from chainruler.settings import Settings

# One package that only the extra brings; if it is here, so are the others.
SERVER_PACKAGE = "uvicorn"
NOT_INSTALLED = Complaint("The server is not installed.", hint='Install it with: pip install "chainruler[server]"')
OPTIONS = ("host", "port", "workers", "log_level")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The settings that people want to make most, by the names that they have in the environment."""
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", help="port to listen on; 0 picks a free one")
    parser.add_argument("--workers", help="processes that answer")
    parser.add_argument("--log-level", help="least level that is logged: debug, info, warning or error")
    parser.add_argument("--print-config", action="store_true", help="print the settings in force, and start nothing")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if find_spec(SERVER_PACKAGE) is None:
        raise NOT_INSTALLED
    # Imported here, because the base install has neither.
    from pydantic import ValidationError  # noqa: PLC0415  (only a server reads settings; the command starts faster)

    from chainruler.settings import PREFIX, Settings  # noqa: PLC0415  (needs the extra)

    try:
        settings = Settings(**{name: value for name in OPTIONS if (value := getattr(options, name)) is not None})
    except ValidationError as error:
        wrong = [
            f"{PREFIX}{str(one['loc'][0]).upper()}: {_words(one['msg'])}" for one in error.errors(include_url=False)
        ]
        raise Complaint("\n".join(wrong)) from error
    if options.print_config:
        sys.stdout.write(settings.as_environment())
        return 0
    _check_memory(settings)
    from chainruler.serving import serve  # noqa: PLC0415  (needs the extra)

    try:
        return serve(settings)
    except OSError as error:
        raise Complaint(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from error


def _words(message: str) -> str:
    """The words of a check of our own, without Pydantic's before them."""
    return message.removeprefix("Value error, ")


def _check_memory(settings: Settings) -> None:
    """Refuse to start workers that would have no memory left for any request."""
    most = memory_of_worker(settings.memory, settings.workers)
    if most < LEAST_OF_WORKER:
        workers = f"{settings.workers} workers have" if settings.workers > 1 else "The worker has"
        message = f"{workers} {most // MB:,} MB of memory each, and a worker needs {LEAST_OF_WORKER // MB:,} MB."
        raise Complaint(message, hint="Set CHAINRULER_MEMORY higher, or CHAINRULER_WORKERS lower.")
