"""Lambda Feedback's evaluation functions: POST / with a command in the header `command`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from chainruler.calls.call import Call
from chainruler.calls.codecs import PLAIN, Headers
from chainruler.calls.examples import LAMBDA_FEEDBACK
from chainruler.faces.lambda_feedback import commands
from chainruler.networks import SpecError
from chainruler.refusals.documents import ProblemResponse
from chainruler.refusals.styles import RefusalStyle
from chainruler.schemas.lambda_feedback import CommandAnswer, EvalRequest, HealthcheckRequest, ResponsePreviewRequest


class UnknownCommand(SpecError):
    """A command that there is not; all that is said of it is a message."""


def _write(problem: ProblemResponse, error: Exception) -> bytes:
    """A message, and what is wrong with each field."""
    told: dict[str, Any] = orjson.loads(problem.body)
    if isinstance(error, UnknownCommand):
        return orjson.dumps({"error": {"message": told["detail"]}})
    fields: dict[str, list[str]] = {}
    for fault in told.get("errors", []):
        fields.setdefault(fault["pointer"], []).append(fault["message"])
    return orjson.dumps({"error": {"message": told["detail"], "error_thrown": told["title"], "fields": fields}})


def _chosen(headers: Headers) -> Call:
    """The call of the command that a request names."""
    command = headers.get(b"command", b"eval").decode("latin-1")
    if command not in COMMANDS:
        raise UnknownCommand("unknown_value", "", f"invalid command: known are {', '.join(COMMANDS)}")
    return COMMANDS[command]


EVAL = Call(
    name="lambda_feedback",
    template="/",
    summary="Lambda Feedback: a command of an evaluation function",
    request=EvalRequest,
    handler=commands.evaluate,
    answer=CommandAnswer,
    examples=LAMBDA_FEEDBACK,
    codec=PLAIN,
    refusals=RefusalStyle(media_type="application/json", write=_write, model=CommandAnswer, statuses={422: 400}),
    choose=_chosen,
    tag="other interfaces",
    header_parameters={
        "command": {
            "description": "What to do.",
            "schema": {"type": "string", "enum": ["eval", "preview", "healthcheck"], "default": "eval"},
        }
    },
)
COMMANDS = {
    "eval": EVAL,
    "preview": replace(EVAL, request=ResponsePreviewRequest, handler=commands.preview),
    "healthcheck": replace(EVAL, request=HealthcheckRequest, handler=commands.healthcheck),
}
CALLS = (EVAL,)
