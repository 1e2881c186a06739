"""Expressions of thousands of nodes: no limit of depth, and work that grows as they do."""

import gc
import weakref
from collections.abc import Callable
from time import process_time

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, compiled, gradient, jvp, lift, substitute, sum_of, topological, variable
from chainruler.engine.expression import build
from chainruler.engine.program import PROGRAMS

K = 3
x, y = variable("x", (K,)), variable("y", (K,))


def chain(step: Callable[[Expression, int], Expression], length: int) -> Expression:
    """The step applied over and over."""
    node = x
    for k in range(length):
        node = step(node, k)
    return node


LARGE: dict[str, Callable[[int], Expression]] = {
    "deep": lambda n: chain(lambda node, _: e.sin(node), n),
    "deep, with products": lambda n: chain(lambda node, k: e.tanh(node * x + 1 / (k + 2)), n // 3),
    "deep, shared": lambda n: chain(lambda node, _: e.sin(node) * e.cos(node), n // 3),
    "wide": lambda n: build("add", *(e.sin(x * (k + 0.5)) for k in range(n // 2))),
    "one by one": lambda n: chain(lambda node, k: node + e.sin(x * (k + 0.5)), n // 3),
}


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("nodes", [2_000, pytest.param(6_000, marks=pytest.mark.slow)])
def test_thousands_of_nodes(nodes: int, name: str) -> None:
    """Large expressions build, differentiate, print, compile, run and are freed, without a limit of depth.

    Twice as many take about twice as long, whatever the machine.
    """
    seconds = []
    for size in (nodes // 2, nodes):
        begin = process_time()
        _use_in_every_way(LARGE[name], size)
        seconds.append(process_time() - begin)

    assert seconds[1] < 3 * seconds[0] + 0.5


def _use_in_every_way(build: Callable[[int], Expression], nodes: int) -> None:
    node = build(nodes)
    (slope,) = gradient(sum_of(node), [x])
    (tangent,) = jvp([node], [x], [y])
    (raised,) = lift([node], {x: variable("many", ("M", K))}, ("M",))
    (renamed,) = substitute([node], {x: y})
    results = compiled([node, slope, tangent, renamed], [x, y])({"x": np.full(K, 0.3), "y": np.full(K, 0.3)})
    watched = weakref.ref(slope)
    assert len(topological([node])) > nodes / 2
    assert all(np.all(np.isfinite(result)) for result in results)
    assert repr(node).endswith(f"({K},)>")
    assert raised.shape == ("M", K)
    np.testing.assert_allclose(results[2], results[1] * 0.3, rtol=1e-6)
    np.testing.assert_array_equal(results[3], results[0])
    PROGRAMS.clear()  # with them their expressions are let go
    del node, slope, tangent, raised, renamed
    gc.collect()

    assert watched() is None
