import re

from fastapi import FastAPI

from chainruler import __version__
from tests.support.http import call


def test_the_description_is_of_this_service(app: FastAPI) -> None:
    """/openapi.json is OpenAPI 3.1 and has the routes that compute or report, not its own pages."""
    document = call(app, "GET", "/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    assert {"/health/live", "/health/ready"} <= set(document["paths"])
    assert "/docs" not in document["paths"]
    assert set(document["paths"]["/health/ready"]["get"]["responses"]) == {"200", "503"}


def test_the_page_loads_from_this_service_alone(app: FastAPI) -> None:
    """Every file that /docs names is relative and there, so that the page works without a network."""
    page = call(app, "GET", "/docs")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    files = [address for address in named if not address.startswith("data:")]

    assert len(files) == 3
    assert not [address for address in files if "//" in address or address.startswith("/")]
    assert [call(app, "GET", f"/{address}").status_code for address in files] == [200, 200, 200]


def test_the_page_may_load_nothing_else(app: FastAPI) -> None:
    """The policy of /docs keeps the browser from any other host and from scripts in the page."""
    policy = call(app, "GET", "/docs").headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "script-src" not in policy  # so default-src holds for scripts: none inline
    assert "http" not in policy


def test_the_page_starts_what_the_bundle_defines(app: FastAPI) -> None:
    """The start script calls the function that the shipped bundle brings, without the highlighting that hangs."""
    start = call(app, "GET", "/docs/start.js").text
    bundle = call(app, "GET", "/docs/assets/swagger-ui-bundle.js").text

    assert "SwaggerUIBundle(" in start
    assert "SwaggerUIBundle" in bundle
    assert "syntaxHighlight: false" in start
