"""Two mistakes in one line that nobody submitted."""

import pytest

from benchmarks.grading.accuracy import Tally
from benchmarks.grading.speed import small


@pytest.mark.parametrize("codes", [("unnormalised_softmax", "missing_target"), ("softmax_twice", "wrong_softmax_axis")])
def test_two_mistakes_in_one_hidden_line_are_named(codes: tuple[str, str]) -> None:
    """All gradients by parameters come out, and both mistakes in the scores' gradient are told."""
    problem, tally = small(), Tally()
    structure = problem.key.structure
    line = structure.line("dZ2")
    first = next(v for v in structure.variants(line) if v.mistake.code == codes[0])
    second = next(v for v in structure.variants(structure.broken(first)) if v.mistake.code == codes[1])
    tally.add(problem, (first, second))

    assert (tally.shown, tally.named, tally.accepted) == (1, 1, 0)
