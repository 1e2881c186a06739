"""What there is: layers, losses, optimisers and the worked systems, each from its registry."""

from __future__ import annotations

from typing import Any

from chainruler import textbook
from chainruler.handlers.context import Context
from chainruler.handlers.errors import NotFound
from chainruler.networks import Layer, Loss
from chainruler.networks.errors import did_you_mean
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.part import Part
from chainruler.schemas.parts import schema_of_part
from chainruler.schemas.requests import Request, TextbookEntryRequest

Answer = dict[str, Any]


def layers(_request: Request, _context: Context) -> Answer:
    """Every layer: what it does, its fields, and examples."""
    return {"layers": _listed(Layer)}


def losses(_request: Request, _context: Context) -> Answer:
    """Every loss: what it measures, its fields, and examples."""
    return {"losses": _listed(Loss)}


def optimizers(_request: Request, _context: Context) -> Answer:
    """Every optimiser: its rule, its fields, and examples."""
    return {"optimizers": _listed(Optimizer)}


def textbook_list(_request: Request, _context: Context) -> Answer:
    """The worked systems by name."""
    return {"textbook": [{"name": name, **_about(name)} for name in textbook.names()]}


def textbook_entry(request: TextbookEntryRequest, _context: Context) -> Answer:
    """A worked system: a problem that can be posted as it stands."""
    name = request.name
    if name not in textbook.names():
        hint = did_you_mean(name, textbook.names())
        raise NotFound("unknown_name", "", f'There is no worked system "{name[:40]}".', hint)
    return {"name": name, **textbook.entry(name)}


def _about(name: str) -> Answer:
    entry = textbook.entry(name)
    return {"title": entry["title"], "about": entry["about"]}


def _listed(kind: type[Part]) -> list[Answer]:
    return [_entry(kind.registry[name]) for name in sorted(kind.registry)]


def _entry(part: type[Part]) -> Answer:
    schema = schema_of_part(part)
    examples = [example.document() for example in part.examples()]
    return {"type": part.type, "description": schema["description"], "schema": schema, "examples": examples}
