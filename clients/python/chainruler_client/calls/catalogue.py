"""What there is, and whether the service is there."""

from __future__ import annotations

from urllib.parse import quote

from chainruler_client import results
from chainruler_client.calls.call import Call


def layers() -> Call[results.Layers]:
    """Every layer: what it does, its fields, and examples."""
    return Call("layers", results.Layers, "/v1/layers")


def losses() -> Call[results.Losses]:
    """Every loss: what it measures, its fields, and examples."""
    return Call("losses", results.Losses, "/v1/losses")


def optimizers() -> Call[results.Optimizers]:
    """Every optimiser: its rule, its fields, and examples."""
    return Call("optimizers", results.Optimizers, "/v1/optimizers")


def textbook() -> Call[results.Textbook]:
    """The worked systems by name."""
    return Call("textbook", results.Textbook, "/v1/textbook")


def textbook_entry(name: str, /) -> Call[results.TextbookEntry]:
    """A worked system: a problem that every call takes as it stands."""
    path = f"/v1/textbook/{quote(name, safe='')}"
    return Call("textbook_entry", results.TextbookEntry, path, parts={"name": name})


def live() -> Call[results.Live]:
    """Whether the service answers at all."""
    return Call("live", results.Live, "/health/live")


def ready() -> Call[results.Ready]:
    """Whether the service takes requests; a draining service is an answer, not an error."""
    return Call("ready", results.Ready, "/health/ready", answers=(200, 503))


def mistakes() -> Call[results.Mistakes]:
    """Every mistake that is known, with its hints and the credit that it leaves."""
    return Call("mistakes", results.Mistakes, "/v1/mistakes")
