"""The calls as routes: declared on FastAPI, so that they are described; answered below it, so that they are quick."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from chainruler.api.batch import BatchEndpoint
from chainruler.api.bodies import Memory
from chainruler.api.endpoint import Endpoint, Engine
from chainruler.api.foreign import Foreign
from chainruler.api.foreign_openapi import foreign_operations
from chainruler.api.lambda_feedback import LambdaFeedback
from chainruler.api.metrics import Metrics
from chainruler.api.mued import MuEd
from chainruler.api.openapi import batch_operation, operation
from chainruler.api.placement import Slices, Workers, cores
from chainruler.calls.lines import PATH
from chainruler.calls.table import CALLS
from chainruler.settings import Settings


def engine_of(settings: Settings, metrics: Metrics) -> Engine:
    """What all endpoints share, as the settings say."""
    threads = settings.threads or max(1, cores() // settings.workers)
    workers = Workers(threads, settings.max_queue, settings.deadline_seconds, metrics)
    memory = Memory(settings.max_held_bytes, metrics)
    return Engine(settings, settings.of_computing(), settings.of_documents(), workers, Slices(), memory, metrics)


def add_calls(app: FastAPI, engine: Engine) -> dict[str, Endpoint | BatchEndpoint | Foreign]:
    """Declare every call of the table, and put its endpoint in the place of what FastAPI would run; by path."""
    endpoints: dict[str, Endpoint | BatchEndpoint | Foreign] = {call.path: Endpoint(call, engine) for call in CALLS}
    endpoints[PATH] = BatchEndpoint(engine)
    endpoints |= {kind.path: kind(engine) for kind in (MuEd, LambdaFeedback)}
    declared = {call.path: {"name": call.name, **operation(call)} for call in CALLS}
    declared |= {PATH: batch_operation(), **foreign_operations()}
    for path, told in declared.items():
        app.add_api_route(path, _declared, methods=["POST"], **told)
        route = app.router.routes[-1]
        if not isinstance(route, APIRoute):
            raise TypeError("FastAPI has added something else than a route.")
        endpoints[path].route = route
        route.app = endpoints[path]
    return endpoints


async def _declared() -> None:
    """Stands in the declaration; the endpoint answers in its place."""


class Ahead:
    """Pure ASGI middleware: calls go to their endpoints at once, past all that FastAPI does before it has a route.

    It saves 30 µs a request. The routes stay whole without it: a path that is prefixed by a proxy takes the long way.
    """

    def __init__(self, app: ASGIApp, *, endpoints: Mapping[str, ASGIApp]) -> None:
        self.app = app
        self.endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST to a known path, and pass on everything else."""
        if scope["type"] == "http" and scope["method"] == "POST":
            await self.endpoints.get(scope["path"], self.app)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
