"""Points for a cell of nbgrader: the diagnosis on stdout, and the number with which the cell ends.

nbgrader takes an error, or anything on stderr, for a zero, and knows no cell that was not graded.
"""

from __future__ import annotations

import os
from typing import Any

from chainruler_client.calls import Problem
from chainruler_client.grading import NothingGraded, graded


def points(most: float, problem: Problem | str, /, **options_and_answers: Any) -> float:
    """The points of `most` that the answers get: end a cell with `points(4, PROBLEM, W1=dW1)`.

    If nothing can be graded while nbgrader autogrades, the kernel ends: nbgrader then records nothing for the student,
    and takes the submission again the next time. Everywhere else it is an error like any other.
    """
    try:
        report = graded(problem, **options_and_answers)
    except NothingGraded as error:
        print(error, flush=True)  # noqa: T201  (stdout is where nbgrader looks)
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            os._exit(1)
        raise
    print(report, flush=True)  # noqa: T201  (as above)
    return most * report.fraction
