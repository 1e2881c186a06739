"""What an API key is good for, as it is configured: the key itself is known by its hash alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from chainruler.schemas.grading import Reveal

LOCAL = "local"
"""The name of every caller where no keys are set."""
METRICS = "metrics"
"""By which a key is allowed to read them."""

Name = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Permission(BaseModel):
    """One key: whose it is, and how much it opens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name = Field(description="By which the log and the metrics call it.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="The SHA-256 of the key, in hexadecimal.")
    calls: frozenset[str] | None = Field(None, description="The names of the calls it opens; all of them unless said.")
    reveal: Reveal = Field("values", description="The most that grading may reveal to it.")
    rate: float | None = Field(None, gt=0, le=1e6, description="Requests a second to each worker, in the long run.")
    share: float = Field(1.0, gt=0, le=1, description="The part of each worker's threads and queue that it may take.")
    expires: date | None = Field(None, description="The last day on which it is good, in UTC.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.name == LOCAL:
            raise ValueError(f'The name "{LOCAL}" is that of callers without a key.')
        return self


_FILE = TypeAdapter(tuple[Permission, ...])


def permissions_in(path: str) -> tuple[Permission, ...]:
    """The keys that a JSON file lists; ValueError if they contradict one another, or the file cannot be read."""
    try:
        permissions = _FILE.validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    for field in ("name", "sha256"):
        _check_distinct(field, [getattr(permission, field) for permission in permissions])
    if not permissions:
        raise ValueError(f"{path} lists no key, and would let nobody in.")
    return permissions


def anonymous(sha256: str) -> Permission:
    """A key that is configured by its hash alone: it opens everything, and is called by the hash's first digits."""
    return Permission(name=f"key-{sha256[:8]}", sha256=sha256)


def _check_distinct(field: str, values: Sequence[str]) -> None:
    doubled = next((value for index, value in enumerate(values) if value in values[:index]), None)
    if doubled is not None:
        raise ValueError(f"Two keys have the same {field}: {doubled}.")
