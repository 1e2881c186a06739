"""Mistakes of real people, collected from forums and issue trackers, and the causes that are named for them.

`collected/` has a line for each, as arrays and as formulas: where somebody was seen to make it, what was done in words,
and a small problem with the same mistake. The numbers were computed by NumPy alone, by somebody who did not know the
grader. `named` is the cause that says what was done; where there is none, `reason` says why.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.grading.problems import codes, report

FOLDER = Path(__file__).parent / "collected"
CASES: dict[str, dict[str, Any]] = {
    case["name"]: case
    for file in sorted(FOLDER.glob("*.jsonl"))
    for case in map(json.loads, file.read_text(encoding="utf-8").splitlines())
}
ENOUGH = 0.9
"""The part of them that must be named."""


@pytest.mark.sampled(0.08)
@pytest.mark.parametrize("name", CASES)
def test_a_mistake_of_a_real_person_is_named(name: str) -> None:
    """Right answers are right, wrong ones are not, and the cause says what was done, unless a reason is given."""
    case = CASES[name]
    results = {result["answer"]: result for result in report(case["problem"], case["answers"])["results"]}
    found = {code for answer in case["wrong"] for code in codes(results[answer])}

    assert {results[answer]["verdict"] for answer in case["right"]} <= {"correct"}
    assert "correct" not in {results[answer]["verdict"] for answer in case["wrong"]}
    if "named" in case:
        assert found == set(case["named"])


def test_nearly_all_of_them_are_named() -> None:
    """Of the collected mistakes nine in ten are named, and each has its source and what was done; the rest is shown."""
    named = [case for case in CASES.values() if "named" in case]
    share = 1 - len(named) / len(CASES)
    print(f"{len(named)} of {len(CASES)} collected mistakes are named, {share:.1%} have no cause")  # noqa: T201 (a figure)

    assert len(CASES) > 200
    assert len(named) >= ENOUGH * len(CASES)
    assert all(case["source"] and case["what"] and ("named" in case) != ("reason" in case) for case in CASES.values())
