"""How long grading takes: one submission after another, and a class of a thousand in one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from time import process_time

import numpy as np
import orjson

from benchmarks.grading.problems import CONTEXT, Array, Graded, issued
from chainruler import wire
from chainruler.calls.lines import Lines
from chainruler.calls.table import GRADE_BATCH
from chainruler.grading.explanation import Explanation
from chainruler.memory import LEDGER
from chainruler.refusals.documents import problem_of

SMALL = {
    "model": {
        "layers": [{"type": "linear", "units": 10}, {"type": "relu"}, {"type": "linear", "units": 3}],
        "input": 4,
    },
    "loss": {"type": "cross_entropy"},
    "regularization": {"l2": 0.05},
}


def small() -> Graded:
    """The 4-10-3 network."""
    return issued("4-10-3", SMALL, 0)


def first_seconds(problem: Graded, answers: dict[str, Array]) -> list[float]:
    """CPU seconds of a submission to a problem that nothing is known of yet, nor of any like it."""
    for name in ("keys", "structures"):  # what a service that has just started has not
        LEDGER.caches[name].clear()
    began = process_time()
    problem.report(answers)
    return [process_time() - began]


def seconds_of(problem: Graded, submissions: Sequence[dict[str, Array]]) -> list[float]:
    """CPU seconds of each submission, when the problem was seen before; no report is taken from memory."""
    found: list[float] = []
    for _ in range(2):
        found = []
        LEDGER.caches["reports"].clear()
        for answers in submissions:
            began = process_time()
            problem.report(answers)
            found.append(process_time() - began)
    return found


def batch_seconds(problem: Graded, submissions: Sequence[dict[str, Array]]) -> float:
    """CPU seconds of all submissions as the lines of one batch, from bytes to bytes."""
    lines = Lines(GRADE_BATCH, CONTEXT, wire.DecodingLimits(), lambda error: problem_of(error).body)
    option = orjson.OPT_SERIALIZE_NUMPY
    texts = [orjson.dumps({"defaults": {"problem": problem.document}}, option=option)]
    texts += [
        orjson.dumps({"answers": {name: {"array": array} for name, array in answers.items()}}, option=option)
        for answers in submissions
    ]
    began = process_time()
    answered = [lines.answer(text) for text in texts]
    spent = process_time() - began
    assert all(answer is None or b'"score"' in answer for answer in answered)
    return spent


def a_class(problem: Graded, count: int) -> Iterator[dict[str, Array]]:
    """Wrong submissions: of ten, seven with one mistake, two with two, and one that nobody can explain."""
    random, noise = Random(2), np.random.default_rng(2)  # noqa: S311
    every = [v for v in problem.mistakes() if _shows(problem, (v,))]
    made = 0
    while made < count:
        kind = made % 10
        if kind == 9:
            yield {name: array + noise.normal(size=array.shape) for name, array in problem.right.items()}
        else:
            first, second = random.sample(every, 2)
            mistakes = (first,) if kind < 7 else problem.in_order(first, second)
            if not _shows(problem, mistakes):
                continue
            yield problem.broken(*mistakes)
        made += 1


def _shows(problem: Graded, mistakes: Explanation) -> bool:
    answers = problem.broken(*mistakes)
    finite = all(np.isfinite(array).all() for array in answers.values())
    return finite and not all(np.allclose(array, problem.right[name]) for name, array in answers.items())
