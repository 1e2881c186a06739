"""From settings to a running service."""

from __future__ import annotations

import sys

from chainruler.api.logs import configure_logging
from chainruler.app import create_app
from chainruler.serving.acceptor import Listening
from chainruler.serving.sockets import base_url, listen
from chainruler.serving.supervisor import Supervisor
from chainruler.serving.worker import AppFactory, work
from chainruler.settings import Settings


def serve(settings: Settings, create: AppFactory = create_app) -> int:
    """Serve until told to stop, and return the exit code; OSError when the address cannot be listened on."""
    listening = listen(settings.host, settings.port)
    announce(base_url(listening), settings.workers)
    if settings.workers == 1:
        return work(settings, Listening(listening), create)
    configure_logging(settings.log_level)
    return Supervisor(settings, listening, create).run()


def announce(url: str, workers: int) -> None:
    """Tell the person at the terminal where to look; the log goes to stderr."""
    processes = "1 worker" if workers == 1 else f"{workers} workers"
    sys.stdout.write(
        f"chainruler listens on {url} ({processes}; Ctrl+C stops it)\n"
        f"  documentation  {url}/docs\n"
        f"  OpenAPI        {url}/openapi.json\n"
        f"  health         {url}/health/live  {url}/health/ready\n"
    )
    sys.stdout.flush()
