"""What the catalogue of mistakes answers."""

from __future__ import annotations

from pydantic import Field

from chainruler.schemas.answers import Answer


class MistakeAnswer(Answer):
    """One kind of mistake, with its hint at each of the three levels.

    In the words, `{line}` stands for the line that it is made in, `{of}` for what that is the gradient by, and
    `{right}` for its right side.
    """

    code: str
    title: str
    credit: float = Field(description="The part of the points that it leaves, unless a rubric says otherwise.")
    question: str = Field(description="The hint at level 1.")
    step: str = Field(description="The hint at level 2.")
    answer: str = Field(description="The hint at level 3.")
    explanation: str


class MistakesAnswer(Answer):
    """The catalogue of mistakes."""

    mistakes: list[MistakeAnswer]
