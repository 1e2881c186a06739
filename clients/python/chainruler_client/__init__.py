"""Python client of a chainruler service."""

from chainruler_client.client import AsyncClient, Client
from chainruler_client.errors import (
    ChainrulerError,
    ConnectionFailed,
    Fault,
    InvalidRequest,
    NonFiniteResult,
    NotFound,
    OverLimit,
    ServiceFault,
    StatusError,
    TimedOut,
    TookTooLong,
    Unauthorized,
    Unavailable,
    UnreadableAnswer,
)

__all__ = [
    "AsyncClient",
    "ChainrulerError",
    "Client",
    "ConnectionFailed",
    "Fault",
    "InvalidRequest",
    "NonFiniteResult",
    "NotFound",
    "OverLimit",
    "ServiceFault",
    "StatusError",
    "TimedOut",
    "TookTooLong",
    "Unauthorized",
    "Unavailable",
    "UnreadableAnswer",
]
