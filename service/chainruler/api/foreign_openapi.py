"""How endpoints of other grading interfaces are described."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from chainruler.api.openapi import REFERENCE, REQUEST_ID, RETRY_AFTER
from chainruler.calls.examples import LAMBDA_FEEDBACK, MUED
from chainruler.handlers import lambda_feedback, mued
from chainruler.refusals import kinds
from chainruler.schemas.lambda_feedback import CommandAnswer, EvalRequest
from chainruler.schemas.mued import ErrorResponse, EvaluateRequest, Feedback

Schema = dict[str, Any]

TAG = "other interfaces"
VERSION = {"X-Api-Version": {"description": "The version that was spoken.", "schema": {"type": "string"}}}
COMMAND: Schema = {
    "name": "command",
    "in": "header",
    "description": "What to do.",
    "schema": {"type": "string", "enum": ["eval", "preview", "healthcheck"], "default": "eval"},
}
API_VERSION: Schema = {
    "name": "X-Api-Version",
    "in": "header",
    "description": "The version that is wanted.",
    "schema": {"type": "string", "default": "0.1.0"},
}


def foreign_operations() -> dict[str, dict[str, Any]]:
    """How they are declared on FastAPI, by path."""
    return {
        "/evaluate": {
            "name": "mued_evaluate",
            "operation_id": "mued_evaluate",
            "summary": "µEd: feedback on a submission",
            "description": mued.evaluate.__doc__,
            "tags": [TAG],
            "response_model": list[Feedback],
            "responses": {
                200: {"headers": REQUEST_ID | VERSION},
                **{status: _refused(ErrorResponse, told, VERSION) for status, told in MUED_REFUSALS.items()},
            },
            "openapi_extra": {"parameters": [API_VERSION], "requestBody": _body(EvaluateRequest, MUED)},
        },
        "/": {
            "name": "lambda_feedback",
            "operation_id": "lambda_feedback",
            "summary": "Lambda Feedback: a command of an evaluation function",
            "description": lambda_feedback.evaluate.__doc__,
            "tags": [TAG],
            "response_model": CommandAnswer,
            "responses": {
                200: {"headers": REQUEST_ID},
                **{status: _refused(CommandAnswer, told, {}) for status, told in COMMAND_REFUSALS.items()},
            },
            "openapi_extra": {"parameters": [COMMAND], "requestBody": _body(EvalRequest, LAMBDA_FEEDBACK)},
        },
    }


MUED_REFUSALS = {
    400: "The request cannot be read, or cannot be.",
    403: kinds.UNAUTHORIZED.title + ".",
    406: "The version is not supported.",
    500: kinds.INTERNAL.title + ".",
    503: kinds.BUSY.title + ".",
}
COMMAND_REFUSALS = {
    400: "The request cannot be read, or cannot be.",
    401: kinds.UNAUTHORIZED.title + ".",
    408: kinds.TIMEOUT.title + ".",
    413: kinds.TOO_LARGE.title + ".",
    415: kinds.COMPRESSED.title + ".",
    500: kinds.INTERNAL.title + ".",
    503: kinds.BUSY.title + ".",
}


def _refused(model: type[BaseModel], told: str, headers: Schema) -> Schema:
    return {
        "model": model,
        "description": told,
        "headers": REQUEST_ID | headers | (RETRY_AFTER if told == kinds.BUSY.title + "." else {}),
    }


def _body(model: type[BaseModel], examples: Schema) -> Schema:
    shown = {name: {"value": example} for name, example in examples.items()}
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": shown}}}
