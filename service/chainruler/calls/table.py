"""What can be asked: one entry of a table adds a call, with its documentation, limits and tests."""

from __future__ import annotations

from functools import partial
from typing import Any

from chainruler.calls import examples
from chainruler.calls.call import Call, Document
from chainruler.calls.codecs import LINES, PLAIN
from chainruler.handlers import catalogue
from chainruler.handlers.batch import BatchHandler
from chainruler.handlers.derivation import derivation
from chainruler.handlers.differentiate import differentiate
from chainruler.handlers.gradcheck import gradcheck
from chainruler.handlers.gradients import forward, gradients
from chainruler.handlers.grading import grade, mistakes, preview
from chainruler.handlers.problems import problems
from chainruler.handlers.products import hvp, jacobian, jvp, vjp
from chainruler.handlers.step import step
from chainruler.schemas import answers, grading, requests
from chainruler.schemas.mistakes import MistakesAnswer


def _compute(handler: Any, summary: str, request: type[requests.Request], answer: Any, **more: Any) -> Call:
    """A call with the name, and the examples, of its handler."""
    name: str = handler.__name__
    shown: dict[str, Document] = getattr(examples, name.upper())
    return Call(name=name, summary=summary, request=request, handler=handler, answer=answer, examples=shown, **more)


def _sent(*members: str) -> dict[str, str]:
    """Members of a request that the next one takes over."""
    return {key: f"$request.body#/{key}" for key in members}


def _answered(*members: str, **renamed: str) -> dict[str, str]:
    """Members of an answer that the next request takes, some under other names."""
    return {key: f"$response.body#/{of}" for key, of in {**dict(zip(members, members, strict=True)), **renamed}.items()}


NEXT_STEP = _sent("model", "loss", "regularization", "data", "optimizer") | _answered(
    "parameters", "statistics", "optimizer_state"
)
CHECKED = _sent("model", "loss", "parameters", "data") | _answered("gradients")
UPSTREAM = _sent("model", "parameters") | _answered(vector="outputs")

COMPUTING = (
    _compute(
        gradients,
        "The loss and the gradient of every parameter",
        requests.GradientsRequest,
        answers.GradientsAnswer,
        links={"gradcheck": CHECKED},
    ),
    _compute(
        step,
        "Training steps: new parameters, new optimiser state",
        requests.StepRequest,
        answers.StepAnswer,
        links={"step": NEXT_STEP},
    ),
    _compute(
        forward,
        "The outputs, and every line before them",
        requests.ForwardRequest,
        answers.ForwardAnswer,
        links={"vjp": UPSTREAM},
    ),
    _compute(
        jacobian,
        "Every entry of a line differentiated by every entry of another",
        requests.JacobianRequest,
        answers.JacobianAnswer,
    ),
    _compute(jvp, "The derivative of a line along a direction", requests.JvpRequest, answers.JvpAnswer),
    _compute(vjp, "An upstream gradient times the derivatives of a line", requests.VjpRequest, answers.VjpAnswer),
    _compute(hvp, "The Hessian of the objective times a direction", requests.HvpRequest, answers.HvpAnswer),
    _compute(
        gradcheck,
        "Gradients against numeric ones, with the worst entry of each",
        requests.GradcheckRequest,
        answers.GradcheckAnswer,
    ),
    _compute(
        derivation,
        "The derivation, line by line, as a textbook prints it",
        requests.DerivationRequest,
        answers.DerivationAnswer,
    ),
    _compute(
        differentiate,
        "A formula: its value, its gradients, and their formulas",
        requests.DifferentiateRequest,
        answers.DifferentiateAnswer,
    ),
    _compute(
        grade, "Answers marked: right or wrong, by which mistake, and where", grading.GradeRequest, grading.GradeAnswer
    ),
    _compute(
        problems,
        "A problem issued: numbers on which mistakes show, and a token for it",
        grading.ProblemsRequest,
        grading.ProblemsAnswer,
        links={"grade": _answered("problem")},
    ),
    _compute(preview, "How a formula is read, without a verdict", grading.PreviewRequest, grading.PreviewAnswer),
)
"""A document in, a document out; those that are called most stand first, because routes are looked through in order."""

GRADE_BATCH = Call(
    name="grade_batch",
    template="/v1/grade/batch",
    summary="Many submissions, one a line, marked in order",
    request=grading.BatchLine,
    handler=BatchHandler,
    answer=grading.BatchAnswer,
    codec=LINES,
    streams=True,
)

_look_up = partial(Call, method="GET", request=requests.Request, codec=PLAIN, operations=0, tag="catalogue")
"""A call that shows what there is: quick, of no arrays, and JSON whatever Accept says."""

LOOK_UPS = (
    _look_up(name="layers", summary="Layers", handler=catalogue.layers, answer=answers.LayersAnswer),
    _look_up(name="losses", summary="Losses", handler=catalogue.losses, answer=answers.LossesAnswer),
    _look_up(name="optimizers", summary="Optimisers", handler=catalogue.optimizers, answer=answers.OptimizersAnswer),
    _look_up(name="mistakes", summary="Mistakes", handler=mistakes, answer=MistakesAnswer),
    _look_up(name="textbook", summary="Worked systems", handler=catalogue.textbook_list, answer=answers.TextbookAnswer),
    _look_up(
        name="textbook_entry",
        template="/v1/textbook/{name}",
        summary="A worked system",
        request=requests.TextbookEntryRequest,
        handler=catalogue.textbook_entry,
        answer=answers.TextbookEntryAnswer,
    ),
)

CALLS = (*COMPUTING, GRADE_BATCH, *LOOK_UPS)
"""Everything that is asked for below /v1/."""
