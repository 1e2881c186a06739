"""`problem`, `preview` and `mistakes`: what goes with grading."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainruler_client import Client, InvalidRequest
from tests.handlers.calls import looked_up
from tests.support.terminal import piped

PROBLEM = "regularized_relu_classifier"
LAYERS = [{"type": "linear", "units": 4}, {"type": "tanh"}, {"type": "linear", "units": 3}]
TO_DRAW = {"model": {"layers": LAYERS, "input": 5}, "loss": {"type": "hinge"}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with a model."""
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(TO_DRAW))


def test_numbers_are_drawn_by_the_id_of_a_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same id has the same numbers in `problem new` and in `grade`; another id, course or key has others."""
    Path("ada.json").write_text('{"id": 7, "assignment": {"id": 1}}')
    Path("bob.json").write_text('{"id": 8, "assignment": {"id": 1}}')

    def drawn(metadata: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(piped("problem", "new", "model.json", "--seed-from", metadata).out)
        return found

    ada, bob = drawn("ada.json"), drawn("bob.json")
    right = Client.local().gradients(ada["problem"]).gradients
    np.savez("mine.npz", allow_pickle=False, **right)
    arguments = ["grade", "--problem", "model.json", "--submission", "mine.npz", "--seed-from"]

    assert ada["seed"] != bob["seed"]
    assert piped(*arguments, "ada.json").code == 0
    assert piped(*arguments, "bob.json").code == 1
    monkeypatch.setenv("CHAINRULER_TOKEN_KEY", "another")
    assert drawn("ada.json")["seed"] != ada["seed"]


def test_a_token_stands_for_a_problem() -> None:
    """What `problem new` writes can be graded with, whole or with nothing but the token in it."""
    piped("problem", "new", "model.json", "-o", "issued.json")
    issued = json.loads(Path("issued.json").read_text())
    np.savez("mine.npz", allow_pickle=False, **Client.local().gradients(issued["problem"]).gradients)
    Path("token.json").write_text(json.dumps({"token": issued["token"]}))

    assert piped("grade", "--problem", "issued.json", "--submission", "mine.npz").code == 0
    assert piped("grade", "--problem", "token.json", "--submission", "mine.npz").code == 0


def test_numbers_that_hide_mistakes_are_drawn_with_a_word() -> None:
    """On one line of stderr, wherever the answer itself does not show it."""
    Path("narrow.json").write_text(json.dumps({**TO_DRAW, "model": {"layers": LAYERS[:1], "input": 1}}))
    narrow = piped("problem", "new", "narrow.json", "--samples", "1")
    report = json.loads(narrow.out)["report"]

    assert narrow.code == 0
    assert narrow.err.startswith(f"chainruler: {report['visible']} of {report['mistakes']} mistakes show")
    assert narrow.err.count("\n") == 1
    assert piped("problem", "new", "narrow.json", "--samples", "1", "--format", "table").err == ""
    assert piped("problem", "new", "model.json").err == ""


def test_an_audit_tells_what_the_numbers_hide() -> None:
    """With one sample and equal widths mistakes do not show: code 1; on drawn numbers all do: code 0."""
    piped("problem", "new", "model.json", "-o", "issued.json")

    hides, shows = piped("problem", "audit", "two_two_two"), piped("problem", "audit", "issued.json")
    narrow = piped("problem", "audit", "two_two_two", "--answers", "b2")
    unposed = piped("problem", "audit", "model.json")

    assert (hides.code, shows.code, unposed.code) == (1, 0, 2)
    assert json.loads(hides.out)["invisible"][0]["why"].startswith("N is 1; ")
    assert json.loads(narrow.out)["mistakes"] < json.loads(hides.out)["mistakes"]
    assert "These do not show: N is 1;" in piped("problem", "audit", "two_two_two", "--format", "table").out
    assert "no numbers that could hide a mistake" in unposed.err


@pytest.mark.parametrize(("formula", "code"), [("dZ3.T @ A2", 0), ("dZ3.T @ (A2", 1), ("nothing", 1)])
def test_a_preview_is_1_if_a_formula_cannot_be_read(formula: str, code: int) -> None:
    """Whether it is right is not told."""
    assert piped("preview", formula, "--problem", PROBLEM, "--answer", "W2").code == code
    assert piped("preview", "-", "--problem", PROBLEM, stdin=formula.encode()).code == code


@pytest.mark.parametrize("notation", ["latex", "mathml", "numpy"])
def test_a_preview_in_a_notation_is_the_formula_alone(notation: str) -> None:
    """Or nothing, and the reason on stderr."""
    arguments = ["--problem", PROBLEM, "--format", notation]
    whole = json.loads(piped("preview", "dZ3.T @ A2", "--problem", PROBLEM).out)
    unread = piped("preview", "dZ3.T @ (A2", *arguments)

    assert piped("preview", "dZ3.T @ A2", *arguments).out == f"{whole['read_as'][notation]}\n"
    assert (unread.code, unread.out) == (1, "")
    assert unread.err.startswith("chainruler: Formula, column 9")


def test_latex_is_read() -> None:
    """With --latex."""
    seen = piped("preview", r"\frac{1}{N} (\mathrm{softmax}(Z_3) - Y)", "--problem", PROBLEM, "--latex")

    assert json.loads(seen.out)["read_as"]["numpy"] == "1/N * (softmax(Z3) - Y)"


def test_a_mistake_that_is_none_has_a_neighbour() -> None:
    """A slip of the pen is answered with the code that was meant."""
    seen = piped("mistakes", "explain", "missing_men")

    assert seen.code == 2
    assert 'Did you mean "missing_mean"?' in seen.err


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("code", [one["code"] for one in looked_up("mistakes")["mistakes"]])
def test_a_mistake_is_explained_without_a_problem(code: str) -> None:
    """Where a problem would name its line, there is "the line"."""
    seen = piped("mistakes", "explain", code, "--format", "table")

    assert seen.code == 0
    assert "{" not in seen.out
    assert not re.search(r"^step +[a-z]", seen.out, re.MULTILINE)


def test_a_token_is_bound_to_what_is_said() -> None:
    """An id, a rubric and a moment go into the token: without the id, and after the moment, nothing is graded."""
    Path("rubric.json").write_text('{"points": {"W1": 2}}')
    bound = ["--id", "ada", "--rubric", "rubric.json", "--expires"]
    piped("problem", "new", "model.json", *bound, "2999-01-31T00:00:00Z", "-o", "good.json")
    piped("problem", "new", "model.json", *bound, "2001-01-31T00:00:00Z", "-o", "over.json")
    good, over = (json.loads(Path(name).read_text())["token"] for name in ("good.json", "over.json"))
    local = Client.local()
    graded = local.grade(good, {"W1": "dZ1.T @ X", "b1": "dZ1"}, id="ada")

    assert (graded.max_score, len(graded.results)) == (2.0, 2)
    for token, who in ((good, "bob"), (good, None), (over, "ada")):
        with pytest.raises(InvalidRequest, match=r"another id|was good until"):
            local.grade(token, {"W1": "dZ1.T @ X"}, id=who)
