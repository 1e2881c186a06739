"""/openapi.json: what FastAPI cannot know of routes whose bodies are read below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Response
from pydantic import BaseModel

from chainruler.calls.call import Call
from chainruler.calls.codecs import JSON, NDJSON
from chainruler.refusals import kinds
from chainruler.refusals.documents import LONGEST, MOST_ERRORS
from chainruler.refusals.kinds import Kind
from chainruler.schemas.parts import schemas_of
from chainruler.schemas.requests import part_schemas

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"
COMPUTING = (
    kinds.MALFORMED,
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
"""What can be wrong with a document that is computed with."""

REQUEST_ID = {
    "X-Request-Id": {
        "description": "The id of this exchange in the log: the one that was sent, if it is harmless, or a new one.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    }
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "string"}}}
BINARY = {"type": "string", "format": "binary", "description": "A tensor's key is its path; the rest is the metadata."}

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


def possible_refusals(call: Call) -> list[Kind]:
    """What can be wrong with a request to a call."""
    if call.method == "GET":
        found = [kinds.INTERNAL, *([kinds.NOT_FOUND] if call.path_parameters else [])]
        found += [kinds.INVALID] if call.request.model_fields.keys() - call.path_parameters else []
    elif call.streams:  # what is wrong with a line is reported in its place
        found = [kinds.COMPRESSED, kinds.INTERNAL, kinds.BUSY]
    else:
        found = list(COMPUTING)
    found += [] if call.open else [kinds.UNAUTHORIZED, kinds.FORBIDDEN, kinds.TOO_MANY_REQUESTS]
    return found + ([kinds.NOT_ACCEPTABLE] if call.codec.negotiates else [])


def _refusals(call: Call) -> dict[int | str, Schema]:
    """The answers to a request that is refused, by the statuses of its protocol."""
    titles: dict[int, list[Kind]] = {}
    for kind in possible_refusals(call):
        titles.setdefault(call.refusals.statuses.get(kind.status, kind.status), []).append(kind)
    return {status: _refusal(call, titles[status]) for status in sorted(titles)}


def _refusal(call: Call, possible: list[Kind]) -> Schema:
    told: Schema = {
        "description": "; ".join(dict.fromkeys(kind.title for kind in possible)) + ".",
        "headers": REQUEST_ID
        | (RETRY_AFTER if kinds.BUSY in possible else {})
        | {name: {"schema": {"type": "string"}} for name in call.refusals.headers},
    }
    if call.refusals.model is not None:
        return told | {"model": call.refusals.model}
    return told | {"content": {call.refusals.media_type: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}}


def operation(call: Call) -> dict[str, Any]:
    """How a call is declared on FastAPI."""
    declared = {
        "name": call.name,
        "operation_id": call.name,
        "summary": call.summary,
        "description": call.handler.__doc__,
        "tags": [call.tag],
        "responses": {200: _answer(call), **_refusals(call)},
        "openapi_extra": {"parameters": _parameters(call)} | _body(call),
    }
    if call.streams:
        return declared | {"response_class": Response}
    described = (call.answer.__doc__ or "").strip() if isinstance(call.answer, type) else ""
    return declared | {"response_model": call.answer, "response_description": described or "The answer."}


def _parameters(call: Call) -> list[Schema]:
    """What path, query and headers say."""
    found: list[Schema] = [{"name": name, "in": "header", **told} for name, told in call.header_parameters.items()]
    if call.method != "GET":
        return found
    schema = call.request.model_json_schema()
    needed = {*schema.get("required", []), *call.path_parameters}
    for name, told in schema["properties"].items():
        place = "path" if name in call.path_parameters else "query"
        found.append({"name": name, "in": place, "required": name in needed, "schema": told})
    return found


def _body(call: Call) -> Schema:
    """The body of a request in each of its media types."""
    if call.method == "GET":
        return {}
    shown = {"examples": {name: {"value": example} for name, example in call.examples.items()}}
    content = {
        media_type: {"schema": _schema(media_type, call.request)} | (shown if media_type == JSON else {})
        for media_type in call.codec.takes
    }
    return {"requestBody": {"required": True, "content": content}}


def _schema(media_type: str, model: type[BaseModel]) -> Schema:
    """What a document is in a media type: itself in JSON, bytes in others."""
    if media_type.startswith(JSON):
        return {"$ref": REFERENCE.format(model=model.__name__)}
    if media_type == NDJSON:
        described = f"Each line is a document of the schema {model.__name__}."
        return {"type": "string", "format": "binary", "description": described}
    return BINARY


def _answer(call: Call) -> Schema:
    """The answer in its media types, and what it feeds; in JSON, FastAPI describes it by its type."""
    others = [media_type for media_type in call.codec.gives if media_type != JSON]
    answer: Schema = {"headers": REQUEST_ID | {name: {"schema": {"type": "string"}} for name in call.refusals.headers}}
    if others:
        answer["content"] = {media_type: {"schema": _schema(media_type, call.answer)} for media_type in others}
    if call.streams:
        answer["description"] = "A line for each."
    if call.links:
        links = {name: {"operationId": name, "requestBody": dict(parts)} for name, parts in call.links.items()}
        answer["links"] = links
    return answer


def described(app: FastAPI, calls: Iterable[Call], *, keys: bool) -> Callable[[], Schema]:
    """The function that makes the document, with everything that routes refer to."""
    plain = app.openapi

    def openapi() -> Schema:
        document: Schema = plain()
        components: Schema = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas |= {**_schemas_of(calls), **part_schemas(), "Problem": PROBLEM, "Fault": FAULT}
        if keys:
            _lock(document, components, calls)
        return document

    return openapi


def _schemas_of(calls: Iterable[Call]) -> Schema:
    """The schemas of what calls take and, where it is no JSON document, answer."""
    models = [call.request for call in calls if call.method == "POST"] + [call.answer for call in calls if call.streams]
    return schemas_of(dict.fromkeys(models))


def _lock(document: Schema, components: Schema, calls: Iterable[Call]) -> None:
    """Say which operations need a key, and how it is sent."""
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for call in calls:
        if not call.open:
            document["paths"][call.path][call.method.lower()]["security"] = [{"bearer": []}, {"header": []}]
