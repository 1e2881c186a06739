"""What a handler is given beside its request."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, NamedTuple, TypeVar

from chainruler.networks import Budget
from chainruler.schemas.grading import Reveal

R_contra = TypeVar("R_contra", contravariant=True)


class Unwanted(Exception):
    """Nobody waits for the result of this computation any more."""


@dataclass(slots=True)
class Context:
    """The surroundings of one request, as values: a handler reads no setting and no environment by itself.

    A store of kept work belongs here as soon as a call needs one.
    """

    budget: Budget
    """How much the request may ask for."""
    token_keys: Sequence[bytes] = (b"",)
    """What tokens of problems are signed with: the first signs, and tokens of all are taken."""
    keys_needed: bool = False
    """Whether callers need a key."""
    reveal: Reveal = "values"
    """The most that grading may reveal to this caller."""
    wanted: bool = True
    """Whether somebody still waits; the runtime clears it, from another thread."""

    def check_wanted(self) -> None:
        """End a computation that nobody waits for any more; long loops call it once each turn."""
        if not self.wanted:
            raise Unwanted


class Work(NamedTuple):
    """What is left to do for a request once it is prepared, and how much that is."""

    run: Callable[[], Any]
    operations: float = math.inf
    """How much arithmetic it takes, where that is known; infinity where it is not."""


class Staged(Generic[R_contra]):
    """A handler in two stages: `prepare` says at once how much work there is, and the work is done later, elsewhere.

    Called like any other handler it does both. It decorates the function that prepares, and takes its docstring.
    """

    def __init__(self, prepare: Callable[[R_contra, Context], Work]) -> None:
        self.prepare = prepare
        update_wrapper(self, prepare)

    def __call__(self, request: R_contra, context: Context) -> dict[str, Any]:
        """The answer to a request."""
        answer: dict[str, Any] = self.prepare(request, context).run()
        return answer
