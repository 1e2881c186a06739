"""The commands of a Lambda Feedback evaluation function."""

from __future__ import annotations

from html import escape
from typing import Any

from chainruler import textbook
from chainruler.faces.translation import Document, Places, graded, name_of, previewed, spec_of
from chainruler.grading.cases import case_of, syntax_of
from chainruler.handlers.context import Context
from chainruler.handlers.grading import grade
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.lambda_feedback import EvalRequest, HealthcheckRequest, ResponsePreviewRequest

PLACES = Places("/params", "/response")


def evaluate(request: EvalRequest, context: Context) -> Document:
    """A verdict with feedback; what cannot be read is an error, which is no verdict and costs no attempt."""
    name = name_of(request.answer, request.params)
    spec = spec_of(request.response, syntax_of(request.params))
    report, warnings = graded({name: spec}, request.params, PLACES, context)
    (result,) = (one for one in report["results"] if one["answer"] == name)
    if result["verdict"] == "not_gradable":
        message = escape(result["message"], quote=False)
        return {"command": "eval", "error": {"message": message, "error_thrown": "not_gradable"}}
    told = _result(result, request.params.get("cases") or [])
    return {"command": "eval", "result": told | ({"warnings": warnings} if warnings else {})}


def preview(request: ResponsePreviewRequest, context: Context) -> Document:
    """How a formula is read; numbers are shown as they are."""
    spec = spec_of(request.response, syntax_of(request.params))
    if "formula" not in spec:
        return {"command": "preview", "result": {"preview": request.response}}
    name = request.params.get("with_respect_to")
    read = previewed(spec["formula"], name, request.params, PLACES, context)
    if not read["gradable"]:
        return {"command": "preview", "result": {"preview": {"feedback": escape(read["message"])}}}
    shown = {"latex": read["read_as"]["latex"], "sympy": read["read_as"]["numpy"], "feedback": ""}
    return {"command": "preview", "result": {"preview": shown}}


def healthcheck(_request: HealthcheckRequest, context: Context) -> Document:
    """Whether a right answer is right and a wrong one is wrong."""
    passed = {
        "a right answer is right": _verdict("dz_2 h^\\top", context) == "correct",
        "a wrong answer is wrong": _verdict("2 dz_2 h^\\top", context) == "wrong",
    }
    result = {
        "tests_passed": all(passed.values()),
        "successes": [{"name": name} for name, good in passed.items() if good],
        "failures": [{"name": name} for name, good in passed.items() if not good],
        "errors": [],
    }
    return {"command": "healthcheck", "result": result}


def _verdict(formula: str, context: Context) -> str:
    answers = {"W2": {"formula": formula, "syntax": "latex"}}
    request = GradeRequest.model_validate({"problem": textbook.problem("two_two_two"), "answers": answers})
    verdict: str = grade(request, context)["results"][0]["verdict"]
    return verdict


def _result(result: Document, cases: list[Any]) -> Document:
    """A verdict as Lambda Feedback takes it: feedback is HTML, in which the teacher's own words may have tags."""
    codes = list(dict.fromkeys(entry["code"] for entry in result["diagnosis"]))
    case = case_of(codes[0]) if codes else None
    share = result["score"] / result["max_score"] if result["max_score"] else 0.0
    told: Document = {
        "is_correct": result["verdict"] == "correct" or share >= 1,
        "feedback": _feedback(result) if case is None else str(cases[case].get("feedback") or ""),
        "tags": codes,
        "score": share,
    }
    if result["read_as"]:
        told |= {"response_latex": result["read_as"]["latex"], "response_simplified": result["read_as"]["numpy"]}
    return told if case is None else told | {"matched_case": case}


def _feedback(result: Document) -> str:
    lines = [result["message"], *([result["hint"]] if result["hint"] else [])]
    return "<br>".join(escape(line) for line in lines)
