"""What a request passes through that was answered before."""

import asyncio
import sys
from types import FrameType

import httpx
import orjson

from chainruler import textbook
from chainruler.app import create_app
from chainruler.settings import Settings
from tests.support.repository import ROOT

MOST_FILES = 24


def test_a_warm_gradient_enters_few_files() -> None:
    """A repeated request goes through no more files of the service than somebody can read in an afternoon."""
    body = orjson.dumps(textbook.problem("regularized_relu_classifier"))
    package = str(ROOT / "service" / "chainruler")
    entered: set[str] = set()

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(package):
            entered.add(frame.f_code.co_filename)

    async def ask() -> None:
        transport = httpx.ASGITransport(app=create_app(Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for _ in range(3):
                assert (await client.post("/v1/gradients", content=body)).status_code == 200
            before = sys.getprofile()
            sys.setprofile(look)
            try:
                await client.post("/v1/gradients", content=body)
            finally:
                sys.setprofile(before)

    asyncio.run(ask())

    assert len(entered) <= MOST_FILES, sorted(entered)
