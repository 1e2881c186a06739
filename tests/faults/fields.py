"""Every place of a request to the grader where somebody may write a text."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from chainruler.calls.examples import CLASSIFIER, LAMBDA_FEEDBACK, MUED, PREVIEW, PROBLEMS

Keys = tuple[str | int, ...]


class Field(NamedTuple):
    """A good request to a path, and the place in it where the text goes: a value, or the name of a member."""

    path: str
    request: dict[str, Any]
    where: Keys
    name: bool = False
    headers: tuple[str, ...] = ()

    def holding(self, text: str) -> dict[str, Any]:
        """The request with the text in its place."""
        document = copy.deepcopy(self.request)
        *way, last = self.where
        inner: Any = document
        for key in way:
            inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
        if self.name:
            inner[text] = inner.pop(last)
        else:
            inner[last] = text
        return document


OWN = {"answer": "W2", "formula": "W2", "syntax": "numpy", "feedback": "Aha.", "credit": 0.5, "code": "own"}
SUBMISSION = {
    "problem": CLASSIFIER,
    "answers": {"W2": {"formula": "dZ2.T @ A1", "syntax": "numpy"}, "b2": {"text": "1, 2"}},
    "rubric": {
        "points": {"W2": 1},
        "credit": {"missing_mean": 0.5},
        "mistakes": [OWN],
        "symbols": {"a": "A1"},
    },
    "reveal": "values",
    "hints": 3,
}
LATEX = {**SUBMISSION, "answers": {"W2": {"formula": "W_2", "syntax": "latex"}}}
LATEX_RUBRIC = {**SUBMISSION, "rubric": {"mistakes": [{**OWN, "syntax": "latex"}]}}
TOKEN = {"problem": {"token": ""}, "answers": {"W2": {"text": "1"}}}
GRADE_FIELDS: dict[str, tuple[dict[str, Any], Keys, bool]] = {
    "formula": (SUBMISSION, ("answers", "W2", "formula"), False),
    "formula in LaTeX": (LATEX, ("answers", "W2", "formula"), False),
    "typed numbers": (SUBMISSION, ("answers", "b2", "text"), False),
    "syntax": (SUBMISSION, ("answers", "W2", "syntax"), False),
    "name of an answer": (SUBMISSION, ("answers", "W2"), True),
    "name of points": (SUBMISSION, ("rubric", "points", "W2"), True),
    "name of credit": (SUBMISSION, ("rubric", "credit", "missing_mean"), True),
    "other name of a symbol": (SUBMISSION, ("rubric", "symbols", "a"), True),
    "symbol with another name": (SUBMISSION, ("rubric", "symbols", "a"), False),
    "own mistake's answer": (SUBMISSION, ("rubric", "mistakes", 0, "answer"), False),
    "own mistake's formula": (SUBMISSION, ("rubric", "mistakes", 0, "formula"), False),
    "own mistake's formula in LaTeX": (LATEX_RUBRIC, ("rubric", "mistakes", 0, "formula"), False),
    "own mistake's feedback": (SUBMISSION, ("rubric", "mistakes", 0, "feedback"), False),
    "own mistake's code": (SUBMISSION, ("rubric", "mistakes", 0, "code"), False),
    "reveal": (SUBMISSION, ("reveal",), False),
    "token": (TOKEN, ("problem", "token"), False),
    "a loss": (SUBMISSION, ("problem", "loss"), False),
    "a layer's type": (SUBMISSION, ("problem", "model", "layers", 0, "type"), False),
    "a layer's name": (SUBMISSION, ("problem", "model", "layers", 0, "name"), False),
    "a parameter's name": (SUBMISSION, ("problem", "parameters", "W1"), True),
    "dtype": (SUBMISSION, ("problem", "dtype"), False),
}
CONFIGURED: Keys = ("configuration", "vendorExtensions", "x-chainruler")
CASES = ("params", "cases", 0)
FORMULA, EVAL = MUED["a formula"], LAMBDA_FEEDBACK["eval"]
FIELDS = {
    **{f"grade: {name}": Field("/v1/grade", *told) for name, told in GRADE_FIELDS.items()},
    "batch: formula": Field("/v1/grade/batch", SUBMISSION, ("answers", "W2", "formula")),
    "batch: id": Field("/v1/grade/batch", {**SUBMISSION, "id": "x"}, ("id",)),
    "preview: formula": Field("/v1/preview", {**PREVIEW["a LaTeX formula"], "syntax": "numpy"}, ("formula",)),
    "preview: formula in LaTeX": Field("/v1/preview", PREVIEW["a LaTeX formula"], ("formula",)),
    "preview: answer": Field("/v1/preview", PREVIEW["a LaTeX formula"], ("answer",)),
    "problems: an answer": Field("/v1/problems", {**PROBLEMS["samples in columns"], "answers": ["W1"]}, ("answers", 0)),
    "problems: dtype": Field("/v1/problems", PROBLEMS["samples in columns"], ("dtype",)),
    "problems: a loss by formula": Field(
        "/v1/problems",
        {**PROBLEMS["samples in columns"], "loss": {"type": "formula", "formula": "sum(Z2)"}},
        ("loss", "formula"),
    ),
    "µEd: expression in LaTeX": Field("/evaluate", FORMULA, ("submission", "content", "expression")),
    "µEd: expression": Field(
        "/evaluate",
        {**FORMULA, "submission": {"type": "MATH", "content": {}}},
        ("submission", "content", "expression"),
    ),
    "µEd: format": Field("/evaluate", FORMULA, ("submission", "format")),
    "µEd: id": Field("/evaluate", FORMULA, ("submission", "submissionId")),
    "µEd: with respect to": Field("/evaluate", FORMULA, (*CONFIGURED, "with_respect_to")),
    "µEd: reveal": Field("/evaluate", FORMULA, (*CONFIGURED, "reveal")),
    "µEd: a criterion": Field("/evaluate", {**FORMULA, "criteria": [{"name": "W2"}]}, ("criteria", 0, "name")),
    "µEd: reference": Field("/evaluate", FORMULA, ("task", "referenceSolution", "expression")),
    "µEd: another answer": Field(
        "/evaluate", MUED["several answers"], ("submission", "content", "answers", "b2"), name=True
    ),
    "Lambda Feedback: response": Field("/", EVAL, ("response",)),
    "Lambda Feedback: response in LaTeX": Field(
        "/", {**EVAL, "params": {**EVAL["params"], "is_latex": True}}, ("response",)
    ),
    "Lambda Feedback: answer": Field("/", EVAL, ("answer",)),
    "Lambda Feedback: preview": Field("/", EVAL | {"response": ""}, ("response",), headers=("command: preview",)),
    "Lambda Feedback: a case": Field("/", EVAL, (*CASES, "answer")),
    "Lambda Feedback: a case's feedback": Field("/", EVAL, (*CASES, "feedback")),
    "Lambda Feedback: a symbol": Field("/", EVAL, ("params", "symbols", "x")),
}
