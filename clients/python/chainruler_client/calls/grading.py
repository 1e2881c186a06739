"""The calls of the grader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from chainruler_client import results
from chainruler_client.calls.call import Call, Description, Numbers, Problem, posted

Answer: TypeAlias = str | Numbers | Mapping[str, Any]
"""A formula, an array, or either as the contract has it, which knows LaTeX and typed numbers too."""
Syntax = Literal["numpy", "latex"]


def grade(
    problem: Problem | str,
    answers: Mapping[str, Answer] | str,
    *,
    rubric: Mapping[str, Any] | None = None,
    reveal: Literal["score", "diagnosis", "index", "values"] | None = None,
    hints: Literal[1, 2, 3] | None = None,
    id: str | None = None,  # noqa: A002  (the name in the contract)
    signatures: bool | None = None,
) -> Call[results.Graded]:
    """Answers marked: right or wrong, by which mistake, and where. A problem that was issued is told by its token.

    One text, a function or a page of equations, holds all answers: each result that is named as a gradient is one.
    """
    members = {"problem": _posed(problem), "answers": given(answers)}
    given_if_said = {"rubric": rubric, "reveal": reveal, "hints": hints, "id": id, "signatures": signatures}
    return posted("grade", results.Graded, members, {}, **given_if_said)


def problems(  # noqa: PLR0913  (all by their names, which are those of the contract)
    *,
    model: Description,
    loss: Description,
    regularization: Description | None = None,
    mode: Literal["train", "inference"] | None = None,
    seed: int | None = None,
    samples: int | None = None,
    answers: Sequence[str] | None = None,
    dtype: Literal["float64", "float32"] | None = None,
    id: str | None = None,  # noqa: A002  (the name in the contract)
    rubric: Mapping[str, Any] | None = None,
    expires: str | None = None,
) -> Call[results.Issued]:
    """A problem issued: numbers for a model on which mistakes show, and a token that stands for it."""
    members = {"model": model, "loss": loss}
    return posted(
        "problems",
        results.Issued,
        members,
        {},
        regularization=regularization,
        mode=mode,
        seed=seed,
        samples=samples,
        answers=answers,
        dtype=dtype,
        id=id,
        rubric=rubric,
        expires=expires,
    )


def preview(
    problem: Problem | str, formula: str, *, answer: str | None = None, syntax: Syntax | None = None
) -> Call[results.Preview]:
    """How a formula is read, and what may stand in it, without a verdict."""
    members = {"problem": _posed(problem), "formula": formula}
    return posted("preview", results.Preview, members, {}, answer=answer, syntax=syntax)


def _posed(problem: Problem | str) -> Problem:
    return {"token": problem} if isinstance(problem, str) else problem


def given(answers: Mapping[str, Answer] | str) -> dict[str, Mapping[str, Any]] | str:
    """The answers as the contract has them."""
    if isinstance(answers, str):
        return answers
    return {name: _given(answer) for name, answer in answers.items()}


def _given(answer: Answer) -> Mapping[str, Any]:
    if isinstance(answer, str):
        return {"formula": answer}
    return answer if isinstance(answer, Mapping) else {"array": answer}
