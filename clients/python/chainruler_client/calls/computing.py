"""The calls that compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

from chainruler_client import results
from chainruler_client.calls.call import Call, Description, Numbers, Problem, ProblemParts, posted

Hand = Literal["matrix", "index", "numpy", "einsum", "pytorch"]
Course = Literal["cs231n", "deeplearning.ai", "ufldl", "bishop"]
"""Whose names a derivation is written in."""
Included = Literal["outputs", "intermediates", "intermediate_gradients", "input_gradients", "per_sample"]


def gradients(
    problem: Problem | None = None, /, *, include: Sequence[Included] | None = None, **parts: Unpack[ProblemParts]
) -> Call[results.Gradients]:
    """The loss and the gradient of every parameter, and what else is to be included."""
    return posted("gradients", results.Gradients, problem, parts, include=include)


def forward(
    problem: Problem | None = None,
    /,
    *,
    include: Sequence[Literal["intermediates"]] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Forward]:
    """The outputs of the model, the loss where there is one with targets, and on request every line before them."""
    return posted("forward", results.Forward, problem, parts, include=include)


def step(
    problem: Problem | None = None,
    /,
    *,
    optimizer: Description | None = None,
    optimizer_state: Mapping[str, Any] | None = None,
    steps: int | None = None,
    batches: Sequence[Mapping[str, Numbers]] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Step]:
    """Training steps: new parameters, and the optimiser's state for the next ones. `train` does this in a loop."""
    return posted(
        "step",
        results.Step,
        problem,
        parts,
        optimizer=optimizer,
        optimizer_state=optimizer_state,
        steps=steps,
        batches=batches,
    )


def jacobian(
    problem: Problem | None = None,
    /,
    *,
    of: str | None = None,
    with_respect_to: str | None = None,
    form: Literal["dense", "block"] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Jacobian]:
    """Every entry of the line `of` differentiated by every entry of another."""
    return posted("jacobian", results.Jacobian, problem, parts, of=of, with_respect_to=with_respect_to, form=form)


def jvp(
    problem: Problem | None = None,
    /,
    *,
    of: str | None = None,
    vectors: Mapping[str, Numbers] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Jvp]:
    """The derivative of the line `of` along a direction: an array for each parameter, line or input that moves."""
    return posted("jvp", results.Jvp, problem, parts, of=of, vectors=vectors)


def vjp(
    problem: Problem | None = None,
    /,
    *,
    of: str | None = None,
    with_respect_to: Sequence[str] | None = None,
    vector: Numbers | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Vjp]:
    """An upstream gradient, shaped like the line `of`, times the derivatives of that line."""
    return posted("vjp", results.Vjp, problem, parts, of=of, with_respect_to=with_respect_to, vector=vector)


def hvp(
    problem: Problem | None = None,
    /,
    *,
    vectors: Mapping[str, Numbers] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Hvp]:
    """The Hessian of the objective times a direction: an array for each parameter that moves."""
    return posted("hvp", results.Hvp, problem, parts, vectors=vectors)


def gradcheck(
    problem: Problem | None = None,
    /,
    *,
    gradients: Mapping[str, Numbers] | None = None,
    entries: int | None = None,
    seed: int | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Gradcheck]:
    """Gradients, claimed or the service's own, against numeric ones, with the worst entry of each parameter."""
    return posted("gradcheck", results.Gradcheck, problem, parts, gradients=gradients, entries=entries, seed=seed)


def derivation(
    problem: Problem | None = None,
    /,
    *,
    hand: Hand | None = None,
    style: Course | Mapping[str, str] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Derivation]:
    """The derivation, line by line, as a textbook prints it, and in a hand and the names of a course.

    Numbers are not needed for known sizes.
    """
    return posted("derivation", results.Derivation, problem, parts, hand=hand, style=style)


def differentiate(
    formula: str,
    *,
    variables: Mapping[str, Numbers | Mapping[str, Any]],
    with_respect_to: Sequence[str] | None = None,
    syntax: Literal["numpy", "latex"] | None = None,
) -> Call[results.Differentiated]:
    """A formula: its value, its gradients, and their formulas. Variables are arrays, or shapes: {"shape": [3, 2]}."""
    members = {"formula": formula, "variables": variables}
    return posted("differentiate", results.Differentiated, members, {}, with_respect_to=with_respect_to, syntax=syntax)
