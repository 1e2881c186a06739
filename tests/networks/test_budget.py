"""What is refused because of its size, from shapes alone."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import Budget, SpecError, TooLarge, derivatives, network_of, problem_of, refuse_over
from tests.networks.requests import Change, good, run


def wide(r: dict[str, Any]) -> None:
    """Many hidden units."""
    r["parameters"] = {"W1": np.ones((300, 4)), "b1": np.ones(300), "W2": np.ones((3, 300)), "b2": np.ones(3)}


def many(samples: int) -> Change:
    """Many samples."""
    return lambda r: r["data"].update(x=np.zeros((samples, 4)), y=np.zeros(samples, int))


@pytest.mark.parametrize(
    ("change", "code"),
    [(wide, "too_many_parameters"), (many(15000), "too_large_intermediate"), (many(60000), "too_many_operations")],
    ids=["parameters", "numbers", "flops"],
)
def test_what_is_over_the_budget_is_refused_from_shapes(change: Change, code: str) -> None:
    """Parameters, the largest intermediate and the arithmetic are known before any array is made."""
    request = good()
    change(request)
    with pytest.raises(TooLarge) as caught:
        run(request)

    assert caught.value.code == code


def test_shapes_beyond_memory_cost_nothing_to_refuse() -> None:
    """A layer of 10^12 weights is refused although nobody sent them."""
    problem = problem_of(
        {"model": {"layers": [{"type": "linear", "units": 10**6}], "input": 10**6}, "loss": {"type": "squared_error"}}
    )
    with pytest.raises(TooLarge):
        refuse_over(Budget(), network_of(problem), 1)


LINEAR = {"type": "linear", "units": 2}


def test_gradients_sample_by_sample_are_refused_where_samples_are_coupled() -> None:
    """Batch normalisation in training has no per-sample gradient; in inference it has."""
    document: dict[str, Any] = {
        "model": {"layers": [{"type": "batch_norm"}, LINEAR], "input": 3},
        "loss": {"type": "squared_error"},
    }
    with pytest.raises(SpecError) as caught:
        derivatives.per_sample_gradients(network_of(problem_of(document)))

    assert caught.value.code == "couples_samples"
    calm = [
        {**document, "mode": "inference"},
        {**document, "model": {**document["model"], "layers": [{"type": "batch_norm", "training": False}, LINEAR]}},
    ]
    for document in calm:
        parts = derivatives.per_sample_gradients(network_of(problem_of(document)))
        assert parts.keys() == {"gamma1", "beta1", "W2", "b2"}
