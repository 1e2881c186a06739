"""Texts that attack, in every place of the grader where somebody may write one."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.faults.fields import FIELDS, Field
from tests.notation.attacks import ATTACKS, LATEX_ATTACKS
from tests.support.processes import Process
from tests.support.service import PATIENCE, Service, running

pytestmark = pytest.mark.xdist_group("attacks")

TEXTS = {
    **ATTACKS,
    **{f"LaTeX: {name}": text for name, text in LATEX_ATTACKS.items()},
    "page": '<img src=x onerror="alert(1)">',
    "template": "{{7*7}} ${7*7} #{7*7} {0.__class__}",
    "shell": "; touch /tmp/pwned; $(touch /tmp/pwned) `touch /tmp/pwned`",
    "path": "../../../../etc/passwd",
    "format": "%s%s%s%n" * 50,
    "log": "x\r\nlevel: error\r\n",
    "long": "x" * 200_000,
    "pointer": "~1~0//",
}
FEW = (
    *("import", "subclasses", "file written by an array", "tower of powers", "deep brackets", "NUL", "surrogate"),
    *("LaTeX: def", "LaTeX: input", "page", "shell", "long"),
)
LEAKS = ("root:x:", "__subclasses__ of", "Traceback", "site-packages", "posix.system")
MARKS = [Path("/tmp/pwned")]  # noqa: S108  (what the attacks would leave behind)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One service for all attacks."""
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    """Who attacks it."""
    with httpx.Client(base_url=service.url, timeout=PATIENCE) as opened:
        yield opened


def attack(service: Service, client: httpx.Client, field: Field, texts: Iterable[str]) -> None:
    """Put each text into the field, and see what comes of it."""
    process = Process(service.process.pid)
    headers = dict(header.split(": ") for header in field.headers)
    slow = []
    for name in texts:
        body = orjson.dumps(field.holding(TEXTS[name].encode("utf-8", "replace").decode()))
        began = process.seconds
        answer = client.post(field.path, content=body, headers=headers)

        assert answer.status_code in {200, 400, 413, 422}, (name, answer.status_code, answer.text[:300])
        assert len(answer.content) < 64_000, name
        assert not any(leak in answer.text for leak in LEAKS), name
        slow += [(name, round(process.seconds - began, 2))] if process.seconds - began > 2 else []

    assert slow == []
    assert [mark for mark in MARKS if mark.exists()] == []
    assert client.get("/health/live").status_code == 200


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_text_that_attacks_is_a_text(service: Service, client: httpx.Client, field: Field) -> None:
    """It is answered or refused, at once and shortly; it never runs, and tells nothing of the machine."""
    attack(service, client, field, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_text_that_attacks_is_a_text(service: Service, client: httpx.Client, field: Field) -> None:
    """The same for all of them."""
    attack(service, client, field, TEXTS)


def test_nothing_of_it_was_an_error_of_ours(service: Service) -> None:
    """The log has no line of level error, and every line is one line."""
    time.sleep(0.1)

    assert [line for line in service.log() if line["level"] == "error"] == []
