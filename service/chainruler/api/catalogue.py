"""What there is: layers, losses, optimisers, and the worked systems of the textbooks."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Response

from chainruler.api import kinds
from chainruler.api.errors import fault_of, problem
from chainruler.api.openapi import refused
from chainruler.handlers import catalogue
from chainruler.networks import SpecError
from chainruler.schemas import answers

router = APIRouter(tags=["catalogue"])

OPEN = (kinds.UNAUTHORIZED, kinds.INTERNAL)
"""What can be wrong with a request that says nothing."""


def _sent(answer: dict[str, Any]) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")


@router.get("/v1/layers", response_model=answers.LayersAnswer, responses=refused(*OPEN), operation_id="layers")
async def layers() -> Response:
    """Every layer: what it does, its fields, and examples."""
    return _sent(catalogue.layers())


@router.get("/v1/losses", response_model=answers.LossesAnswer, responses=refused(*OPEN), operation_id="losses")
async def losses() -> Response:
    """Every loss: what it measures, its fields, and examples."""
    return _sent(catalogue.losses())


@router.get(
    "/v1/optimizers", response_model=answers.OptimizersAnswer, responses=refused(*OPEN), operation_id="optimizers"
)
async def optimizers() -> Response:
    """Every optimiser: its rule, its fields, and examples."""
    return _sent(catalogue.optimizers())


@router.get("/v1/textbook", response_model=answers.TextbookAnswer, responses=refused(*OPEN), operation_id="textbook")
async def textbook() -> Response:
    """The worked systems by name."""
    return _sent(catalogue.textbook_list())


@router.get(
    "/v1/textbook/{name}",
    response_model=answers.TextbookEntryAnswer,
    responses=refused(*OPEN, kinds.NOT_FOUND),
    operation_id="textbook_entry",
)
async def textbook_entry(name: Annotated[str, Path(examples=["two_two_two"])]) -> Response:
    """A worked system: a problem that can be posted as it stands."""
    try:
        return _sent(catalogue.textbook_entry(name))
    except SpecError as error:
        return problem(kinds.NOT_FOUND, error.message, faults=[fault_of(error)])
