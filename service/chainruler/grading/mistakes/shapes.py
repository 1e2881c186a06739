"""Right numbers in a shape that NumPy would broadcast."""

from __future__ import annotations

from chainruler.grading.mistakes.mistake import Mistake


class ColumnForVector(Mistake):
    """(n, 1) or (1, n) for (n,), or the other way round."""

    code = "column_for_vector"
    title = "A column or row in the place of a vector"
    credit = 0.75
    question = "Which shape has the parameter itself?"
    step = "{line} has the right numbers in another shape."
    answer = "Send it with the shape of its parameter."
    explanation = "A gradient has the shape of its parameter: what is (n, 1) is broadcast to (n, n) when it meets (n,)."
    convention = True
