"""What Lambda Feedback's evaluation functions are asked and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chainruler.schemas.answers import Answer
from chainruler.schemas.requests import Request


def _something(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("wrong_type", "must not be null")
    return value


Something = Annotated[Any, AfterValidator(_something)]


class ResponsePreviewRequest(Request):
    """A response, to see how it is read."""

    response: Something = Field(description="What the student typed: a formula, numbers, or an array.")
    params: dict[str, Any] = Field(
        default_factory=dict,
        description="What the teacher has set up: `problem`, and if wanted `with_respect_to`, `syntax` or `is_latex`, "
        "`rubric`, `hints`, `reveal`, `symbols`, `cases`.",
    )


class EvalRequest(ResponsePreviewRequest):
    """A response, and what it is the gradient by."""

    answer: Something = Field(description="What the gradient is by, W1, unless `params.with_respect_to` says it.")


class HealthcheckRequest(Request):
    """Nothing need be said to ask whether it works."""


class EvalResult(Answer):
    """A verdict."""

    is_correct: bool
    feedback: str = Field(description="HTML; what the student wrote is escaped.")
    response_latex: str | None = None
    response_simplified: str | None = None
    matched_case: int | None = Field(None, description="The number of the case whose mistake was made.")
    tags: list[str] = Field(description="Codes of the mistakes.")
    score: float = Field(description="The part of the points.")
    warnings: list[dict[str, Any]] | None = Field(None, description="Cases that could not be used.")


class Trouble(Answer):
    """Why there is no verdict."""

    message: str
    error_thrown: str | None = None
    fields: dict[str, list[str]] | None = Field(None, description="What is wrong, by its place in the request.")


class CommandAnswer(Answer):
    """A command's result, or why there is none."""

    command: Literal["eval", "preview", "healthcheck"] | None = None
    result: EvalResult | dict[str, Any] | None = None
    error: Trouble | None = None
