"""Sums of zero-padded concatenations, which gradients of parts are, in canonical form."""

from itertools import pairwise

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, evaluate, gradient, sum_of, topological, variable
from chainruler.engine.primitives.joining import Slice

SHAPES = {-1: (2, 9), -2: (9, 2)}


def of_parts(x: Expression, parts: list[tuple[int, int]], axis: int) -> Expression:
    """A sum in which each part of x stands for itself."""
    functions = (e.tanh, e.exp, lambda part: 3 * part**2)
    return sum((sum_of(functions[i % 3](Slice(axis, *part)(x))) for i, part in enumerate(parts)), e.constant(0))


def names(expression: Expression) -> list[str]:
    """The primitives of an expression."""
    return [node.primitive.name for node in topological([expression])]


@pytest.mark.parametrize("axis", SHAPES)
@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_of_parts_is_one_concatenation(seed: int, axis: int) -> None:
    """Whichever parts there are, in whichever order and with whichever gaps, nothing padded with zeros is added."""
    random = np.random.default_rng(seed)
    cuts = sorted(random.choice(np.arange(10), random.integers(3, 7), replace=False).tolist())
    parts = [(a, b) for a, b in pairwise(cuts) if random.random() < 0.8] or [(cuts[0], cuts[1])]
    random.shuffle(parts)
    x = variable("x", SHAPES[axis])
    numbers = random.normal(size=SHAPES[axis])
    (found,) = gradient(of_parts(x, parts, axis), [x])
    want = np.zeros(SHAPES[axis])
    for i, (start, stop) in enumerate(parts):
        place = (..., slice(start, stop)) if axis == -1 else (slice(start, stop), ...)
        part = numbers[place]
        want[place] = (1 - np.tanh(part) ** 2, np.exp(part), 6 * part)[i % 3]

    assert names(found).count("concatenate") <= 1
    assert found.primitive.name != "add"
    np.testing.assert_allclose(evaluate([found], {"x": numbers})[0], want, rtol=1e-13)


def test_parts_that_overlap_are_added() -> None:
    """Where two parts share some entries, both gradients count; of the same part they are one piece."""
    x = variable("x", (9,))
    numbers = np.linspace(-1.0, 1.0, 9)
    (overlapping,) = gradient(of_parts(x, [(0, 5), (3, 9)], -1), [x])
    (twice,) = gradient(of_parts(x, [(2, 5), (2, 5)], -1), [x])
    want = np.zeros(9)
    want[:5] += 1 - np.tanh(numbers[:5]) ** 2
    want[3:] += np.exp(numbers[3:])

    np.testing.assert_allclose(evaluate([overlapping], {"x": numbers})[0], want, rtol=1e-13)
    assert names(twice).count("concatenate") == 1
