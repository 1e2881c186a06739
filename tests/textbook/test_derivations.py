"""The derivations that the engine finds are those of the textbook, line for line in structure."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainruler.engine import (
    Expression,
    diag,
    gather,
    log,
    logsumexp,
    norm2,
    onehot,
    outer,
    relu,
    select,
    sigmoid,
    size,
    softmax,
    sum_of,
    variable,
)
from chainruler.networks import Network, derivatives, network_of, problem_of, program_of, shapes_of, values_of
from chainruler.textbook import names, problem

N = size(["N"])


def network(name: str) -> Network:
    """The system as its course derives it: for one sample or for a batch."""
    document = problem(name)
    read = problem_of(document)
    return network_of(read, shapes_of(read, document["parameters"], document["data"]), read.model.derivation)


def symbols(of: Network) -> SimpleNamespace:
    """Every symbol of a system and of its gradients, by name."""
    system = of.backward(inputs=True)
    free = {n: p.variable for n, p in of.parameters.items()}
    free |= {i.variable.primitive.label: i.variable for i in of.inputs.values()}  # type: ignore[attr-defined]
    return SimpleNamespace(**free, **{n: variable(n, line.shape) for n, line in system})


Line = Callable[[Any], Expression]
SIGMOID: dict[str, Line] = {
    "z1": lambda s: s.w @ s.x + s.w0,
    "a1": lambda s: sigmoid(s.z1),
    "z2": lambda s: s.gamma @ s.a1 + s.gamma0,
    "dgamma": lambda s: outer(s.dz2, s.a1),
    "dgamma0": lambda s: s.dz2,
    "da1": lambda s: s.gamma.T @ s.dz2,
    "dz1": lambda s: s.da1 * s.a1 * (1 - s.a1),
    "dw": lambda s: outer(s.dz1, s.x),
    "dw0": lambda s: s.dz1,
}
DERIVATIONS: dict[str, dict[str, Line]] = {
    "softmax_regression": {
        "z": lambda s: s.W @ s.x + s.b,
        "a": lambda s: softmax(s.z),
        "e_y": lambda s: onehot(s.y, 3),
        "ell": lambda s: -sum_of(s.e_y * log(s.a)),
        "da": lambda s: -s.e_y / s.a,
        "dz": lambda s: s.a - s.e_y,
        "dW": lambda s: outer(s.dz, s.x),
        "db": lambda s: s.dz,
    },
    "relu_classifier": {
        "s": lambda s: s.W1 @ s.x + s.b1,
        "a": lambda s: relu(s.s),
        "z": lambda s: s.W2 @ s.a + s.b2,
        "Err": lambda s: logsumexp(s.z) - sum_of(s.y * s.z),
        "dz": lambda s: softmax(s.z) - s.y,
        "dW2": lambda s: outer(s.dz, s.a),
        "db2": lambda s: s.dz,
        "da": lambda s: s.W2.T @ s.dz,
        "ds": lambda s: s.da * (s.s > 0),
        "dW1": lambda s: outer(s.ds, s.x),
        "db1": lambda s: s.ds,
    },
    "class_vectors": {
        "z": lambda s: s.W @ s.x + s.b,
        "ell": lambda s: -sum_of(s.e_c * log(s.p)),
        "dz": lambda s: s.p - s.e_c,
        "dW": lambda s: outer(s.dz, s.x),
        "db": lambda s: s.dz,
    },
    "sampled_softmax": {
        "W_c": lambda s: gather(s.W, s.c),
        "z_c": lambda s: s.W_c @ s.x + s.b_c,
        "z_S": lambda s: s.W_S @ s.x + s.b_S,
        "ell": lambda s: logsumexp(s.U) - s.z_c,
        "dU": lambda s: s.P,
        "dW_c": lambda s: s.dz_c * s.x,
        "dW_S": lambda s: outer(s.dz_S, s.x),
    },
    "regularized_relu_classifier": {
        "Z2": lambda s: s.X @ s.W1.T + s.b1,
        "A2": lambda s: relu(s.Z2),
        "Z3": lambda s: s.A2 @ s.W2.T + s.b2,
        "J": lambda s: sum_of(logsumexp(s.Z3) - select(s.Z3, s.y)) / N,
        "J_reg": lambda s: sum_of(logsumexp(s.Z3) - select(s.Z3, s.y)) / N + s.lam * (norm2(s.W1) + norm2(s.W2)),
        "dZ3": lambda s: (softmax(s.Z3) - s.Y) / N,
        "dW2": lambda s: s.dZ3.T @ s.A2 + 2 * s.lam * s.W2,
        "db2": lambda s: sum_of(s.dZ3, 0),
        "dA2": lambda s: s.dZ3 @ s.W2,
        "dZ2": lambda s: s.dA2 * (s.Z2 > 0),
        "dW1": lambda s: s.dZ2.T @ s.X + 2 * s.lam * s.W1,
        "db1": lambda s: sum_of(s.dZ2, 0),
    },
    "sigmoid_regression": {
        **SIGMOID,
        "SE": lambda s: sum_of((s.y - s.O) ** 2),
        "dO": lambda s: -2 * (s.y - s.O),
        "dz2": lambda s: s.dO,
    },
    "sigmoid_classifier": {**SIGMOID, "O": lambda s: softmax(s.z2), "dz2": lambda s: s.O - s.l},
    "two_two_two": {
        "E": lambda s: 0.5 * sum_of((s.t - s.o) ** 2),
        "do": lambda s: -(s.t - s.o),
        "dz2": lambda s: s.do * s.o * (1 - s.o),
        "dW2": lambda s: outer(s.dz2, s.h),
        "dh": lambda s: s.W2.T @ s.dz2,
        "dz1": lambda s: s.dh * s.h * (1 - s.h),
        "dW1": lambda s: outer(s.dz1, s.x),
    },
}
LINES = [(name, line) for name, lines in DERIVATIONS.items() for line in lines]


def same_up_to_order(have: Expression, want: Expression) -> bool:
    """Whether two expressions are one but for the order of terms and factors."""
    if have is want:
        return True
    if have.primitive != want.primitive or len(have.args) != len(want.args) or not have.args:
        return False
    if have.primitive.name not in {"add", "multiply"}:
        return all(map(same_up_to_order, have.args, want.args))
    left = list(want.args)
    for arg in have.args:
        found = next((other for other in left if same_up_to_order(arg, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


@pytest.mark.parametrize(("name", "line"), LINES, ids=[f"{name}-{line}" for name, line in LINES])
def test_every_line_is_the_textbooks(name: str, line: str) -> None:
    """The line that the engine derives is the printed one, up to the order of terms and factors."""
    system = network(name)

    assert same_up_to_order(system.backward(inputs=True).lines[line], DERIVATIONS[name][line](symbols(system))), (
        system.backward(inputs=True).lines[line]
    )


def test_every_system_has_its_derivation_checked() -> None:
    """No system is without a test."""
    assert set(DERIVATIONS) == set(names())


def test_the_jacobian_of_softmax_is_diag_a_minus_a_a() -> None:
    """∂a/∂z = diag(a) − a aᵀ, a C×C matrix, in structure and in numbers."""
    of = network("softmax_regression")
    z = symbols(of).z
    jacobian = derivatives.jacobian_of(of, "a", "z")
    (value,) = program_of(of.system, [jacobian])(_one_sample("softmax_regression", 0))
    a = _line("softmax_regression", "a", 0)

    assert same_up_to_order(jacobian, diag(softmax(z)) - outer(softmax(z), softmax(z)))
    assert np.allclose(value, np.diag(a) - np.outer(a, a), rtol=1e-15, atol=1e-17)


def test_the_jacobian_of_the_loss_by_a_is_minus_one_over_a_y_at_y() -> None:
    """∂ℓ/∂a is −1/a_y at y and 0 elsewhere."""
    of = network("softmax_regression")
    values = _one_sample("softmax_regression", 1)
    (value,) = program_of(of.system, [derivatives.jacobian_of(of, "ell", "a")])(values)
    a, y = _line("softmax_regression", "a", 1), int(values["y"])

    assert np.allclose(value, [-1 / a[y] if k == y else 0.0 for k in range(3)], rtol=1e-15)


def test_the_jacobian_of_a_product_is_one_block_and_zeros() -> None:
    """For Z = W A, ∂z_ij/∂w_kl = [i=k] a_lj: the block form is Aᵀ with i and k matched, and equals the dense one."""
    document = {
        "model": {"layers": [{"type": "linear", "units": 3, "bias": False}], "samples": "columns"},
        "loss": {"type": "squared_error"},
    }
    w, a = np.random.default_rng(0).normal(size=(3, 4)), np.random.default_rng(1).normal(size=(4, 5))
    read = problem_of(document)
    of = network_of(read, shapes_of(read, {"W1": w}, {"x": a}))
    block = derivatives.block_of(of, "Z1", "W1")
    values, dense = program_of(of.system, [block.values, derivatives.jacobian_of(of, "Z1", "W1")])({"W1": w, "X": a})

    assert block.matched == (0, 0)
    assert np.array_equal(values, a.T)
    assert np.array_equal(dense, np.einsum("ik,lj->ijkl", np.eye(3), a))


def _one_sample(name: str, row: int) -> dict[str, Any]:
    """The numbers of a system for one of its samples."""
    document, of = problem(name), network(name)
    data = {key: np.asarray(array)[row : row + 1] for key, array in document["data"].items()}
    batch = network_of(problem_of(document), shapes_of(problem_of(document), document["parameters"], data))
    arrays = values_of(problem_of(document), batch, document["parameters"], data).arrays
    by_key = {i.variable.primitive.label: i for i in of.inputs.values()}  # type: ignore[attr-defined]
    return {n: a[0] if n in by_key and by_key[n].key in data else a for n, a in arrays.items()}


def _line(name: str, line: str, row: int) -> Any:
    (value,) = network(name).program([line])(_one_sample(name, row))
    return value
