"""Formulas for every layer and loss: right ones in many wordings, and wrong ones that are next to right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.grading.rewrites import rewritten
from chainruler.engine import Expression, label_of
from chainruler.grading.judging import Judge, Judged, RawAnswer
from chainruler.grading.key import AnswerKey
from chainruler.grading.lines import Line
from chainruler.grading.points import point_of
from chainruler.grading.rubric import Rubric
from chainruler.handlers.posing import key_to
from chainruler.notation import to_latex, to_numpy
from chainruler.schemas.requests import ObjectiveRequest
from tests.grading.problems import CONTEXT
from tests.networks.cases import case_of, documents

DOCUMENTS = dict(documents())
ZERO, NEAR = 1e-9, 1e-6
SEEDS, SIZES = 3, (1.0, 0.1, 10.0)
"""Where a formula differs from the right one at none of these numbers, it is not called wrong."""


@dataclass(frozen=True)
class Written:
    """A formula for an answer to a problem."""

    case: str
    answer: str
    given: RawAnswer

    def read(self) -> Judged:
        """The verdict, without looking for the reason."""
        return Judge(key_of(self.case), Rubric())._read(self.answer, self.given)  # noqa: SLF001

    def __str__(self) -> str:
        return f"{self.case} {self.answer}: {self.given.formula}"


@lru_cache(maxsize=64)
def key_of(name: str) -> AnswerKey:
    """The key to a generated problem with numbers."""
    case = case_of(DOCUMENTS[name])
    document = {**case.document, "parameters": case.parameters, **case.network.placed(case.data)}
    return key_to(ObjectiveRequest.model_validate(document), CONTEXT).key


def lines_of(name: str) -> list[Line]:
    """The gradients that formulas can be written for: those whose right line NumPy syntax has."""
    structure = key_of(name).written
    lines = [structure.line(label) for label in key_of(name).gradients]
    return [line for line in lines if not {"scatter", "unwindow"} & {node.primitive.name for node in line.nodes}]


def right_numpy(random: Random) -> Iterator[Written]:
    """Right lines in NumPy syntax, rewritten by rules of algebra."""
    for name, line in _lines(random):
        formula = rewritten(to_numpy(line.right), line.context, random)
        yield Written(name, line.of, RawAnswer(formula=formula if len(formula) < 1900 else to_numpy(line.right)))


def right_latex(random: Random) -> Iterator[Written]:
    """Right lines in LaTeX, in other words around them."""
    for name, line in _lines(random):
        whole = to_latex(line.right)
        written = random.choice(WORDINGS).format(whole)
        yield Written(name, line.of, RawAnswer(formula=written if len(written) < 1900 else whole, syntax="latex"))


WORDINGS = [
    "{}", r"\left({}\right)", r"-\left(-\left({}\right)\right)", r"\frac{{2}}{{2}}\left({}\right)", r"{} \tag{{7}}",
    r"{}, \quad (3)", r"2\left({0}\right) - \left({0}\right)", r"\tfrac12\left({0}\right) + \frac12\left({0}\right).",
]  # fmt: skip
AROUND = [
    "({right}) * 1.00001", "({right}) + ({right}) * (abs(sum({some})) > 300)",
    "({right}) * where(sum({some}**2) > 1e4, 2, 1)",
    "({right}) + ({right}) * exp(-1e4 * sum({some}**2))", "({right}) * (1 + 1e-12 * sum({some}**2)**6)",
    "({right}) * (1 + exp(-1e6 * ({entry} - 0.37)**2))", "({right}) + 0.01 * ({right}) * (abs({entry}) > 6)",
    "({right}) * where({entry} < -5, 0, 1)", "maximum({right}, -1e3) * where({entry} > 40, 3, 1)",
]  # fmt: skip


def wrong(random: Random) -> Iterator[Written]:
    """Right lines with one mistake, or with a difference that shows only in other numbers than one expects."""
    for name, line in _lines(random):
        near = _broken(name, line, random) if random.random() < 0.5 else _around(name, line, random)
        if near is not None:
            yield Written(name, line.of, RawAnswer(formula=near))


def _lines(random: Random) -> Iterator[tuple[str, Line]]:
    names = list(DOCUMENTS)
    while True:
        name = random.choice(names)
        lines = lines_of(name)
        if lines:
            yield name, random.choice(lines)


def _broken(name: str, line: Line, random: Random) -> str | None:
    """A mistake in the line; None if it is none, wherever it is looked at."""
    variants = [v for v in key_of(name).written.variants(line) if v.expression.shape == line.right.shape]
    if not variants:
        return None
    variant = random.choice(variants)
    return to_numpy(variant.expression) if _differs(name, line, variant.expression) else None


def _differs(name: str, line: Line, expression: Expression) -> bool:
    """Whether an expression is another function than the right line, at numbers that grading has no part in."""
    for seed, size in product(range(SEEDS), SIZES):
        point = point_of(line.context, _numbers(name, seed, size))
        right, value = point(line.right), point(expression)
        scale = float(np.abs(right).max(initial=0.0))
        if np.isfinite(value).all() and scale > ZERO and np.abs(value - right).max() > NEAR * scale:
            return True
    return False


@lru_cache(maxsize=256)
def _numbers(name: str, seed: int, size: float) -> dict[str, NDArray[Any]]:
    """Numbers of the kind that the problem poses, with parameters of this size."""
    case = case_of(DOCUMENTS[name], seed)
    return case.arrays(**{label: size * array for label, array in case.parameters.items()})


def _around(name: str, line: Line, random: Random) -> str | None:
    """A formula that is the right one for numbers of the usual size."""
    point = key_of(name).points.first
    if float(np.abs(point(line.right)).max(initial=0.0)) < ZERO:
        return None
    parameters = [label_of(p.variable) for p in line.context.network.parameters.values()]
    if not parameters:
        return None
    some = random.choice(parameters)
    return random.choice(AROUND).format(right=to_numpy(line.right), some=some, entry=f"sum({some})")
