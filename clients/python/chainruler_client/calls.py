"""The calls of the service: what each takes, where it goes, and what it answers.

Each is described once, by a function that says what to send. The clients are made of these functions: both have the
same methods with the same arguments, one waits for the result and the other is awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from numpy.typing import ArrayLike

from chainruler_client import results

R = TypeVar("R", bound=results.Result)


class HasArray(Protocol):
    """What NumPy can read: tensors, series, frames."""

    def __array__(self) -> Any: ...


Numbers: TypeAlias = ArrayLike | HasArray
Description: TypeAlias = Mapping[str, Any]
"""A layer, loss or the like, as the documentation describes it: {"type": "relu"}."""
Problem: TypeAlias = Mapping[str, Any]
"""A document of the contract, as it is posted; what is named beside it comes in the place of its members."""
Included = Literal["outputs", "intermediates", "intermediate_gradients", "input_gradients", "per_sample"]


class ProblemParts(TypedDict, total=False):
    """What a problem is made of."""

    model: Description
    loss: Description
    regularization: Description | None
    parameters: Mapping[str, Numbers] | None
    initialize: Description | None
    data: Mapping[str, Numbers]
    dtype: Literal["float64", "float32"]


@dataclass(frozen=True)
class Call(Generic[R]):
    """One call: its name, the type of its result, where it goes, and what is sent."""

    name: str
    result: type[R]
    path: str
    members: Mapping[str, Any] | None = None
    """What is posted; None for what is only looked up."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the path names."""
    answers: tuple[int, ...] = (200,)
    """The statuses that are answers."""

    @property
    def dtype(self) -> str:
        """The floats that the service computes with, which JSON does not say of its answers."""
        members = self.members or {}
        document = members.get("problem", members)
        return document.get("dtype") or "float64"


def _posted(name: str, result: type[R], problem: Problem | None, parts: Mapping[str, Any], **named: Any) -> Call[R]:
    """The call that posts a problem with these parts in the place of its own, and whatever else is named."""
    members = {**(problem or {}), **parts, **{key: value for key, value in named.items() if value is not None}}
    return Call(name, result, f"/v1/{name}", members)


def gradients(
    problem: Problem | None = None, /, *, include: Sequence[Included] | None = None, **parts: Unpack[ProblemParts]
) -> Call[results.Gradients]:
    """The loss and the gradient of every parameter, and what else is to be included."""
    return _posted("gradients", results.Gradients, problem, parts, include=include)


def forward(
    problem: Problem | None = None,
    /,
    *,
    include: Sequence[Literal["intermediates"]] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Forward]:
    """The outputs of the model, and on request every line before them."""
    return _posted("forward", results.Forward, problem, parts, include=include)


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
    return _posted(
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
    return _posted("jacobian", results.Jacobian, problem, parts, of=of, with_respect_to=with_respect_to, form=form)


def jvp(
    problem: Problem | None = None,
    /,
    *,
    of: str | None = None,
    vectors: Mapping[str, Numbers] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Jvp]:
    """The derivative of the line `of` along a direction: an array for each parameter, line or input that moves."""
    return _posted("jvp", results.Jvp, problem, parts, of=of, vectors=vectors)


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
    return _posted("vjp", results.Vjp, problem, parts, of=of, with_respect_to=with_respect_to, vector=vector)


def hvp(
    problem: Problem | None = None,
    /,
    *,
    vectors: Mapping[str, Numbers] | None = None,
    **parts: Unpack[ProblemParts],
) -> Call[results.Hvp]:
    """The Hessian of the objective times a direction: an array for each parameter that moves."""
    return _posted("hvp", results.Hvp, problem, parts, vectors=vectors)


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
    return _posted("gradcheck", results.Gradcheck, problem, parts, gradients=gradients, entries=entries, seed=seed)


def derivation(problem: Problem | None = None, /, **parts: Unpack[ProblemParts]) -> Call[results.Derivation]:
    """The derivation, line by line, as a textbook prints it; numbers are not needed where the model says its sizes."""
    return _posted("derivation", results.Derivation, problem, parts)


def differentiate(
    formula: str,
    *,
    variables: Mapping[str, Numbers | Mapping[str, Any]],
    with_respect_to: Sequence[str] | None = None,
    syntax: Literal["numpy", "latex"] | None = None,
) -> Call[results.Differentiated]:
    """A formula: its value, its gradients, and their formulas. Variables are arrays, or shapes: {"shape": [3, 2]}."""
    members = {"formula": formula, "variables": variables}
    return _posted("differentiate", results.Differentiated, members, {}, with_respect_to=with_respect_to, syntax=syntax)


def layers() -> Call[results.Layers]:
    """Every layer: what it does, its fields, and examples."""
    return Call("layers", results.Layers, "/v1/layers")


def losses() -> Call[results.Losses]:
    """Every loss: what it measures, its fields, and examples."""
    return Call("losses", results.Losses, "/v1/losses")


def optimizers() -> Call[results.Optimizers]:
    """Every optimiser: its rule, its fields, and examples."""
    return Call("optimizers", results.Optimizers, "/v1/optimizers")


def textbook() -> Call[results.Textbook]:
    """The worked systems by name."""
    return Call("textbook", results.Textbook, "/v1/textbook")


def textbook_entry(name: str, /) -> Call[results.TextbookEntry]:
    """A worked system: a problem that every call takes as it stands."""
    path = f"/v1/textbook/{quote(name, safe='')}"
    return Call("textbook_entry", results.TextbookEntry, path, parts={"name": name})


def live() -> Call[results.Live]:
    """Whether the service answers at all."""
    return Call("live", results.Live, "/health/live")


def ready() -> Call[results.Ready]:
    """Whether the service takes requests; a draining service is an answer, not an error."""
    return Call("ready", results.Ready, "/health/ready", answers=(200, 503))
