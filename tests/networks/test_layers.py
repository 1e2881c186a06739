"""What single layers promise beyond their gradients."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import Network, SpecError, Values, network_of, prepared, problem_of, program_of
from chainruler.networks.initializers import Initializer

Document = dict[str, Any]


def bound(
    document: Document, parameters: Document, data: Document, statistics: Document | None = None
) -> tuple[Network, Values]:
    """The network of a problem and its numbers."""
    return prepared(problem_of(document), parameters, data, statistics=statistics or {})


def model(*layers: Document, **more: Any) -> Document:
    """A problem without a loss."""
    return {"model": {"layers": list(layers), **more}}


def test_a_drawn_mask_is_handed_back_and_gives_the_same_again() -> None:
    """The mask is a function of the seed; sent back as data it reproduces the outputs whatever the seed."""
    x = {"x": np.ones((50, 4))}
    network, first = bound(model({"type": "dropout", "rate": 0.3, "seed": 5}), {}, x)
    other = model({"type": "dropout", "rate": 0.3, "seed": 6})
    again = bound(other, {}, {**x, **first.drawn})[1]
    outputs = network.program([network.outputs])

    assert list(first.drawn) == ["M0"]
    assert 0.2 < 1 - first.drawn["M0"].mean() < 0.4
    assert np.array_equal(outputs(first.arrays)[0], outputs(again.arrays)[0])
    assert again.drawn == {}
    assert not np.array_equal(outputs(bound(other, {}, x)[1].arrays)[0], outputs(first.arrays)[0])


def test_another_seed_needs_no_other_program() -> None:
    """Numbers that matter only at run time are no part of what programs are cached by."""
    networks = [bound(model({"type": "dropout", "seed": seed}), {}, {"x": np.ones((2, 3))})[0] for seed in (1, 2)]

    assert networks[0] is networks[1]


def test_dropout_outside_training_is_nothing() -> None:
    """In inference, and frozen, the outputs are the inputs, and no mask is asked for."""
    calm = {**model({"type": "dropout"}), "mode": "inference"}
    for document in (calm, model({"type": "dropout", "training": False})):
        network, values = bound(document, {}, {"x": np.arange(6.0).reshape(2, 3)})

        assert list(network.inputs) == ["x"]
        assert np.array_equal(network.program([network.outputs])(values.arrays)[0], values.arrays["X"])


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2, 2)], ids=["rows", "images"])
def test_running_statistics_follow_the_batch(shape: tuple[int, ...]) -> None:
    """The next ones are 0.9 of the old and 0.1 of the batch's, the variance divided by n − 1; they start at 0 and 1."""
    x = np.random.default_rng(0).normal(2.0, 3.0, shape)
    parameters = {"gamma1": np.ones(3), "beta1": np.zeros(3)}
    network, values = bound(model({"type": "batch_norm"}), parameters, {"x": x})
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    lines = [network.updates["running_mean1"], network.updates["running_var1"]]
    mean, variance = network.program(lines)(values.arrays)

    np.testing.assert_allclose(mean, 0.1 * x.mean(axis=axes), rtol=1e-13)
    np.testing.assert_allclose(variance, 0.9 + 0.1 * x.var(axis=axes, ddof=1), rtol=1e-13)


def test_groups_of_channels_are_normalised_over_their_places() -> None:
    """Of an image each group of channels has mean 0 and variance 1; a group for each channel is the instance norm."""
    x = np.random.default_rng(1).normal(2.0, 3.0, (3, 4, 5, 2))
    learnt = {"gamma1": np.ones(4), "beta1": np.zeros(4)}
    for groups, of_one in ((2, (3, 2, -1)), (4, (3, 4, -1)), (1, (3, 1, -1))):
        network, values = bound(model({"type": "group_norm", "groups": groups, "eps": 1e-12}), learnt, {"x": x})
        (outputs,) = network.program([network.outputs])(values.arrays)
        parts = outputs.reshape(of_one)

        np.testing.assert_allclose(parts.mean(axis=-1), 0, atol=1e-13)
        np.testing.assert_allclose(parts.var(axis=-1), 1, rtol=1e-10)


def test_groups_of_different_sizes_are_refused() -> None:
    """Six features do not fall into four groups."""
    with pytest.raises(SpecError, match="6 features, which do not fall into 4 groups") as refused:
        network_of(problem_of(model({"type": "group_norm", "groups": 4}, input=6)))

    assert (refused.value.code, refused.value.pointer) == ("wrong_shape", "/model/layers/0")


def test_one_sample_alone_is_not_normalised_by_itself() -> None:
    """In training a batch of one row is refused, and says what to do; an image has many places."""
    learnt = {"gamma1": np.ones(3), "beta1": np.zeros(3)}
    with pytest.raises(SpecError, match="one sample alone is always its own mean"):
        bound(model({"type": "batch_norm"}), learnt, {"x": np.ones((1, 3, 1, 1))})
    with pytest.raises(SpecError, match="one sample alone is always its own mean") as refused:
        bound(model({"type": "batch_norm"}), learnt, {"x": np.ones((1, 3))})
    image, _ = bound(model({"type": "batch_norm"}), learnt, {"x": np.ones((1, 3, 2, 2))})
    statistics = {"running_mean1": np.zeros(3), "running_var1": np.ones(3)}
    document = {**model({"type": "batch_norm"}), "mode": "inference"}
    calm, _ = bound(document, learnt, {"x": np.ones((1, 3))}, statistics=statistics)

    assert (refused.value.code, refused.value.hint is not None) == ("too_few_samples", True)
    assert image.outputs == calm.outputs


STATISTICS = {"running_mean1": np.full(3, 0.5), "running_var1": np.full(3, 4.0)}
NORM = {"type": "batch_norm", "eps": 1e-12}


@pytest.mark.parametrize(
    "document", [{**model(NORM), "mode": "inference"}, model({**NORM, "training": False})], ids=["inference", "frozen"]
)
def test_inference_normalises_by_the_running_statistics(document: Document) -> None:
    """In inference, and frozen, the statistics that were sent replace the batch's, and nothing updates them."""
    learnt = {"gamma1": np.ones(3), "beta1": np.ones(3)}
    network, values = bound(document, learnt, {"x": np.ones((2, 3))}, statistics=STATISTICS)

    np.testing.assert_allclose(network.program([network.outputs])(values.arrays)[0], np.full((2, 3), 1.25))
    assert not network.updates


@pytest.mark.parametrize(
    ("data", "statistics", "code", "pointer"),
    [
        ({}, {}, "missing_data", "/statistics/running_mean1"),
        (STATISTICS, {}, "unknown_field", "/data/running_mean1"),
        ({}, {**STATISTICS, "x": np.ones((2, 3))}, "unknown_field", "/statistics/x"),
        ({}, {**STATISTICS, "running_var1": np.ones(2)}, "wrong_shape", "/statistics/running_var1"),
        (
            {},
            {**STATISTICS, "running_var1": np.array([1.0, -1e-9, 1.0])},
            "negative_variance",
            "/statistics/running_var1/1",
        ),
    ],
    ids=["missing", "among the data", "data among them", "another shape", "negative"],
)
def test_running_statistics_are_refused_where_they_stand(
    data: Document, statistics: Document, code: str, pointer: str
) -> None:
    """Inference needs them under `statistics` and nowhere else, in their shape; no variance is negative."""
    learnt = {"gamma1": np.ones(3), "beta1": np.ones(3)}
    with pytest.raises(SpecError) as refused:
        bound({**model(NORM), "mode": "inference"}, learnt, {"x": np.ones((2, 3)), **data}, statistics=statistics)

    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def test_an_embedding_takes_one_index_a_sample_or_a_row_of_them() -> None:
    """Indices (N,) give (N, dim), indices (N, T) give (N, T, dim)."""
    table = np.arange(12.0).reshape(4, 3)
    for x in (np.array([1, 3]), np.array([[1, 3], [0, 0]])):
        network, values = bound(model({"type": "embedding"}), {"E1": table}, {"x": x})

        assert np.array_equal(network.program([network.outputs])(values.arrays)[0], table[x])


def test_layers_are_numbered_by_their_parameters_and_named_by_their_names() -> None:
    """W1, b1, … in the order of the layers that have any; a name or a map of names says otherwise."""
    layers: list[Document] = [
        {"type": "linear", "units": 2},
        {"type": "layer_norm"},
        {"type": "relu"},
        {"type": "linear", "units": 2, "name": "classes"},
        {"type": "linear", "units": 2, "parameters": {"weight": "V"}},
        {"type": "tanh"},
        {"type": "tanh"},
    ]
    network = network_of(problem_of(model(*layers, input=3)))

    assert list(network.parameters) == ["W1", "b1", "gamma2", "beta2", "W_classes", "b_classes", "V", "b4"]
    assert list(network.system.lines) == ["Z1", "C2", "V2", "H2", "Z2", "A2", "Z_classes", "Z4", "A4", "A4_2"]


def test_samples_in_columns_are_the_transpose_of_samples_in_rows() -> None:
    """With samples in columns Z = W X + b with b a column; the numbers are those of rows, transposed."""
    rng = np.random.default_rng(3)
    layers: list[Document] = [{"type": "linear"}, {"type": "layer_norm"}, {"type": "relu"}, {"type": "linear"}]
    loss = {"type": "cross_entropy", "label_smoothing": 0.1, "class_weights": [0.5, 2.0, 1.0], "average": "weights"}
    x, y = rng.normal(size=(7, 4)), rng.integers(0, 3, 7)
    rows = {
        "W1": rng.normal(size=(5, 4)),
        "b1": rng.normal(size=5),
        "gamma2": rng.normal(size=5),
        "beta2": rng.normal(size=5),
        "W3": rng.normal(size=(3, 5)),
        "b3": rng.normal(size=3),
    }
    columns = {**rows, "b1": rows["b1"][:, None], "b3": rows["b3"][:, None]}
    results = []
    for samples, parameters, data in (("rows", rows, {"x": x, "y": y}), ("columns", columns, {"x": x.T, "y": y})):
        document = {**model(*layers, samples=samples), "loss": loss}
        network, values = bound(document, parameters, data)
        lines = [network.outputs, "J", *network.gradients.values()]
        results.append(network.program(lines)(values.arrays))
    (out, *rest), (turned, *others) = results

    np.testing.assert_allclose(turned, out.T, rtol=1e-12)
    for have, want, name in zip(others, rest, ["J", *rows], strict=True):
        np.testing.assert_allclose(have, want[:, None] if name in {"b1", "b3"} else want, rtol=1e-11, err_msg=name)
        assert have.shape == np.shape(columns.get(name, 0.0))


@pytest.mark.parametrize(
    ("layer", "slope"),
    [
        ({"type": "elu"}, 1.0),
        ({"type": "elu", "alpha": 0.5}, 0.5),
        ({"type": "selu"}, 1.0507009873554805 * 1.6732632423543772),
        ({"type": "leaky_relu", "negative_slope": 0.2}, 0.2),
        ({"type": "relu"}, 0.0),
        ({"type": "hardswish"}, 0.5),
    ],
    ids=str,
)
def test_the_slope_at_zero_is_that_of_the_left(layer: Document, slope: float) -> None:
    """At exactly 0, where biases start, the derivative is the one that holds just below; of ELU it is 1."""
    document = {**model(layer), "loss": {"type": "formula", "formula": "sum(A0)"}}
    network, values = bound(document, {}, {"x": np.zeros((1, 2))})
    (gradient,) = network.program(["dX"])(values.arrays)

    np.testing.assert_allclose(gradient, slope, rtol=1e-15)


@pytest.mark.parametrize(("shared", "shape"), [(False, (3,)), (True, (1,))])
def test_a_learnt_slope_is_one_for_each_channel_or_one(shared: bool, shape: tuple[int, ...]) -> None:
    """Slopes start at 0.25; of images there is one for each channel."""
    network = network_of(problem_of(model({"type": "prelu", "shared": shared}, input=[3, 2, 2])))
    first = Initializer.read({"type": "he_normal"}).parameters(network.parameters.values())
    x = np.random.default_rng(2).normal(size=(2, 3, 2, 2))
    slopes = np.arange(1.0, 4.0) if not shared else np.array([2.0])
    (outputs,) = network.program([network.outputs])({"X": x, "alpha1": slopes})

    assert np.array_equal(first["alpha1"], np.full(shape, 0.25))
    np.testing.assert_allclose(outputs, np.where(x > 0, x, slopes.reshape(-1, 1, 1) * x))


def test_a_line_that_is_not_asked_for_needs_no_data() -> None:
    """Outputs can be had of a problem with a loss although no targets were sent."""
    document = {**model({"type": "linear", "units": 2}), "loss": {"type": "squared_error"}}
    network = network_of(problem_of({**document, "model": {**document["model"], "input": 3}}))
    program = program_of(network.system, [network.system.symbol("Z1")])

    assert program({"X": np.ones((1, 3)), "W1": np.ones((2, 3)), "b1": np.zeros(2)})[0].tolist() == [[3.0, 3.0]]


def test_normalisations_start_as_they_are_defined() -> None:
    """Scales start at 1 and shifts at 0, whatever draws the weights."""
    network = network_of(problem_of(model({"type": "layer_norm"}, {"type": "linear", "units": 2}, input=3)))
    first = Initializer.read({"type": "he_normal"}).parameters(network.parameters.values())

    assert first["gamma1"].tolist() == [1, 1, 1]
    assert first["beta1"].tolist() == [0, 0, 0]
    assert first["b2"].tolist() == [0, 0]
    assert first["W2"].all()
