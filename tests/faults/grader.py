"""Bad input at the doors of the grader, each of which has words of its own."""

from __future__ import annotations

from typing import Any

import orjson

from chainruler.calls.examples import GRADE, LAMBDA_FEEDBACK, MUED, PREVIEW, PROBLEMS
from tests.faults.table import LINEAR, LINES, MB, layers, wrong


def graded(**changes: Any) -> dict[str, Any]:
    """A submission with something else."""
    return {**GRADE["a forgotten mean"], **changes}


def answer(**spec: Any) -> dict[str, Any]:
    """A submission with this answer for W2."""
    return graded(answers={"W2": spec})


GRADER = {
    "grade: a problem of another kind": wrong(422, None, graded(problem=[]), "/v1/grade"),
    "grade: a token that is none": wrong(422, "invalid_token", graded(problem={"token": "cr1.x.y"}), "/v1/grade"),
    "grade: a token of 3 MB": wrong(
        422, None, lambda: orjson.dumps(graded(problem={"token": "cr1." + "A" * 3 * MB})), "/v1/grade", memory=64 * MB
    ),
    "grade: a token of 5 MB": wrong(
        422, None, lambda: orjson.dumps(graded(problem={"token": "A" * 5 * MB})), "/v1/grade", memory=64 * MB
    ),
    "grade: no answers": wrong(422, None, graded(answers={}), "/v1/grade"),
    "grade: 101 answers": wrong(422, None, graded(answers={f"a{i}": {"text": "1"} for i in range(101)}), "/v1/grade"),
    "grade: an answer to nothing": wrong(200, None, graded(answers={"W" * 500: {"text": "1"}}), "/v1/grade"),
    "grade: two answers in one": wrong(200, None, answer(text="1", formula="W2"), "/v1/grade"),
    "grade: a formula too long": wrong(200, None, answer(formula="W2+" * 1000 + "W2"), "/v1/grade"),
    "grade: 10,000 typed numbers": wrong(200, None, answer(text="1," * 9_999 + "1"), "/v1/grade"),
    "grade: an array of NaN": wrong(200, None, answer(array=[float("nan")]), "/v1/grade"),
    "grade: an array of NaN in a problem": wrong(
        422, "non_finite_number", b'{"problem":{"data":{"x":[NaN]}},"answers":{"W2":{"array":[NaN]}}}', "/v1/grade"
    ),
    "grade: rows of two lengths": wrong(200, None, answer(array=[[1], [1, 2]]), "/v1/grade"),
    "grade: an answer that is a number": wrong(200, None, graded(answers={"W2": 3}), "/v1/grade"),
    "grade: credit for a mistake that is none": wrong(
        422, "unknown_name", graded(rubric={"credit": {"x" * 99: 1.0}}), "/v1/grade"
    ),
    "grade: a million points": wrong(422, None, graded(rubric={"points": {"W2": 1e7}}), "/v1/grade"),
    "grade: 101 mistakes of one's own": wrong(
        422, None, graded(rubric={"mistakes": [{"answer": "W2", "formula": "W2", "feedback": ""}] * 101}), "/v1/grade"
    ),
    "grade: a pattern that backtracks": wrong(
        422,
        None,
        graded(rubric={"mistakes": [{"answer": "W2", "formula": "W2", "feedback": "", "code": "a" * 64 + "!"}]}),
        "/v1/grade",
    ),
    "grade: a billion units": wrong(
        422, None, graded(problem=layers({"type": "linear", "units": 10**9}, LINEAR)), "/v1/grade"
    ),
    "preview: a formula too long": wrong(
        200, None, {**PREVIEW["a LaTeX formula"], "formula": "x" * 2_001}, "/v1/preview"
    ),
    "problems: a thousand samples of a million": wrong(
        422,
        None,
        {
            **PROBLEMS["a classifier of sizes that tell"],
            "samples": 1000,
            "model": {"layers": [{"type": "linear", "units": 10**6}] * 2},
        },
        "/v1/problems",
    ),
    "problems: 10^9 samples": wrong(
        422, None, {**PROBLEMS["a classifier of sizes that tell"], "samples": 10**9}, "/v1/problems"
    ),
    "batch: no JSON": wrong(200, None, b"nonsense\n" * 20, "/v1/grade/batch", LINES, longest=20_000),
    "batch: a line without end": wrong(200, None, lambda: b"x" * (33 * MB), "/v1/grade/batch", LINES, memory=160 * MB),
    "batch: two million empty lines": wrong(200, None, lambda: b"\n" * (2 * MB), "/v1/grade/batch", LINES, seconds=4),
    "batch: defaults that are none": wrong(200, None, b'{"defaults":[]}\n', "/v1/grade/batch", LINES),
    "batch: gzip": wrong(415, None, b"x", "/v1/grade/batch", LINES, "Content-Encoding: gzip"),
    "µEd: empty": wrong(400, None, b"", "/evaluate"),
    "µEd: another version": wrong(406, None, MUED["a formula"], "/evaluate", "X-Api-Version: 9" * 9),
    "µEd: 900 deep": wrong(400, None, b'{"submission":' + b"[" * 900, "/evaluate"),
    "µEd: 33 MB": wrong(400, None, lambda: b" " * (33 * MB), "/evaluate", memory=96 * MB),
    "µEd: gzip": wrong(400, None, b"x", "/evaluate", "Content-Encoding: gzip"),
    "µEd: 101 criteria": wrong(400, None, {**MUED["a formula"], "criteria": [{"name": "W2"}] * 101}, "/evaluate"),
    "Lambda Feedback: empty": wrong(400, None, b"", "/"),
    "Lambda Feedback: another command": wrong(400, None, LAMBDA_FEEDBACK["eval"], "/", "command: rm -rf"),
    "Lambda Feedback: 900 deep": wrong(400, None, b'{"response":' + b"[" * 900, "/"),
    "Lambda Feedback: a response of 1 MB": wrong(
        200, None, {**LAMBDA_FEEDBACK["eval"], "response": "x" * MB}, "/", memory=64 * MB
    ),
}
