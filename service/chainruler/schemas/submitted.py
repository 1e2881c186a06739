"""One answer of a submission, which is read by itself: nothing that is wrong with it concerns the others."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from chainruler.schemas.arrays import Array
from chainruler.schemas.reading import words_of
from chainruler.schemas.requests import Request

Syntax = Literal["numpy", "latex"]
FormulaText = Annotated[str, Field(min_length=1, max_length=2000)]
HandedText = Annotated[str, Field(max_length=20_000)]
"""What a student typed: that it is empty, or too long for a formula, is told of this answer and spoils no other."""


class AnswerSpec(Request):
    """One answer: an array, a formula, or numbers as they are typed."""

    array: Array | None = Field(None, description="The numbers, in the shape of what the gradient is by.")
    formula: HandedText | None = Field(None, description="A formula in the symbols of the problem.")
    syntax: Syntax | None = Field(None, description="How the formula is written; told from the text unless said.")
    text: HandedText | None = Field(
        None, description="Typed numbers, `;` between rows: right to the last digit that was typed."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(part is not None for part in (self.array, self.formula, self.text)) != 1:
            raise PydanticCustomError("conflict", 'must have one of "array", "formula" and "text"')
        return self


class UnreadAnswer(AnswerSpec):
    """Stands for an answer that cannot be read: it is not graded, and the others are."""

    reason: str


def _by_itself(value: object, read: ValidatorFunctionWrapHandler) -> AnswerSpec:
    """An answer, or what is wrong with it; nothing of it concerns the other answers."""
    if isinstance(value, UnreadAnswer):
        return value
    if isinstance(value, ValueError):  # the wire puts one in the place of what it cannot read
        return UnreadAnswer.model_construct(reason=str(value))
    try:
        answer: AnswerSpec = read(value)
    except ValidationError as error:
        return UnreadAnswer.model_construct(reason=words_of(AnswerSpec, error, "answer"))
    return answer


ReadAnswer = Annotated[AnswerSpec, WrapValidator(_by_itself)]
