"""Tokens of problems: what a problem was issued with, signed, and what holds of it when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from chainruler.grading import tokens
from chainruler.handlers.context import Context
from chainruler.networks import SpecError
from chainruler.schemas.grading import GradeRequest, Moment, ProblemsRequest, RubricSpec, TokenSpec
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import ObjectiveRequest, Request

BOUND = ("id", "rubric", "expires")
AGAIN = "Ask for the problem again; tokens are of one key, and without CHAINRULER_TOKEN_KEY of one start."


class TokenContent(Request):
    """What a token holds: a problem, and what it is bound to."""

    problem: ObjectiveRequest
    id: str | None = None
    rubric: RubricSpec | None = None
    expires: Moment | None = None


def token_of(document: Mapping[str, Any], request: ProblemsRequest, context: Context) -> str:
    """The token of a problem; what it is not bound to is not in it."""
    bound = request.model_dump(mode="json", include=set(BOUND), exclude_none=True, exclude_unset=True)
    held = {"problem": document, **bound} if bound else document
    return tokens.sealed(orjson.dumps(held, option=orjson.OPT_SERIALIZE_NUMPY), context.token_keys[0])


def opened(token: TokenSpec, context: Context) -> TokenContent:
    """What a token holds, as long as it is good."""
    try:
        held = orjson.loads(tokens.opened(token.token, context.token_keys))
    except tokens.InvalidToken as error:
        raise SpecError("invalid_token", "/token", str(error), AGAIN) from None
    issued = read_request(TokenContent, held if "problem" in held else {"problem": held})
    if issued.expires is not None and datetime.now(UTC) > issued.expires:
        message = f"The token was good until {issued.expires.isoformat()}."
        raise SpecError("invalid_token", "/token", message, "Ask for the problem again.")
    return issued


def bound(request: GradeRequest, context: Context) -> GradeRequest:
    """The request with the problem and the rubric that its token is bound to; a SpecError if it is for another id."""
    if isinstance(request.problem, ObjectiveRequest):
        return request
    try:
        issued = opened(request.problem, context)
    except SpecError as error:
        raise error.below("problem") from None
    if issued.id not in {None, request.id}:
        raise SpecError("invalid_token", "/problem/token", "The token was issued for another id.")
    rubric = request.rubric if issued.rubric is None else issued.rubric
    if "rubric" in request.model_fields_set and request.rubric != rubric:
        message = "The token is graded by the rubric that it was issued with, and by no other."
        raise SpecError("conflict", "/rubric", message, "Leave the rubric out.")
    return request.model_copy(update={"problem": issued.problem, "rubric": rubric})
