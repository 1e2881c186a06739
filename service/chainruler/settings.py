"""What can be set, read from the environment: `CHAINRULER_` and the field's name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CHAINRULER_"


class Settings(BaseSettings):
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

    def as_environment(self) -> str:
        """The settings as an environment file that reproduces them, each under its description."""
        lines = []
        for name, field in type(self).model_fields.items():
            lines += [f"# {field.description}", f"{PREFIX}{name.upper()}={getattr(self, name)}"]
        return "\n".join(lines) + "\n"
