"""The application: routes, errors, and what surrounds every exchange."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from chainruler import __version__
from chainruler.api import docs, errors, health
from chainruler.api.exchange import Exchange
from chainruler.api.logs import LEVELS, Sink, write_to_stderr
from chainruler.settings import Settings

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
    )
    app.state.readiness = health.Readiness()
    # Routers go in without a prefix: the log reads a route's template off the route itself.
    app.include_router(health.router)
    app.include_router(docs.router)
    app.mount("/docs/assets", docs.assets())
    errors.install(app)
    logs_requests = LEVELS[settings.log_level] <= LEVELS["info"]
    app.add_middleware(Exchange, readiness=app.state.readiness, log=log if logs_requests else None)
    return app
