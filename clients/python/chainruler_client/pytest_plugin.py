"""A pytest fixture that grades, and leaves marks for MarkUs and properties for JUnit XML.

conftest.py says `pytest_plugins = ["chainruler_client.pytest_plugin"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainruler_client.calls import Problem
from chainruler_client.grading import NothingGraded, graded
from chainruler_client.results.grading import Graded

MARKERS = (
    "markus_marks_total(marks): what the test is worth",
    "markus_marks_earned(marks): what was earned",
    "markus_message(text): what is shown",
    "markus_tag(name): a tag for the submission",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, which MarkUs reads."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def assert_gradients(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[..., Graded]:
    """`assert_gradients` for this test: it also tells MarkUs and JUnit what was earned.

    Nothing that could be graded skips the test, because a failed one would be a zero.
    """

    def check(problem: Problem | str, /, **options_and_answers: Any) -> Graded:
        __tracebackhide__ = True
        try:
            report = graded(problem, **options_and_answers)
        except NothingGraded as error:
            pytest.skip(str(error))
        _leave(report, request.node, record_property)
        if not all(one.full for one in report.results):
            pytest.fail(f"{report}", pytrace=False)
        return report

    return check


def _leave(report: Graded, node: Any, record_property: Callable[[str, object], None]) -> None:
    """Leave what was found: marks and tags on the test, properties in its JUnit XML."""
    codes = list(dict.fromkeys(entry.code for one in report.results for entry in one.diagnosis))
    if node.get_closest_marker("markus_marks_total") is None:
        node.add_marker(pytest.mark.markus_marks_total(report.max_score))
        earned = report.score
    else:
        earned = report.fraction * float(node.get_closest_marker("markus_marks_total").args[0])
    node.add_marker(pytest.mark.markus_marks_earned(earned))
    for code in codes:
        node.add_marker(pytest.mark.markus_tag(code))
    record_property("score", report.score)
    record_property("max_score", report.max_score)
    record_property("mistakes", ",".join(codes))
