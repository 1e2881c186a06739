"""Jacobians and derivatives times vectors, against autograd and differences."""

from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, jacobian, make_jvp, make_vjp

from chainruler import textbook
from tests.handlers.calls import Document, call, changed, two_layers
from tests.handlers.problems import close

RNG = np.random.default_rng(5)
DOCUMENT = two_layers()
NUMBERS = {key: np.array(value, float) for key, value in {**DOCUMENT["parameters"], **DOCUMENT["data"]}.items()}


def lines(n: dict[str, Any]) -> dict[str, Any]:
    """The lines of the two-layer network, for autograd."""
    z1 = n["x"] @ n["W1"].T + n["b1"]
    a1 = anp.tanh(z1)
    z2 = a1 @ n["W2"].T + n["b2"]
    hot = np.eye(2)[DOCUMENT["data"]["y"]]
    each = anp.log(anp.sum(anp.exp(z2), axis=1)) - anp.sum(hot * z2, axis=1)
    return {"Z1": z1, "A1": a1, "Z2": z2, "J": anp.mean(each) + 0.1 * (anp.sum(n["W1"] ** 2) + anp.sum(n["W2"] ** 2))}


def function(of: str, name: str) -> Any:
    """A line as a function of one of the arrays."""
    return lambda array: lines({**NUMBERS, name: array})[of]


PAIRS = [("Z2", "W1"), ("Z2", "x"), ("A1", "b1"), ("Z1", "W1"), ("J", "W2"), ("Z2", "b2")]
every_pair = pytest.mark.parametrize(("of", "wrt"), PAIRS, ids="-".join)


@every_pair
def test_a_dense_jacobian(of: str, wrt: str) -> None:
    """Every entry by every entry, the axes of the line first."""
    answer = call("jacobian", two_layers(of=of, with_respect_to=wrt))

    close(answer["jacobian"], jacobian(function(of, wrt))(NUMBERS[wrt]))
    assert (answer["of"], answer["with_respect_to"], answer["form"]) == (of, wrt, "dense")


def test_a_line_can_be_differentiated_by_a_line() -> None:
    """By Z1, Z2 is a function of Z1 alone: what stands before is not looked through."""
    a1 = np.array(lines(NUMBERS)["A1"])
    want = np.einsum("nm,oh,mh->nomh", np.eye(5), NUMBERS["W2"], 1 - a1**2)

    close(call("jacobian", two_layers(of="Z2", with_respect_to="Z1"))["jacobian"], want)


@pytest.mark.parametrize(("samples", "layout"), [("rows", "out_in"), ("rows", "in_out"), ("columns", "out_in")])
def test_a_block_and_its_place_are_the_dense_jacobian(samples: str, layout: str) -> None:
    """∂z_ij/∂w_kl is one matrix where the matched indices agree, and 0 elsewhere."""
    x = RNG.normal(size=(4, 5) if samples == "columns" else (5, 4))
    weight = RNG.normal(size=(3, 4) if layout == "out_in" else (4, 3))
    model = {"layers": [{"type": "linear", "bias": False}], "samples": samples, "layout": layout}
    document: Document = {"model": model, "parameters": {"W1": weight.tolist()}, "data": {"x": x.tolist()}}
    document |= {"of": "Z1", "with_respect_to": "W1"}
    block = call("jacobian", {**document, "form": "block"})
    product, wanted = (weight @ x, (3, 5)) if samples == "columns" else (None, (5, 3))
    dense = np.zeros((*wanted, *weight.shape))
    for index in np.ndindex(dense.shape):
        out, wrt = block["matched"]
        if index[out] == index[2 + wrt]:
            dense[index] = block["block"][index[1 - out], index[3 - wrt]]

    close(call("jacobian", document)["jacobian"], dense)
    close(
        dense.reshape(wanted[0] * wanted[1], -1) @ weight.ravel(),
        (x @ _out(weight, layout) if product is None else product).ravel(),
    )


def _out(weight: Any, layout: str) -> Any:
    return weight.T if layout == "out_in" else weight


def test_the_block_of_the_textbook_is_the_activations() -> None:
    """For Z = W A the block is Aᵀ, matched along the rows of Z and W."""
    x = RNG.normal(size=(4, 5))
    model = {"layers": [{"type": "linear", "bias": False, "units": 3}], "samples": "columns"}
    answer = call(
        "jacobian",
        {
            "model": model,
            "parameters": {"W1": np.ones((3, 4)).tolist()},
            "data": {"x": x.tolist()},
            "of": "Z1",
            "with_respect_to": "W1",
            "form": "block",
        },
    )

    assert np.array_equal(answer["block"], x.T)
    assert answer["matched"] == [0, 0]


def test_the_jacobian_of_a_softmax() -> None:
    """∂a/∂z = diag(a) − a aᵀ, and ∂ℓ/∂a is −1/a_y at y: both as the textbook prints them."""
    document = textbook.problem("softmax_regression")
    document["data"] = {key: rows[:1] for key, rows in document["data"].items()}
    n = {key: np.array(value) for key, value in {**document["parameters"], **document["data"]}.items()}
    a = np.exp(n["W"] @ n["x"][0] + n["b"])
    a /= a.sum()
    by_z = call("jacobian", {**document, "of": "a", "with_respect_to": "z"})["jacobian"]
    by_a = call("jacobian", {**document, "of": "ell", "with_respect_to": "a"})["jacobian"]

    close(by_z[0, :, 0, :], np.diag(a) - np.outer(a, a), 1e-15)
    close(by_a[0], np.where(np.arange(3) == n["y"][0], -1 / a, 0.0), 1e-15)


@every_pair
def test_products_with_vectors(of: str, wrt: str) -> None:
    """The derivative along a direction and the upstream gradient pulled back are those of autograd, and adjoint."""
    along = RNG.normal(size=NUMBERS[wrt].shape)
    upstream = RNG.normal(size=np.shape(lines(NUMBERS)[of]))
    forth = call("jvp", two_layers(of=of, vectors={wrt: along}))["jvp"]
    back = call("vjp", two_layers(of=of, with_respect_to=[wrt], vector=upstream))["vjp"][wrt]

    close(forth, make_jvp(function(of, wrt))(NUMBERS[wrt])(along)[1])
    close(back, make_vjp(function(of, wrt))(NUMBERS[wrt])[0](upstream))
    assert (upstream * forth).sum() == pytest.approx((back * along).sum(), rel=1e-12)


def test_a_direction_may_lie_in_several_arrays() -> None:
    """Along W1 and b2 at once the derivative is the sum of both, and a pull-back gives all that is asked for."""
    vectors = {name: RNG.normal(size=NUMBERS[name].shape).tolist() for name in ("W1", "b2")}
    both = call("jvp", two_layers(of="Z2", vectors=vectors))["jvp"]
    single = [call("jvp", two_layers(of="Z2", vectors={name: vectors[name]}))["jvp"] for name in vectors]
    back = call("vjp", two_layers(of="Z2", with_respect_to=["W1", "x"], vector=np.ones((5, 2))))["vjp"]

    close(both, single[0] + single[1])
    assert list(back) == ["W1", "x"]


def test_the_hessian_times_a_vector_is_the_change_of_the_gradient() -> None:
    """(∇J(θ + εv) − ∇J(θ − εv)) / 2ε for every parameter at once."""
    vectors = {name: RNG.normal(size=NUMBERS[name].shape) for name in DOCUMENT["parameters"]}
    step, sides = 1e-5, []
    for sign in (1, -1):
        moved = {name: (NUMBERS[name] + sign * step * v).tolist() for name, v in vectors.items()}
        sides.append(call("gradients", changed(DOCUMENT, "parameters", moved))["gradients"])
    want = {name: (sides[0][name] - sides[1][name]) / (2 * step) for name in vectors}

    close(call("hvp", two_layers(vectors=vectors))["hvp"], want, 1e-9)


def test_the_hessian_times_a_vector_of_one_parameter() -> None:
    """Only the block of that parameter: of a squared norm it is twice the vector."""
    answer = call("hvp", two_layers(vectors={"b2": [1.0, -1.0]}))["hvp"]
    p = elementwise_grad(lambda z: anp.log(anp.sum(anp.exp(z), axis=1)))(np.array(lines(NUMBERS)["Z2"]))
    hessian = (np.einsum("ni,ij->ij", p, np.eye(2)) - p.T @ p) / 5

    close(answer, {"b2": hessian @ [1.0, -1.0]})


@pytest.mark.parametrize("name", ["jacobian", "jvp", "vjp", "hvp"])
def test_products_in_float32(name: str) -> None:
    """Every array is float32 where that is asked for."""
    more: dict[str, Document] = {
        "jacobian": {"of": "Z2", "with_respect_to": "W1"},
        "jvp": {"of": "Z2", "vectors": {"b2": [1.0, 2.0]}},
        "vjp": {"of": "Z2", "with_respect_to": ["b2"], "vector": np.ones((5, 2))},
        "hvp": {"vectors": {"b2": [1.0, 2.0]}},
    }
    found = call(name, two_layers(dtype="float32", **more[name]))[name]

    assert (found["b2"] if isinstance(found, dict) else found).dtype == np.float32
