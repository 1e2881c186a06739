"""Training steps: k steps are k steps however they are split, and each is the textbook's."""

from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from chainruler.handlers.errors import NonFiniteResult
from chainruler.networks.optimizers import Optimizer
from tests.handlers.calls import GOOD, Answer, Document, call, changed, sent, two_layers
from tests.handlers.problems import close

SGD = {"type": "sgd", "learning_rate": 0.1}
OPTIMIZERS = {
    f"{name}-{i}": example.document()
    for name, kind in sorted(Optimizer.registry.items())
    for i, example in enumerate(kind.examples())
}
SCHEDULED = {
    "type": "sgd",
    "learning_rate": {"type": "warm_up", "steps": 3, "then": {"type": "cosine", "initial": 0.2, "steps": 4}},
}


def moving(optimizer: Document = SGD, **more: Any) -> Document:
    """A network with everything that moves from step to step: masks, running statistics, a state."""
    layers = [
        {"type": "linear", "units": 6},
        {"type": "batch_norm"},
        {"type": "dropout", "rate": 0.4, "seed": 7},
        {"type": "tanh"},
        {"type": "dropout", "rate": 0.2, "seed": 7},
        {"type": "linear", "units": 2},
    ]
    document = two_layers(model={"layers": layers}, initialize={"type": "he_normal"}, optimizer=optimizer, **more)
    del document["parameters"]
    return document


def following(document: Document, answer: Answer) -> Document:
    """The request for the next steps: what was answered, through JSON, in its place."""
    answer = sent(answer)
    following = {key: value for key, value in document.items() if key != "initialize"}
    following |= {"parameters": answer["parameters"], "optimizer_state": answer["optimizer_state"]}
    if "statistics" in answer:
        following["statistics"] = answer["statistics"]
    return following


def split(document: Document, *parts: int) -> tuple[Answer, list[float]]:
    """The last answer of some requests that follow one another, and the losses of all."""
    losses: list[float] = []
    answer: Answer = {}
    for steps in parts:
        document = following(document, answer) if answer else document
        answer = sent(call("step", {**document, "steps": steps}))
        losses += answer["losses"]
    return answer, losses


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", [*OPTIMIZERS.values(), SCHEDULED], ids=[*OPTIMIZERS, "scheduled"])
def test_steps_are_the_same_in_one_request_or_in_many(optimizer: Document, dtype: str) -> None:
    """Any split gives the bits of one request: parameters, state, statistics, masks and every loss."""
    document = moving(optimizer, dtype=dtype)
    whole, losses = split(document, 6)
    for parts in [(1,) * 6, (2, 4), (3, 1, 2)]:
        part, some = split(document, *parts)

        assert some == losses
        assert {**part, "losses": 0, "steps": 0} == {**whole, "losses": 0, "steps": 0}
    assert whole["optimizer_state"]["step"] == 6


def test_a_step_is_the_textbooks() -> None:
    """W ← W − η ∂J/∂W; `losses` are those before the steps, `loss` the one after the last."""
    document = two_layers()
    gradients, answer = call("gradients", document), call("step", {**document, "optimizer": SGD})
    want = {n: np.array(w) - 0.1 * gradients["gradients"][n] for n, w in document["parameters"].items()}
    after = call("gradients", changed(document, "parameters", sent(answer["parameters"])))

    close(answer["parameters"], want, 1e-15)
    assert answer["losses"].tolist() == [gradients["loss"]]
    assert answer["loss"] == after["loss"]
    assert (answer["steps"], answer["optimizer_state"], answer["layout"]) == (1, {"step": 1}, "out_in")


@pytest.mark.parametrize("name", textbook.names())
def test_the_training_of_the_textbook(name: str) -> None:
    """Each course's own training moves every parameter by its step size against the gradient, and the loss falls."""
    entry = textbook.entry(name)
    document, rate = entry["problem"], entry["training"]["optimizer"]["learning_rate"]
    answer = call("step", {**document, **entry["training"]})
    gradients = call("gradients", document)["gradients"]
    want = {n: np.array(w) - rate * gradients[n] for n, w in document["parameters"].items()}

    close(answer["parameters"], want, 1e-14)
    if name != "softmax_regression":  # whose course takes whole steps of the summed gradient
        assert answer["loss"] < answer["losses"][0]


def test_batches_come_in_turn() -> None:
    """Each step takes the next batch, from the first again after the last: as separate requests over each of them."""
    first, second = two_layers()["data"], {"x": [[1.0, 2.0, 0.5, -1.0]], "y": [1]}
    document = changed(two_layers(optimizer=OPTIMIZERS["adam-0"]), "data", ...)
    whole = sent(call("step", {**document, "batches": [first, second], "steps": 3}))
    losses: list[float] = []
    answer: Answer = {}
    for data in (first, second, first):
        single = {**document, "data": data}
        answer = sent(call("step", following(single, answer) if answer else single))
        losses += answer["losses"]

    assert whole["losses"] == losses
    assert (whole["parameters"], whole["loss"]) == (answer["parameters"], answer["loss"])
    assert call("step", {**document, "batches": [first, second]})["steps"] == 2


def test_each_step_has_a_mask_of_its_own() -> None:
    """The mask follows from seed and step: each is another one, and the answer has the one of its last step."""
    document = moving()
    masks = [call("step", {**document, "steps": steps})["drawn"] for steps in (1, 2, 3, 3)]

    assert masks[0].keys() == {"M2", "M2_2"}
    assert not np.array_equal(masks[0]["M2"], masks[0]["M2_2"])
    assert not np.array_equal(masks[0]["M2"], masks[1]["M2"])
    assert not np.array_equal(masks[1]["M2"], masks[2]["M2"])
    assert sent(masks[2]) == sent(masks[3])


def test_the_first_step_takes_the_mask_of_gradients() -> None:
    """What `gradients` answers is the gradient of the first step."""
    document = moving()
    gradients = call("gradients", {key: value for key, value in document.items() if key != "optimizer"})
    answer = call("step", document)
    want = {n: gradients["parameters"][n] - 0.1 * g for n, g in gradients["gradients"].items()}

    assert sent(answer["drawn"]) == sent(gradients["drawn"])
    close(answer["parameters"], want, 1e-15)


def test_a_mask_that_was_sent_stays() -> None:
    """The echoed mask of one step, sent as data, gives that step again, and is not drawn anew in the steps after it."""
    document = changed(moving(), "initialize.seed", 3)
    first = call("step", document)
    fixed = {**document, "data": {**document["data"], **sent(first["drawn"])}}

    assert sent(call("step", fixed)["parameters"]) == sent(first["parameters"])
    assert "drawn" not in call("step", {**fixed, "steps": 2})
    assert sent(call("step", {**fixed, "steps": 2})["losses"]) != sent(call("step", {**document, "steps": 2})["losses"])


def test_each_step_samples_classes_of_its_own() -> None:
    """A seeded sampler draws anew in each step, and a split does not change what it draws."""
    sampler = {"type": "sampled_softmax", "sampler": "log_uniform", "count": 4, "seed": 2}
    document = two_layers(loss=sampler, optimizer=SGD)
    drawn = [sent(call("step", {**document, "steps": steps})["drawn"]["sampled"]) for steps in range(1, 6)]

    assert len(set(map(tuple, drawn))) > 1
    assert split(document, 2, 3)[0]["drawn"]["sampled"] == drawn[4]
    assert split(document, 2, 3)[1] == split(document, 5)[1]


def test_parameters_are_drawn_once_for_all_batches() -> None:
    """With `initialize` and batches the parameters are those of one draw."""
    data = two_layers()["data"]
    document = {key: value for key, value in moving().items() if key != "data"}

    assert sent(call("step", {**document, "batches": [data, data]})["parameters"]) == sent(
        call("step", {**document, "data": data, "steps": 2})["parameters"]
    )


def test_the_state_may_have_pytorchs_names() -> None:
    """`momentum_buffer` is taken for `velocity`, with the same numbers."""
    state = GOOD["step"]["optimizer_state"]
    torch = {"step": state["step"], "momentum_buffer": state["velocity"]}

    assert sent(call("step", {**GOOD["step"], "optimizer_state": torch})) == sent(call("step", GOOD["step"]))


def test_no_reduction_steps_along_the_sum() -> None:
    """With `reduction: none` the losses of a step are summed, as its gradient is."""
    each = two_layers(loss={"type": "cross_entropy", "reduction": "none"}, optimizer=SGD)
    total = two_layers(loss={"type": "cross_entropy", "reduction": "sum"}, optimizer=SGD)

    assert sent(call("step", each)) == sent(call("step", total))


@pytest.mark.parametrize(
    ("change", "line", "at"),
    [
        ({"optimizer": {"type": "sgd", "learning_rate": 1e200}, "steps": 5}, "The loss J", 2),
        ({"optimizer": {"type": "sgd", "learning_rate": 1e308}, "regularization": {"l2": 99}}, "The parameter W1", 1),
        (
            {"optimizer": {"type": "adam"}, "loss": {"type": "cross_entropy", "scale": 1e200}},
            "v of the parameter W1",
            1,
        ),
    ],
    ids=["loss", "parameter", "state"],
)
def test_what_is_not_finite_is_not_answered(change: Document, line: str, at: int) -> None:
    """A step that overflows is refused with its number and with what overflowed first."""
    with pytest.raises(NonFiniteResult) as refused:
        call("step", two_layers(**{"optimizer": SGD, **change}))

    assert (refused.value.line, refused.value.step) == (line, at)


def test_the_step_that_is_named_counts_from_the_state() -> None:
    """In the third request of one step each, an overflow is at step 3."""
    document = two_layers(optimizer={"type": "sgd", "learning_rate": {"type": "warm_up", "steps": 1, "then": 0.1}})
    document |= {
        "optimizer_state": {"step": 2},
        "parameters": changed(document, "parameters.W1.0.0", 1e300)["parameters"],
    }
    with pytest.raises(NonFiniteResult, match="at step 3"):
        call("step", document)
