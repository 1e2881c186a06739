"""Right numbers with fewer digits than were asked for."""

from __future__ import annotations

from chainruler.grading.mistakes.mistake import Mistake


class Rounded(Mistake):
    """Right to the digits that the numbers have, and these are at least three."""

    code = "rounded"
    title = "The numbers are rounded"
    credit = 0.9
    question = "How many digits did you send of each number?"
    step = "{line} is right to the digits that it has."
    answer = "Send all digits that were computed, or type the numbers as text: then those that you type are enough."
    explanation = "Rounded numbers may hide a small mistake, such as a penalty that was left out."
    convention = True
