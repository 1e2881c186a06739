"""What can be set, read from the environment: `CHAINRULER_` and the field's name."""

from __future__ import annotations

import secrets
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chainruler.calls.limits import RequestLimits
from chainruler.calls.permissions import Permission, anonymous, permissions_in

PREFIX = "CHAINRULER_"

SHA256 = "[0-9a-f]{64}"
SHORTEST_TOKEN_KEY = 16
ORIGIN = "https?://[^/, ]+"


def _listed(item: str) -> str:
    """The pattern of items separated by commas, or of nothing."""
    return rf"^({item}(,{item})*)?$"


def _split(keys: SecretStr) -> tuple[bytes, ...]:
    return tuple(key.strip().encode() for key in keys.get_secret_value().split(","))


class Settings(RequestLimits, BaseSettings):
    """The settings of one service; an argument wins over the environment, the environment over the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for every IPv4 interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    memory: int = Field(
        0,
        ge=0,
        description="Bytes that all workers together may have; "
        "0 for nine tenths of the container's limit, or half of the machine.",
    )
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
    threads: int = Field(
        0, ge=0, le=256, description="Threads of one worker that compute; 0 for the worker's share of the cores."
    )
    max_queue: int = Field(64, ge=0, description="Requests of one worker that wait for a thread.")
    deadline_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds from a request's headers to its answer: reading, waiting, computing."
    )
    shutdown_timeout: float = Field(
        0,
        ge=0,
        le=7200,
        description="After draining, how many seconds a request in flight may still take: more than the deadline; "
        "0 for five seconds more.",
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
    api_keys_file: str = Field(
        "",
        description="A JSON file of more keys, each with its name, and with what it opens, how often, and until when; "
        "`chainruler key new` writes it.",
    )
    token_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)),
        description="What tokens of problems are signed with, 16 bytes at least; one that is made up is good until the "
        "service stops. Of several, separated by commas, the first signs, and tokens of all are taken.",
    )
    cors_origins: str = Field(
        "",
        pattern=_listed(rf"(\*|{ORIGIN})"),
        description="Origins whose pages may call from a browser, separated by commas; * for all of them.",
    )

    @field_validator("shutdown_timeout")
    @classmethod
    def _longer_than_the_deadline(cls, seconds: float, info: ValidationInfo) -> float:
        deadline = info.data.get("deadline_seconds", 0)
        if 0 < seconds <= deadline:
            raise ValueError(f"must be more than the deadline of {deadline:g} seconds, or requests are cut.")
        return seconds

    @property
    def shutdown_seconds(self) -> float:
        """How long requests in flight are waited for when the service stops."""
        return self.shutdown_timeout or self.deadline_seconds + 5

    @field_validator("api_keys_file")
    @classmethod
    def _readable(cls, path: str) -> str:
        if path:
            permissions_in(path)
        return path

    @field_validator("token_key")
    @classmethod
    def _long_enough(cls, keys: SecretStr) -> SecretStr:
        if any(len(key) < SHORTEST_TOKEN_KEY for key in _split(keys)):
            raise ValueError(
                f"has fewer than {SHORTEST_TOKEN_KEY} bytes, and could be guessed. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return keys

    def permissions(self) -> tuple[Permission, ...]:
        """All keys that are configured; none lets everybody in."""
        listed = permissions_in(self.api_keys_file) if self.api_keys_file else ()
        known = {permission.sha256 for permission in listed}
        hashes = dict.fromkeys(self.api_keys.split(",")) if self.api_keys else {}
        return (*listed, *(anonymous(one) for one in hashes if one not in known))

    def token_keys(self) -> tuple[bytes, ...]:
        """What tokens are signed with: the first; and what they are taken with: all."""
        return _split(self.token_key)

    def as_environment(self) -> str:
        """The settings as an environment file that reproduces them, each under its description, but for secrets."""
        lines = []
        for name in sorted(type(self).model_fields, key=lambda name: name in RequestLimits.model_fields):
            field = type(self).model_fields[name]
            if field.annotation is SecretStr:
                continue
            lines += [f"# {field.description}", f"{PREFIX}{name.upper()}={getattr(self, name)}"]
        return "\n".join(lines) + "\n"
