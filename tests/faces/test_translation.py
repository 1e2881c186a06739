"""Requests of other grading interfaces: whatever a teacher has set up, it is graded or refused."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.calls.examples import CLASSIFIER
from chainruler.faces.lambda_feedback import commands
from chainruler.faces.mued import feedback
from chainruler.handlers.context import Context
from chainruler.networks import Budget
from chainruler.refusals.documents import KNOWN
from chainruler.schemas.lambda_feedback import EvalRequest, ResponsePreviewRequest
from chainruler.schemas.mued import EvaluateRequest
from chainruler.schemas.reading import read_request
from tests.support.sampling import examples

TEXTS = st.sampled_from(["W2", "b2", "dZ2.T @ A1", "latex", "0.1, 0.2", "1; 2", "", "<b>", "\\frac1N"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(allow_nan=False), TEXTS)
NAMES = st.sampled_from(
    ["answer", "feedback", "mark", "params", "aliases", "symbols", "mistakes", "array", "formula", "text", "W2", "A1"]
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
SETTINGS = st.fixed_dictionaries(
    {"problem": st.just(CLASSIFIER) | ANYTHING},
    optional=dict.fromkeys(
        ("with_respect_to", "rubric", "hints", "reveal", "symbols", "cases", "syntax", "is_latex"), ANYTHING
    ),
)


@settings(max_examples=examples(200))
@given(response=ANYTHING, answer=ANYTHING, told=SETTINGS)
def test_no_settings_break_an_evaluation_function(response: Any, answer: Any, told: dict[str, Any]) -> None:
    """A result, an error in the result, or a refusal that is known."""
    with contextlib.suppress(*KNOWN):
        request = read_request(EvalRequest, {"response": response, "answer": answer, "params": told})
        assert commands.evaluate(request, Context(Budget())).keys() & {"result", "error"}
    with contextlib.suppress(*KNOWN):
        asked = read_request(ResponsePreviewRequest, {"response": response, "params": told})
        assert commands.preview(asked, Context(Budget()))["result"]["preview"] is not None


@settings(max_examples=examples(200))
@given(response=ANYTHING, told=SETTINGS, theirs=ANYTHING, enabled=st.booleans())
def test_no_settings_break_an_evaluation(response: Any, told: dict[str, Any], theirs: Any, enabled: bool) -> None:
    """The same for µEd."""
    document = {
        "submission": {"type": "MATH", "content": {"expression": response}},
        "preSubmissionFeedback": {"enabled": enabled},
        "configuration": {"vendorExtensions": {"x-chainruler": told, "x-lf": theirs}},
    }

    with contextlib.suppress(*KNOWN):
        assert feedback.evaluate(read_request(EvaluateRequest, document), Context(Budget()))
