"""Nothing overflows that need not, and nothing small is lost: against exact arithmetic with many digits."""

from collections.abc import Callable
from decimal import Decimal, getcontext
from typing import Any

import numpy as np
import pytest

from chainruler import engine as e
from chainruler.engine import Expression, compiled, evaluate, gradient, hvp, variable
from chainruler.engine.expression import Number

getcontext().prec = 700
SIZES = [0.0, 1e-12, 0.5, 30.0, 37.0, 700.0, 745.0, 1e3]
POINTS = [sign * size for size in SIZES for sign in (1, -1)]
x = variable("x")


def exact_exp(value: float) -> Decimal:
    """Exp in 700 digits."""
    return Decimal(value).exp()


def exact_sigmoid(value: float) -> Decimal:
    """1 / (1 + exp(-x)) in 700 digits."""
    return 1 / (1 + exact_exp(-value))


EXACT: dict[str, tuple[Expression, Callable[[float], Decimal]]] = {
    "sigmoid": (e.sigmoid(x), exact_sigmoid),
    "sigmoid's derivative": (gradient(e.sigmoid(x), [x])[0], lambda v: exact_sigmoid(v) * exact_sigmoid(-v)),
    "softplus": (e.softplus(x), lambda v: (1 + exact_exp(v)).ln()),
    "softplus's derivative": (gradient(e.softplus(x), [x])[0], exact_sigmoid),
    "log of sigmoid": (e.log(e.sigmoid(x)), lambda v: -(1 + exact_exp(-v)).ln()),
    "log of sigmoid's derivative": (gradient(e.log(e.sigmoid(x)), [x])[0], lambda v: exact_sigmoid(-v)),
    "log of what is missing to a sigmoid": (e.log(1 - e.sigmoid(x)), lambda v: -(1 + exact_exp(v)).ln()),
    "expm1": (e.expm1(x), lambda v: exact_exp(v) - 1),
}


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", EXACT)
def test_functions_of_one_number(name: str, point: float) -> None:
    """Everywhere a number can hold it, the value has almost all digits right, and it is finite where it can be."""
    expression, exact = EXACT[name]
    (result,) = evaluate([expression], {"x": point})
    wanted = float(exact(point))
    tolerance = 2e-16 if name == "sigmoid's derivative" and point > 0 else 0.0  # s (1 - s) rounds s to 1 first

    np.testing.assert_allclose(result, wanted, rtol=4e-15, atol=max(tolerance, 3e-308))


@pytest.mark.parametrize("size", [1.0, 745.0, 1e3, 1e4, 1e300])
def test_softmax_and_cross_entropy_of_huge_logits(size: float) -> None:
    """Probabilities sum to 1, the loss is the gap of the logits, and the gradient is softmax minus one-hot."""
    z, y = variable("z", ("N", 3)), variable("y", ("N",), "index")
    loss = e.sum_of(e.logsumexp(z) - e.select(z, y))
    logits = np.array([[size, 0.0, -size], [-size, size, size], [0.0, 0.0, 0.0]])
    value, slope, p = evaluate([loss, gradient(loss, [z])[0], e.softmax(z)], {"z": logits, "y": [1, 0, 2]})
    (curvature,) = evaluate(
        hvp(loss, [z], [variable("v", ("N", 3))]), {"z": logits, "y": [1, 0, 2], "v": np.ones((3, 3))}
    )
    gaps = [size + np.log1p(np.exp(-size) + np.exp(-2 * size)), 2 * size + np.log(2 + np.exp(-2 * size)), np.log(3)]

    np.testing.assert_allclose(value, sum(gaps), rtol=1e-15)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_array_equal(slope, p - np.eye(3)[[1, 0, 2]])
    np.testing.assert_allclose(curvature, 0, atol=1e-15)


z, t, y = variable("z", ("N", 3)), variable("t", ("N", 3)), variable("y", ("N",), "index")
P, S = variable("P", ("N", 3)), variable("S", ("N", 3))
NAMED: dict[str, tuple[dict[str, Expression], list[float]]] = {
    "all of a softmax": ({"P": e.softmax(z), "J": -e.sum_of(t * e.log(P))}, [1.0, 0.0, -1.0]),
    "one of a softmax": ({"P": e.softmax(z), "J": -e.sum_of(e.log(e.select(P, y)))}, [1.0, 0.0, -1.0]),
    "one of a softmax, written out": ({"J": -e.sum_of(e.log(e.select(e.softmax(z), y)))}, [1.0, 0.0, -1.0]),
    "a sigmoid": ({"S": e.sigmoid(-2 * z), "J": -e.sum_of((1 - t) * e.log(S))}, [2.0, 1.0, 0.0]),
    "what is missing to a sigmoid": ({"S": e.sigmoid(2 * z), "J": -e.sum_of((1 - t) * e.log(1 - S))}, [2.0, 1.0, 0.0]),
}


@pytest.mark.parametrize("size", [745.0, 1e4])
@pytest.mark.parametrize("name", NAMED)
def test_the_logarithm_of_a_named_probability_does_not_underflow(name: str, size: float) -> None:
    """A system whose loss takes the logarithm of a softmax or sigmoid that is a line computes it from the logits."""
    lines, wanted = NAMED[name]
    system = e.System(lines)
    values: dict[str, Any] = {"z": [[size, 0.0, -size]], "t": [[0.0, 0.0, 1.0]], "y": [2]}
    (loss,) = system.program(["J"])(values)
    both = e.backpropagate(system, "J", [z]).program(["J", "dz"])(values)

    assert loss == both[0] == pytest.approx(2 * size, rel=1e-3 if "S" in lines else 1e-15)
    np.testing.assert_allclose(both[1], [wanted], atol=1e-15)


def test_the_log_sum_exp_of_a_repeated_vector() -> None:
    """Each row has that of the vector; only what repeats one number is that number and the log of how often."""
    v = variable("v", (3,))
    (result,) = compiled([e.logsumexp(e.broadcast_to(v, (4, 3)))], [v])({"v": np.arange(3.0)})

    np.testing.assert_allclose(result, np.full(4, np.log(np.exp(np.arange(3.0)).sum())), rtol=1e-15)


@pytest.mark.parametrize(("base", "exponent"), [(0, -1), (0.0, -3), (1.5e300, 2)])
def test_what_is_infinite_is_left_to_the_program(base: Number, exponent: int) -> None:
    """A number that is no number is computed, as it would be if its parts came later."""
    (result,) = compiled([e.constant(base) ** exponent])({})

    assert result == np.inf
