"""Every layer with every loss, against HIPS autograd on independent definitions and against complex steps."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest
from autograd import grad, jacobian

from chainruler.networks import Layer, derivatives, program_of
from tests.networks import independent
from tests.networks.cases import Case, case_of, documents, layers, sweep

pytestmark = pytest.mark.sampled(0.1)
DOCUMENTS = dict(documents())
STEP = 1e-30


def same(have: Any, want: Any, tolerance: float = 1e-12, *, beside: float = 1e-3) -> bool:
    """Whether two arrays have one shape and agree to a tolerance relative to the largest entry, or to one beside it."""
    have, want = np.asarray(have), np.asarray(want)
    scale = max(np.abs(want).max(initial=0.0), beside)
    return have.shape == want.shape and bool(np.abs(have - want).max(initial=0.0) <= tolerance * scale)


def wrong(have: Iterable[Any], want: Mapping[str, Any], tolerance: float = 1e-12) -> list[str]:
    """The names whose arrays differ; a gradient that cancels to zero is as exact as the largest one beside it."""
    beside = max(np.abs(array).max() for array in want.values())
    return [n for n, array in zip(want, have, strict=True) if not same(array, want[n], tolerance, beside=beside)]


def is_known(case: Case) -> bool:
    """Whether there is an independent definition of all that the case is made of."""
    known = {*independent.ACTIVATIONS, *independent.LAYERS, "residual"}
    return case.document["loss"]["type"] in independent.LOSSES and all(
        layer["type"] in known for layer in case.document["model"]["layers"]
    )


def drawn_in(case: Case) -> Case:
    """The case with what its loss draws written into the document, for the independent definition."""
    if "sampler" not in case.document["loss"]:
        return case
    values = case.arrays()
    fixed = {"sampled": values["S"].tolist(), "sampled_probabilities": values["q"].tolist()}
    return Case({**case.document, "loss": {**case.document["loss"], **fixed}}, case.parameters, case.data)


@pytest.fixture(params=DOCUMENTS)
def case(request: pytest.FixtureRequest) -> Case:
    """A problem of every kind."""
    return case_of(DOCUMENTS[request.param])


def test_loss_and_gradients_equal_an_independent_engine(case: Case) -> None:
    """Outputs, loss and the gradient of every parameter agree with HIPS autograd to 1e-12."""
    if not is_known(case):
        pytest.skip("a new part has no independent definition yet; complex steps check it")
    network, free = case.network, drawn_in(case)
    program = network.program([network.outputs, network.objective or "", *network.gradients.values()])
    outputs, loss, *gradients = program(case.arrays())
    wanted = grad(lambda p: independent.objective(free.document, p, case.data))(case.parameters)

    assert same(outputs, independent.outputs(case.document, case.parameters, case.data))
    assert same(loss, independent.objective(free.document, case.parameters, case.data))
    assert wrong(gradients, wanted) == []


def test_per_sample_gradients_equal_an_independent_engine_and_add_up(case: Case) -> None:
    """Each sample's gradient agrees with autograd on that sample's loss, and their sum is the batch gradient."""
    network = case.network
    if network.couples_samples:
        pytest.skip("refused, and tested with the refusals")
    data = network.without_penalty
    parts = derivatives.per_sample_gradients(network)
    results = program_of(data.system, parts.values())(case.arrays())
    whole = data.program([*data.gradients.values()])(case.arrays())

    assert wrong([part.sum(axis=0) for part in results], dict(zip(parts, whole, strict=True))) == []
    if is_known(case):
        free = drawn_in(case)
        each = jacobian(lambda p, name: _share(free, {**case.parameters, name: p}), 0)
        wanted = {name: each(case.parameters[name], name) for name in parts}
        assert wrong(results, wanted) == []


def _share(case: Case, parameters: dict[str, Any]) -> Any:
    """Each sample's share of the objective, without the penalty."""
    each = independent.losses(case.document, parameters, case.data)
    plain = {key: value for key, value in case.document.items() if key != "regularization"}
    ratio = independent.objective(plain, case.parameters, case.data) / np.sum(
        independent.losses(case.document, case.parameters, case.data)
    )
    return each * ratio


def test_gradient_and_hessian_times_vector_equal_complex_steps(case: Case) -> None:
    """Im J(θ + ih v)/h is the gradient times v, and Im ∇J(θ + ih v)/h the Hessian times v."""
    network, rng = case.network, np.random.default_rng(1)
    if not _is_smooth(case):
        pytest.skip("erf sees no complex numbers")
    vectors = {name: rng.normal(size=p.shape) for name, p in network.parameters.items()}
    moved = {name: case.parameters[name] + 1j * STEP * v for name, v in vectors.items()}
    lines = [network.objective or "", *network.gradients.values()]
    stepped = _complex(case, lines, moved)
    slopes = [value.imag / STEP for value in stepped]
    gradients = network.program(lines[1:])(case.arrays())
    along = {f"v_{name}": v for name, v in vectors.items()}
    products = program_of(network.system, derivatives.hvp_of(network, list(vectors)))({**case.arrays(), **along})

    assert same(slopes[0], sum((g * v).sum() for g, v in zip(gradients, vectors.values(), strict=True)))
    assert wrong(products, dict(zip(vectors, slopes[1:], strict=True)), 1e-11) == []


def _complex(case: Case, lines: list[str], moved: dict[str, Any]) -> list[Any]:
    """The lines at complex parameters: the program hands out real parts, so its inner function is asked."""
    program = case.network.program(lines, "complex128")
    return list(program({**case.arrays(), **moved}))


def _is_smooth(case: Case) -> bool:
    nodes = [
        layer for layer in case.document["model"]["layers"] if layer["type"] == "gelu" and "approximate" not in layer
    ]
    return not nodes


def test_tangents_and_cotangents_are_adjoint_and_the_hessian_is_symmetric(case: Case) -> None:
    """That u · (J v) = (u J) · v for the outputs, and a · (H b) = b · (H a) for the objective."""
    network, rng = case.network, np.random.default_rng(2)
    names = list(network.parameters)
    a, b = ({n: rng.normal(size=p.shape) for n, p in network.parameters.items()} for _ in "ab")
    forward = derivatives.jvp_of(network, network.outputs, names)
    backward = derivatives.vjp_of(network, network.outputs, names)
    u = {f"u_{network.outputs}": rng.normal(size=[4 if d == "N" else int(d) for d in forward.shape])}
    values = {**case.arrays(), **u, **{f"v_{n}": v for n, v in a.items()}}
    pushed, *pulled = program_of(network.system, [forward, *backward])(values)
    second = program_of(network.system, derivatives.hvp_of(network, names))
    by_a, by_b = (second({**case.arrays(), **{f"v_{n}": v for n, v in vs.items()}}) for vs in (a, b))

    assert same(
        (pushed * next(iter(u.values()))).sum(), sum((p * a[n]).sum() for p, n in zip(pulled, names, strict=True))
    )
    assert same(
        sum((h * b[n]).sum() for h, n in zip(by_a, names, strict=True)),
        sum((h * a[n]).sum() for h, n in zip(by_b, names, strict=True)),
        1e-11,
    )


IMAGES = [{"type": "group_norm", "groups": 2}, {"type": "prelu"}, {"type": "prelu", "shared": True}]


@pytest.mark.parametrize("layer", IMAGES, ids=str)
def test_gradients_by_channels_equal_an_independent_engine(layer: dict[str, Any]) -> None:
    """What has parameters for each channel or feature takes images as well as rows."""
    document = {**DOCUMENTS[next(iter(DOCUMENTS))], "regularization": {"l2": 0.1, "biases": True}}
    layers = [layer, {"type": "flatten"}, {"type": "linear", "units": 3}]
    case = case_of({**document, "model": {"layers": layers, "input": [4, 2, 3]}})
    gradients = case.network.program(list(case.network.gradients.values()))(case.arrays())

    assert wrong(gradients, grad(lambda p: independent.objective(case.document, p, case.data))(case.parameters)) == []


@pytest.mark.parametrize("name", list(DOCUMENTS)[::16])
def test_float32_stays_float32(name: str) -> None:
    """In single precision every result is single, and near the double one."""
    case = case_of(DOCUMENTS[name])
    lines = [case.network.objective or "", *case.network.gradients.values()]
    single, double = (case.network.program(lines, dtype)(case.arrays()) for dtype in ("float32", "float64"))

    assert {np.asarray(array).dtype for array in single} == {np.dtype(np.float32)}
    assert wrong(single, dict(zip(lines, double, strict=True)), 1e-4) == []


@pytest.mark.slow
@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("layer", layers(), ids=str)
def test_gradients_of_every_combination_equal_an_independent_engine(layer: Layer) -> None:
    """Every layer × loss × reduction × penalty × layout."""
    failed = []
    for name, document in sweep(layer):
        case = case_of(document)
        if not is_known(case):
            pytest.skip("a new part has no independent definition yet; complex steps check it")
        free = drawn_in(case)
        gradients = case.network.program(list(case.network.gradients.values()))(case.arrays())
        wanted = grad(lambda p, free=free: independent.objective(free.document, p, free.data))(case.parameters)
        failed += [name] * bool(wrong(gradients, wanted))

    assert failed == []
