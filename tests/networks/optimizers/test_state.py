"""The state of an optimiser as it comes from outside: what is taken, and what is refused where."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from chainruler.networks.errors import SpecError
from chainruler.networks.optimizers import Arrays, Optimizer

PARAMETERS: Arrays = {"W1": np.zeros((2, 3)), "b1": np.zeros(2)}
W, B = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [0.5, 0.25]
GOOD = {"step": 3, "m": {"W1": W, "b1": B}, "v": {"W1": W, "b1": B}}
ADAM = Optimizer.read({"type": "adam"})


def test_a_state_from_json_becomes_arrays() -> None:
    """Nested lists become arrays of the parameter's dtype; the count stays."""
    parameters = {name: array.astype("float32") for name, array in PARAMETERS.items()}
    state = ADAM.accepted_state(parameters, GOOD)

    assert state["step"] == 3
    assert state["m"]["W1"].dtype == np.float32
    assert state["v"]["W1"].tolist() == W


def test_pytorch_names_are_taken() -> None:
    """exp_avg, exp_avg_sq and the like stand for our slots, and the answer has our names."""
    optimizer = Optimizer.read({"type": "adam", "amsgrad": True})
    given = {"step": 3, "exp_avg": GOOD["m"], "exp_avg_sq": GOOD["v"], "max_exp_avg_sq": GOOD["v"]}
    ours = {**GOOD, "v_max": GOOD["v"]}

    assert repr(optimizer.accepted_state(PARAMETERS, given)) == repr(optimizer.accepted_state(PARAMETERS, ours))


@pytest.mark.parametrize("document", [None, {}, {"step": 0}, {"step": 0, "m": {}, "v": {}}], ids=repr)
def test_before_the_first_step_nothing_need_be_there(document: Mapping[str, object] | None) -> None:
    """No state, an empty one, and one with empty slots are the state before the first step."""
    assert repr(ADAM.accepted_state(PARAMETERS, document)) == repr(ADAM.initial_state(PARAMETERS))


def test_a_scalar_parameter_has_a_scalar_state() -> None:
    """A parameter of shape () is remembered as a number."""
    parameters: Arrays = {"gamma": np.array(1.0)}
    state = Optimizer.read({"type": "adagrad"}).accepted_state(parameters, {"step": 1, "sum": {"gamma": 4.0}})

    assert state["sum_of_squares"]["gamma"].shape == ()
    assert state["sum_of_squares"]["gamma"] == 4


REFUSALS: dict[str, tuple[object, str, str]] = {
    "not an object": ([1], "wrong_type", ""),
    "no step": ({"m": {}, "v": {}}, "missing_field", "/step"),
    "step is a fraction": (GOOD | {"step": 1.5}, "wrong_type", "/step"),
    "step is text": (GOOD | {"step": "3"}, "wrong_type", "/step"),
    "step is true": (GOOD | {"step": True}, "wrong_type", "/step"),
    "step is negative": (GOOD | {"step": -1}, "out_of_range", "/step"),
    "step is endless": (GOOD | {"step": 10**400}, "out_of_range", "/step"),
    "unknown slot": (GOOD | {"momentum": {}}, "unknown_field", "/momentum"),
    "slot under two names": (GOOD | {"exp_avg": {}}, "duplicate_field", "/exp_avg"),
    "slot is a list": (GOOD | {"m": [1, 2]}, "wrong_type", "/m"),
    "slot is missing": ({"step": 3, "m": GOOD["m"]}, "missing_parameter", "/v/W1"),
    "slot is empty": (GOOD | {"v": {}}, "missing_parameter", "/v/W1"),
    "parameter is unknown": (GOOD | {"m": {"W1": W, "b1": B, "W2": W}}, "unknown_parameter", "/m/W2"),
    "parameter needs escaping": (GOOD | {"m": {"a/b": B}}, "unknown_parameter", "/m/a~1b"),
    "parameter is missing": (GOOD | {"m": {"W1": W}}, "missing_parameter", "/m/b1"),
    "half a slot at first": ({"step": 0, "m": {"W1": W}}, "missing_parameter", "/m/b1"),
    "transposed": (GOOD | {"m": {"W1": np.transpose(W), "b1": B}}, "wrong_shape", "/m/W1"),
    "broadcastable": (GOOD | {"v": {"W1": W, "b1": 0.5}}, "wrong_shape", "/v/b1"),
    "ragged": (GOOD | {"v": {"W1": [[1, 2, 3], [4]], "b1": B}}, "wrong_type", "/v/W1"),
    "text": (GOOD | {"v": {"W1": W, "b1": ["1", "2"]}}, "wrong_type", "/v/b1"),
    "null": (GOOD | {"v": {"W1": W, "b1": None}}, "wrong_type", "/v/b1"),
    "booleans": (GOOD | {"v": {"W1": W, "b1": [True, False]}}, "wrong_type", "/v/b1"),
    "not a number": (GOOD | {"m": {"W1": W, "b1": [1, float("nan")]}}, "not_finite", "/m/b1"),
    "negative square": (GOOD | {"v": {"W1": W, "b1": [1, -1e-9]}}, "out_of_range", "/v/b1"),
}


@pytest.mark.parametrize(("document", "code", "pointer"), REFUSALS.values(), ids=list(REFUSALS))
def test_refusals(document: object, code: str, pointer: str) -> None:
    """A state that does not belong to the parameters is refused, and the place is named."""
    with pytest.raises(SpecError) as refused:
        ADAM.accepted_state(PARAMETERS, document)

    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_a_number_too_large_for_float32_is_refused() -> None:
    """What is finite in JSON and not in the parameters' dtype is refused, not made infinite."""
    parameters: Arrays = {"b1": np.zeros(2, "float32")}
    with pytest.raises(SpecError) as refused:
        ADAM.accepted_state(parameters, {"step": 1, "m": {"b1": [1e300, 0]}, "v": {"b1": [0, 0]}})

    assert (refused.value.code, refused.value.pointer) == ("not_finite", "/m/b1")


def test_messages_help() -> None:
    """A wrong shape tells both shapes and what it looks like; a misspelt parameter is guessed."""
    with pytest.raises(SpecError) as shape:
        ADAM.accepted_state(PARAMETERS, GOOD | {"m": {"W1": np.transpose(W), "b1": B}})
    with pytest.raises(SpecError) as name:
        ADAM.accepted_state(PARAMETERS, GOOD | {"m": {"w1": W, "b1": B}})

    assert shape.value.message == "m.W1 has shape (3, 2), and the parameter W1 has shape (2, 3)."
    assert shape.value.hint == "It looks transposed."
    assert name.value.hint == 'Did you mean "W1"?'


def test_what_is_kept_follows_the_settings() -> None:
    """Without momentum SGD keeps a count alone, and refuses a velocity."""
    plain, heavy = ({"type": "sgd", "learning_rate": 1, "momentum": μ} for μ in (0, 0.9))
    document = {"step": 1, "velocity": {"W1": W, "b1": B}}

    assert Optimizer.read(plain).initial_state(PARAMETERS) == {"step": 0}
    assert Optimizer.read(heavy).accepted_state(PARAMETERS, document)["velocity"]["b1"].tolist() == B
    with pytest.raises(SpecError, match="velocity"):
        Optimizer.read(plain).accepted_state(PARAMETERS, document)
