"""/openapi.json: what FastAPI cannot know of routes whose bodies are read below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from pydantic.json_schema import GenerateJsonSchema, JsonRef, models_json_schema

from chainruler import wire
from chainruler.calls.lines import MEDIA_TYPE as BATCH
from chainruler.calls.table import CALLS, Call
from chainruler.refusals import kinds
from chainruler.refusals.documents import LONGEST, MEDIA_TYPE, MOST_ERRORS
from chainruler.refusals.kinds import Kind
from chainruler.schemas.grading import BatchAnswer, BatchLine
from chainruler.schemas.lambda_feedback import EvalRequest
from chainruler.schemas.mued import EvaluateRequest
from chainruler.schemas.requests import part_schemas

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"
REFUSALS = (
    kinds.MALFORMED,
    kinds.UNAUTHORIZED,
    kinds.NOT_ACCEPTABLE,
    kinds.TIMEOUT,
    kinds.TOO_LARGE,
    kinds.COMPRESSED,
    kinds.INVALID,
    kinds.OVER_BUDGET,
    kinds.NON_FINITE,
    kinds.INTERNAL,
    kinds.BUSY,
    kinds.TOOK_TOO_LONG,
)
"""What can be wrong with a request that computes."""

REQUEST_ID = {
    "X-Request-Id": {
        "description": "The id of this exchange in the log: the one that was sent, if it is harmless, or a new one.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    }
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "string"}}}
BINARY = {"type": "string", "format": "binary", "description": "A tensor's key is its path; the rest is the metadata."}

BATCH_DESCRIPTION = """Each line is a request of /v1/grade, with an `id` of yours. A line `{"defaults": {…}}` says what
the lines after it leave out. Answers come as soon as they are ready, a line each, with the number of the line; what is
wrong with a line is told in its `error`, and spoils that line only."""

FAULT: Schema = {
    "title": "Fault",
    "type": "object",
    "required": ["code", "pointer", "message"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "maxLength": LONGEST["code"], "description": "What is wrong, for programs."},
        "pointer": {"type": "string", "description": "Where, as a JSON pointer into the request.", "maxLength": 200},
        "message": {"type": "string", "maxLength": LONGEST["message"], "description": "What is wrong, for people."},
        "hint": {"type": "string", "maxLength": LONGEST["hint"], "description": "What to do about it."},
    },
}
PROBLEM: Schema = {
    "title": "Problem",
    "description": "RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "The kind, and where it is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "maxItems": MOST_ERRORS, "items": {"$ref": REFERENCE.format(model="Fault")}},
        "more": {"type": "integer", "minimum": 1, "description": "How many faults are not listed."},
    },
}


class _Schemas(GenerateJsonSchema):
    """Schemas that may refer to components which Pydantic does not know: the parts of a network."""

    def handle_ref_overrides(self, json_schema: Schema) -> Schema:
        return json_schema

    def get_schema_from_definitions(self, json_ref: str) -> Schema | None:
        try:
            found: Schema | None = super().get_schema_from_definitions(JsonRef(json_ref))
        except KeyError:
            return None
        return found


def refused(*possible: Kind) -> dict[int | str, Schema]:
    """The answers to a request that is refused, by status."""
    statuses = sorted({kind.status for kind in possible})
    return {status: _refusal([kind for kind in possible if kind.status == status]) for status in statuses}


def _refusal(possible: list[Kind]) -> Schema:
    headers = REQUEST_ID | (RETRY_AFTER if kinds.BUSY in possible else {})
    return {
        "description": "; ".join(kind.title for kind in possible) + ".",
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
    }


def operation(call: Call) -> dict[str, Any]:
    """How a call is declared on FastAPI."""
    shown = {name: {"value": example} for name, example in call.examples.items()}
    body = {"schema": {"$ref": REFERENCE.format(model=call.request.__name__)}, "examples": shown}
    content = {wire.Encoding.JSON.value: body, wire.Encoding.SAFETENSORS.value: {"schema": BINARY}}
    return {
        "operation_id": call.name,
        "summary": call.summary,
        "description": call.handler.__doc__,
        "tags": ["compute"],
        "response_model": call.answer,
        "response_description": (call.answer.__doc__ or "").strip(),
        "responses": {200: _answer(call), **refused(*REFUSALS)},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def batch_operation() -> dict[str, Any]:
    """How the batch of submissions is declared: one document a line, in and out."""
    line = {"type": "string", "format": "binary", "description": "Each line is a document of the schema BatchLine."}
    answer = {"type": "string", "format": "binary", "description": "Each line is a document of the schema BatchAnswer."}
    return {
        "name": "grade_batch",
        "operation_id": "grade_batch",
        "summary": "Many submissions, one a line, marked in order",
        "description": BATCH_DESCRIPTION,
        "tags": ["compute"],
        "response_class": Response,
        "responses": {
            200: {"description": "A line for each.", "headers": REQUEST_ID, "content": {BATCH: {"schema": answer}}},
            **refused(kinds.UNAUTHORIZED, kinds.NOT_ACCEPTABLE, kinds.COMPRESSED, kinds.INTERNAL, kinds.BUSY),
        },
        "openapi_extra": {"requestBody": {"required": True, "content": {BATCH: {"schema": line}}}},
    }


def _answer(call: Call) -> Schema:
    """The answer in its three encodings, and what it feeds."""
    same = {"schema": {"$ref": REFERENCE.format(model=call.answer.__name__)}}
    return {
        "headers": REQUEST_ID,
        "content": {wire.Encoding.BASE64.value: same, wire.Encoding.SAFETENSORS.value: {"schema": BINARY}},
        "links": {name: {"operationId": name, "requestBody": dict(parts)} for name, parts in call.links.items()},
    }


def described(app: FastAPI, *, keys: bool) -> Callable[[], Schema]:
    """The function that makes the document, with everything that routes refer to."""
    plain = app.openapi

    def openapi() -> Schema:
        document: Schema = plain()
        components: Schema = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas |= {**_request_schemas(), **part_schemas(), "Problem": PROBLEM, "Fault": FAULT}
        if keys:
            _lock(document, components)
        return document

    return openapi


def _request_schemas() -> Schema:
    asked = [call.request for call in CALLS]
    models = [(model, "validation") for model in (*asked, BatchLine, BatchAnswer, EvaluateRequest, EvalRequest)]
    _, document = models_json_schema(models, ref_template=REFERENCE, schema_generator=_Schemas)  # type: ignore[arg-type]
    found: Schema = document["$defs"]
    return found


def _lock(document: Schema, components: Schema) -> None:
    """Say which operations need a key, and how it is sent."""
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for path, methods in document["paths"].items():
        if path.startswith("/v1/") or path in {"/evaluate", "/"}:
            for told in methods.values():
                told["security"] = [{"bearer": []}, {"header": []}]
