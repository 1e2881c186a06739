"""Problems of many kinds with numbers in them, and what they come to by an engine that is not ours."""

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad, jacobian

from chainruler.networks import Layer, Loss
from tests.handlers.calls import Document, sent
from tests.networks import independent
from tests.networks.cases import LAYOUTS, PENALTIES, REDUCTIONS, Case, case_of, document, losses

Array = Any


def problems() -> dict[str, Document]:
    """Every layer and every loss at least once, reductions, penalties and layouts in turn."""
    layers = [(kind.examples()[0], losses()[i % 3]) for i, kind in enumerate(Layer.registry.values())]
    linear = Layer.registry["linear"].examples()[0]
    fixed = [loss for loss in losses() if "sampler" not in loss.document()]
    pairs = [*layers, *((linear, loss) for loss in fixed)]
    found = {}
    for i, (layer, loss) in enumerate(pairs):
        reduction, penalty = REDUCTIONS[i % 4], PENALTIES[i // 2 % 4]
        name = f"{layer.type}-{loss.type}-{reduction}-{i}"
        found[name] = document(layer, loss, reduction, penalty, LAYOUTS[i // 3 % 2])
    return found


PROBLEMS = problems()
UNCOUPLED = [name for name in PROBLEMS if not name.startswith("batch_norm")]


def posted(case: Case, **more: Any) -> Document:
    """The request that a case is."""
    return sent({**case.document, "parameters": case.parameters, **case.network.placed(case.data), **more})  # type: ignore[no-any-return]


def case(name: str) -> Case:
    """One of the problems, with numbers away from kinks."""
    return case_of(PROBLEMS[name])


def independent_gradients(of: Case) -> dict[str, Array]:
    """The gradient by each parameter, by HIPS autograd from definitions that are not ours."""
    found: dict[str, Array] = grad(lambda p: independent.objective(of.document, p, of.data))(of.parameters)
    return found


def independent_input_gradient(of: Case) -> Array:
    """The gradient by the samples."""
    return grad(lambda x: independent.objective(of.document, of.parameters, {**of.data, "x": x}))(of.data["x"])


def independent_parts(of: Case) -> dict[str, Array]:
    """Each sample's part of the data loss's gradient by each parameter."""
    plain = {key: value for key, value in of.document.items() if key != "regularization"}
    every = anp.sum(independent.losses(of.document, of.parameters, of.data))
    share = independent.objective(plain, of.parameters, of.data) / every

    def parts(name: str) -> Array:
        each = jacobian(lambda p: independent.losses(of.document, {**of.parameters, name: p}, of.data) * share)
        return each(of.parameters[name])

    return {name: parts(name) for name in of.parameters}


def close(have: Any, want: Any, tolerance: float = 1e-11) -> None:
    """Sees that arrays, or objects of arrays, agree to a tolerance relative to the largest entry of all."""
    if isinstance(want, dict):
        assert have.keys() == want.keys()
        scale = max(float(np.abs(array).max()) for array in want.values())
        for name in want:
            assert np.shape(have[name]) == np.shape(want[name]), name
            np.testing.assert_allclose(have[name], want[name], rtol=0, atol=tolerance * scale, err_msg=name)
    else:
        close({"": have}, {"": want}, tolerance)


def has_loss(name: str) -> bool:
    """Whether a loss of the registry is among the problems."""
    return any(document["loss"]["type"] == name for document in PROBLEMS.values())


ALL_LOSSES = sorted(set(Loss.registry) - {"formula"})
