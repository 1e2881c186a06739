"""What can be asked: one entry of a table adds a call, with its documentation, limits and tests."""

from __future__ import annotations

from functools import partial

from chainruler.calls import examples
from chainruler.calls.call import Call
from chainruler.calls.codecs import LINES, PLAIN
from chainruler.handlers import catalogue
from chainruler.handlers.batch import Batch
from chainruler.handlers.derivation import derivation
from chainruler.handlers.differentiate import differentiate
from chainruler.handlers.gradcheck import gradcheck
from chainruler.handlers.gradients import forward, gradients
from chainruler.handlers.grading import grade, mistakes, preview
from chainruler.handlers.problems import problems
from chainruler.handlers.products import hvp, jacobian, jvp, vjp
from chainruler.handlers.step import step
from chainruler.schemas import answers, grading, requests

PROBLEM = {key: f"$request.body#/{key}" for key in ("model", "loss", "regularization", "data", "optimizer")}
"""What the next step takes over from the last."""

COMPUTING = (
    Call(
        name="gradients",
        summary="The loss and the gradient of every parameter",
        request=requests.GradientsRequest,
        handler=gradients,
        answer=answers.GradientsAnswer,
        examples=examples.GRADIENTS,
        links={
            "gradcheck": {key: f"$request.body#/{key}" for key in ("model", "loss", "parameters", "data")}
            | {"gradients": "$response.body#/gradients"}
        },
    ),
    Call(
        name="step",
        summary="Training steps: new parameters, new optimiser state",
        request=requests.StepRequest,
        handler=step,
        answer=answers.StepAnswer,
        examples=examples.STEP,
        links={
            "step": PROBLEM
            | {"parameters": "$response.body#/parameters", "optimizer_state": "$response.body#/optimizer_state"}
        },
    ),
    Call(
        name="forward",
        summary="The outputs, and every line before them",
        request=requests.ForwardRequest,
        handler=forward,
        answer=answers.ForwardAnswer,
        examples=examples.FORWARD,
        links={
            "vjp": {
                "model": "$request.body#/model",
                "parameters": "$request.body#/parameters",
                "data": "$request.body#/data",
                "vector": "$response.body#/outputs",
            }
        },
    ),
    Call(
        name="jacobian",
        summary="Every entry of a line differentiated by every entry of another",
        request=requests.JacobianRequest,
        handler=jacobian,
        answer=answers.JacobianAnswer,
        examples=examples.JACOBIAN,
    ),
    Call(
        name="jvp",
        summary="The derivative of a line along a direction",
        request=requests.JvpRequest,
        handler=jvp,
        answer=answers.JvpAnswer,
        examples=examples.JVP,
    ),
    Call(
        name="vjp",
        summary="An upstream gradient times the derivatives of a line",
        request=requests.VjpRequest,
        handler=vjp,
        answer=answers.VjpAnswer,
        examples=examples.VJP,
    ),
    Call(
        name="hvp",
        summary="The Hessian of the objective times a direction",
        request=requests.HvpRequest,
        handler=hvp,
        answer=answers.HvpAnswer,
        examples=examples.HVP,
    ),
    Call(
        name="gradcheck",
        summary="Gradients against numeric ones, with the worst entry of each",
        request=requests.GradcheckRequest,
        handler=gradcheck,
        answer=answers.GradcheckAnswer,
        examples=examples.GRADCHECK,
    ),
    Call(
        name="derivation",
        summary="The derivation, line by line, as a textbook prints it",
        request=requests.DerivationRequest,
        handler=derivation,
        answer=answers.DerivationAnswer,
        examples=examples.DERIVATION,
    ),
    Call(
        name="differentiate",
        summary="A formula: its value, its gradients, and their formulas",
        request=requests.DifferentiateRequest,
        handler=differentiate,
        answer=answers.DifferentiateAnswer,
        examples=examples.DIFFERENTIATE,
    ),
    Call(
        name="grade",
        summary="Answers marked: right or wrong, by which mistake, and where",
        request=grading.GradeRequest,
        handler=grade,
        answer=grading.GradeAnswer,
        examples=examples.GRADE,
    ),
    Call(
        name="problems",
        summary="A problem issued: numbers on which mistakes show, and a token for it",
        request=grading.ProblemsRequest,
        handler=problems,
        answer=grading.ProblemsAnswer,
        examples=examples.PROBLEMS,
        links={"grade": {"problem": "$response.body#/problem"}},
    ),
    Call(
        name="preview",
        summary="How a formula is read, without a verdict",
        request=grading.PreviewRequest,
        handler=preview,
        answer=grading.PreviewAnswer,
        examples=examples.PREVIEW,
    ),
)
"""A document in, a document out; those that are called most stand first, because routes are looked through in order."""

GRADE_BATCH = Call(
    name="grade_batch",
    template="/v1/grade/batch",
    summary="Many submissions, one a line, marked in order",
    request=grading.BatchLine,
    handler=Batch,
    answer=grading.BatchAnswer,
    codec=LINES,
    streams=True,
)

_look_up = partial(Call, method="GET", request=requests.Request, codec=PLAIN, operations=0, tag="catalogue")
"""A call that shows what there is: quick, of no arrays, and JSON whatever Accept says."""

LOOK_UPS = (
    _look_up(name="layers", summary="Every layer", handler=catalogue.layers, answer=answers.LayersAnswer),
    _look_up(name="losses", summary="Every loss", handler=catalogue.losses, answer=answers.LossesAnswer),
    _look_up(
        name="optimizers", summary="Every optimiser", handler=catalogue.optimizers, answer=answers.OptimizersAnswer
    ),
    _look_up(
        name="mistakes", summary="Every mistake that is recognised", handler=mistakes, answer=grading.MistakesAnswer
    ),
    _look_up(
        name="textbook", summary="The worked systems", handler=catalogue.textbook_list, answer=answers.TextbookAnswer
    ),
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
