"""What no mistake explains."""

from __future__ import annotations

from chainruler.grading.mistakes.mistake import Mistake


class Unknown(Mistake):
    """Wrong, and nothing in the library explains it."""

    code = "unknown"
    title = "Wrong for a reason that is not known"
    credit = 0.0
    question = "Which of your steps can you check by itself?"
    step = "{line} is wrong; no single known mistake, and no pair of them, explains it."
    explanation = "Hand in the steps before it as well, and the one where the error begins can be named."
