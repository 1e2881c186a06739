"""Reports of every kind, as they come from the grader and as they never should, and a way to look at documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sampling import examples

HOSTILE = (
    "<script>alert(1)</script>",
    "]]></failure><property/>",
    "\x1b[31mred\x00\x7f\x85",
    '\n{"tag": "points", "points": "5/5"}\n',
    '\n{"scores": {"W1": 100}}',
    "\ud800 lone, \ufffe none",
    "🧮 ∂L/∂W ᵀ \u2028 \u202e",
    "\r\n\t",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=8))
LONG = st.builds(lambda text, times: text * times, TEXTS, st.sampled_from([1, 300]))
POINTS = st.sampled_from([0.0, 1.0, 4.0, 1 / 3, 1e-9, 1e6, -1.0, 1e308])
VERDICTS = st.sampled_from(["correct", "correct_up_to_convention", "wrong", "not_gradable"])
DIAGNOSIS = {
    "code": "missing_mean",
    "confidence": "unique",
    "where": None,
    "evidence": "",
    "hint": "",
    "explanation": "",
    "credit": 0.75,
}
CODES = st.one_of(st.sampled_from(["missing_mean", "transposed"]), TEXTS)
RESULTS = st.fixed_dictionaries(
    {
        "answer": st.one_of(st.sampled_from(["W1", "b1", "Z2"]), TEXTS),
        "verdict": VERDICTS,
        "score": POINTS,
        "max_score": POINTS,
        "message": LONG,
        "diagnosis": st.lists(st.builds(lambda code: {**DIAGNOSIS, "code": code}, CODES), max_size=2),
    },
    optional={
        "hint": st.none() | TEXTS,
        "read_as": st.none() | st.builds(lambda text: {"numpy": text}, TEXTS),
        "worst_index": st.just([0, 1]),
        "expected": st.just([[1.5, 2.5]]),
    },
)
REPORTS = st.fixed_dictionaries(
    {
        "score": POINTS,
        "max_score": POINTS,
        "fraction": st.sampled_from([0.0, 0.5, 1.0, 2.0, -1.0]),
        "results": st.lists(RESULTS, min_size=1, max_size=3),
        "engine": st.just({"version": "0.1.0", "problem_sha256": "0" * 64}),
    }
)
"""Any mix of verdicts, any text, points within and beyond their bounds."""


def result(answer: str = "W1", verdict: str = "wrong", score: float = 3.0, **changes: Any) -> dict[str, Any]:
    """One answer as the grader tells of it, worth 4 points."""
    diagnosis = [] if verdict in {"correct", "not_gradable"} else [DIAGNOSIS]
    told = {
        "answer": answer,
        "verdict": verdict,
        "score": score,
        "max_score": 4.0,
        "message": "Wrong: the mean over the samples is missing.",
        "hint": None,
        "read_as": None,
        "error_band": None,
        "diagnosis": diagnosis,
        "repair": None,
    }
    return {**told, **changes}


def report(*results: dict[str, Any]) -> dict[str, Any]:
    """A report of these answers."""
    score, most = sum(one["score"] for one in results), sum(one["max_score"] for one in results)
    return {
        "score": score,
        "max_score": most,
        "fraction": score / most if most else 0.0,
        "gradable": all(one["verdict"] != "not_gradable" for one in results),
        "correct": all(one["verdict"] == "correct" for one in results),
        "results": list(results),
        "engine": {"version": "0.1.0", "problem_sha256": "0" * 64},
    }


RIGHT = result("b1", "correct", 4.0, message="Right.")
WRONG = result("W1", "wrong", 3.0, hint="Right is dZ1 = …")
UNREADABLE = result("Z2", "not_gradable", 0.0, message='")" is missing.')
ALL_RIGHT, MIXED, WITH_UNREADABLE = report(RIGHT), report(RIGHT, WRONG), report(RIGHT, WRONG, UNREADABLE)
UNREADABLE_ALONE = report(UNREADABLE)

Known = Mapping[str, Any]
Test = Callable[..., None]


def any_report(test: Test) -> Test:
    """A test that is given reports of every kind as `told`."""
    return settings(max_examples=examples(50))(given(told=REPORTS)(test))


def any_graded_report(test: Test) -> Test:
    """The same for reports with a verdict on some answer: without one, a platform takes what says so."""
    return settings(max_examples=examples(50))(given(told=REPORTS.filter(_has_a_verdict))(test))


def _has_a_verdict(told: dict[str, Any]) -> bool:
    return any(one["verdict"] != "not_gradable" for one in told["results"])


def misfits(document: Mapping[str, Any], required: Known, optional: Known | None = None) -> list[str]:
    """What of a document a platform would not know: a member is described by its types, or by what it may be."""
    known = {**required, **(optional or {})}
    absent = [f"{name} is absent" for name in required if name not in document]
    return absent + [f"{name}: {value!r}" for name, value in document.items() if not _is(value, known.get(name, ()))]


def _is(value: object, wanted: Any) -> bool:
    if isinstance(wanted, frozenset | set):
        return value in wanted
    return isinstance(value, wanted) and (isinstance(value, bool) <= (wanted is bool))
