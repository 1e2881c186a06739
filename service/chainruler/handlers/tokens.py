"""Tokens of problems, signed with the key of this service."""

from __future__ import annotations

import os
import secrets
from typing import Any

import orjson

from chainruler.grading import tokens
from chainruler.networks import SpecError
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import ObjectiveRequest

VARIABLE = "CHAINRULER_TOKEN_KEY"
"""The environment's key. Without one, tokens are good until the service stops."""


def issue(document: dict[str, Any]) -> str:
    """The token of a problem."""
    return tokens.sealed(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), secret())


def problem_in(token: str) -> ObjectiveRequest:
    """The problem of a token."""
    try:
        text = tokens.opened(token, secret())
    except tokens.InvalidToken as error:
        hint = "Ask for the problem again; tokens are of one key, and without CHAINRULER_TOKEN_KEY of one start."
        raise SpecError("invalid_token", "/token", str(error), hint) from None
    return read_request(ObjectiveRequest, orjson.loads(text))


def secret() -> bytes:
    """The key from the environment; one that is made up goes there, so that workers that are started later have it."""
    return os.environ.setdefault(VARIABLE, secrets.token_urlsafe(32)).encode()
