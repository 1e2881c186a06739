"""Every primitive against autograd, against complex steps and against the laws that derivatives obey."""

from collections.abc import Callable, Sequence
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from chainruler.engine import (
    Expression,
    ExpressionError,
    Primitive,
    broadcast_to,
    compiled,
    equal,
    gradient,
    hvp,
    jacobian,
    jvp,
    label_of,
    lift,
    sign,
    step,
    sum_of,
    topological,
    variable,
    vjp,
)
from tests.engine.cases import BATCHES, Case, names
from tests.engine.checks import along, close, cotangent, numbers_for, reference_gradients, run, weighted
from tests.engine.registry import CASES

pytestmark = pytest.mark.sampled(0.1)
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def real(case: Case) -> list[Expression]:
    """The operands that have derivatives."""
    return [case.variables[i] for i in case.real]


def loss_of(case: Case) -> Expression:
    """The scalar that `weighted` is the reference of."""
    value, g = case.expression, cotangent(case)
    return sum_of(g * value) + sum_of(value**2) / 2


def smooth(case: Case) -> bool:
    """Whether a complex step sees through all that the case is made of."""
    return all(node.primitive.smooth for node in topological([case.expression]))


def test_every_primitive_has_cases() -> None:
    """A primitive without samples would be untested: each has some, and they are made of it."""
    made_of = {
        name: {n.primitive.name for c in CASES if c.primitive == name for n in topological([c.expression])}
        for name in Primitive.registry
    }

    assert [name for name, parts in made_of.items() if name not in parts] == []


@pytest.mark.parametrize("name", Primitive.registry)
def test_another_number_of_operands_is_refused(name: str) -> None:
    """One operand fewer or more than a primitive takes is an error that says how many it takes."""
    expressions = [case.expression for case in CASES if case.primitive == name]
    used = next(node for node in topological(expressions) if node.primitive.name == name)
    taken = len(used.args)
    wrong = [taken - 1, taken + 1] if used.primitive.arity is not None else [0]
    assert used.primitive.arity in (taken, None)
    for count in wrong:
        if count >= 0:
            with pytest.raises(ExpressionError, match=f'"{name}" takes .* operands?, but got {count}'):
                used.primitive(*[variable("x", (3,))] * count)


@every_case
def test_value(case: Case) -> None:
    """The value is what NumPy computes, for every batch size by one program, and its shape is what was said."""
    program = compiled([case.expression], case.variables)
    for N in BATCHES:
        values = case.values(N, N)
        (result,) = program(values)

        close([result], [np.asarray(case.reference(*names(values)), float)], 1e-13)
        assert np.shape(result) == tuple(N if dim == "N" else dim for dim in case.expression.shape)


@every_case
def test_vjp(case: Case) -> None:
    """The cotangents of the operands are autograd's, for every batch size by one program."""
    g = cotangent(case)
    pulled = vjp([case.expression], [g], real(case))
    program = compiled(pulled, [*case.variables, g])
    assert [p.shape for p in pulled] == [x.shape for x in real(case)]
    for N in BATCHES:
        values = case.values(N, N)
        pull, value = autograd.make_vjp(case.reference, case.real)(*names(values))
        values = numbers_for(g, values, value)

        close(program(values), pull(values["g"]))


@every_case
def test_jvp_is_adjoint_to_vjp(case: Case) -> None:
    """⟨g, J t⟩ = ⟨Jᵀ g, t⟩ for random g and t, and J t has the shape of the value."""
    g, x = cotangent(case), real(case)
    t = [variable(f"t{i}", v.shape) for i, v in enumerate(x)]
    (pushed,) = jvp([case.expression], x, t)
    pulled = vjp([case.expression], [g], x)
    left, right = sum_of(g * pushed), sum(sum_of(p * v) for p, v in zip(pulled, t, strict=True))
    values = case.values()
    filled = numbers_for(g, values, case.reference(*names(values)))
    for v, like in zip(t, x, strict=True):
        filled = numbers_for(v, filled, values[label_of(like)], seed=len(filled))
    a, b = run([left, right + 0 * left], filled, [*case.variables, g, *t])

    assert pushed.shape == case.expression.shape
    close([a], [b], 1e-11)


@every_case
def test_tangents_add_up_over_the_operands(case: Case) -> None:
    """The tangent along all operands is the sum of those along each, all of the shape of the value."""
    x = real(case)
    t = [variable(f"t{i}", v.shape) for i, v in enumerate(x)]
    single = [jvp([case.expression], [v], [along])[0] for v, along in zip(x, t, strict=True)]
    (whole,) = jvp([case.expression], x, t)
    values = case.values()
    for v, like in zip(t, x, strict=True):
        values = numbers_for(v, values, values[label_of(like)], seed=len(values))
    parts = run([whole, *single], values, [*case.variables, *t])

    assert [tangent.shape for tangent in single] == [case.expression.shape] * len(x)
    close([parts[0]], [np.asarray(sum(parts[1:]))])


@every_case
def test_jvp_by_complex_step(case: Case) -> None:
    """The tangent along a random direction is what a complex step finds, or central differences where it cannot see."""
    x = real(case)
    t = [variable(f"t{i}", v.shape) for i, v in enumerate(x)]
    values = case.values()
    tangents = {label_of(v): np.random.default_rng(i).normal(size=values[label_of(v)].shape) for i, v in enumerate(x)}
    filled = values | {f"t{i}": tangents[label_of(v)] for i, v in enumerate(x)}
    pushed = run(jvp([case.expression], x, t), filled, [*case.variables, *t])

    if smooth(case):
        close(pushed, along(values, tangents, [case.expression], case.variables))
    else:
        close(pushed, differences(case, values, tangents), 1e-9)


def differences(case: Case, values: dict[str, Any], tangents: dict[str, Any]) -> list[Any]:
    """Central differences of sixth order."""
    h, (program, weights) = 2e-3, (compiled([case.expression], case.variables), ((1, 45), (2, -9), (3, 1)))

    def at(step: float) -> Any:
        return program(values | {name: values[name] + step * t for name, t in tangents.items()})[0]

    return [sum(w * (at(k * h) - at(-k * h)) for k, w in weights) / (60 * h)]


@every_case
def test_gradient_of_gradient(case: Case) -> None:
    """The derivative of a derivative is autograd's."""
    g, x = cotangent(case), real(case)
    directions = [variable(f"t{i}", v.shape) for i, v in enumerate(x)]
    first = gradient(loss_of(case), x)
    second = gradient(sum(sum_of(d * f) for d, f in zip(directions, first, strict=True)), x)  # type: ignore[arg-type]
    product = hvp(loss_of(case), x, directions)
    values = case.values()
    filled = numbers_for(g, values, case.reference(*names(values)))
    arrays = [np.random.default_rng(i).normal(size=values[label_of(v)].shape) for i, v in enumerate(x)]
    filled |= {f"t{i}": array for i, array in enumerate(arrays)}
    inputs = [*case.variables, g, *directions]
    wanted = reference_second(case, filled["g"], values, arrays)

    close(run(first, filled, inputs), reference_gradients(case, weighted(case, filled["g"]), values))
    close(run(second, filled, inputs), wanted, 1e-11)
    close(run(product, filled, inputs), wanted, 1e-11)


def reference_second(case: Case, g: Any, values: dict[str, Any], directions: Sequence[Any]) -> list[Any]:
    """Autograd's gradient of the gradient along the directions."""

    def slope(*arrays: Any) -> Any:
        first = autograd.grad(weighted(case, g), case.real)(*arrays)
        return sum(anp.sum(d * f) for d, f in zip(directions, first, strict=True))

    return reference_gradients(case, slope, values)


@every_case
def test_jacobian_is_the_stack_of_vjps(case: Case) -> None:
    """Row after row, the Jacobian is the vjp of one entry; a Hessian is symmetric."""
    g = cotangent(case)
    values = case.values(3, 2)
    for i in case.real:
        x = case.variables[i]
        (matrix,) = run([jacobian(case.expression, x)], values, case.variables)
        program = compiled(vjp([case.expression], [g], [x]), [*case.variables, g])
        size = np.shape(np.asarray(case.reference(*names(values))))
        basis = np.eye(int(np.prod(size, dtype=int))).reshape(-1, *size)
        rows = np.stack([program(values | {"g": row})[0] for row in basis])

        close([matrix], [rows.reshape((*size, *values[label_of(x)].shape))])


@every_case
def test_hessian_is_symmetric(case: Case) -> None:
    """The Hessian of a scalar made of the case equals its transpose."""
    g = cotangent(case)
    values = case.values(4, 2)
    filled = numbers_for(g, values, case.reference(*names(values)))
    for x in real(case):
        (hessian,) = run([jacobian(gradient(loss_of(case), [x])[0], x)], filled, [*case.variables, g])
        n = values[label_of(x)].size

        close([hessian.reshape(n, n)], [hessian.reshape(n, n).T])


@every_case
@pytest.mark.parametrize("which", ["first", "last", "all"])
def test_lift_is_a_loop(case: Case, which: str) -> None:
    """Over operands with an axis in front, the lifted expression is the loop over that axis."""
    chosen = {"first": case.real[:1], "last": case.real[-1:], "all": case.real}[which]
    replaced = {case.variables[i]: variable(f"many{i}", ("M", *case.variables[i].shape)) for i in chosen}
    (lifted,) = lift([case.expression], replaced, ("M",))
    values = case.values()
    many = {
        f"many{i}": np.stack([case.operands[i].values(np.random.default_rng(9 + m)) for m in range(4)]) for i in chosen
    }
    inputs = [v for v in case.variables if v not in replaced] + list(replaced.values())
    (result,) = run([lifted], values | many, inputs)
    program = compiled([case.expression], case.variables)
    each = [program(values | {"abcde"[i]: many[f"many{i}"][m] for i in chosen})[0] for m in range(4)]

    assert lifted.shape == ("M", *case.expression.shape)
    close([result], [np.stack(each)], 1e-13)


@every_case
def test_float32_stays_float32(case: Case) -> None:
    """A float32 program gives float32, for the value and the gradients, close to the float64 ones."""
    g = cotangent(case)
    outputs = [case.expression, *vjp([case.expression], [g], real(case))]
    values = case.values()
    filled = numbers_for(g, values, case.reference(*names(values)))
    single = compiled(outputs, [*case.variables, g], "float32")(filled)
    double = compiled(outputs, [*case.variables, g], "float64")(filled)

    assert [result.dtype for result in single] == [np.float32] * len(outputs)
    assert [result.dtype for result in double] == [np.float64] * len(outputs)
    close(single, double, 2e-4)


@every_case
def test_a_program_keeps_its_hands_off_the_callers_arrays(case: Case) -> None:
    """Inputs may be read-only, keep every byte, and share no memory with what is handed out, nor do the results."""
    g = cotangent(case)
    outputs = [case.expression, case.expression + 0, *vjp([case.expression], [g], real(case)), case.variables[0]]
    filled = numbers_for(g, case.values(), case.reference(*names(case.values())))
    before = {name: np.copy(array) for name, array in filled.items()}
    for array in filled.values():
        array.flags.writeable = False
    results = run(outputs, filled, [*case.variables, g])
    arrays = [np.asarray(result) for result in results]

    assert all(before[name].tobytes() == filled[name].tobytes() for name in filled)
    assert not any(np.shares_memory(result, array) for result in arrays for array in filled.values())
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
    assert all(array.flags.writeable or not array.shape for array in arrays)


@pytest.mark.parametrize("build", [step, sign, lambda x: x >= 1, lambda x: equal(x, 2)])
def test_what_jumps_has_no_slope(build: Callable[[Expression], Expression]) -> None:
    """Comparisons and signs have the derivative 0 in both directions."""
    x, t = variable("x", (3,)), variable("t", (3,))
    zeros = broadcast_to(0, (3,))

    assert jvp([build(x)], [x], [t])[0] is zeros
    assert vjp([build(x)], [t], [x])[0] is zeros


EVERY_CHECK: list[tuple[Callable[..., None], tuple[str, ...]]] = [
    (function, (which,) if function is test_lift_is_a_loop else ())
    for name, function in list(globals().items())
    if name.startswith("test_") and "case" in function.__annotations__
    for which in (("first", "last", "all") if function is test_lift_is_a_loop else ("",))
]
"""Every check of a case, with what it takes besides; `tests.mutation` calls them without the ceremony of a test run."""
