"""What a call is, and what the arguments of calls are made of."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypedDict, TypeVar

from numpy.typing import ArrayLike

from chainruler_client.results import Result

R = TypeVar("R", bound=Result)
T = TypeVar("T")


class HasArray(Protocol):
    """What NumPy can read: tensors, series, frames."""

    def __array__(self) -> Any: ...


Numbers: TypeAlias = ArrayLike | HasArray
Description: TypeAlias = Mapping[str, Any]
"""A layer, loss or the like, as the documentation describes it: {"type": "relu"}."""
Problem: TypeAlias = Mapping[str, Any]
"""A document of the contract, as it is posted; what is named beside it comes in the place of its members."""


class ProblemParts(TypedDict, total=False):
    """What a problem is made of."""

    model: Description
    loss: Description
    regularization: Description | None
    parameters: Mapping[str, Numbers] | None
    initialize: Description | None
    data: Mapping[str, Numbers]
    statistics: Mapping[str, Numbers] | None
    mode: Literal["train", "inference"]
    dtype: Literal["float64", "float32"]


@dataclass(frozen=True)
class Call(Generic[R]):
    """One call: its name, the type of its result, where it goes, and what is sent."""

    name: str
    result: type[R]
    path: str
    members: Mapping[str, Any] | None = None
    """What is posted; None for what is only looked up."""
    lines: Sequence[Mapping[str, Any]] | None = None
    """What is posted instead, line by line; the answer then is one of lines, too."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the path names."""
    answers: tuple[int, ...] = (200,)
    """The statuses that are answers."""

    @property
    def dtype(self) -> str:
        """The floats that the service computes with, which JSON does not say of its answers."""
        members = self.members or (self.lines or ({},))[0]
        members = members.get("defaults", members)
        document = members.get("problem", members)
        return document.get("dtype") or "float64"


Loop: TypeAlias = Generator[Call[Any] | T, tuple[Any, float] | None, None]
"""Calls in a loop: yields the next call, and is sent its result and the seconds that it took; or yields what is for
the code that runs the loop, and is sent nothing."""


def posted(name: str, result: type[R], problem: Problem | None, parts: Mapping[str, Any], **named: Any) -> Call[R]:
    """The call that posts a problem with these parts in the place of its own, and whatever else is named."""
    members = {**members_of(problem), **parts, **{key: value for key, value in named.items() if value is not None}}
    return Call(name, result, f"/v1/{name}", members)


def members_of(problem: object) -> dict[str, Any]:
    """The members of a problem; a TypeError that says what one is for anything else, such as a name."""
    if problem is None:
        return {}
    if not isinstance(problem, Mapping):
        name = repr(problem) if isinstance(problem, str) else "name"
        such = f"such as client.textbook_entry({name}).problem"
        raise TypeError(f"A problem is a mapping with model, loss and data, {such}; not a {type(problem).__name__}.")
    return dict(problem)
