"""Every subcommand: a table for people, JSON for programs, and the same from a service as from here."""

from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from rich.cells import cell_len

from chainruler import textbook
from chainruler.cli.main import COMMANDS
from tests.support.repository import ROOT
from tests.support.service import Service
from tests.support.terminal import on_terminal, piped

ANSWERS = str(ROOT / "tests" / "cli" / "answers.json")
ASKING = {
    "grad": ["grad", "two_two_two", "--include", "outputs", "--include", "per_sample"],
    "forward": ["forward", "two_two_two", "--include", "intermediates"],
    "predict": ["predict", "regularized_relu_classifier"],
    "derive": ["derive", "regularized_relu_classifier"],
    "step": ["step", "two_two_two", "--steps", "3"],
    "train": ["train", "two_two_two", "--epochs", "7"],
    "check": ["check", "softmax_regression"],
    "textbook": ["textbook", "list"],
    "textbook show": ["textbook", "show", "two_two_two"],
    "layers": ["layers"],
    "one layer": ["layers", "conv2d"],
    "losses": ["losses"],
    "optimizers": ["optimizers", "adam"],
    "grade": ["grade", "--problem", "two_two_two", "--submission", ANSWERS],
    "preview": ["preview", "dz2 * h", "--problem", "two_two_two"],
    "problem": ["problem", "new", "softmax_regression", "--seed", "7"],
    "mistakes": ["mistakes", "list"],
    "one mistake": ["mistakes", "explain", "missing_mean"],
}
POSTED: dict[str, tuple[str, dict[str, Any]]] = {
    "grad": ("gradients", {"include": ["outputs", "per_sample"]}),
    "forward": ("forward", {"include": ["intermediates"]}),
    "derive": ("derivation", {}),
    "step": ("step", {"steps": 3, "optimizer": {"type": "sgd", "learning_rate": 0.5}}),
    "check": ("gradcheck", {}),
}
WORDS = {
    "grad": ["loss  0.298371109", "W2          2×2       0.1209   [[ 0.0821670  0.0826676]", "−0.0226025"],
    "forward": ["loss  0.298371109", "outputs   shape", "z2"],
    "predict": ["accuracy", "data loss", "predictions   shape"],
    "derive": ["dW₂ = ∂J_reg/∂W₂ = dZ₃ᵀ A₂ + 2λ W₂", "3×10", "A₂ = relu(Z₂)", "Chain rule through Z3"],
    "step": ["loss before  0.298371109", "[[0.149419 0.198838]"],
    "train": ["epochs      7", "first loss  0.298371109", "█"],
    "check": ["W           right", "All gradients are right.", "complex step"],
    "textbook": ["two_two_two", "Two inputs, two hidden units"],
    "textbook show": ["linear → sigmoid → linear → sigmoid", "[[0.15 0.20]", "chainruler grad two_two_two"],
    "layers": ["linear", "Weighted sums of the features"],
    "one layer": ["kernel_size", '{"type": "conv2d", '],
    "losses": ["huber", "delta"],
    "optimizers": ["amsgrad", "default false", '{"type": "adam", '],
    "grade": ["W2  right  1 of 1", "2 of 2 points"],
    "preview": ["read as    dz₂ ⊙ h", "taken for  numpy", "symbols  "],
    "problem": ["seed  7", "problem.json", "Every mistake shows"],
    "mistakes": ["missing_mean", "The mean over the samples is missing", "0.75"],
    "one mistake": ["0.75 of the points", "Does the loss add up the samples"],
}


def test_every_subcommand_that_asks_is_tried_here() -> None:
    """The tables above leave none out."""
    others = {"demo", "serve", "forget", "key", "completion", "version"}

    assert {arguments[0] for arguments in ASKING.values()} == COMMANDS.keys() - others
    assert ASKING.keys() == WORDS.keys()


@pytest.mark.parametrize("case", ASKING)
def test_a_person_sees_a_table(case: str) -> None:
    """On a terminal of 80 columns everything has its place, and nothing runs over the edge."""
    seen = on_terminal(*ASKING[case])

    assert seen.code == 0
    assert [word for word in WORDS[case] if word not in seen.text] == []
    assert max(map(cell_len, seen.text.splitlines())) <= 80
    assert "\x1b[" in seen.out


@pytest.mark.parametrize("case", ASKING)
def test_a_program_reads_json(case: str) -> None:
    """Through a pipe come JSON and an end of line, nothing on stderr, and the same in a file that is asked for."""
    seen = piped(*ASKING[case])

    assert (seen.code, seen.err) == (0, "")
    assert seen.out.endswith("}\n")
    assert orjson.loads(seen.out)


@pytest.mark.parametrize("case", ASKING)
def test_a_service_answers_the_same_byte_for_byte(case: str, service: Service) -> None:
    """Whoever computes, here or elsewhere, JSON and table are the same."""
    for form in ("json", "table"):
        here = piped(*ASKING[case], "--format", form)
        there = piped(*ASKING[case], "--format", form, "--url", service.url)

        assert there == here


@pytest.mark.parametrize("case", POSTED)
def test_json_is_what_the_service_answers(case: str, service: Service) -> None:
    """What a pipe carries is the document that curl would get, to the last bit of every number."""
    call, more = POSTED[case]
    body = {**textbook.problem(ASKING[case][1]), **more}

    answered = httpx.post(f"{service.url}/v1/{call}", json=body)

    assert answered.status_code == 200
    assert orjson.loads(piped(*ASKING[case]).out) == orjson.loads(answered.content)


def test_the_address_may_come_from_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHAINRULER_URL is asked unless --offline says otherwise, and --url wins over it."""
    monkeypatch.setenv("CHAINRULER_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("time.sleep", lambda _: None)

    assert piped("layers").code == 3
    assert piped("layers", "--offline").code == 0
    assert piped("layers", "--url", service.url).code == 0


@pytest.mark.parametrize("columns", [40, 50, 80, 132, 300])
def test_terminals_of_any_width_lose_nothing(columns: int) -> None:
    """Derivations and gradients are wrapped, not cut, where there is little room."""
    derived = on_terminal("derive", "regularized_relu_classifier", columns=columns)
    computed = on_terminal("grad", "regularized_relu_classifier", columns=columns)
    words = " ".join(derived.text.split())

    assert max(map(cell_len, (derived.text + computed.text).splitlines())) <= columns
    assert "relu(Z₂)" in words
    assert "passes it on where its" in words
    assert computed.text.count("[") == computed.text.count("]")


def test_colours_are_left_out_on_request() -> None:
    """NO_COLOR leaves bold and dim, and takes every colour away."""
    coloured = on_terminal("grad", "two_two_two")
    plain = on_terminal("grad", "two_two_two", NO_COLOR="1")

    assert "38;5;" in coloured.out
    assert "38;5;" not in plain.out
    assert plain.text == coloured.text


def test_names_keep_their_colour() -> None:
    """Nothing is coloured that only looks like a number: the highlighter of rich is off."""
    seen = on_terminal("layers", "conv2d")

    assert "\x1b[1mconv2d\x1b[0m" in seen.out
    assert "\x1b[1;3" not in seen.out


def test_a_table_can_be_had_without_a_terminal() -> None:
    """--format table has no colours and no blanks at the ends of lines where nobody would see them."""
    seen = piped("grad", "two_two_two", "--format", "table")

    assert "\x1b" not in seen.out
    assert [line for line in seen.out.splitlines() if line != line.rstrip()] == []


def test_derivations_can_be_pasted() -> None:
    """LaTeX is one block of aligned equations, and NumPy runs: the gradient in it is the gradient."""
    latex = piped("derive", "relu_classifier", "--format", "latex").out
    code = piped("derive", "regularized_relu_classifier", "--format", "numpy").out
    problem = textbook.problem("regularized_relu_classifier")
    names = {name: np.asarray(value) for name, value in (problem["parameters"] | problem["data"]).items()}
    helpers = {
        "relu": lambda z: np.maximum(z, 0),
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True),
        "logsumexp": lambda z: np.log(np.exp(z).sum(-1)),
        "onehot": lambda y, classes: np.eye(classes)[y],
    }
    scope = {
        **vars(np),
        **helpers,
        **names,
        "X": names["x"],
        "N": len(names["x"]),
        "lam": problem["regularization"]["l2"],
    }
    exec(code, scope)  # noqa: S102 (it was printed a moment ago)
    expected = orjson.loads(piped("grad", "regularized_relu_classifier").out)["gradients"]["W1"]

    assert latex.startswith("\\begin{align*}\n  s &= W_1 x + b_1 \\\\\n")
    assert latex.endswith("\n\\end{align*}\n")
    np.testing.assert_allclose(scope["dW1"], expected, rtol=1e-12)
