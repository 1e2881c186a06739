"""What is drawn at random follows from the seed, the step and the place, and from nothing else."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import prepared, problem_of
from chainruler.networks.streams import stream_of
from chainruler.networks.values import drawn_at

PLACE = ("model", "layers", 1)
DROPOUT = {"type": "dropout", "rate": 0.5, "seed": 4}
DATA = {"x": np.ones((20, 6)), "y": np.arange(20) % 6}
SAMPLED = {
    "model": {"layers": [{"type": "linear", "units": 6}]},
    "loss": {"type": "sampled_softmax", "sampler": "log_uniform", "count": 40, "seed": 4},
}


def numbers(place: tuple[str | int, ...], step: int, seed: int) -> list[float]:
    """The first numbers of a stream."""
    found: list[float] = stream_of(place, step)(seed).random(4).tolist()
    return found


def drawn(document: dict[str, Any], step: int) -> dict[str, Any]:
    """What a problem draws in a step."""
    problem = problem_of(document)
    parameters = {"W1": np.ones((6, 6)), "b1": np.ones(6)} if "loss" in document else {}
    data = DATA if "loss" in document else {"x": DATA["x"]}
    return drawn_at(step, problem, prepared(problem, parameters, data)[0], data).drawn


@pytest.mark.parametrize(
    "other",
    [(PLACE, 1, 7), (PLACE, 2**40, 7), (("model", "layers", 2), 0, 7), (PLACE, 0, 8), (PLACE, 0, 2**32 + 7)],
    ids=["step", "late step", "place", "seed", "large seed"],
)
def test_a_stream_follows_from_its_step_place_and_seed(other: tuple[Any, int, int]) -> None:
    """The same three give the same numbers; another one of them gives others."""
    assert numbers(PLACE, 0, 7) == numbers(PLACE, 0, 7)
    assert numbers(*other) != numbers(PLACE, 0, 7)


def test_each_step_has_a_mask_of_its_own() -> None:
    """Dropout draws another mask in each step, and the same one whenever that step is asked for."""
    document = {"model": {"layers": [DROPOUT]}}

    assert np.array_equal(drawn(document, 3)["M0"], drawn(document, 3)["M0"])
    assert not np.array_equal(drawn(document, 3)["M0"], drawn(document, 4)["M0"])


def test_two_layers_of_one_seed_drop_different_units() -> None:
    """Masks of one seed in two places are independent, or the second layer would drop what the first has."""
    masks = drawn({"model": {"layers": [DROPOUT, DROPOUT]}}, 0)

    assert list(masks) == ["M0", "M0_2"]
    assert not np.array_equal(*masks.values())


def test_a_mask_that_was_sent_is_not_drawn() -> None:
    """What stands in the data stays as it is in every step."""
    problem = problem_of({"model": {"layers": [DROPOUT]}})
    data = {"x": DATA["x"], "M0": np.ones((20, 6))}
    network, _ = prepared(problem, {}, data)

    assert drawn_at(5, problem, network, data).arrays == {}


def test_classes_and_their_chances_are_of_one_draw() -> None:
    """In each step the sampled softmax draws other classes, and the chances are theirs."""
    first, second = drawn(SAMPLED, 0), drawn(SAMPLED, 1)
    chances = np.log((second["sampled"] + 2) / (second["sampled"] + 1)) / np.log(7)

    assert not np.array_equal(first["sampled"], second["sampled"])
    np.testing.assert_allclose(second["sampled_probabilities"], chances, rtol=1e-15)


def test_classes_that_were_sent_are_not_said_to_be_drawn() -> None:
    """A loss that lists its classes draws none."""
    fixed = {"type": "sampled_softmax", "sampled": [1, 2], "sampled_probabilities": [0.5, 0.5]}

    assert drawn({**SAMPLED, "loss": fixed}, 0) == {}
