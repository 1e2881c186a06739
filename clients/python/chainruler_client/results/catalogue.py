"""What there is, and whether the service is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainruler_client.results.result import Result


@dataclass(frozen=True, repr=False, eq=False)
class Part(Result):
    """A layer, loss or optimiser."""

    type: str
    description: str
    schema: dict[str, Any]
    """The JSON schema of its description."""
    examples: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.type}: {self.description}"


@dataclass(frozen=True, repr=False, eq=False)
class Layers(Result):
    """Every layer."""

    layers: list[Part]


@dataclass(frozen=True, repr=False, eq=False)
class Losses(Result):
    """Every loss."""

    losses: list[Part]


@dataclass(frozen=True, repr=False, eq=False)
class Optimizers(Result):
    """Every optimiser."""

    optimizers: list[Part]


@dataclass(frozen=True, repr=False, eq=False)
class Listed(Result):
    """A worked system by its name."""

    name: str
    title: str
    about: str

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"


@dataclass(frozen=True, repr=False, eq=False)
class Textbook(Result):
    """The worked systems."""

    textbook: list[Listed]


@dataclass(frozen=True, repr=False, eq=False)
class TextbookEntry(Listed):
    """A worked system: a problem that every call takes as it stands, and the training that its course does."""

    problem: dict[str, Any]
    training: dict[str, Any] | None = None


@dataclass(frozen=True, repr=False, eq=False)
class Live(Result):
    """The service answers."""

    status: str
    version: str


@dataclass(frozen=True, repr=False, eq=False)
class Ready(Result):
    """Whether the service takes requests: `status` is "ready", or "draining" before it stops."""

    status: str
    version: str
