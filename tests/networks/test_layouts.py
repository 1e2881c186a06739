"""Every layer and every loss gives for columns, and for one sample in vectors, what it gives for rows."""

from typing import Any

import numpy as np
import pytest

from chainruler.networks import Layer, Loss, network_of, problem_of
from tests.networks.cases import Case, case_of, document, layers, losses

Arrays = dict[str, Any]
LINEAR = Layer.registry["linear"].examples()[0]
SQUARES = Loss.registry["squared_error"].examples()[0]
PAIRS = [(layer, SQUARES) for layer in layers() if not layer.rows_only and len(layer.example_input) == 1]
PAIRS = [pair for pair in PAIRS if pair[0].takes == "real"] + [(LINEAR, loss) for loss in losses()]
PAIRS = [pair for pair in PAIRS if "sampled" not in pair[1].type]  # reads rows of weights


def turned(case: Case, samples: str) -> Case:
    """The case with samples in columns: data transposed, biases as columns."""
    of = {**case.document, "model": {**case.document["model"], "samples": samples}}
    network = network_of(problem_of(of))
    parameters = {n: case.parameters[n].reshape(p.shape) for n, p in network.parameters.items()}
    return Case(of, parameters, {key: array.T for key, array in case.data.items()})


def results(case: Case) -> tuple[Any, Any, Arrays]:
    """Outputs, loss and gradients."""
    network = case.network
    outputs, loss, *gradients = network.program([network.outputs, "J", *network.gradients.values()])(case.arrays())
    return outputs, loss, dict(zip(network.parameters, gradients, strict=True))


@pytest.mark.parametrize(("layer", "loss"), PAIRS, ids=str)
@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_samples_in_columns_are_rows_transposed(layer: Layer, loss: Loss, layout: str) -> None:
    """Outputs are transposed, the loss is the same number, and each gradient has the entries that it has in rows."""
    case = case_of(document(layer, loss, "mean", None, layout))
    outputs, total, gradients = results(case)
    columns, again, others = results(turned(case, "columns"))

    np.testing.assert_allclose(columns, outputs.T, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(again, total, rtol=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(others[name].reshape(gradient.shape), gradient, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("layer", "loss"), PAIRS, ids=str)
@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_one_sample_in_vectors_is_a_batch_of_one(layer: Layer, loss: Loss, layout: str) -> None:
    """The view for derivations computes what the batch view computes for a single row."""
    case = case_of(document(layer, loss, "mean_all", None, layout))
    if case.network.couples_samples:
        pytest.skip("refused, and tested with the refusals")
    of_samples = {key: wanted.symbol for key, wanted in case.network.inputs.items() if "N" in wanted.variable.shape}
    first = {key: array[:1] if key in of_samples else array for key, array in case.data.items()}
    row = Case(case.document, case.parameters, first)
    single = network_of(row.network.problem, row.network.shapes, "sample")
    vectors = {name: array[0] if name in of_samples.values() else array for name, array in row.arrays().items()}
    outputs, total, gradients = results(row)
    vector, *others = single.program([single.outputs, "J", *single.gradients.values()])(vectors)

    np.testing.assert_allclose(vector, outputs[0], rtol=1e-11, atol=1e-13)
    for have, want in zip(others, [total, *gradients.values()], strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-12)
