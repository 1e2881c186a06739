"""The keys to problems: worked out once, and kept for the next answer to the same problem."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import numpy as np
import orjson

from chainruler.grading.key import KEPT, AnswerKey
from chainruler.handlers.context import Context
from chainruler.handlers.errors import NonFiniteResult
from chainruler.handlers.issued import opened
from chainruler.handlers.preparation import prepare
from chainruler.memory import LEDGER, Cache, room_for
from chainruler.networks import Budget, SpecError, problem_of, shapes_of
from chainruler.schemas.grading import TokenSpec
from chainruler.schemas.requests import ObjectiveRequest

DEFAULT_BATCH = 7
"""How many samples a problem without numbers is evaluated with."""


class PosedProblem(NamedTuple):
    """A problem as it is graded."""

    key: AnswerKey
    sha256: str
    """What the problem says, in one number."""
    single: bool
    """Whether its numbers are float32."""


def key_to(problem: ObjectiveRequest | TokenSpec, context: Context) -> PosedProblem:
    """The key to a problem; what is wrong with the problem is told of it."""
    try:
        asked = problem if isinstance(problem, ObjectiveRequest) else opened(problem, context).problem
    except SpecError as error:
        raise error.below("problem") from None
    name, budget = sha256_of(asked), context.budget
    try:
        return _KEYS.find((name, budget), lambda: PosedProblem(_key(asked, budget), name, asked.dtype == "float32"))
    except SpecError as error:
        raise error.below("problem") from None


_KEYS: Cache[tuple[str, Budget], PosedProblem] = LEDGER.cache("keys", lambda _, posed: posed.key.weight, grows=True)


def sha256_of(problem: ObjectiveRequest) -> str:
    """The digest of everything that a problem says, arrays by their bytes."""
    told = orjson.dumps(
        [problem.described(), problem.initialize, problem.dtype],
        option=orjson.OPT_SORT_KEYS,
    )
    digest = sha256(told)
    for part in (problem.parameters or {}, problem.data, problem.statistics or {}):
        for name in sorted(part):
            array = np.ascontiguousarray(part[name])
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(array.data)
    return digest.hexdigest()


def _key(asked: ObjectiveRequest, budget: Budget) -> AnswerKey:
    if not asked.data and asked.parameters is None and asked.initialize is None:
        problem = problem_of(asked.described())
        return AnswerKey(problem, shapes_of(problem), DEFAULT_BATCH, None)
    ready = prepare(asked.model_copy(update={"dtype": "float64"}), budget)
    shapes = shapes_of(ready.plan.problem, asked.parameters, asked.data)
    key = AnswerKey(ready.plan.problem, shapes, ready.plan.batch, ready.values)
    with room_for(8 * (KEPT + 2) * key.numbers):  # an evaluation keeps every value, at each of its points
        for line in key.gradients:
            if (
                key.at_problem_values is not None
                and not np.isfinite(key.at_problem_values(key.structure.context.symbols[line])).all()
            ):
                raise NonFiniteResult(line)
    return key
