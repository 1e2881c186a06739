"""Functions of one's own that are called with other operands than their names, with tuples, or where they stand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.grading.problems import Classifier, codes, report

k = Classifier()
LAYER = """def layer_backward({grad}, {cache}):
    A_prev, W = {cache}
    dW = {grad}.T @ A_prev{scale}
    dA_prev = {grad} @ W
    return {order}

dZ2 = (softmax(Z2) - Y) / N
"""
CALLS = {
    "a tuple": "{results} = layer_backward(dZ2, (A1, W2))",
    "a name of several": "cache2 = (A1, W2)\n{results} = layer_backward(dZ2, cache2)",
    "one of what it gives": "dW2 = layer_backward(dZ2, (A1, W2))[{place}]",
}
ORDERS = {"dA_prev, dW": ("dA1, dW2", 1), "dW, dA_prev": ("dW2, dA1", 0)}
WAYS = list(product(CALLS, ORDERS, ("grad", "dZ", "dout"), ("cache", "saved")))


def graded(answer: str, text: str) -> dict[str, Any]:
    """The result of one text."""
    return dict(report(k.problem, {answer: {"formula": text, "syntax": "numpy"}})["results"][0])


def of_layer(call: str, order: str, grad: str, cache: str, scale: str = "") -> str:
    """A function for the backward pass of any layer, and its call for the last one."""
    results, place = ORDERS[order]
    defined = LAYER.format(grad=grad, cache=cache, order=order, scale=scale)
    return f"{defined}{CALLS[call].format(results=results, place=place)}\ndW2 = dW2 + 2 * lam * W2"


@pytest.mark.sampled(0.2)
@pytest.mark.parametrize(("call", "order", "grad", "cache"), WAYS)
def test_what_a_function_gives_follows_from_its_operands(call: str, order: str, grad: str, cache: str) -> None:
    """Whatever they are called inside of it; a factor too many in it is found in what is made of it."""
    right = graded("W2", of_layer(call, order, grad, cache))
    wrong = graded("W2", of_layer(call, order, grad, cache, " / N"))

    assert right["verdict"] == "correct", right["message"]
    assert (wrong["verdict"], codes(wrong)) == ("wrong", ["extra_mean"])


def test_the_operands_count_and_not_their_names() -> None:
    """A function whose operands are called like arrays of the problem, and that is given others."""
    text = "def back(Z2, A1):\n    dW = Z2.T @ A1\n    return dW, Z2\ndW2, rest = back((softmax(Z2) - Y) / N, {})"

    right, wrong = (graded("W2", f"{text.format(given)}\ndW2 += 2 * lam * W2") for given in ("A1", "relu(X @ W1.T)"))

    assert (right["verdict"], wrong["verdict"]) == ("correct", "wrong")


CLASS = """class Linear(object):
    def __init__(self, W, b):
        self.params = {{'weight': W, 'bias': b}}
        self.grads = {{}}
    def forward(self, x):
        self.x = x
        return x @ self.params['weight'].T + self.params['bias']
    def backward(self, dout):
        self.grads['weight'] = dout.T @ self.x
        return dout @ self.params['weight']

one, two = Linear(W1, b1), Linear(W2, b2)
scores = two.forward(np.maximum(one.forward(X), 0))
dout = two.backward((softmax(scores) - Y) / len(y))
one.backward(dout * ({gate}))
dW1 = one.grads['weight'] + 2 * lam * one.params['weight']
"""


@pytest.mark.parametrize(("gate", "verdict"), [("one.forward(X) > 0", "correct"), ("dout > 0", "wrong")])
def test_objects_keep_arrays_in_dictionaries(gate: str, verdict: str) -> None:
    """Under the keys that they are given, whatever the problem calls so."""
    assert graded("W1", CLASS.format(gate=gate))["verdict"] == verdict


LAMBDAS = {
    "called in place": "(lambda e: e / e.sum(1, keepdims=True))(np.exp(Z2)) - Y",
    "with two operands": "(lambda a, b: a - b)(softmax(Z2), Y)",
}


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_lambda_is_called_where_it_stands(name: str) -> None:
    """It means what its formula gives."""
    assert graded("Z2", f"({LAMBDAS[name]}) / N")["verdict"] == "correct"
    assert codes(graded("Z2", LAMBDAS[name])) == ["missing_mean"]


@pytest.mark.parametrize(("slope", "verdict"), [("p - t", "correct"), ("t - p", "wrong")])
def test_a_function_may_return_a_list(slope: str, verdict: str) -> None:
    """What a list goes through is followed behind the word return, too."""
    text = f"def grad(P, T, n):\n    return [({slope}) / n for p, t in zip(P, T)]\ndZ2 = grad(softmax(Z2), Y, N)"

    assert graded("Z2", text)["verdict"] == verdict


LAYERS = """class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b
    def backward(self, dout):
        self.dW = dout.T @ self.x
        return dout @ self.W

class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask
    def backward(self, dout):
        return dout * {gate}

"""
GOING = """out = X
for layer in {layers}:
    out = layer.forward(out)
g = (softmax(out) - Y) / N
for layer in {backwards}:
    g = layer.backward(g)
dW1 = {first}.dW + 2 * lam * W1
"""
NET = """class Net:
    def __init__(self{operand}):
        self.layers = {layers}
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, g):
        for layer in self.layers[::-1]:
            g = layer.backward(g)

net = Net({given})
net.backward((softmax(net.forward(X)) - Y) / N)
dW1 = net.layers[0].dW + 2 * lam * net.layers[0].W
"""
LISTED = "[Dense(W1, b1), ReLU(), Dense(W2, b2)]"
WORKS = {
    "a list": f"layers = {LISTED}\n" + GOING.format(layers="layers", backwards="reversed(layers)", first="layers[0]"),
    "the other way round": f"layers = {LISTED}\n"
    + GOING.format(layers="layers", backwards="layers[::-1]", first="layers[-3]"),
    "objects with names": "one, act, two = Dense(W1, b1), ReLU(), Dense(W2, b2)\nlayers = [one, act, two]\n"
    + GOING.format(layers="layers", backwards="reversed(layers)", first="one"),
    "an object's own": NET.format(operand="", layers=LISTED, given=""),
    "handed to an object": NET.format(operand=", layers", layers="layers", given=LISTED),
}


@pytest.mark.parametrize("name", WORKS)
def test_layers_stand_in_lists(name: str) -> None:
    """And are gone through forward and backward, as small frameworks do."""
    right = graded("W1", LAYERS.format(gate="self.mask") + WORKS[name])
    wrong = graded("W1", LAYERS.format(gate="1") + WORKS[name])

    assert right["verdict"] == "correct", right["message"]
    assert codes(wrong) == ["missing_gate"]


ONE_HOT = [
    "one_hot(y)", "np.eye(np.max(y) + 1)[y]", "np.eye(1 + y.max())[y]", "np.eye(len(np.unique(y)))[y]",
    "np.eye(len(Y[0]))[y]",
]  # fmt: skip


@pytest.mark.parametrize("rows", ONE_HOT)
def test_class_numbers_say_how_many_classes_there_are(rows: str) -> None:
    """As the largest of them and 1, by their rows, and by how many different ones there are."""
    assert graded("Z2", f"dZ2 = (softmax(Z2) - {rows}) / N")["verdict"] == "correct"
    assert graded("Z2", f"dZ2 = (softmax(Z2) + {rows}) / N")["verdict"] == "wrong"


def test_the_transpose_of_a_vector_is_the_vector() -> None:
    """As NumPy has it."""
    assert graded("b2", "dZ2 = (softmax(Z2) - Y) / N\ndb2 = 1 * dZ2.sum(axis=0).T")["verdict"] == "correct"


def test_deltas_may_be_counted_from_the_last_layer_on() -> None:
    """A result that courses call otherwise is not taken for the answer where its sizes are those of another."""
    text = "delta1 = (softmax(Z2) - Y) / N\ndelta2 = delta1 @ W2\ndelta3 = delta2 * {}"

    assert graded("Z1", text.format("(Z1 > 0)"))["verdict"] == "correct"
    assert codes(graded("Z1", text.format("(Z1 < 0)"))) == ["wrong_gate"]


RETURNED = ["dZ2.T @ A1 + 2 * lam * W2", "(A1.T @ dZ2 + 2 * lam * W2.T).T", "g.T"]


@pytest.mark.parametrize("result", RETURNED)
def test_a_function_may_return_a_transpose(result: str) -> None:
    """That is a formula, and no name."""
    text = "def grad(Z2, Y, A1):\n    dZ2 = (softmax(Z2) - Y) / N\n    g = A1.T @ dZ2 + 2 * lam * W2.T\n    return {}"

    assert graded("W2", text.format(result))["verdict"] == "correct"
    assert codes(graded("W2", text.format(result).replace(" / N", ""))) == ["missing_mean"]


@pytest.mark.parametrize(("before", "after", "verdict"), [("A1", "X", "correct"), ("X @ W1.T", "A1", "wrong")])
def test_a_default_is_what_it_was_where_the_function_is_defined(before: str, after: str, verdict: str) -> None:
    """Whatever its name means where the function is called."""
    text = f"h = {before}\ndef f(d, h=h):\n    return d.T @ h\nh = {after}\ndW2 = f((softmax(Z2) - Y) / N)"
    text += " + 2 * lam * W2"

    assert graded("W2", text)["verdict"] == verdict


CHANGES = {
    "dA1[A1 <= 0] = 0": "correct", "dZ1 = dA1\ndZ1[Z1 <= 0] = 0": "correct", "dA1 *= Z1 > 0": "correct",
    "dA1 *= 2": "wrong", "dA1[Z1 > 0] = 0": "wrong",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_gradient_may_become_the_next_one_in_place(change: str) -> None:
    """Then it was right before; where it becomes nothing that is right, it is what it has become."""
    text = f"dZ2 = (softmax(Z2) - Y) / N\ndA1 = dZ2 @ W2\n{change}"

    assert graded("A1", f"{text}\ndW1 = dA1.T @ X")["verdict"] == CHANGES[change]
    assert "dZ1" in change or graded("A1", text)["verdict"] == "wrong"
