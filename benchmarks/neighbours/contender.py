"""A service that gives a loss and all its gradients, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from benchmarks.engine.workloads import Workload
from benchmarks.service.load import Request, Server

Array = Any
Serve = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True)
class Contender:
    """One way to get a loss and all gradients over HTTP."""

    name: str
    encoding: str
    """How arrays travel."""
    how: str
    """How it is written and tuned."""
    serve: Serve
    """Starts the server; contenders of the same function share one."""
    requests: Callable[[Workload], Sequence[Request]]
    """What its client sends for one answer, for the load generator to repeat."""
    read: Callable[[Sequence[bytes]], Sequence[Array]]
    """The loss and the gradients from the answers to these requests; arrays may be flat."""
    client: str
    """What calls it as its users do: a module of `clients`, and the function there."""
    needs: str | None = None
    """What has to be installed for it, by its name in `benchmarks.install`."""
    intended: bool = True
    """Whether it is used as its authors mean it to be, and not bent to need fewer requests."""
