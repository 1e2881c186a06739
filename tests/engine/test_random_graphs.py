"""Random expressions against autograd on the same graph."""

from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chainruler.engine import Expression, compiled, gradient, jvp, label_of, substitute, sum_of, variable
from tests.engine.checks import close
from tests.engine.graphs import INPUTS, Graph, arrays, graphs
from tests.support.sampling import examples


def same_examples(count: int) -> settings:
    """A number of examples, the same ones in every run."""
    return settings(max_examples=count, suppress_health_check=list(HealthCheck), derandomize=True)


NAMES = list(INPUTS)
seeds = st.integers(0, 2**16)


def tame(graph: Graph, values: list[Any]) -> None:
    """Leave out what comes close to a kink or grows so large that rounding is all that is left."""
    with np.errstate(all="ignore"):
        results = graph.compute(*values, away=1e-2)
    assume(all(np.all(np.isfinite(r)) and np.max(np.abs(r), initial=0) < 50 for r in results))


def loss(values: list[Expression]) -> Expression:
    """A scalar that the last values all count in."""
    parts = [sum_of((i + 1) * value * value) for i, value in enumerate(values[-3:])]
    return sum(parts[1:], parts[0])


def reference_loss(graph: Graph) -> Any:
    """The same scalar by autograd's NumPy."""

    def scalar(*inputs: Any) -> Any:
        values = graph.compute(*inputs)[-3:]
        return sum((i + 1) * anp.sum(value * value) for i, value in enumerate(values))

    return scalar


def check(graph: Graph, seed: int) -> None:
    """Values, loss and gradients by one program, for three batch sizes."""
    expressions = graph.build()
    inputs, outputs = expressions[: len(NAMES)], expressions[len(NAMES) :]
    slopes = gradient(loss(expressions), inputs)
    program = compiled([*outputs, loss(expressions), *slopes], inputs)
    for N in (1, 2, 7):
        values = arrays(seed, N)
        tame(graph, values)
        results = program(dict(zip(NAMES, values, strict=True)))
        wanted = graph.compute(*values)[len(NAMES) :]
        slope = autograd.grad(reference_loss(graph), list(range(len(NAMES))))(*values)
        size = max(1.0, *(float(np.max(np.abs(s))) for s in slope))

        close(results[: len(wanted)], wanted, 1e-10)
        close(results[len(wanted) : -len(slope)], [reference_loss(graph)(*values)], 1e-10)
        close([r / size for r in results[-len(slope) :]], [s / size for s in slope], 1e-10)


@same_examples(examples(400))
@given(graphs(), seeds)
def test_values_and_gradients_are_autograds(graph: Graph, seed: int) -> None:
    """Whatever the graph, one program gives the values and gradients that autograd gives, for every batch size."""
    check(graph, seed)


@pytest.mark.slow
@same_examples(3000)
@given(graphs(largest=25), seeds)
def test_many_values_and_gradients_are_autograds(graph: Graph, seed: int) -> None:
    """The same for many and larger graphs."""
    check(graph, seed)


@same_examples(examples(100))
@given(graphs(), seeds)
def test_tangents_are_adjoint_to_gradients(graph: Graph, seed: int) -> None:
    """The directional derivative of the loss is the inner product of the gradient and the direction."""
    expressions = graph.build()
    inputs = expressions[: len(NAMES)]
    directions = [variable(f"d{label_of(x)}", x.shape) for x in inputs]
    (pushed,) = jvp([loss(expressions)], inputs, directions)
    slopes = gradient(loss(expressions), inputs)
    values, along = arrays(seed, 3), arrays(seed + 1, 3)
    tame(graph, values)
    filled = dict(zip(NAMES, values, strict=True)) | {f"d{n}": a for n, a in zip(NAMES, along, strict=True)}
    results = compiled([pushed, *slopes], [*inputs, *directions])(filled)
    inner = [float(np.sum(g * d)) for g, d in zip(results[1:], along, strict=True)]

    np.testing.assert_allclose(results[0], sum(inner), rtol=1e-9, atol=1e-10 * max(1.0, *map(abs, inner)))


@same_examples(examples(100))
@given(graphs(), seeds, st.data())
def test_a_result_does_not_depend_on_what_else_is_asked(graph: Graph, seed: int, data: st.DataObject) -> None:
    """Any choice of outputs gives the same bits; inputs are read-only, keep their bytes and are never handed back."""
    expressions = graph.build()
    slopes = gradient(loss(expressions), expressions[: len(NAMES)])
    everything = [*expressions, *slopes]
    chosen = data.draw(st.lists(st.integers(0, len(everything) - 1), min_size=1, max_size=6))
    values = arrays(seed, 4)
    before = [value.tobytes() for value in values]
    for value in values:
        value.flags.writeable = False
    filled = dict(zip(NAMES, values, strict=True))
    whole = compiled(everything, expressions[: len(NAMES)])(filled)
    some = compiled([everything[i] for i in chosen], expressions[: len(NAMES)])(filled)

    for i, result in zip(chosen, some, strict=True):
        np.testing.assert_allclose(
            result, whole[i], rtol=1e-9, atol=1e-9 * max(1.0, np.max(np.abs(whole[i]), initial=0))
        )
    assert [value.tobytes() for value in values] == before
    assert not any(np.shares_memory(result, value) for result in [*whole, *some] for value in values)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(whole) for b in whole[:i])


@same_examples(examples(60))
@given(graphs(), seeds)
def test_float32_stays_float32(graph: Graph, seed: int) -> None:
    """A float32 program computes in float32 all the way, and close to float64."""
    expressions = graph.build()
    inputs = expressions[: len(NAMES)]
    values = arrays(seed, 3)
    tame(graph, values)
    filled = dict(zip(NAMES, values, strict=True))
    outputs = [*expressions, *gradient(loss(expressions), inputs)]
    single, double = compiled(outputs, inputs, "float32")(filled), compiled(outputs, inputs)(filled)

    assert {result.dtype for result in single} == {np.dtype(np.float32)}
    for a, b in zip(single, double, strict=True):
        assert np.max(np.abs(a - b), initial=0) <= 0.02 * max(1.0, np.max(np.abs(b), initial=0))


@same_examples(examples(150))
@given(graphs())
def test_the_canonical_form_is_idempotent(graph: Graph) -> None:
    """Building a node again from its own parts gives the node itself, for values and for their gradients."""
    expressions = graph.build()
    roots = [*expressions, *gradient(loss(expressions), expressions[: len(NAMES)])]
    renamed = {x: variable(f"{label_of(x)}_", x.shape) for x in expressions[: len(NAMES)]}
    back = {new: old for old, new in renamed.items()}

    assert [a is b for a, b in zip(substitute(substitute(roots, renamed), back), roots, strict=True)] == [True] * len(
        roots
    )
