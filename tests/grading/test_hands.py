"""Answers in many hands, by people who knew neither the reader nor its tests: what is read, and that none is misjudged.

`hands/` has them in the order of their rounds, each written after the reader had been mended for the ones before. They
are answers to one sheet of homework, whose problems are in `problems.jsonl`. What was read of a round at first sight is
told in docs/notation.md; here is what must be read now. The answers in `beside_*` have something beside the formula on
purpose, which changes its value or does not: of these, too, none may be misjudged.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.grading.problems import report

FOLDER = Path(__file__).parent / "hands"
LEAST = {"code": 0.9, "latex": 0.88}
"""The part of each that must be read."""


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of the files of this name."""
    files = sorted(FOLDER.glob(f"{name}*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


PROBLEMS = {line["name"]: line["problem"] for line in lines("problems")}
KINDS = (*LEAST, "beside_code", "beside_latex")
CASES = {f"{kind} {case['id']}": {**case, "kind": kind} for kind in KINDS for case in lines(kind)}


@cache
def verdict(name: str) -> str:
    """What the grader says of an answer."""
    case = CASES[name]
    syntax = "latex" if case["kind"].endswith("latex") else "numpy"
    answers = {case["answer"]: {"formula": case["text"], "syntax": syntax}}
    return str(report(PROBLEMS[case["problem"]], answers)["results"][0]["verdict"])


@pytest.mark.sampled(0.03)
@pytest.mark.parametrize("name", CASES)
def test_no_answer_is_misjudged(name: str) -> None:
    """A right one is right or not graded; a wrong one is wrong or not graded, or but transposed, which is told."""
    case = CASES[name]
    if case["right"]:
        allowed = {"correct", "correct_up_to_convention", "not_gradable"}
    elif "transpos" in case["mistake"] or "wrong way round" in case["mistake"]:
        allowed = {"wrong", "correct_up_to_convention", "not_gradable"}
    else:
        allowed = {"wrong", "not_gradable"}

    assert verdict(name) in allowed, case["text"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", LEAST)
def test_most_answers_are_read(kind: str) -> None:
    """All rounds together; the shares are printed."""
    of_kind = [name for name, case in CASES.items() if case["kind"] == kind]
    read = [name for name in of_kind if verdict(name) != "not_gradable"]
    print(f"{kind}: {len(read)} of {len(of_kind)} are read")  # noqa: T201 (a figure)

    assert len(of_kind) > 320
    assert len(read) >= LEAST[kind] * len(of_kind)
