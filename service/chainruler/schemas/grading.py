"""What is asked of the grader, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from chainruler.schemas.answers import Answer, Written
from chainruler.schemas.arrays import Array
from chainruler.schemas.requests import (
    DType,
    LossSpec,
    ModelSpec,
    ObjectiveRequest,
    Request,
    SystemRequest,
)
from chainruler.schemas.submitted import FormulaText, HandedText, ReadAnswer, Syntax

Reveal = Literal["score", "diagnosis", "index", "values"]
"""How much grading says of what is wrong, from least to most."""
Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=0, le=1e6)]
Shares = dict[str, Share]


def _written_out(value: object) -> object:
    """A moment as text, as JSON has it: a number would be one in seconds, or in milliseconds."""
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("wrong_type", 'must be a moment such as "2027-01-31T12:00:00Z"')
    return value


Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out)]
LONGEST_ID = 200


class TokenSpec(Request):
    """A problem that this service has issued."""

    token: str = Field(max_length=4_000_000, description="The token that came with the problem.")


def _problem(value: object) -> object:
    """A token if it is one, and otherwise a problem; told apart here, so that an error is about the one it is."""
    if isinstance(value, Mapping) and "token" in value:
        return TokenSpec.model_validate(value)
    return ObjectiveRequest.model_validate(value)


ProblemOrToken = Annotated[ObjectiveRequest | TokenSpec, BeforeValidator(_problem)]


_BY_NAME = TypeAdapter(Annotated[dict[str, ReadAnswer], Field(min_length=1, max_length=100)])


def _answers(value: object) -> object:
    """One text, or answers by name; told apart here, so that an error is about the one it is."""
    if not isinstance(value, str | Mapping):
        raise PydanticCustomError("wrong_type", "must be an object with an answer for each name, or one text")
    return value if isinstance(value, str) else _BY_NAME.validate_python(value)


Answers = Annotated[
    Annotated[dict[str, ReadAnswer], Field(min_length=1, max_length=100)] | HandedText, BeforeValidator(_answers)
]


class ToleranceSpec(Request):
    """How exact numbers must be."""

    rtol: Annotated[float, Field(gt=0, lt=1)] = Field(description="Of the largest entry, and of each.")


class OwnMistakeSpec(Request):
    """A mistake that the staff know, with their own feedback."""

    answer: str = Field(description="The answer it is made in: W1.")
    formula: FormulaText = Field(description="What the answer then is.")
    syntax: Syntax | None = None
    feedback: str = Field(max_length=2000, description="The message for a student who makes it.")
    credit: Share = 0.0
    code: str = Field("own", pattern="^[a-z][a-z0-9_]{0,63}$", description="What it is counted under.")


class RubricSpec(Request):
    """What the staff decide."""

    points: dict[str, Points] = Field(
        default_factory=dict,
        max_length=100,
        description="By answer: of these, what is missing gets 0; others count nothing. Without any, each counts 1.",
    )
    credit: Shares = Field(
        default_factory=dict, max_length=100, description="The part of the points that a mistake leaves, by its code."
    )
    follow_through: bool = Field(
        True, description="Whether a right step after a wrong one gets its points, and not what the wrong one leaves."
    )
    tolerance: ToleranceSpec | None = Field(None, description="By the numbers' dtype unless said.")
    mistakes: list[OwnMistakeSpec] = Field(default_factory=list, max_length=100, description="Mistakes of your own.")
    symbols: dict[str, str] = Field(
        default_factory=dict, max_length=100, description='Other names for symbols in formulas: {"a": "A1"}.'
    )
    upstream: bool = Field(True, description="Whether formulas may start from gradients of later lines: dZ2.")


class GradeRequest(Request):
    """A problem, answers to it, and how they are marked."""

    problem: ProblemOrToken = Field(description='The problem, or {"token": "…"} of one that was issued here.')
    answers: Answers = Field(
        description="By what the gradient is by: W1, b2, Z2, x; or `loss`. Or one text, a function or a page of "
        "equations, in which each result that is named as a gradient is an answer."
    )
    rubric: RubricSpec = Field(default_factory=RubricSpec, description="Points, credit and tolerances.")
    reveal: Reveal = Field("diagnosis", description="How much is told of what is wrong; `values` shows the right ones.")
    id: str | None = Field(
        None,
        max_length=LONGEST_ID,
        description="Whose answers these are, which a token may be bound to; in a batch it comes back with the report.",
    )
    hints: Literal[1, 2, 3] = Field(2, description="1 asks a question, 2 names the step, 3 gives the right line.")
    signatures: bool = Field(False, description="Whether wrong answers come with what equal ones are recognised by.")


class BatchLine(GradeRequest):
    """One submission of a batch."""


class ProblemsRequest(SystemRequest):
    """A model that numbers are wanted for."""

    model: ModelSpec = Field(description="The layers; sizes that are not said are chosen.")
    loss: LossSpec = Field(description="What is differentiated.")
    seed: int = Field(0, ge=0, lt=2**53, description="The same seed gives the same numbers.")
    samples: int | None = Field(None, ge=1, le=1000, description="How many samples; chosen unless said.")
    answers: list[str] | None = Field(
        None, min_length=1, max_length=100, description="The parameters whose gradients are asked for; all unless said."
    )
    dtype: DType = Field("float64", description="The numbers of the problem.")
    id: str | None = Field(
        None, max_length=LONGEST_ID, description="Whom the token is for: it is good with this `id` alone."
    )
    rubric: RubricSpec | None = Field(None, description="The rubric by which answers to the token are graded.")
    expires: Moment | None = Field(None, description="When the token ends; it never does unless said.")


class PreviewRequest(Request):
    """A formula, to see how it is read."""

    problem: ProblemOrToken = Field(description="The problem it is written for.")
    answer: str | None = Field(None, description="The answer it is meant for, if that is known: W1.")
    formula: HandedText = Field(description="The formula.")
    syntax: Syntax | None = Field(None, description="How it is written; told from the text unless said.")


class Place(Answer):
    """Where a mistake is."""

    numpy: str = Field(description="The part of the formula, or the line as somebody who makes the mistake has it.")
    span: list[int] | None = Field(description="From which place up to which in the formula, from 0.")


class Diagnosis(Answer):
    """A mistake that explains a wrong answer exactly."""

    code: str = Field(description="A code of GET /v1/mistakes, or one of the rubric's own.")
    confidence: Literal["unique", "one_of"] = Field(description="Whether nothing else explains it as well.")
    where: Place | None
    evidence: str
    hint: str
    explanation: str
    credit: float = Field(description="The part of the points that it leaves.")


class Repaired(Answer):
    """The smallest change that makes a formula right."""

    numpy: str
    latex: str
    span: list[int] = Field(description="The part of the text that changes.")


class Signature(Answer):
    """What equal wrong answers share; it is made of the answer alone, and tells nothing of the right one."""

    kind: Literal["array", "formula"]
    numbers: list[float] = Field(description="The largest entry, and sums over all entries with fixed weights.")
    tolerance: float = Field(description="How far apart those of equal answers may be, as a part of the first.")


class Result(Answer):
    """One answer, marked."""

    answer: str
    verdict: Literal["correct", "correct_up_to_convention", "wrong", "not_gradable"]
    score: float
    max_score: float
    message: str
    hint: str | None
    read_as: Written | None = Field(description="How a formula was understood.")
    syntax: Syntax | None = Field(None, description="How it was taken to be written, where that was not said.")
    error_band: str | None = Field(description="`close (looks rounded)`, or nothing: distances are never told.")
    diagnosis: list[Diagnosis]
    repair: Repaired | None
    follows: list[str] = Field(description="The wrong answers that a right step makes this one of.")
    signature: Signature | None = Field(None, description="What equal wrong answers share, on request.")
    worst_index: list[int] | None = Field(None, description="The first entry that is wrong, if `reveal` says so.")
    expected: Array | None = Field(None, description="The right values, if `reveal` says so.")


class Graded(Answer):
    """What graded it."""

    version: str
    problem_sha256: str


class GradeAnswer(Answer):
    """A graded submission."""

    score: float
    max_score: float
    fraction: float
    gradable: bool = Field(description="Whether every answer could be read.")
    correct: bool = Field(description="Whether every answer is right.")
    results: list[Result]
    engine: Graded


class BatchAnswer(Answer):
    """The answer to one line of a batch: a report, or what is wrong with the line."""

    line: int = Field(description="The number of the line, from 1.")
    id: str | None = None
    error: dict[str, Any] | None = Field(None, description="A problem of RFC 9457.")
    score: float | None = None
    max_score: float | None = None
    fraction: float | None = None
    gradable: bool | None = None
    correct: bool | None = None
    results: list[Result] | None = None
    engine: Graded | None = None


class PreviewAnswer(Answer):
    """How a formula is read; nothing of whether it is right."""

    gradable: bool
    read_as: Written | None = None
    syntax: Syntax | None = Field(None, description="How it was taken to be written, where that was not said.")
    notes: list[str] | None = Field(None, description="What was read by convention, or the ways to read it.")
    shape: list[int | str] | None = None
    message: str | None = Field(None, description="What is wrong, if it cannot be read.")
    shown: str | None = Field(None, description="The formula with carets under the place in question.")
    symbols: list[str] = Field(description="What may stand in it.")


class Hidden(Answer):
    """Mistakes that these numbers hide, or do not tell apart."""

    codes: list[str]
    lines: list[str]
    changes: list[str]
    why: str


class ProblemReport(Answer):
    """What the numbers of a problem show."""

    mistakes: int = Field(description="How many different mistakes can be made on the way to the answers.")
    visible: int = Field(description="How many of them show.")
    invisible: list[Hidden]
    indistinguishable: list[Hidden]
    zero: list[str] = Field(description="Answers whose right gradient is 0: zeros are right.")
    sizes: dict[str, int]
    distance_from_kinks: float | None = Field(description="How near the nearest entry is to a kink; null without any.")


class ProblemsAnswer(Answer):
    """A problem with numbers, which can be posted as it stands."""

    problem: dict[str, Any]
    token: str = Field(description="Stands for the problem in /v1/grade, and cannot be changed.")
    seed: int
    report: ProblemReport
