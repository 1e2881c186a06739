"""The application: routes, errors, and what surrounds every exchange."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from chainruler import __version__
from chainruler.api import docs, errors, health, metrics, openapi, routes
from chainruler.api.exchange import Exchange
from chainruler.api.keys import AccessMiddleware
from chainruler.api.logs import LEVELS, Sink, write_to_stderr
from chainruler.api.runtime import Runtime
from chainruler.calls import table
from chainruler.calls.permissions import LOCAL, METRICS
from chainruler.faces import table as faces
from chainruler.handlers.preparation import cache_counts
from chainruler.memory import LEDGER
from chainruler.memory.machine import memory_of_worker, resident
from chainruler.settings import Settings

CALLS = (*table.CALLS, *faces.CALLS)
"""Everything that is asked for; whatever else there is concerns the process: health, metrics, documentation."""

# FastAPI can trace, count and log every request by itself. Our log does it once, without bodies, and cheaper.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def create_app(settings: Settings | None = None, *, log: Sink = write_to_stderr) -> FastAPI:
    """The application with these settings; `app.state.readiness` is the switch that drains it."""
    settings = settings or Settings()
    LEDGER.open(memory_of_worker(settings.memory, settings.workers), resident())
    counted = metrics.Metrics(cache_counts, [permission.name for permission in settings.permissions()])
    runtime = Runtime.of(settings, counted)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        runtime.workers.close()

    app = FastAPI(
        title="chainruler",
        summary="What is the gradient, and is mine right?",
        version=__version__,
        openapi_url=None,  # docs.router serves both, from this host alone
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lose the body of a POST
        separate_input_output_schemas=False,  # or every array type would appear twice
        telemetry=NO_TELEMETRY,
        lifespan=lifespan,
    )
    app.state.readiness = health.Readiness()
    app.state.metrics = counted
    endpoints = routes.add_calls(app, CALLS, runtime)
    # Routers go in without a prefix: the log reads a route's template off the route itself.
    for module in (health, metrics, docs):
        app.include_router(module.router)
        for route in module.router.routes:
            counted.add_route(getattr(route, "path", ""))
    app.mount("/docs/assets", docs.assets())
    counted.add_route("/docs/assets")
    errors.install(app)
    runtime.keys.check_names({*(call.name for call in CALLS), METRICS})
    _surround(app, runtime, endpoints, log)
    return app


def _surround(app: FastAPI, runtime: Runtime, endpoints: routes.Endpoints, log: Sink) -> None:
    """What each exchange passes through, from the inside out."""
    settings, keys = runtime.settings, runtime.keys
    if keys.callers:
        app.add_middleware(AccessMiddleware, keys=keys)
    app.add_middleware(routes.DirectDispatch, endpoints=endpoints)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins.split(","),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-Id"],
            expose_headers=["Retry-After", "X-Request-Id"],
        )
    logs_requests = LEVELS[settings.log_level] <= LEVELS["info"]
    app.add_middleware(
        Exchange,
        readiness=app.state.readiness,
        metrics=app.state.metrics,
        log=log if logs_requests else None,
        owner=None if keys.callers else LOCAL,
    )
    app.openapi = openapi.described(app, CALLS, keys=bool(keys.callers))  # type: ignore[method-assign]
