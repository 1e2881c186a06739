"""The bare exchange: the same bytes over one socket, by nothing but what the kernel does."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmarks.service.load import Request

END = b"\r\n\r\n"


class Bare:
    """Posts one request again and again, and reads each answer into the same memory."""

    def __init__(self, url: str, request: Request) -> None:
        address = urlsplit(url)
        head = (
            f"POST {request.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {request.content_type}\r\n"
            f"Accept: {request.accept}\r\nContent-Length: {len(request.body)}\r\n\r\n"
        )
        self.message = head.encode() + request.body
        self.socket = socket.create_connection((address.hostname or "", address.port or 80))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(2**25)
        self.view = memoryview(self.buffer)

    def post(self) -> memoryview:
        """The body of the answer; what is not answered with 200 is an error of the benchmark."""
        self.socket.sendall(self.message)
        end = 0
        while (head := self.buffer.find(END, 0, end)) < 0:
            end += self._more(end)
        lines = bytes(self.buffer[:head]).lower().split(b"\r\n")
        if not lines[0].startswith(b"http/1.1 200"):
            raise RuntimeError(f"The request was answered with {lines[0].decode()}.")
        length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
        begin = head + len(END)
        while end < begin + length:
            end += self._more(end)
        return self.view[begin : begin + length]

    def _more(self, end: int) -> int:
        received = self.socket.recv_into(self.view[end:])
        if not received:
            raise RuntimeError("The service hung up.")
        return received

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
