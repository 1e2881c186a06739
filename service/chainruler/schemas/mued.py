"""The evaluate task of the µEd API, version 0.1.0: what is asked and what is answered.

What this service does not look at may be there and is ignored, as the specification wants it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chainruler.schemas.requests import Request

VERSION = "0.1.0"

Artefact = Literal["TEXT", "CODE", "MODEL", "MATH", "OTHER"]


class Lenient(Request):
    """A part of a request in which more may stand than is looked at."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Submission(Lenient):
    """What the learner hands in."""

    submissionId: Annotated[str, Field(max_length=200)] | None = None
    type: Artefact
    format: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="`latex` for LaTeX; anything else is read as NumPy."
    )
    content: dict[str, Any] = Field(
        description='A formula or numbers: {"expression": …}; or several answers: {"answers": {"W1": {"formula": …}}}.'
    )


class Task(Lenient):
    """What is asked of the learner."""

    referenceSolution: dict[str, Any] | None = Field(None, description="What the gradient is by, if nothing else says.")


class Preference(Lenient):
    """How the learner likes to be told."""

    detail: Literal["BRIEF", "MEDIUM", "DETAILED"] | None = None


class User(Lenient):
    """The learner."""

    preference: Preference | None = None


class Criterion(Lenient):
    """What is judged; returned with the answer that it is named after."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    criterionId: str | None = None
    name: str


class PreSubmissionFeedback(Lenient):
    """Whether only a preview is wanted."""

    enabled: bool


class Configuration(Lenient):
    """What the teacher has set up."""

    params: dict[str, Any] | None = Field(None, description="As `x-chainruler`; read first.")
    vendorExtensions: dict[str, Any] | None = Field(
        None,
        description="`x-chainruler`: `problem`, `with_respect_to`, `rubric`, `hints`, `reveal`; and Lambda Feedback's "
        "`x-lf`. Any other is ignored.",
    )


class EvaluateRequest(Lenient):
    """A submission to evaluate; it is answered at once, and `callbackUrl` is not called."""

    submission: Submission
    task: Task | None = None
    user: User | None = None
    criteria: list[Criterion] | None = Field(None, max_length=100)
    preSubmissionFeedback: PreSubmissionFeedback | None = None
    configuration: Configuration | None = None


class Told(BaseModel):
    """What is answered: more may be told than the specification knows."""

    model_config = ConfigDict(extra="allow")


class Feedback(Told):
    """Feedback on one answer."""

    feedbackId: str
    title: str | None = None
    message: str | None = None
    suggestedAction: str | None = None
    awardedPoints: float | None = Field(None, description="Absent where there is no verdict.")
    criterion: dict[str, Any] | None = None
    target: dict[str, Any] | None = None
    response: dict[str, Any] | None = Field(None, description="How the submission was read.")
    matchedCase: int | None = None
    vendorExtensions: dict[str, Any] | None = None


class ErrorResponse(Told):
    """Why there is no feedback."""

    title: str
    message: str | None = None
    code: str | None = None
    details: dict[str, Any] | None = None


class HealthResponse(Told):
    """Whether the service works, and what it can do."""

    status: Literal["OK", "DEGRADED", "UNAVAILABLE"]
    version: str
    capabilities: dict[str, Any]
