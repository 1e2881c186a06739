"""Where the border lies between what is computed on the event loop and what goes to a thread."""

from __future__ import annotations

import asyncio
from statistics import median
from time import process_time
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI
from threadpoolctl import threadpool_limits

from benchmarks.engine.workloads import Workload
from benchmarks.report import Table
from benchmarks.service.bodies import json_body
from chainruler.api.placement import INLINE_BYTES, INLINE_OPERATIONS
from chainruler.app import create_app
from chainruler.settings import Settings

NETWORKS = (
    Workload("", (4, 10, 3), 150),
    Workload("", (8, 16, 4), 200),
    Workload("", (16, 32, 8), 256),
    Workload("", (32, 48, 10), 300),
    Workload("", (32, 64, 10), 384),
)


def placement(rounds: int) -> Table:
    """The CPU of a whole request on the loop and through a thread, for networks around the border."""
    app = create_app(Settings(log_level="warning"))
    rows = []
    with threadpool_limits(1):
        for network in NETWORKS:
            body = json_body(network)
            times: dict[int, list[float]] = {2**40: [], 0: []}
            for _ in range(rounds):
                for most, of in times.items():
                    of.append(_seconds(app, body, most))
            loop, thread = (median(of) * 1e6 for of in times.values())
            size = "-".join(map(str, network.sizes))
            rows.append([f"{size}, N={network.batch}", f"{len(body) / 1000:.0f} kB", f"{loop:.0f}", f"{thread:.0f}"])
    reading = (
        f"Bodies up to {INLINE_BYTES // 1024} kB and {INLINE_OPERATIONS / 1e6:g} million operations stay on the loop. "
        "CPU of the application in this process, without uvicorn."
    )
    return Table("On the loop or in a thread", reading, ["network", "body", "loop, µs", "thread, µs"], rows)


def _seconds(app: FastAPI, body: bytes, most: int, times: int = 50) -> float:
    """CPU seconds of one request, where bodies and operations up to so many stay on the loop."""

    async def post() -> None:
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.sleep(3600)
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            assert message.get("status", 200) == 200

        scope = {"type": "http", "method": "POST", "path": "/v1/gradients", "headers": [], "state": {}}
        await app(scope, receive, send)

    async def many() -> float:
        await post()
        began = process_time()
        for _ in range(times):
            await post()
        return (process_time() - began) / times

    with patch.multiple("chainruler.api.endpoint", INLINE_BYTES=most, INLINE_OPERATIONS=most):
        return asyncio.run(many())
