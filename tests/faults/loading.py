"""Clients that post without pause, in a process of their own: run as a script, told by JSON, and telling in JSON.

Told: url, clients, seconds, patient (whether to come back when the service closes), and the requests: path, body and
the right answer, the last two in base64. Asked again and again, an answer is right, or it is a refusal that says when
to come back, or it is counted as what it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from base64 import b64decode
from collections import Counter
from typing import Any


class Client:
    """One connection, and what it has seen."""

    def __init__(self, told: dict[str, Any], number: int, seen: Counter[str]) -> None:
        host, port = told["url"].removeprefix("http://").split(":")
        self.address = host, int(port)
        self.patient, self.until = told["patient"], time.monotonic() + told["seconds"]
        one = told["requests"][number % len(told["requests"])]
        body = b64decode(one["body"])
        head = f"POST {one['path']} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        self.request, self.right = head.encode() + body, b64decode(one["right"])
        self.seen = seen

    async def run(self) -> None:
        """Ask until the time is over, or the service has said that it goes."""
        while time.monotonic() < self.until:
            try:
                reader, writer = await asyncio.open_connection(*self.address)
            except OSError:
                self.seen["refused"] += 1
                if not self.patient:
                    return
                await asyncio.sleep(0.05)
                continue
            try:
                closed = await self._talk(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                self.seen["broken"] += 1
                closed = False
            finally:
                writer.close()
            if closed and not self.patient:
                return

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Ask on one connection; whether the service has closed it."""
        while time.monotonic() < self.until:
            writer.write(self.request)
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            status = int(head.split()[1])
            if status == 200:
                self.seen["right" if body == self.right else "wrong"] += 1
            elif status == 503 and b"\r\nretry-after: " in head:
                self.seen["busy"] += 1
                await asyncio.sleep(0.05)
            else:
                self.seen[f"status {status}"] += 1
            if b"\r\nconnection: close" in head:
                return True
        return False


async def main(told: dict[str, Any]) -> Counter[str]:
    """All clients at once."""
    seen: Counter[str] = Counter()
    await asyncio.gather(*(Client(told, number, seen).run() for number in range(told["clients"])))
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))  # noqa: T201  (what it is called for)
