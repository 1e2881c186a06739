"""Checking gradients against numbers: the right ones pass, a wrong one is found and located."""

import numpy as np
import pytest

from chainruler import textbook
from chainruler.networks import Layer
from tests.handlers.calls import Answer, Document, call, changed, sent, two_layers
from tests.handlers.problems import PROBLEMS, case, posted
from tests.networks.cases import case_of, document, layers, losses

LAYERS = {f"{example.type}-{i}": example for i, example in enumerate(layers())}
LOSSES = {f"{example.type}-{i}": example for i, example in enumerate(losses())}


def without_parameters(document: Document) -> Document:
    """The same network, its parameters drawn by the service."""
    return {**changed(document, "parameters", ...), "initialize": {"type": "he_normal", "seed": 1}}


@pytest.mark.parametrize("name", textbook.names())
def test_the_gradients_of_a_textbook_system_are_right(name: str) -> None:
    """Our own gradients, and the same sent as claims, pass for every parameter."""
    problem = textbook.problem(name)
    own = call("gradcheck", problem)
    claimed = call("gradcheck", {**problem, "gradients": sent(call("gradients", problem)["gradients"])})

    assert own["correct"]
    assert sent(own) == sent(claimed)
    assert own["parameters"].keys() == problem["parameters"].keys()
    assert (own["method"], own["kinks"]) == ("complex step", [])
    assert all(found["error"] < 1e-14 for found in own["parameters"].values())


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("name", LAYERS)
def test_the_gradients_of_every_layer_are_right(name: str) -> None:
    """Whatever the registry lists passes, dropout included, whose draws stay the same meanwhile."""
    example = LAYERS[name]
    shape, index = example.example_input, example.takes == "index"
    x = np.random.default_rng(3).normal(size=(4, *shape)) if not index else np.ones((4, *shape), int)
    flat = [{"type": "flatten"}] if len(shape) > 1 or index else []
    frozen = example.document() == {"type": "batch_norm", "training": False}
    statistics = {f"running_{what}1": np.full(5, value) for what, value in (("mean", 0.2), ("var", 1.5)) if frozen}
    document = {
        "model": {"layers": [example.document(), *flat, {"type": "linear", "units": 2}]},
        "loss": {"type": "squared_error"},
        "data": {"x": x, "y": np.ones((4, 2))},
        "statistics": statistics,
        "initialize": {"type": "he_normal"},
    }

    assert call("gradcheck", sent(document))["correct"]


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("name", LOSSES)
def test_the_gradients_of_every_loss_are_right(name: str) -> None:
    """Whatever the registry lists passes, samplers included, whose draws stay the same meanwhile."""
    of = case_of(document(Layer.registry["linear"].examples()[0], LOSSES[name], "mean", None, "out_in"))

    assert call("gradcheck", without_parameters(posted(of)))["correct"]


@pytest.mark.parametrize("place", [(0, 0), (2, 1)], ids=str)
@pytest.mark.parametrize("wrong", [1e-6, -3.0], ids=str)
def test_one_wrong_entry_is_found(place: tuple[int, int], wrong: float) -> None:
    """The parameter is named, the entry located, and what it is and should be are told; the others stay right."""
    document = two_layers()
    gradients = call("gradients", document)["gradients"]
    right = float(gradients["W1"][place])
    gradients["W1"][place] += wrong
    answer = call("gradcheck", {**document, "gradients": sent(gradients)})
    found = answer["parameters"]["W1"]

    assert not answer["correct"]
    assert [name for name, result in answer["parameters"].items() if not result["correct"]] == ["W1"]
    assert found["worst"]["index"] == list(place)
    assert found["worst"]["analytic"] == gradients["W1"][place]
    assert found["worst"]["numeric"] == pytest.approx(right, rel=1e-12)
    assert found["error"] == pytest.approx(abs(wrong) / np.abs([*gradients["W1"].ravel(), right]).max(), rel=1e-6)


def test_claims_may_be_few() -> None:
    """Only the parameters that something is claimed of are checked."""
    document = two_layers()
    gradients = call("gradients", document)["gradients"]

    assert call("gradcheck", {**document, "gradients": {"b2": gradients["b2"]}})["parameters"].keys() == {"b2"}


def test_a_gradient_of_zero_is_checked_too() -> None:
    """Where no weight leads on, the gradient of b1 is 0: a claim of 0 is right, and one of 1000 wrong by all of it."""
    document = changed(changed(two_layers(), "parameters.W2", [[0.0] * 3] * 2), "regularization", ...)

    assert call("gradcheck", {**document, "gradients": {"b1": [0.0, 0.0, 0.0]}})["correct"]
    assert call("gradcheck", {**document, "gradients": {"b1": [1000.0, 0.0, 0.0]}})["parameters"]["b1"]["error"] == 1.0


@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_a_gradient_that_is_zero_but_for_rounding_is_right(activation: str) -> None:
    """A bias before a batch_norm has no effect: what rounding leaves of its gradient is no error."""
    layers = [
        {"type": "linear", "units": 6},
        {"type": "batch_norm"},
        {"type": activation},
        {"type": "linear", "units": 2},
    ]
    document = without_parameters(changed(two_layers(), "model.layers", layers))
    answer = call("gradcheck", document)

    assert answer["correct"]
    assert abs(answer["parameters"]["b1"]["worst"]["analytic"]) < 1e-10


def test_a_wrong_gradient_beside_a_large_one_is_found() -> None:
    """A parameter whose gradient is a ten-thousandth of another's is held to its own size."""
    document = changed(two_layers(), "data.x", (1e4 * np.array(two_layers()["data"]["x"])).tolist())
    document = {**document, "model": {"layers": [{"type": "linear"}]}, "regularization": None}
    document["parameters"] = {"W1": [[1e-5, 0, 0, 0], [0, 1e-5, 0, 0]], "b1": [0.1, 0.2]}
    gradients = call("gradients", document)["gradients"]
    ratio = np.abs(gradients["W1"]).max() / np.abs(gradients["b1"]).max()
    gradients["b1"] = gradients["b1"] * (1 + 1e-6)

    assert ratio > 1e3
    assert not call("gradcheck", {**document, "gradients": {"W1": gradients["W1"], "b1": gradients["b1"]}})["correct"]


def kinked(near: float, activation: str = "relu") -> Answer:
    """A check of a network whose first unit is as near to its kink as that."""
    document = changed(two_layers(), "model.layers.1.type", activation)
    document = changed(document, "data", {"x": [[1.0, 0.0, 0.0, 0.0]], "y": [0]})
    document = changed(document, "parameters.b1", [near - document["parameters"]["W1"][0][0], 1.0, 1.0])
    return call("gradcheck", document)


def test_kinks_that_are_near_are_told() -> None:
    """A ReLU with an input of 1e-9 is told of with the line and the distance; one with 0.1 is not."""
    (kink,) = kinked(1e-9)["kinks"]

    assert kink["line"] == "A1"
    assert kink["distance"] == pytest.approx(1e-9, rel=1e-5)
    assert kinked(0.1)["kinks"] == []
    assert kinked(1e-9, "tanh")["kinks"] == []


def test_erf_falls_back_to_differences() -> None:
    """The exact GELU has no complex form: central differences check it, to what they can tell."""
    document = changed(two_layers(), "model.layers.1.type", "gelu")
    answer = call("gradcheck", document)
    wrong = call("gradients", document)["gradients"]
    wrong["W2"][1, 2] *= 1 + 1e-4
    found = call("gradcheck", {**document, "gradients": sent(wrong)})

    assert (answer["method"], answer["correct"], answer["tolerance"]) == ("central differences", True, 1e-6)
    assert found["parameters"]["W2"]["worst"]["index"] == [1, 2]
    assert not found["correct"]


def test_many_entries_are_sampled_by_the_seed() -> None:
    """At most so many entries of each parameter are probed; the seed says which, and says the same again."""
    document = two_layers(entries=4)
    answers = [call("gradcheck", {**document, "seed": seed}) for seed in (0, 0, *range(1, 9))]
    looked_at = [answer["parameters"]["W1"]["worst"]["numeric"] for answer in answers]
    counts = {name: (found["checked"], found["entries"]) for name, found in answers[0]["parameters"].items()}

    assert sent(answers[0]) == sent(answers[1])
    assert len(set(looked_at)) > 2
    assert counts == {"W1": (4, 12), "b1": (3, 3), "W2": (4, 6), "b2": (2, 2)}


def test_float32_problems_are_checked_in_float64() -> None:
    """What is checked is the formula, not the rounding: float32 would hide errors below a millionth."""
    answer = call("gradcheck", two_layers(dtype="float32"))

    assert answer["correct"]
    assert answer["tolerance"] == 1e-9


@pytest.mark.parametrize("name", list(PROBLEMS)[::5])
def test_a_scaled_gradient_is_wrong_everywhere(name: str) -> None:
    """Half the right gradient is half away in every parameter that has one."""
    document = posted(case(name))
    gradients = {n: 0.5 * g for n, g in call("gradients", document)["gradients"].items()}
    answer = call("gradcheck", {**document, "gradients": sent(gradients)})
    largest = max(np.abs(g).max() for g in gradients.values())

    for parameter, found in answer["parameters"].items():
        if np.abs(gradients[parameter]).max() > 1e-3 * largest:
            assert found["error"] == pytest.approx(0.5, rel=1e-6), parameter
