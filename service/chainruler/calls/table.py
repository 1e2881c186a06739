"""What can be asked: one entry of a table adds an endpoint, with its documentation, limits and tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from chainruler.calls import examples
from chainruler.handlers import catalogue
from chainruler.handlers.derivation import derivation
from chainruler.handlers.differentiate import differentiate
from chainruler.handlers.gradcheck import gradcheck
from chainruler.handlers.gradients import (
    forward,
    gradients,
    known_operations_forward,
    known_operations_gradients,
)
from chainruler.handlers.grading import grade, mistakes, preview
from chainruler.handlers.problems import problems
from chainruler.handlers.products import hvp, jacobian, jvp, vjp
from chainruler.handlers.step import known_operations_step, step
from chainruler.schemas import answers, grading, requests

Document = dict[str, Any]


def unknown(_request: Any, _budget: Any) -> float:
    """The operations of a call that is never computed on the event loop."""
    return math.inf


@dataclass(frozen=True)
class Call:
    """One call: what it takes, what computes it, what it answers, and how it is shown."""

    name: str
    summary: str
    request: type[requests.Request]
    handler: Callable[[Any, Any], Document]
    answer: type[BaseModel]
    examples: Mapping[str, Document]
    operations: Callable[[Any, Any], float] = unknown
    """How much arithmetic a request takes, where that is known at once; infinity where it is not."""
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The calls that an answer feeds, by name, each with the parts of their requests that it gives."""

    @property
    def path(self) -> str:
        """Where it is posted to."""
        return f"/v1/{self.name}"


PROBLEM = {key: f"$request.body#/{key}" for key in ("model", "loss", "regularization", "data", "optimizer")}
"""What the next step takes over from the last."""

CALLS = (
    Call(
        "gradients",
        "The loss and the gradient of every parameter",
        requests.GradientsRequest,
        gradients,
        answers.GradientsAnswer,
        examples.GRADIENTS,
        known_operations_gradients,
        {
            "gradcheck": {key: f"$request.body#/{key}" for key in ("model", "loss", "parameters", "data")}
            | {"gradients": "$response.body#/gradients"}
        },
    ),
    Call(
        "step",
        "Training steps: new parameters, new optimiser state",
        requests.StepRequest,
        step,
        answers.StepAnswer,
        examples.STEP,
        known_operations_step,
        {
            "step": PROBLEM
            | {"parameters": "$response.body#/parameters", "optimizer_state": "$response.body#/optimizer_state"}
        },
    ),
    Call(
        "forward",
        "The outputs, and every line before them",
        requests.ForwardRequest,
        forward,
        answers.ForwardAnswer,
        examples.FORWARD,
        known_operations_forward,
        {
            "vjp": {
                "model": "$request.body#/model",
                "parameters": "$request.body#/parameters",
                "data": "$request.body#/data",
                "vector": "$response.body#/outputs",
            }
        },
    ),
    Call(
        "jacobian",
        "Every entry of a line differentiated by every entry of another",
        requests.JacobianRequest,
        jacobian,
        answers.JacobianAnswer,
        examples.JACOBIAN,
    ),
    Call(
        "jvp", "The derivative of a line along a direction", requests.JvpRequest, jvp, answers.JvpAnswer, examples.JVP
    ),
    Call(
        "vjp",
        "An upstream gradient times the derivatives of a line",
        requests.VjpRequest,
        vjp,
        answers.VjpAnswer,
        examples.VJP,
    ),
    Call(
        "hvp",
        "The Hessian of the objective times a direction",
        requests.HvpRequest,
        hvp,
        answers.HvpAnswer,
        examples.HVP,
    ),
    Call(
        "gradcheck",
        "Gradients against numeric ones, with the worst entry of each",
        requests.GradcheckRequest,
        gradcheck,
        answers.GradcheckAnswer,
        examples.GRADCHECK,
    ),
    Call(
        "derivation",
        "The derivation, line by line, as a textbook prints it",
        requests.DerivationRequest,
        derivation,
        answers.DerivationAnswer,
        examples.DERIVATION,
    ),
    Call(
        "differentiate",
        "A formula: its value, its gradients, and their formulas",
        requests.DifferentiateRequest,
        differentiate,
        answers.DifferentiateAnswer,
        examples.DIFFERENTIATE,
    ),
    Call(
        "grade",
        "Answers marked: right or wrong, by which mistake, and where",
        grading.GradeRequest,
        grade,
        grading.GradeAnswer,
        examples.GRADE,
    ),
    Call(
        "problems",
        "A problem issued: numbers on which mistakes show, and a token for it",
        grading.ProblemsRequest,
        problems,
        grading.ProblemsAnswer,
        examples.PROBLEMS,
        links={"grade": {"problem": "$response.body#/problem"}},
    ),
    Call(
        "preview",
        "How a formula is read, without a verdict",
        grading.PreviewRequest,
        preview,
        grading.PreviewAnswer,
        examples.PREVIEW,
    ),
)
"""Those that are called most stand first, because routes are looked through in order."""


@dataclass(frozen=True)
class Listing:
    """Something to look up: what tells it, and what it answers."""

    name: str
    handler: Callable[..., Document]
    """Takes what the path leaves open, by name."""
    answer: type[BaseModel]
    path: str
    """Where it is got from, a name in braces for each part that is left open."""
    examples: Mapping[str, str] = field(default_factory=dict)
    """Something to put into each part that is left open."""


LISTINGS = (
    Listing("layers", catalogue.layers, answers.LayersAnswer, "/v1/layers"),
    Listing("losses", catalogue.losses, answers.LossesAnswer, "/v1/losses"),
    Listing("optimizers", catalogue.optimizers, answers.OptimizersAnswer, "/v1/optimizers"),
    Listing("mistakes", mistakes, grading.MistakesAnswer, "/v1/mistakes"),
    Listing("textbook", catalogue.textbook_list, answers.TextbookAnswer, "/v1/textbook"),
    Listing(
        "textbook_entry",
        catalogue.textbook_entry,
        answers.TextbookEntryAnswer,
        "/v1/textbook/{name}",
        {"name": "two_two_two"},
    ),
)
