"""Derivations: the lines of the textbook in order, each with its reason, in three notations that say the same."""

import re
from time import process_time
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from chainruler import textbook
from chainruler.engine import Expression, size
from chainruler.handlers.context import Context
from chainruler.handlers.derivation import derivation
from chainruler.networks import Budget, Network, SpecError, TooLarge, network_of, problem_of, shapes_of
from chainruler.notation import FormulaError, read_latex, read_numpy
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import DerivationRequest
from tests.handlers.calls import Answer, Document, call, changed, two_layers
from tests.handlers.problems import PROBLEMS, case, close, independent_gradients, posted
from tests.notation.test_printed_numpy_runs import run_by_numpy

ORDER = {
    "softmax_regression": "z a e_y ell da da/dz dz dW db",
    "relu_classifier": "s a z Err dz dW2 db2 da ds dW1 db1",
    "class_vectors": "z p e_c ell dp dp/dz dz dW db",
    "sampled_softmax": "z W_c b_c z_c W_S b_S z_S U P ell dU dz_S db_S dW_S dz_c db_c db dW_c dW",
    "regularized_relu_classifier": "Z2 A2 Z3 Y J R J_reg dZ3 dW2 db2 dA2 dZ2 dW1 db1",
    "sigmoid_regression": "z1 a1 z2 O SE dO dz2 dgamma dgamma0 da1 dz1 dw dw0",
    "sigmoid_classifier": "z1 a1 z2 O l CE dO dO/dz2 dz2 dgamma dgamma0 da1 dz1 dw dw0",
    "two_two_two": "z1 h z2 o E do dz2 dW2 db2 dh dz1 dW1 db1",
}
PRINTED = {
    ("softmax_regression", "da/dz"): "diag(a) - outer(a, a)",
    ("softmax_regression", "da"): "-e_y / a",
    ("softmax_regression", "dz"): "a - e_y",
    ("softmax_regression", "dW"): "outer(dz, x)",
    ("relu_classifier", "Err"): "logsumexp(z) - sum(y * z)",
    ("relu_classifier", "dz"): "softmax(z) - y",
    ("relu_classifier", "ds"): "da * (s > 0)",
    ("class_vectors", "dz"): "p - e_c",
    ("regularized_relu_classifier", "dW2"): "dZ3.T @ A2 + 2 * lam * W2",
    ("regularized_relu_classifier", "dZ2"): "dA2 * (Z2 > 0)",
    ("regularized_relu_classifier", "db1"): "sum(dZ2, axis=0)",
    ("sigmoid_regression", "dO"): "-2 * (y - O)",
    ("sigmoid_regression", "dw0"): "dz1",
    ("sigmoid_classifier", "dz2"): "O - l",
    ("two_two_two", "dz2"): "do * o * (1 - o)",
}
REASONS = {
    ("softmax_regression", "z"): "By definition, with a matrix product.",
    ("softmax_regression", "da/dz"): "The Jacobian of a softmax: a softmax has the Jacobian diag(a) − a aᵀ.",
    ("relu_classifier", "dz"): "Chain rule through Err: a log-sum-exp multiplies it by the softmax.",
    ("relu_classifier", "ds"): "Chain rule through a: a ReLU passes it on where its input is positive",
    ("relu_classifier", "dW1"): "Chain rule through s: a matrix product passes it on to each factor",
    ("regularized_relu_classifier", "dW1"): "Chain rule through J_reg: a power x^n multiplies it by n x^(n−1).",
    ("regularized_relu_classifier", "J"): "By definition, with one entry a row and a log-sum-exp.",
    ("sigmoid_regression", "O"): "By definition: another name for it.",
    ("sigmoid_classifier", "dz2"): "With dO written out, the line gets shorter.",
    ("two_two_two", "dz1"): "Chain rule through h: a sigmoid multiplies it by σ (1 − σ)",
}


def derived(name: str) -> Answer:
    """The derivation of a system of the textbook."""
    return call("derivation", textbook.problem(name))


def step(name: str, symbol: str) -> Answer:
    """One of its lines."""
    found: Answer = next(step for step in derived(name)["steps"] if step["symbol"] == symbol)
    return found


@pytest.mark.parametrize("name", textbook.names())
def test_the_lines_are_the_textbooks_in_order(name: str) -> None:
    """Definitions from the data to the objective, then gradients in the order of the chain rule."""
    answer = derived(name)
    symbols = [step["symbol"] for step in answer["steps"]]

    assert symbols == ORDER[name].split()
    assert answer["objective"] == next(s for s in answer["steps"] if s["symbol"] == answer["objective"]["symbol"])
    assert symbols.index(answer["objective"]["symbol"]) == min(i for i, s in enumerate(symbols) if s[0] == "d") - 1


@pytest.mark.parametrize(("name", "symbol"), PRINTED, ids="-".join)
def test_a_line_is_the_printed_one(name: str, symbol: str) -> None:
    """As it stands in the textbook."""
    assert step(name, symbol)["numpy"] == PRINTED[name, symbol]


@pytest.mark.parametrize(("name", "symbol"), REASONS, ids="-".join)
def test_a_reason_names_its_rule(name: str, symbol: str) -> None:
    """`because` says through which line the chain rule goes, and which rule is applied there."""
    assert REASONS[name, symbol] in step(name, symbol)["because"]


@pytest.mark.parametrize("name", [*textbook.names(), *list(PROBLEMS)[::3]])
def test_every_reason_is_a_sentence_about_lines_that_there_are(name: str) -> None:
    """Each ends with a full stop and speaks of lines of the derivation only."""
    steps = call("derivation", textbook.problem(name) if name in textbook.names() else posted(case(name)))["steps"]
    symbols = {step["symbol"] for step in steps}

    for line in steps:
        assert re.match(
            r"(By definition|Chain rule through|The Jacobian of|The objective does not).*\.$", line["because"]
        )
        assert set(re.findall(r"through (\w+):", line["because"])) <= symbols
        assert set(re.findall(r"With (d\w+) written out", line["because"])) <= symbols


def bound(network: Network) -> dict[str, Expression]:
    """Every symbol of a derivation."""
    system = network.backward()
    free = [p.variable for p in network.parameters.values()] + [i.variable for i in network.inputs.values()]
    symbols = {symbol.primitive.label: symbol for symbol in free}  # type: ignore[attr-defined]
    return symbols | {name: system.symbol(name) for name in system.lines} | {"N": size(["N"])}


@pytest.mark.parametrize("name", textbook.names())
def test_the_notations_read_back_as_the_line(name: str) -> None:
    """The right side of each equation, in NumPy and in LaTeX, is read as the expression that it was printed from."""
    document = textbook.problem(name)
    problem = problem_of(document)
    network = network_of(
        problem, shapes_of(problem, document["parameters"], document["data"]), problem.model.derivation
    )
    lines, symbols = network.backward().lines, bound(network)
    unread = []
    for line in derived(name)["steps"]:
        if line["symbol"] in lines:
            want, right = lines[line["symbol"]], line["latex"].rpartition(" = ")[2]
            for read, text in ((read_numpy, line["numpy"]), (read_latex, right)):
                try:
                    have = read(text, symbols).expression
                except FormulaError as error:
                    unread.append((line["symbol"], text, error.message))
                else:
                    assert have is want, (line["symbol"], text)

    assert [symbol for symbol, _, _ in unread if name != "sampled_softmax"] == []


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("name", [*textbook.names(), *PROBLEMS])
def test_mathml_is_well_formed(name: str) -> None:
    """Each line is one `math` element, an equation whose left side is its symbol."""
    document = textbook.problem(name) if name in textbook.names() else posted(case(name))
    for line in call("derivation", document)["steps"]:
        root = ET.fromstring(line["mathml"])  # noqa: S314 (our own text)
        signs = [child.text for child in root if child.tag.endswith("}mo")]

        assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
        assert "=" in signs
        assert line["latex"].count(" = ") >= 1


def test_a_derivation_needs_no_numbers() -> None:
    """Where the model says its sizes, neither parameters nor data are needed; with them the lines are the same."""
    document = two_layers()
    sized = {"layers": [{"type": "linear", "units": 3}, {"type": "tanh"}, {"type": "linear", "units": 2}], "input": 4}
    bare = {"model": sized, "loss": document["loss"], "regularization": document["regularization"]}

    assert call("derivation", bare) == call("derivation", document)


def test_samples_and_batches() -> None:
    """For a batch shapes begin with N and rows are samples; for one sample everything is a column vector."""
    batch = {step["symbol"]: step for step in call("derivation", two_layers())["steps"]}
    sample = call("derivation", changed(two_layers(), "model.derivation", "sample"))["steps"]
    columns = {step["symbol"]: step for step in sample}

    assert (batch["Z1"]["shape"], batch["Z1"]["numpy"]) == (["N", 3], "X @ W1.T + b1")
    assert (columns["Z1"]["shape"], columns["Z1"]["numpy"]) == ([3], "W1 @ X + b1")
    assert (batch["dW2"]["shape"], columns["dW2"]["shape"]) == ([2, 3], [2, 3])
    assert batch["dZ2"]["numpy"] == "1/N * (softmax(Z2) - Y)"


@pytest.mark.parametrize("layout", ["in_out", "out_in"])
def test_one_sample_of_columns_is_presented_like_one_of_rows(layout: str) -> None:
    """Beside samples in columns a bias is sent as a column; one sample has it as a vector, however it was sent."""
    rows = changed(changed(two_layers(), "model.derivation", "sample"), "model.layout", layout)
    if layout == "in_out":
        rows["parameters"] |= {name: np.transpose(rows["parameters"][name]).tolist() for name in ("W1", "W2")}
    columns = changed(rows, "model.samples", "columns")
    columns["parameters"] |= {name: [[bias] for bias in rows["parameters"][name]] for name in ("b1", "b2")}
    columns["data"] |= {"x": np.transpose(rows["data"]["x"]).tolist()}

    assert call("derivation", columns) == call("derivation", rows)
    with pytest.raises(SpecError, match=r"b1 has shape \(3,\)"):
        call("derivation", changed(columns, "parameters.b1", rows["parameters"]["b1"]))


NOT_PLAIN_NUMPY = ("conv2d", "max_pool2d", "avg_pool2d", "embedding")


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("name", [name for name in PROBLEMS if not name.startswith(NOT_PLAIN_NUMPY)])
def test_the_printed_lines_compute_the_gradients(name: str) -> None:
    """Run by NumPy from the top to the bottom, as they are printed, the lines give the gradients of autograd."""
    of = case(name)
    values: dict[str, Any] = {"N": len(of.data["x"]), **of.arrays()}
    for line in call("derivation", posted(of))["steps"]:
        values[line["symbol"]] = run_by_numpy(line["numpy"], values)

    close({parameter: values[f"d{parameter}"] for parameter in of.parameters}, independent_gradients(of))


@pytest.mark.sampled(0.5)
@pytest.mark.parametrize("name", [name for name in PROBLEMS if "sampled_softmax" not in name])
def test_no_line_repeats_a_number_to_a_shape(name: str) -> None:
    """A textbook writes 1/N where each entry has it."""
    for line in call("derivation", posted(case(name)))["steps"]:
        assert "full(" not in line["numpy"]
        assert "broadcast" not in line["latex"]


def test_a_choice_is_an_indicator() -> None:
    """The derivative of Huber's loss is written with the bracket that says where it is quadratic."""
    of = changed(two_layers(loss={"type": "huber"}), "data.y", [[0.0, 1.0]] * 5)
    (line,) = (step for step in call("derivation", of)["steps"] if step["symbol"] == "dZ2")

    inside = "(abs(Y - Z2) <= 1)"
    assert line["numpy"] == f"-1/N * ((1 - {inside}) * sign(Y - Z2) + {inside} * (Y - Z2))"


def test_a_line_beside_the_way_has_no_jacobian() -> None:
    """The softmax P that a sampled softmax only names is not differentiated on the way to its gradients."""
    assert not any("/" in line["symbol"] for line in derived("sampled_softmax")["steps"])


def largest(of: Document) -> Any:
    """The longest line of a derivation, in characters."""
    return max(len(step["latex"]) for step in call("derivation", of)["steps"])


def test_lines_do_not_grow_with_depth() -> None:
    """A deep network has more lines, not longer ones."""
    shallow = changed(two_layers(), "regularization", ...)
    deep = changed(shallow, "parameters", ...)
    deep["model"] = {
        "layers": [{"type": "linear", "units": 3}, {"type": "tanh"}] * 20 + [{"type": "linear", "units": 2}]
    }

    assert largest(deep) <= largest(shallow) + 10


def test_a_derivation_has_an_end() -> None:
    """Exactly as many terms as the budget has are printed, those of all lines together; one more is refused."""
    problem: Document = {
        "model": {"layers": [{"type": "linear", "units": 1}], "input": 1},
        "loss": {"type": "squared_error", "reduction": "sum"},
    }

    request = read_request(DerivationRequest, problem)
    printed = [step["numpy"] for step in derivation(request, Context(Budget()))["steps"]]
    with pytest.raises(TooLarge) as caught:
        derivation(request, Context(Budget(terms=1)))
    counted = int(re.findall(r"has (\d+) terms", caught.value.message)[0])

    assert len(printed) < counted < len("".join(printed))
    assert derivation(request, Context(Budget(terms=counted)))
    with pytest.raises(TooLarge, match=f"at most {counted - 1}") as caught:
        derivation(request, Context(Budget(terms=counted - 1)))
    assert (caught.value.code, caught.value.pointer) == ("too_long_derivation", "/model")


def test_the_time_of_a_derivation_grows_with_its_lines() -> None:
    """Eight times as many layers take about eight times as long, although every line has its reason."""

    def seconds(pairs: int) -> float:
        layers = [{"type": "linear", "units": pairs}, {"type": "relu"}] * pairs
        begin = process_time()
        call("derivation", {"model": {"layers": layers, "input": 4}, "loss": {"type": "cross_entropy"}})
        return process_time() - begin

    seconds(2)
    few, many = seconds(15), seconds(120)

    assert many < 16 * few
