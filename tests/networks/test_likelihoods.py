"""What the losses that are likelihoods or divergences promise beyond their gradients."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import Loss, SpecError, margins, network_of, problem_of
from tests.networks.test_layers import bound
from tests.networks.test_losses import CLASSES, RNG, B, W, X, results

Document = dict[str, Any]


def last_line(layer: str, loss: Document, y: Any, logits: Any) -> list[Any]:
    """The loss and its gradient by logits, through one layer."""
    network, values = bound({"model": {"layers": [{"type": layer}]}, "loss": loss}, {}, {"x": logits, "y": y})
    return [np.asarray(array) for array in network.program(["J", "dX"])(values.arrays)]


@pytest.mark.parametrize(("layer", "outputs"), [("softmax", "probabilities"), ("log_softmax", "log_probabilities")])
def test_a_divergence_of_targets_with_zeros_is_finite(layer: str, outputs: str) -> None:
    """Where a target is 0 its term is 0; the divergence of a distribution from itself is 0, and no target is a kink."""
    soft = np.vstack([RNG.dirichlet(np.ones(3), 5), [0.0, 0.25, 0.75]])
    z = X @ W.T + B
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss: Document = {"type": "kl_divergence", "outputs": outputs}
    value, gradient = last_line(layer, loss, soft, z)
    logarithms = np.log(np.where(soft > 0, soft, 1.0))

    np.testing.assert_allclose(value, (soft * (logarithms - np.log(p))).sum() / 6, rtol=1e-13)
    np.testing.assert_allclose(gradient, (p - soft) / 6, rtol=1e-12, atol=1e-15)
    assert abs(last_line(layer, loss, p, z)[0]) < 1e-15
    network = network_of(problem_of({"model": {"layers": [{"type": layer}], "input": 3}, "loss": loss}))
    assert margins(network.system, network.still) == {}


@pytest.mark.parametrize("loss", ["nll", "kl_divergence"])
def test_logarithms_are_not_taken_for_probabilities(loss: str) -> None:
    """Behind a log-softmax the loss must say that it takes log-probabilities."""
    with pytest.raises(SpecError, match="which gives their logarithms") as refused:
        last_line("log_softmax", {"type": loss}, CLASSES, X[:, :3])

    assert (refused.value.code, refused.value.pointer) == ("already_normalised", "/loss")
    assert '"outputs": "log_probabilities"' in (refused.value.hint or "")


def test_log_probabilities_give_what_probabilities_do() -> None:
    """The loss and its gradient by the logits are those of a softmax with the plain loss, and of cross-entropy."""
    z = X[:, :3]
    logs = last_line("log_softmax", {"type": "nll", "outputs": "log_probabilities"}, CLASSES, z)

    for layer, loss in (("softmax", "nll"), ("identity", "cross_entropy")):
        for have, want in zip(logs, last_line(layer, {"type": loss}, CLASSES, z), strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-15)


def test_focusing_by_nothing_is_cross_entropy() -> None:
    """With gamma 0 loss and gradient are those of the cross-entropy; with more, easy samples count less."""
    for have, want in zip(results({"type": "focal", "gamma": 0.0}), results({"type": "cross_entropy"}), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-13)

    assert results({"type": "focal"})[0] < results({"type": "cross_entropy"})[0]


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_a_sample_that_is_certain_has_a_finite_gradient(gamma: float) -> None:
    """Where p_y rounds to 1, nothing is divided by 0, and the gradient is all but 0."""
    z = np.array([[60.0, 0.0, 1.0]])
    loss, gradient = last_line("identity", {"type": "focal", "gamma": gamma}, np.array([0]), z)

    np.testing.assert_allclose(loss, 0, atol=1e-25)
    np.testing.assert_allclose(gradient, 0, atol=1e-25)


def test_half_of_the_outputs_are_means() -> None:
    """A mean and a log-variance for each target, and predictions are the means; an odd number of outputs is refused."""
    loss = Loss.read({"type": "gaussian_nll"})
    outputs = np.arange(8.0).reshape(2, 4)

    assert loss.predictions(outputs, -1).tolist() == [[0, 1], [4, 5]]
    assert loss.predictions(outputs.T, -2).tolist() == [[0, 4], [1, 5]]
    with pytest.raises(SpecError, match="a mean and a log-variance for each target, but there are 3 outputs"):
        last_line("identity", {"type": "gaussian_nll"}, X[:, :1], X[:, :3])


def test_a_constant_of_the_normal_distribution_changes_no_gradient() -> None:
    """With `full` the loss is the whole negative log density."""
    z, y = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 2))
    value, gradient = last_line("identity", {"type": "gaussian_nll", "full": True}, y, z)
    density = np.exp(-((y - z[:, :2]) ** 2) / 2 / np.exp(z[:, 2:])) / np.sqrt(2 * np.pi * np.exp(z[:, 2:]))

    np.testing.assert_allclose(value, -np.log(density).sum() / 6, rtol=1e-13)
    np.testing.assert_allclose(gradient, last_line("identity", {"type": "gaussian_nll"}, y, z)[1], rtol=1e-14)
