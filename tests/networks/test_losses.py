"""What single losses promise beyond their gradients."""

import math
import time
from typing import Any

import numpy as np
import pytest

from chainruler.engine import DType
from chainruler.networks import SpecError, derivatives, problem_of, program_of
from chainruler.networks.losses.sampling import chances, drawn
from tests.networks.test_layers import bound

Document = dict[str, Any]
RNG = np.random.default_rng(8)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
CLASSES = np.array([0, 2, 1, 1, 0, 2])


def results(loss: Document, y: Any = CLASSES, *, lines: tuple[str, ...] = ("J", "dW1"), **more: Any) -> list[Any]:
    """The loss and gradient of a linear model."""
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": loss}
    network, values = bound(document, {"W1": W, "b1": B}, {"x": X, "y": y, **more})
    return [np.asarray(a) for a in network.program([network.loss if n == "loss" else n for n in lines])(values.arrays)]  # type: ignore[misc]


@pytest.mark.parametrize("extra", [{}, {"label_smoothing": 0.2}, {"class_weights": [1.0, 0.5, 3.0]}], ids=str)
def test_classes_and_their_one_hot_rows_are_the_same_targets(extra: Document) -> None:
    """Class indices, whole or typed as real numbers, and one-hot rows give one loss and one gradient."""
    loss = {"type": "cross_entropy", **extra}
    wanted = results(loss)
    for y in (np.eye(3)[CLASSES], np.eye(3, dtype=int)[CLASSES], CLASSES.astype(float)):
        for have, want in zip(results(loss, y), wanted, strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-13)


def test_weights_of_samples_multiply_their_losses() -> None:
    """Where losses are summed, a sample of weight 2 counts as if it were there twice, one of weight 0 not at all."""
    loss = {"type": "cross_entropy", "reduction": "sum"}
    weights = np.array([2.0, 0, 1, 1, 1, 1])
    twice = [0, 0, 2, 3, 4, 5]
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": loss}
    network, values = bound(document, {"W1": W, "b1": B}, {"x": X[twice], "y": CLASSES[twice]})
    wanted = network.program(["J", "dW1"])(values.arrays)

    for have, want in zip(results(loss, weights=weights), wanted, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-13)


def test_a_weighted_mean_divides_by_the_weights_if_asked() -> None:
    """`average: weights` divides by the sum of the weights, as PyTorch does; else by the number of samples."""
    weights = {"type": "cross_entropy", "class_weights": [1.0, 0.5, 3.0]}
    by_samples, by_weights = results(weights)[0], results({**weights, "average": "weights"})[0]

    np.testing.assert_allclose(by_weights / by_samples, 6 / 9.0, rtol=1e-13)


def test_no_reduction_gives_one_loss_a_sample_and_the_gradient_of_their_sum() -> None:
    """`none`: the loss is a list, J is its sum."""
    each, total, gradient = results({"type": "cross_entropy", "reduction": "none"}, lines=("loss", "J", "dW1"))

    assert each.shape == (6,)
    np.testing.assert_allclose(total, each.sum(), rtol=1e-14)
    np.testing.assert_allclose(gradient, results({"type": "cross_entropy", "reduction": "sum"})[1], rtol=1e-14)


def test_mean_and_mean_all_differ_by_the_number_of_outputs() -> None:
    """Over samples or over every entry: textbooks and PyTorch mean different things by a mean."""
    y = RNG.normal(size=(6, 3))
    loss = {"type": "squared_error"}

    np.testing.assert_allclose(results(loss, y)[0], 3 * results({**loss, "reduction": "mean_all"}, y)[0], rtol=1e-14)
    np.testing.assert_allclose(results(loss, y)[0], results({**loss, "scale": 0.5}, y)[0] * 2, rtol=1e-14)


def test_cross_entropy_of_enormous_logits_is_exact() -> None:
    """Nothing overflows: logits of 1000 give a loss of 2000 and a gradient of 0 and 1."""
    document = {"model": {"layers": [{"type": "identity"}]}, "loss": {"type": "cross_entropy"}}
    network, values = bound(document, {}, {"x": [[1000.0, -1000.0]], "y": [1]})

    assert [float(loss) for loss in network.program(["J"])(values.arrays)] == [2000.0]


PROBABLE: dict[str, tuple[str, str, float]] = {
    "nll": ("softmax", "", 1000.0),
    "a picked entry": ("softmax", "-sum(log(A1[arange(N), y])) / N", 1000.0),
    "one-hot rows": ("softmax", "-sum(Y * log(A1)) / N", 1000.0),
    "binary": ("sigmoid", "-sum(Y * log(A1) + (1 - Y) * log(1 - A1)) / N", 1000.0),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PROBABLE)
def test_the_logarithm_of_a_layers_probabilities_is_exact(name: str, dtype: DType) -> None:
    """Where a softmax or sigmoid layer underflows to 0, the loss and the gradient are still those of the logits."""
    layer, formula, size = PROBABLE[name]
    document = {
        "model": {"layers": [{"type": "linear"}, {"type": layer}]},
        "loss": {"type": "formula", "formula": formula} if formula else {"type": "nll"},
    }
    weights = {"W1": size * np.array([[1.0], [0.0], [-1.0]]), "b1": np.zeros(3)}
    network, values = bound(document, weights, {"x": [[1.0]], "y": [2]})
    loss, gradient = network.program(["J", "dW1"], dtype)(values.arrays)

    assert loss == 2 * size if layer == "softmax" else loss == pytest.approx(2 * size + np.log(2), rel=1e-6)
    np.testing.assert_allclose(gradient.ravel(), [1, 0, -1] if layer == "softmax" else [1, 0.5, -1], atol=1e-30)


@pytest.mark.parametrize("sampler", ["uniform", "log_uniform", "unigram"])
def test_a_sampler_draws_as_often_as_it_says(sampler: Any) -> None:
    """How often each class comes agrees with the chances that are stated, which add up to 1."""
    frequencies = [5.0, 1.0, 0.0, 2.0, 2.0] if sampler == "unigram" else None
    stated = chances(sampler, np.arange(5), 5, frequencies)
    counts = np.bincount(drawn(sampler, 40_000, np.random.default_rng(1), 5, frequencies), minlength=5) / 40_000

    assert math.isclose(stated.sum(), 1.0)
    assert np.abs(counts - stated).max() < 0.01


def test_what_a_sampler_drew_is_echoed_and_gives_the_same_again() -> None:
    """The classes drawn and their chances, given as fixed ones, reproduce the loss; the seed decides what is drawn."""
    sampled = {"type": "sampled_softmax", "sampler": "log_uniform", "count": 4, "seed": 1}
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": sampled}
    network, values = bound(document, {"W1": W, "b1": B}, {"x": X, "y": CLASSES})
    fixed = {"type": "sampled_softmax", **{key: array.tolist() for key, array in values.drawn.items()}}

    assert values.drawn.keys() == {"sampled", "sampled_probabilities"}
    np.testing.assert_allclose(results(fixed)[1], network.program(["dW1"])(values.arrays)[0], rtol=1e-14)
    assert not np.array_equal(results(sampled)[1], results({**sampled, "seed": 2})[1])


def test_the_sampled_gradient_is_had_as_touched_rows_and_their_indices() -> None:
    """Rows for the samples' own classes and for the drawn ones: put back they are the dense gradient."""
    loss = {"type": "sampled_softmax", "sampled": [2, 0, 2], "sampled_probabilities": [0.2, 0.5, 0.2]}
    own, others, dense = results(loss, lines=("dW_c", "dW_S", "dW1"))
    whole = np.zeros_like(W)
    np.add.at(whole, CLASSES, own)
    np.add.at(whole, [2, 0, 2], others)

    np.testing.assert_allclose(whole, dense, rtol=1e-13)


def test_the_sampled_softmax_costs_nothing_for_classes_that_are_not_touched() -> None:
    """With 100 times the classes, loss and touched rows take about the same time."""
    times = []
    for classes in (1_000, 100_000):
        loss = {"type": "sampled_softmax", "sampler": "uniform", "count": 64}
        document = {"model": {"layers": [{"type": "linear"}]}, "loss": loss}
        parameters = {"W1": np.zeros((classes, 64)), "b1": np.zeros(classes)}
        network, values = bound(document, parameters, {"x": np.ones((64, 64)), "y": np.zeros(64, int)})
        program = network.program(["J", "dW_c", "dW_S", "db_c", "db_S"])
        program(values.arrays)
        times.append(min(_seconds(program, values.arrays) for _ in range(50)))

    assert times[1] < 3 * times[0]


def _seconds(program: Any, arrays: Any) -> float:
    start = time.perf_counter()
    program(arrays)
    return time.perf_counter() - start


def test_a_formula_is_a_loss() -> None:
    """Terms for each sample are reduced as those of any loss; a number stands as it is."""
    y = RNG.normal(size=(6, 3))
    wanted = results({"type": "squared_error"}, y)
    for formula in ("sum((Y - Z1)**2, axis=1)", "sum((Y - Z1)**2) / N"):
        for have, want in zip(results({"type": "formula", "formula": formula}, y), wanted, strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-13)
    hot = {"type": "formula", "formula": "-sum(Y * log(softmax(Z1)), axis=1)"}
    for have, want in zip(results(hot), results({"type": "cross_entropy"}), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-12)


@pytest.mark.parametrize(("formula", "code"), [("sum(Z9)", "bad_formula"), ("Z1.T", "bad_formula")])
def test_a_formula_that_is_no_loss_is_refused(formula: str, code: str) -> None:
    """Unknown symbols and values that are neither a number nor one a sample are refused at the formula."""
    with pytest.raises(SpecError) as caught:
        results({"type": "formula", "formula": formula}, np.zeros((6, 3)))

    assert (caught.value.code, caught.value.pointer) == (code, "/loss/formula")


@pytest.mark.parametrize(
    ("regularization", "factor"),
    [({"l2": 0.1}, 0.2), ({"l2": 0.1, "scale": 0.5}, 0.1)],
    ids=["lambda", "lambda over 2"],
)
def test_the_penalty_adds_its_gradient_to_the_weights_alone(regularization: Document, factor: float) -> None:
    """λ‖W‖² adds 2λW, λ/2‖W‖² adds λW; biases are left alone; loss = data loss + penalty."""
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "cross_entropy"}}
    data = {"x": X, "y": CLASSES}
    network, values = bound({**document, "regularization": regularization}, {"W1": W, "b1": B}, data)
    lines = ["J", network.data_loss or "", network.penalty or "", "dW1", "db1"]
    total, alone, penalty, dw, db = network.program(lines)(values.arrays)
    plain = results({"type": "cross_entropy"}, lines=("J", "dW1", "db1"))

    np.testing.assert_allclose([alone, total], [plain[0], alone + penalty], rtol=1e-14)
    np.testing.assert_allclose(dw - plain[1], factor * W, rtol=1e-12)
    np.testing.assert_allclose(db, plain[2], rtol=1e-14)


def test_another_factor_needs_no_other_program() -> None:
    """λ is a number that matters only at run time."""
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "cross_entropy"}}
    networks = [
        bound({**document, "regularization": {"l2": lam}}, {"W1": W, "b1": B}, {"x": X, "y": CLASSES})[0]
        for lam in (0.1, 0.2)
    ]

    assert networks[0] is networks[1]


def test_what_is_read_once_is_not_read_again() -> None:
    """A document of equal content is the same problem, and 1, 1.0 and true are told apart."""

    def of(value: object) -> Document:
        return {"model": {"layers": [{"type": "dropout", "seed": value}]}}

    assert problem_of(of(1)) is problem_of(of(1))
    for wrong in (1.0, True):
        with pytest.raises(SpecError):
            problem_of(of(wrong))


def test_per_sample_gradients_need_no_loop() -> None:
    """All samples' gradients come from one program, N in front."""
    document = {"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "cross_entropy"}}
    network, _ = bound(document, {"W1": W, "b1": B}, {"x": X, "y": CLASSES})

    assert {n: e.shape for n, e in derivatives.per_sample_gradients(network).items()} == {
        "W1": ("N", 3, 4),
        "b1": ("N", 3),
    }


def test_soft_targets_give_softmax_minus_targets() -> None:
    """Targets that are probabilities have the loss −Σ y log softmax(z) and the gradient (softmax(Z) − Y)/N by Z."""
    soft = RNG.dirichlet(np.ones(3), 6)
    loss, by_z = results({"type": "cross_entropy"}, soft, lines=("J", "dZ1"))
    grown = np.exp(X @ W.T + B)
    p = grown / grown.sum(axis=1, keepdims=True)

    np.testing.assert_allclose(loss, -(soft * np.log(p)).sum() / 6, rtol=1e-13)
    np.testing.assert_allclose(by_z, (p - soft) / 6, rtol=1e-12, atol=1e-16)


def test_data_is_called_by_its_key_or_by_its_symbol() -> None:
    """The Jacobian of the outputs by x is the weights, whichever of the two names is used."""
    document = {"model": {"layers": [{"type": "linear"}]}}
    network, values = bound(document, {"W1": W, "b1": B}, {"x": X})
    for name in ("x", "X"):
        (jacobian,) = program_of(network.system, [derivatives.jacobian_of(network, "Z1", name)])(values.arrays)

        np.testing.assert_allclose(jacobian, np.einsum("nm,cd->ncmd", np.eye(6), W))
