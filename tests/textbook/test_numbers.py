"""The numbers of the worked systems, against their textbook formulas written out in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainruler.networks import Network, derivatives, network_of, problem_of, program_of, shapes_of, values_of
from chainruler.textbook import entry, names, problem

Arrays = dict[str, Any]


def run(document: Arrays) -> tuple[Network, Arrays]:
    """The network of a document and what it computes: loss and gradients by name."""
    read = problem_of(document)
    of = network_of(read, shapes_of(read, document["parameters"], document["data"]))
    arrays = values_of(read, of, document["parameters"], document["data"]).arrays
    lines = [of.loss or "", *of.gradients.values()]
    return of, dict(zip(["loss", *of.parameters], of.program(lines)(arrays), strict=True))


def numbers(name: str) -> Any:
    """Parameters and data of a system as arrays, by attribute."""
    document = problem(name)
    arrays = {**document["parameters"], **document["data"]}
    return type("Numbers", (), {key: np.array(value) for key, value in arrays.items()})


def softmax(z: Any) -> Any:
    """Rows of probabilities."""
    grown = np.exp(z)
    return grown / grown.sum(axis=1, keepdims=True)


def softmax_regression(name: str = "softmax_regression") -> Arrays:
    """Σᵢ (aᵢ − e_yᵢ) xᵢᵀ."""
    n = numbers(name)
    a = softmax(n.x @ n.W.T + n.b)
    delta = a - np.eye(len(n.W))[n.y]
    return {"loss": -np.log(a[range(len(n.y)), n.y]).sum(), "W": delta.T @ n.x, "b": delta.sum(axis=0)}


def relu_classifier() -> Arrays:
    """Δ = (W2ᵀ (softmax(z) − y)) ⊙ [s > 0]."""
    n = numbers("relu_classifier")
    s = n.x @ n.W1.T + n.b1
    z = np.maximum(s, 0) @ n.W2.T + n.b2
    top = softmax(z) - n.y
    delta = (top @ n.W2) * (s > 0)
    loss = (-(n.y * z).sum(axis=1) + np.log(np.exp(z).sum(axis=1))).sum()
    return {
        "loss": loss,
        "W1": delta.T @ n.x,
        "b1": delta.sum(axis=0),
        "W2": top.T @ np.maximum(s, 0),
        "b2": top.sum(axis=0),
    }


def sampled_softmax() -> Arrays:
    """∂ℓ̃/∂z_c = p̃_c − 1, ∂ℓ̃/∂zᵢ = (mᵢ/(K qᵢ)) e^{zᵢ}/Z̃, 0 for every other class; summed over samples."""
    n, loss = numbers("sampled_softmax"), problem("sampled_softmax")["loss"]
    drawn, chance = loss["sampled"], loss["sampled_probabilities"]
    result = {"loss": 0.0, "W": np.zeros_like(n.W), "b": np.zeros_like(n.b)}
    for x, c in zip(n.x, n.y, strict=True):
        z = n.W @ x + n.b
        total = np.exp(z[c]) + sum(np.exp(z[j]) / q for j, q in zip(drawn, chance, strict=True)) / len(drawn)
        by_z = np.zeros(len(z))
        by_z[c] = np.exp(z[c]) / total - 1
        for j, q in zip(drawn, chance, strict=True):
            by_z[j] += np.exp(z[j]) / total / (len(drawn) * q)
        result["loss"] -= np.log(np.exp(z[c]) / total)
        result["W"] += np.outer(by_z, x)
        result["b"] += by_z
    return result


def regularized_relu_classifier() -> Arrays:
    """Δ = (softmax(Z3) − Y)/N, and 2λW for the weights only."""
    n, lam = numbers("regularized_relu_classifier"), problem("regularized_relu_classifier")["regularization"]["l2"]
    z2 = n.x @ n.W1.T + n.b1
    a2 = np.maximum(z2, 0)
    p = softmax(a2 @ n.W2.T + n.b2)
    delta = (p - np.eye(3)[n.y]) / len(n.y)
    below = (delta @ n.W2) * (z2 > 0)
    return {
        "loss": -np.log(p[range(len(n.y)), n.y]).mean() + lam * ((n.W1**2).sum() + (n.W2**2).sum()),
        "W1": below.T @ n.x + 2 * lam * n.W1,
        "b1": below.sum(axis=0),
        "W2": delta.T @ a2 + 2 * lam * n.W2,
        "b2": delta.sum(axis=0),
    }


def _sigmoid_system(n: Any, by_z2: Callable[[Any], tuple[Any, Any]]) -> Arrays:
    """Δ = (γᵀ ∂/∂z2) ⊙ a1 (1 − a1)."""
    a1 = 1 / (1 + np.exp(-(n.x @ n.w.T + n.w0)))
    loss, top = by_z2(a1 @ n.gamma.T + n.gamma0)
    delta = (top @ n.gamma) * a1 * (1 - a1)
    gradients = {"w": delta.T @ n.x, "w0": delta.sum(axis=0), "gamma": top.T @ a1, "gamma0": top.sum(axis=0)}
    return {"loss": loss, **gradients}


def sigmoid_regression() -> Arrays:
    """∂SE/∂O = −2(y − O), without a half."""
    n = numbers("sigmoid_regression")
    return _sigmoid_system(n, lambda z2: (((n.y - z2) ** 2).sum(), -2 * (n.y - z2)))


def sigmoid_classifier() -> Arrays:
    """∂CE/∂z2 = O − l."""
    n = numbers("sigmoid_classifier")
    hot = np.eye(3)[n.y]
    return _sigmoid_system(n, lambda z2: (-(hot * np.log(softmax(z2))).sum(), softmax(z2) - hot))


FORMULAS: dict[str, Callable[[], Arrays]] = {
    "softmax_regression": softmax_regression,
    "class_vectors": lambda: softmax_regression("class_vectors"),
    "relu_classifier": relu_classifier,
    "sampled_softmax": sampled_softmax,
    "regularized_relu_classifier": regularized_relu_classifier,
    "sigmoid_regression": sigmoid_regression,
    "sigmoid_classifier": sigmoid_classifier,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_loss_and_gradients_are_those_of_the_textbooks_formulas(name: str) -> None:
    """What the service computes for a whole batch is what the textbook's formulas give."""
    _, have = run(problem(name))
    want = FORMULAS[name]()

    assert have.keys() == want.keys()
    for key, value in want.items():
        np.testing.assert_allclose(have[key], value, rtol=1e-12, atol=1e-14, err_msg=key)


def test_two_two_two_gives_every_printed_digit() -> None:
    """The loss and the gradients of the example on paper, to all its digits."""
    _, have = run(problem("two_two_two"))

    assert f"{have['loss']:.9f}" == "0.298371109"
    assert [f"{g:.8f}" for g in have["W2"].ravel()] == ["0.08216704", "0.08266763", "-0.02260254", "-0.02274024"]
    assert [f"{g:.8f}" for g in have["W1"][0]] == ["0.00043857", "0.00087714"]


def test_rows_of_classes_that_were_not_drawn_have_no_gradient() -> None:
    """Sampled softmax: the gradient of every untouched row is exactly 0, that of every touched one is not."""
    _, have = run(problem("sampled_softmax"))
    touched = {2, 9, 4, 7, 0, 5}

    assert {row for row in range(10) if have["W"][row].any()} == touched
    assert {row for row in range(10) if have["b"][row]} == touched


@pytest.mark.parametrize("name", names())
def test_per_sample_gradients_of_a_system_are_those_of_its_samples_alone(name: str) -> None:
    """Each has a leading N; entry i is the gradient of sample i alone, over N where the loss is a mean."""
    document = {key: value for key, value in problem(name).items() if key != "regularization"}
    of, _ = run(document)
    parts = derivatives.per_sample_gradients(of)
    read = problem_of(document)
    values = values_of(read, of, document["parameters"], document["data"]).arrays
    results = dict(zip(parts, program_of(of.system, parts.values())(values), strict=True))
    count = len(document["data"]["x"])
    share = count if document["loss"]["reduction"] == "mean" else 1
    for i in range(count):
        alone = {**document, "data": {key: array[i : i + 1] for key, array in document["data"].items()}}
        _, want = run(alone)
        for parameter in parts:
            np.testing.assert_allclose(results[parameter][i] * share, want[parameter], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", names())
def test_an_entry_is_complete(name: str) -> None:
    """It has a title, words about it, the keys of a problem and no others, and how its course trains."""
    system = entry(name)

    assert system.keys() <= {"title", "about", "problem", "training"}
    assert system["title"]
    assert system["about"]
    assert system["problem"].keys() <= {"model", "loss", "regularization", "parameters", "data"}
    assert system["training"]["optimizer"]["type"] == "sgd"


def test_a_system_that_there_is_not_is_a_key_error() -> None:
    """A name from outside is never joined to a path."""
    with pytest.raises(KeyError):
        entry("../pyproject")


def test_a_confident_softmax_is_computed_from_its_logits() -> None:
    """−log a_y after a softmax layer stays finite and exact where a_y underflows to 0."""
    document = problem("softmax_regression")
    document["parameters"] = {"W": [[2000.0, 0, 0, 0], [0.0] * 4, [0.0] * 4], "b": [0.0, 0.0, 0.0]}
    document["data"] = {"x": [[1.0, 0, 0, 0]], "y": [1]}
    _, have = run(document)

    assert have["loss"] == 2000.0
    assert np.array_equal(have["b"], [1.0, -1.0, 0.0])
