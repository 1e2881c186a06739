"""How refusals read to those who speak a protocol: as problems of RFC 9457, or in the words of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from chainruler.refusals.documents import MEDIA_TYPE, ProblemResponse, problem_of


def _as_it_is(problem: ProblemResponse, _error: Exception) -> bytes:
    return problem.body


@dataclass(frozen=True)
class RefusalStyle:
    """How one protocol writes refusals."""

    media_type: str = MEDIA_TYPE
    write: Callable[[ProblemResponse, Exception], bytes] = _as_it_is
    """The body for the problem that an error is."""
    model: type[BaseModel] | None = None
    """The type of the body, where it is no problem."""
    statuses: Mapping[int, int] = field(default_factory=dict)
    """The statuses that the protocol has for ours, where they differ."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the headers of every refusal say."""

    def refused(self, error: Exception) -> ProblemResponse:
        """The status, body and headers that tell of a known error."""
        problem = problem_of(error)
        status = self.statuses.get(problem.status, problem.status)
        headers = {"content-type": self.media_type, **problem.headers, **self.headers}
        return ProblemResponse(status, self.write(problem, error), headers)


PROBLEMS = RefusalStyle()
