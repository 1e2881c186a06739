"""A call: everything that there is to say of it. The runtime, the documentation and the tests read nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chainruler.calls.codecs import DOCUMENTS, Codec, Headers
from chainruler.refusals.styles import PROBLEMS, RefusalStyle
from chainruler.schemas.requests import Request

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """What it takes, what computes it, what it answers, how both and its refusals are written, and how it is shown."""

    name: str
    summary: str
    request: type[Request]
    """Of a GET, what its path leaves open and its query may say."""
    handler: Callable[..., Any]
    """`(request, context) -> answer`; of a stream `(context) -> (document -> answer, or None for no answer)`."""
    answer: Any
    """The type of the answer."""
    method: Literal["GET", "POST"] = "POST"
    template: str = ""
    """Its path, with a name in braces for each part that is left open; /v1/ and its name unless said."""
    examples: Mapping[str, Document] = field(default_factory=dict)
    codec: Codec = DOCUMENTS
    refusals: RefusalStyle = PROBLEMS
    streams: bool = False
    """Whether documents arrive line by line, each answered by a line."""
    open: bool = False
    """Whether it needs no key, even where others do."""
    operations: float = math.inf
    """How much arithmetic a request takes whose handler does not say it; infinity keeps it off the event loop."""
    choose: Callable[[Headers], Call] | None = None
    """Which call the headers mean, where they name one among several of the same path."""
    tag: str = "compute"
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The calls that an answer feeds, by name, each with the parts of their requests that it gives."""
    header_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The schemas of headers that it looks at besides those of its codec."""

    @property
    def path(self) -> str:
        """Where it is asked for."""
        return self.template or f"/v1/{self.name}"

    @property
    def path_parameters(self) -> list[str]:
        """The names of the parts that its path leaves open."""
        return re.findall(r"{(\w+)}", self.path)
