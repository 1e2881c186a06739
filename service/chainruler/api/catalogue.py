"""What can be looked up, as routes: the listings of the table, each told by its handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from chainruler.api.openapi import refused
from chainruler.calls.table import LISTINGS, Listing
from chainruler.refusals import kinds

router = APIRouter(tags=["catalogue"])


def _teller(listing: Listing) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that answers what the listing tells."""

    async def tell(request: Request) -> Response:
        return Response(orjson.dumps(listing.handler(**request.path_params)), media_type="application/json")

    return tell


def _parameter(name: str, listing: Listing) -> dict[str, Any]:
    """How a part that the path leaves open is described."""
    schema = {"type": "string", "title": name.title(), "examples": [listing.examples[name]]}
    return {"name": name, "in": "path", "required": True, "schema": schema}


for _listing in LISTINGS:
    _open = re.findall(r"{(\w+)}", _listing.path)
    router.add_api_route(
        _listing.path,
        _teller(_listing),
        name=_listing.name,
        operation_id=_listing.name,
        description=_listing.handler.__doc__,
        response_model=_listing.answer,
        responses=refused(kinds.UNAUTHORIZED, kinds.INTERNAL, *([kinds.NOT_FOUND] if _open else [])),
        openapi_extra={"parameters": [_parameter(name, _listing) for name in _open]} if _open else None,
    )
