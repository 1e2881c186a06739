"""The keys to problems: worked out once, and kept for the next answer to the same problem."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

import numpy as np
import orjson

from chainruler.grading.key import Key
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.preparation import prepare
from chainruler.handlers.tokens import problem_in
from chainruler.networks import Budget, SpecError, problem_of, shapes_of
from chainruler.schemas.grading import TokenSpec
from chainruler.schemas.requests import ObjectiveRequest

MOST_KEPT = 64
LARGEST_KEPT = 200_000
"""The key to a problem with more numbers than this is not kept."""
DEFAULT_BATCH = 7
"""How many samples a problem without numbers is evaluated with."""

_KEPT: OrderedDict[tuple[str, Budget], Posed] = OrderedDict()
_LOCK = Lock()


class Posed(NamedTuple):
    """A problem as it is graded."""

    key: Key
    sha256: str
    """What the problem says, in one number."""
    single: bool
    """Whether its numbers are float32."""


def key_to(problem: ObjectiveRequest | TokenSpec, budget: Budget) -> Posed:
    """The key to a problem; what is wrong with the problem is told of it."""
    try:
        asked = problem if isinstance(problem, ObjectiveRequest) else problem_in(problem.token)
    except SpecError as error:
        raise error.below("problem") from None
    name = sha256_of(asked)
    with _LOCK:
        found = _KEPT.get((name, budget))
        if found is not None:
            _KEPT.move_to_end((name, budget))
            return found
    try:
        posed = Posed(_key(asked, budget), name, asked.dtype == "float32")
    except SpecError as error:
        raise error.below("problem") from None
    if sum(array.size for array in [*(asked.parameters or {}).values(), *asked.data.values()]) <= LARGEST_KEPT:
        with _LOCK:
            _KEPT[name, budget] = posed
            while len(_KEPT) > MOST_KEPT:
                _KEPT.popitem(last=False)
    return posed


def sha256_of(problem: ObjectiveRequest) -> str:
    """The digest of everything that a problem says, arrays by their bytes."""
    told = orjson.dumps(
        [problem.model, problem.loss, problem.regularization, problem.initialize, problem.dtype],
        option=orjson.OPT_SORT_KEYS,
    )
    digest = sha256(told)
    for part in (problem.parameters or {}, problem.data):
        for name in sorted(part):
            array = np.ascontiguousarray(part[name])
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(array.data)
    return digest.hexdigest()


def _key(asked: ObjectiveRequest, budget: Budget) -> Key:
    if not asked.data and asked.parameters is None and asked.initialize is None:
        problem = problem_of({"model": asked.model, "loss": asked.loss, "regularization": asked.regularization})
        return Key(problem, shapes_of(problem), DEFAULT_BATCH, None)
    ready = prepare(asked.model_copy(update={"dtype": "float64"}), budget)
    shapes = shapes_of(ready.problem, asked.parameters, asked.data)
    key = Key(ready.problem, shapes, ready.batch, ready.values)
    for line in key.gradients:
        if key.posed is not None and not np.isfinite(key.posed(key.structure.scenery.symbols[line])).all():
            raise NonFiniteResult(line)
    return key
