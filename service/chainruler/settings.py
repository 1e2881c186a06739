"""What can be set, read from the environment: `CHAINRULER_` and the field's name."""

from __future__ import annotations

import secrets
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chainruler.calls.limits import Limits

PREFIX = "CHAINRULER_"

SHA256 = "[0-9a-f]{64}"
ORIGIN = "https?://[^/, ]+"


def _listed(item: str) -> str:
    """The pattern of items separated by commas, or of nothing."""
    return rf"^({item}(,{item})*)?$"


class Settings(Limits, BaseSettings):
    """The settings of one service; an argument wins over the environment, the environment over the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for every IPv4 interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=256, description="Processes that answer; more than the cores gains nothing.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged; requests are logged at info."
    )
    drain_seconds: float = Field(
        1.0,
        ge=0,
        le=300,
        description="After SIGTERM, how long to go on accepting while /health/ready says 503; "
        "give it the time a load balancer takes to notice.",
    )
    shutdown_timeout: int = Field(
        25, ge=1, le=3600, description="After that, how many seconds a request in flight may still take."
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads of one worker that compute; 0 for the worker's share of the cores."
    )
    max_queue: int = Field(64, ge=0, description="Requests of one worker that wait for a thread.")
    deadline_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds from a request's headers to its answer: reading, waiting, computing."
    )
    header_seconds: float = Field(
        10.0, gt=0, le=3600, description="Seconds for the headers of a request, and for the first one to begin."
    )
    answer_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="Seconds in which a client must take some of its answer: a megabyte, or the rest.",
    )
    max_connections: int = Field(900, ge=0, description="Open connections of one worker; 0 for no limit.")
    max_connections_per_address: int = Field(
        0,
        ge=0,
        description="Open connections from one address to one worker; 0 for no limit. "
        "Leave it off behind a proxy, from which all connections come.",
    )
    idle_seconds: int = Field(5, ge=1, le=3600, description="Seconds that a connection is kept between two requests.")
    api_keys: str = Field(
        "",
        pattern=_listed(SHA256),
        description="SHA-256 of each key that is let in, in hexadecimal, separated by commas; none lets everybody in.",
    )
    token_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)),
        description="What tokens of problems are signed with; one that is made up is good until the service stops.",
    )
    cors_origins: str = Field(
        "",
        pattern=_listed(rf"(\*|{ORIGIN})"),
        description="Origins whose pages may call from a browser, separated by commas; * for all of them.",
    )

    def as_environment(self) -> str:
        """The settings as an environment file that reproduces them, each under its description, but for secrets."""
        lines = []
        for name in sorted(type(self).model_fields, key=lambda name: name in Limits.model_fields):
            field = type(self).model_fields[name]
            if field.annotation is SecretStr:
                continue
            lines += [f"# {field.description}", f"{PREFIX}{name.upper()}={getattr(self, name)}"]
        return "\n".join(lines) + "\n"
