"""Partial credit in Otter-Grader, whose tests pass or fail: `"plugins": ["chainruler_client.otter.PartialCredit"]`."""

from __future__ import annotations

import re
from typing import Any

from chainruler_client.grading import CREDIT, NothingGraded

SHARE = re.compile(rf"^{CREDIT}(\d(?:\.\d+)?(?:e-\d+)?)\s*\Z", re.MULTILINE)
FAILED = re.compile(rf"^{NothingGraded.__name__}: .*", re.MULTILINE)


class PartialCredit:
    """Gives each test the part of its points that `assert_gradients` has named in its message.

    A test in which nothing could be graded ends the grading, so that no zero is recorded for it.
    """

    def __init__(
        self, submission_path: str, submission_metadata: dict[str, Any], plugin_config: dict[str, Any]
    ) -> None:
        self.submission_path = submission_path
        self.submission_metadata = submission_metadata
        self.plugin_config = plugin_config

    def after_grading(self, results: Any) -> None:
        """Raise the scores of tests that failed in part; `results` are Otter's GradingResults."""
        for name in results.test_files:
            cases = results.get_result(name).test_case_results
            for one in cases:
                failed = FAILED.search(one.message or "")
                if not one.passed and failed:
                    raise NothingGraded(failed[0].partition(": ")[2])
            shares = [_share(one) for one in cases]
            if any(0 < share < 1 for share in shares):
                points = zip(shares, cases, strict=True)
                results.update_score(name, sum(share * one.test_case.points for share, one in points))


def _share(one: Any) -> float:
    """The part of its points that a test case gets."""
    if one.passed:
        return 1.0
    named = SHARE.search(one.message or "")
    return min(float(named[1]), 1.0) if named else 0.0
