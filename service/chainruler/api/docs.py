"""/openapi.json, and /docs to read it in a browser without any network but this service."""

from __future__ import annotations

from importlib.resources import files

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from chainruler.refusals import codes

router = APIRouter(include_in_schema=False)

# Every address is relative, so that the page works behind a proxy that adds a prefix.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>chainruler</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

# Highlighting is off because Swagger UI hangs on bodies above a megabyte with it.
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#docs", deepLinking: true, syntaxHighlight: false, tryItOutEnabled: true,
});
"""

# Swagger UI writes style attributes and draws its icons from data: addresses; nothing else may be loaded.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


@router.get("/")
async def front() -> RedirectResponse:
    """Redirects a browser from the bare address to the page."""
    return RedirectResponse("docs")


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The description of this service as OpenAPI."""
    return Response(_openapi(request.app), media_type="application/json")


@router.get("/docs")
async def page() -> HTMLResponse:
    """The description as a page on which every call can be tried."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/errors")
async def errors() -> HTMLResponse:
    """What each kind of problem means: where the type of a problem leads."""
    return HTMLResponse(codes.page(), headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """The script that starts the page; a file of its own, so that the policy can refuse scripts in the page."""
    return Response(START, media_type="text/javascript")


def assets() -> StaticFiles:
    """Swagger UI's files, from a package that ships them."""
    return StaticFiles(directory=str(files("fastapi_standalone_docs") / "static" / "swagger"))


def _openapi(app: FastAPI) -> bytes:
    """The description, written once: it is kept with the application that it describes."""
    if not hasattr(app.state, "openapi"):
        app.state.openapi = orjson.dumps(app.openapi())
    written: bytes = app.state.openapi
    return written
