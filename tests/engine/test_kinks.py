"""What happens exactly at a kink: it is decided, and the same everywhere."""

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, evaluate, gradient, sum_of, variable

x, y = variable("x", (3,)), variable("y", (3,))
AT = {"x": [-1.0, 0.0, 1.0], "y": [0.0, 0.0, 0.0]}
DECIDED: dict[str, tuple[Expression, list[float], list[float]]] = {
    "relu": (e.relu(x), [0, 0, 1], [0, 0, 0]),
    "absolute": (e.absolute(x), [-1, 0, 1], [0, 0, 0]),
    "maximum": (e.maximum(x, y), [0, 0, 1], [1, 1, 0]),
    "minimum": (e.minimum(x, y), [1, 0, 0], [0, 1, 1]),
    "where": (e.where(x >= y, 2 * x, 3 * y), [0, 2, 2], [3, 0, 0]),
    "largest": (e.max_of(x * x), [-1, 0, 1], [0, 0, 0]),
}


@pytest.mark.parametrize("name", DECIDED)
def test_the_derivative_at_a_kink(name: str) -> None:
    """Relu and abs have 0, of two equals the second has it all, and equals that tie for the largest share it."""
    expression, by_x, by_y = DECIDED[name]
    results = evaluate(gradient(sum_of(expression), [x, y]), AT)

    np.testing.assert_array_equal(results, [by_x, by_y])


def test_comparisons_beside_an_activation() -> None:
    """A comparison is of its operand, even where a program has the relu of that operand at hand."""
    values = {"x": [-2.0, 0.0, 1.0]}
    relations = [x > 0, x >= 0, x < 0, x <= 0, x > -1, x > 0.5, e.equal(x, 0)]
    wanted = [[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1], [0, 1, 0]]
    results = evaluate([e.relu(x), *relations], values)

    np.testing.assert_array_equal(results[1:], wanted)
