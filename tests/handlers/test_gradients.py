"""Forward and gradients: every number of an answer against an engine that is not ours."""

from typing import Any

import numpy as np
import pytest

from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks import Layer, TooLarge
from tests.handlers.calls import GOOD, Document, call, changed, sent, two_layers
from tests.handlers.problems import (
    ALL_LOSSES,
    PROBLEMS,
    UNCOUPLED,
    case,
    close,
    has_loss,
    independent_gradients,
    independent_input_gradient,
    independent_parts,
    posted,
)
from tests.networks import independent

EVERYTHING = ["outputs", "intermediates", "intermediate_gradients", "input_gradients", "per_sample"]


def test_every_layer_and_loss_is_among_the_problems() -> None:
    """A new layer or loss is met by the tests below without anybody adding it."""
    assert [kind for kind in Layer.registry if not any(name.startswith(kind) for name in PROBLEMS)] == []
    assert [kind for kind in ALL_LOSSES if not has_loss(kind)] == []


@pytest.mark.parametrize("name", PROBLEMS)
def test_loss_and_gradients(name: str) -> None:
    """Loss, its two parts and all gradients are those of autograd; `parameters` and `gradients` have the same keys."""
    of = case(name)
    answer = call("gradients", posted(of))
    each = independent.losses(of.document, of.parameters, of.data)
    penalty = independent.penalty(of.document.get("regularization"), of.parameters)
    objective = independent.objective(of.document, of.parameters, of.data)
    apart = of.document["loss"]["reduction"] == "none"

    close(answer["gradients"], independent_gradients(of))
    close(answer["loss"], each if apart else objective)
    close(answer["data_loss"], each if apart else objective - penalty)
    close(answer["penalty"], penalty)
    assert (answer["layout"], answer["dtype"]) == (of.document["model"]["layout"], "float64")
    assert answer.keys() - {"statistics"} == {"loss", "data_loss", "penalty", "gradients", "layout", "dtype"}


@pytest.mark.parametrize("name", PROBLEMS)
def test_outputs(name: str) -> None:
    """Forward gives the outputs of the independent definition, and gradients on request the same."""
    of = case(name)
    want = independent.outputs(of.document, of.parameters, of.data)

    close(call("forward", posted(of))["outputs"], want)
    close(call("gradients", posted(of, include=["outputs"]))["outputs"], want)


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("name", [name for name in UNCOUPLED if not name.startswith("embedding")])
def test_what_can_be_asked_for_besides(name: str) -> None:
    """The gradient by the samples, and each sample's part of the gradients, N in front, are those of autograd."""
    of = case(name)
    answer = call("gradients", posted(of, include=["input_gradients", "per_sample"]))

    close(answer["input_gradients"], {"x": independent_input_gradient(of)})
    close(answer["per_sample"], independent_parts(of))


def by_hand(document: Document) -> dict[str, Any]:
    """The two-layer network, its loss and all gradients, written out."""
    n = {key: np.array(value) for key, value in {**document["parameters"], **document["data"]}.items()}
    z1 = n["x"] @ n["W1"].T + n["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ n["W2"].T + n["b2"]
    grown = np.exp(z2)
    p, hot = grown / grown.sum(axis=1, keepdims=True), np.eye(2)[n["y"]]
    dz2 = (p - hot) / 5
    da1 = dz2 @ n["W2"]
    dz1 = da1 * (1 - a1**2)
    return {
        "loss": -np.log((p * hot).sum(axis=1)).mean() + 0.1 * ((n["W1"] ** 2).sum() + (n["W2"] ** 2).sum()),
        "intermediates": {"Z1": z1, "A1": a1, "Z2": z2},
        "intermediate_gradients": {"Z1": dz1, "A1": da1, "Z2": dz2},
        "gradients": {
            "W1": dz1.T @ n["x"] + 0.2 * n["W1"],
            "b1": dz1.sum(axis=0),
            "W2": dz2.T @ a1 + 0.2 * n["W2"],
            "b2": dz2.sum(axis=0),
        },
        "input_gradients": {"x": dz1 @ n["W1"]},
    }


def test_every_line_and_its_gradient() -> None:
    """Intermediates and the gradient by each of them are those that a textbook computes."""
    document = two_layers(include=EVERYTHING)
    answer, want = call("gradients", document), by_hand(document)

    assert answer["loss"] == pytest.approx(want["loss"], rel=1e-14)
    close(answer["gradients"], want["gradients"], 1e-14)
    close(answer["input_gradients"], want["input_gradients"], 1e-14)
    close({k: answer["intermediates"][k] for k in ("Z1", "A1", "Z2")}, want["intermediates"], 1e-14)
    close({k: answer["intermediate_gradients"][k] for k in ("Z1", "A1", "Z2")}, want["intermediate_gradients"], 1e-14)
    assert answer["intermediates"].keys() == {"Z1", "A1", "Z2"}
    assert answer["intermediate_gradients"].keys() == {"Z1", "A1", "Z2"}


LOSSES = ("loss", "data_loss", "penalty")


def test_forward_gives_the_loss_where_there_are_targets() -> None:
    """Lines and loss are those of the gradients; without a loss, or without targets, there are the lines alone."""
    document = two_layers(include=["intermediates"])
    unaimed = changed(document, "data.y", ...)
    bare = {key: value for key, value in unaimed.items() if key not in {"loss", "regularization"}}
    answer, gradients = call("forward", document), call("gradients", document)

    close(answer["intermediates"], by_hand(document)["intermediates"], 1e-14)
    assert [answer.pop(part) for part in LOSSES] == [gradients[part] for part in LOSSES]
    assert sent(answer) == sent(call("forward", unaimed)) == sent(call("forward", bare))
    assert "intermediates" not in call("forward", two_layers())
    assert call("forward", changed(document, "regularization", None))["penalty"] == 0
    assert call("forward", two_layers(loss={"type": "cross_entropy", "reduction": "none"}))["loss"].shape == (5,)


def test_forward_may_be_as_large_as_its_own_cost() -> None:
    """What gradients would cost besides does not count, also where the loss is answered."""
    document = two_layers(model={"layers": [{"type": "linear", "units": 200}, {"type": "linear", "units": 200}]})
    del document["parameters"], document["regularization"]
    document |= {"initialize": {"type": "zeros"}, "data": {"x": [[0.0] * 20] * 2500, "y": [0] * 2500}}

    assert call("forward", document)["outputs"].shape == (2500, 200)
    with pytest.raises(TooLarge):
        call("gradients", document)


def test_samples_in_columns_are_the_transposed_problem() -> None:
    """With `samples: columns` the outputs are transposed, biases stand as columns, gradients stay what they are."""
    rows = two_layers(include=["outputs", "per_sample"])
    turned = changed(changed(rows, "model.samples", "columns"), "data.x", np.transpose(rows["data"]["x"]).tolist())
    for bias in ("b1", "b2"):
        turned["parameters"][bias] = [[entry] for entry in rows["parameters"][bias]]
    have, want = call("gradients", turned), call("gradients", rows)

    assert have["loss"] == pytest.approx(want["loss"], rel=1e-14)
    close(have["outputs"].T, want["outputs"], 1e-14)
    close({k: np.reshape(g, np.shape(want["gradients"][k])) for k, g in have["gradients"].items()}, want["gradients"])
    close(have["per_sample"]["W1"], want["per_sample"]["W1"])
    assert have["gradients"]["b1"].shape == (3, 1)


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("name", PROBLEMS)
def test_float32_is_float32_throughout(name: str) -> None:
    """Every array of a float32 answer is float32, and right to its precision."""
    of = case(name)
    include = EVERYTHING if name in UNCOUPLED and not name.startswith("embedding") else ["outputs", "intermediates"]
    answer = call("gradients", posted(of, dtype="float32", include=include))
    groups = [answer[key] for key in answer.keys() & {"gradients", *EVERYTHING} if key != "outputs"]
    arrays = [array for group in groups for array in group.values()]

    assert {np.asarray(array).dtype for array in [*arrays, answer["outputs"], answer["loss"]]} == {np.dtype("float32")}
    assert answer["dtype"] == "float32"
    close(answer["gradients"], independent_gradients(of), 1e-4)


def test_an_answer_through_json_is_the_answer() -> None:
    """float64 numbers survive JSON bit for bit, so that an answer can be sent back."""
    answer = call("gradients", two_layers())

    assert np.array_equal(sent(answer)["gradients"]["W1"], answer["gradients"]["W1"])


def test_the_loss_without_a_penalty_has_none() -> None:
    """Without regularization the penalty is 0 and the data loss is the loss."""
    answer = call("gradients", changed(two_layers(), "regularization", ...))

    assert (answer["penalty"], answer["data_loss"]) == (0.0, answer["loss"])


def test_large_numbers_are_numbers() -> None:
    """A result whose square is too large for its type is finite all the same, and answered."""
    document = {"model": {"layers": [{"type": "identity"}]}, "data": {"x": [[1e200, -1e300]]}}

    assert call("forward", document)["outputs"].tolist() == [[1e200, -1e300]]


@pytest.mark.parametrize("name", ["forward", "gradients"])
def test_the_first_line_that_is_not_finite_is_named(name: str) -> None:
    """Nothing is answered, and the line where the overflow began is told."""
    document = changed(changed(two_layers(), "parameters.W1.0.0", 1e300), "data.x.0.0", 1e300)
    with pytest.raises(NonFiniteResult) as refused:
        call(name, {**document, "include": ["intermediates"]})

    assert refused.value.line == "Z1"


INITIALIZED = changed(changed(GOOD["gradients"], "parameters", ...), "dtype", "float64")
DROPOUT = changed(two_layers(), "model.layers.1", {"type": "dropout", "rate": 0.4, "seed": 3})


def test_parameters_that_were_drawn_are_said() -> None:
    """`initialize` answers with what it drew, and posting that back gives the same numbers."""
    document = {**INITIALIZED, "initialize": {"type": "he_normal", "seed": 5}}
    document["model"] = {"layers": [{"type": "linear", "units": 3}, {"type": "tanh"}, {"type": "linear", "units": 2}]}
    first = call("gradients", document)
    again = call("gradients", {**INITIALIZED, "parameters": sent(first["parameters"])})

    assert first["parameters"]["W1"].std() > 0.3
    assert sent(first["gradients"]) == sent(again["gradients"])
    assert "parameters" not in again


def test_a_mask_that_was_drawn_is_said() -> None:
    """Dropout answers with its mask; sent back under its name it gives the same numbers, whatever the seed."""
    first = call("gradients", DROPOUT)
    other = changed(DROPOUT, "model.layers.1.seed", 4)
    again = call("gradients", changed(other, "data.M1", sent(first["drawn"]["M1"])))
    mask, n = first["drawn"]["M1"], by_hand(two_layers())["intermediates"]

    assert set(np.unique(mask)) == {0.0, 1.0}
    assert sent(first["gradients"]) == sent(again["gradients"])
    assert "drawn" not in again
    assert sent(call("gradients", other)["gradients"]) != sent(first["gradients"])
    close(
        call("gradients", {**DROPOUT, "include": ["intermediates"]})["intermediates"]["D1"], n["Z1"] * mask / 0.6, 1e-14
    )


def test_classes_that_were_drawn_are_said() -> None:
    """A sampler answers with classes and chances; written into the loss they give the same numbers."""
    sampler = {"type": "sampled_softmax", "sampler": "uniform", "count": 3, "seed": 1}
    first = call("gradients", two_layers(loss=sampler))
    again = call("gradients", two_layers(loss={"type": "sampled_softmax", **sent(first["drawn"])}))

    assert first["drawn"].keys() == {"sampled", "sampled_probabilities"}
    assert sent(first["gradients"]) == sent(again["gradients"])
    assert "drawn" not in again


def test_running_statistics_are_answered() -> None:
    """batch_norm in training answers with the next running mean and variance; by default a tenth is new."""
    document = changed(two_layers(), "model.layers.1", {"type": "batch_norm"})
    document["parameters"] |= {"gamma2": [1.0] * 3, "beta2": [0.0] * 3}
    document["parameters"] |= {"W3": document["parameters"].pop("W2"), "b3": document["parameters"].pop("b2")}
    statistics = call("gradients", document)["statistics"]
    z1 = by_hand(two_layers())["intermediates"]["Z1"]

    close(statistics["running_mean2"], 0.1 * z1.mean(axis=0), 1e-14)
    close(statistics["running_var2"], 0.9 + 0.1 * z1.var(axis=0, ddof=1), 1e-14)
