"""`chainruler serve`."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from chainruler.cli.command import Subparsers

# One package that only the extra brings; if it is here, so are the others.
SERVER_PACKAGE = "uvicorn"
INSTALL = 'The server is not installed. Install it with: pip install "chainruler[server]"'

OPTIONS = ("host", "port", "workers", "log_level")


def add(subparsers: Subparsers) -> None:
    """Add the subcommand; an option that is not given is left to the environment, and last to its default."""
    parser = subparsers.add_parser(
        "serve",
        help="start the service",
        description="Start the service. Every setting can also come from the environment (CHAINRULER_PORT, …); "
        "--print-config lists them all.",
    )
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", help="port to listen on; 0 picks a free one")
    parser.add_argument("--workers", help="processes that answer")
    parser.add_argument("--log-level", help="least level that is logged: debug, info, warning or error")
    parser.add_argument("--print-config", action="store_true", help="print the settings in force, and start nothing")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; 2 when the server is not installed, or cannot start with these settings."""
    if find_spec(SERVER_PACKAGE) is None:
        return complain(INSTALL)
    # Imported here, because the base install has neither.
    from pydantic import ValidationError  # noqa: PLC0415  (only a server reads settings; the command starts faster)

    from chainruler.settings import PREFIX, Settings  # noqa: PLC0415  (needs the extra)

    try:
        settings = Settings(**{name: value for name in OPTIONS if (value := getattr(options, name)) is not None})
    except ValidationError as error:
        return complain(
            *(f"{PREFIX}{str(wrong['loc'][0]).upper()}: {wrong['msg']}" for wrong in error.errors(include_url=False))
        )
    if options.print_config:
        sys.stdout.write(settings.as_environment())
        return 0
    from chainruler.serving import serve  # noqa: PLC0415  (needs the extra)

    try:
        return serve(settings)
    except OSError as error:
        return complain(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.")


def complain(*lines: str) -> int:
    """Tell what is wrong with what was asked for, and return exit code 2."""
    for line in lines:
        sys.stderr.write(f"chainruler: {line}\n")
    return 2
