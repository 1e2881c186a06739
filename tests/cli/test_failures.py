"""Whatever goes wrong is told in words, with a place and a hint, and by the exit code."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pytest

from chainruler import textbook
from tests.support.repository import PYTHON, run
from tests.support.service import PATIENCE, Service, running
from tests.support.terminal import on_terminal, piped

PROBLEM = textbook.problem("two_two_two")


class Case(NamedTuple):
    """A command line that fails: what is in problem.json, and what is told of it."""

    arguments: str
    document: object
    code: int
    message: str
    pointer: str = ""
    hint: str = ""


CASES = {
    "no such file": Case("grad nothing.json", {}, 2, "nothing.json cannot be read: No such file or directory."),
    "no such system": Case(
        "derive two_two_tow", {}, 2, 'There is no file "two_two_tow"', hint='Did you mean "two_two_two"?'
    ),
    "a folder": Case("grad .", {}, 2, ". cannot be read: Is a directory."),
    "no JSON": Case("grad problem.json", b'{"model": ', 2, "The body is not JSON", hint="was it sent whole?"),
    "single quotes": Case(
        "grad problem.json", b"{'model': 1}", 2, "The body is not JSON", hint="straight double quotes"
    ),
    "01": Case("grad problem.json", b'{"model": 01}', 2, "The body is not JSON", hint="01, .5 or 1. is not JSON"),
    "a key twice": Case("grad problem.json", b'{"a": 1, "a": 2}', 2, "a stands twice", "/a", "Send each key once."),
    "ragged": Case(
        "grad problem.json", {**PROBLEM, "data": {"x": [[1, 2], [3]]}}, 2, "x[1] has 1 number,", "/data/x/1"
    ),
    "NaN": Case("grad problem.json", b'{"data": {"x": [NaN]}}', 2, "finite", "/data/x"),
    "no model": Case("grad problem.json", {"loss": {"type": "hinge"}}, 2, "model is missing.", "/model"),
    "unknown field": Case("grad problem.json", {**PROBLEM, "los": 1}, 2, '"los" is not known', "/los", "loss"),
    "wrong shape": Case(
        "step problem.json --optimizer sgd --learning-rate 1",
        {**PROBLEM, "parameters": {**PROBLEM["parameters"], "b1": [1, 2, 3]}},
        2,
        "b1",
        "/parameters/b1",
    ),
    "no optimiser": Case("train problem.json", PROBLEM, 2, "by what rule", "/optimizer", "--learning-rate 0.1"),
    "no picture": Case("train two_two_two --plot a.gif", {}, 2, "a.gif ends neither"),
    "no way to save": Case("train two_two_two --save a.pkl", {}, 2, "a.pkl ends neither"),
    "no arrays": Case("grad two_two_two --arrays a.pkl", {}, 2, "a.pkl ends neither"),
    "arrays that are none": Case("grad two_two_two --arrays problem.npz", b"PK nonsense", 2, "is no .npz file"),
    "tensors that are none": Case("grad two_two_two --arrays problem.safetensors", b"xx", 2, "read as .safetensors"),
    "no such layer": Case("layers linaer", {}, 2, '"linaer" is none', hint='Did you mean "linear"?'),
    "no such entry": Case("textbook show two_two_tow", {}, 2, "no worked system", hint="Did you mean"),
    "overflow": Case(
        "grad problem.json",
        {**PROBLEM, "loss": {"type": "squared_error"}, "data": {"x": [[1, 1]], "y": [[1e200, 1e200]]}},
        2,
        "not finite",
        hint="Scale",
    ),
    "no address": Case("grad two_two_two --url localhost:8000", {}, 2, "begins with http:// or https://"),
    "no samples": Case(
        "train problem.json --batch-size 2 --optimizer sgd --learning-rate 1", {**PROBLEM, "data": {}}, 2, "no batches"
    ),
    "samples in columns": Case(
        "train problem.json --batch-size 2 --optimizer sgd --learning-rate 1",
        {**PROBLEM, "model": {**PROBLEM["model"], "samples": "columns"}},
        2,
        "the samples of this model are columns",
    ),
    "nobody there": Case("grad two_two_two --url http://127.0.0.1:1", {}, 3, "cannot be reached", hint=""),
    "a wrong gradient": Case("check problem.json", {**PROBLEM, "gradients": {"b2": [0, 0]}}, 1, ""),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, where nobody waits before the next attempt."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: None)


def written(case: Case) -> list[str]:
    """The arguments, once the file is there that they name."""
    arguments = case.arguments.split()
    name = next((word for word in arguments if word.startswith("problem.")), "problem.json")
    body = case.document if isinstance(case.document, bytes) else orjson.dumps(case.document)
    Path(name).write_bytes(body)
    return arguments


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_failure_is_told_in_lines_where_there_is_no_terminal(case: Case) -> None:
    """One message with its place and a hint on stderr, nothing on stdout, no traceback, and the code."""
    seen = piped(*written(case))

    assert seen.code == case.code
    if case.message:
        assert seen.out == ""
        assert seen.err.startswith("chainruler: ")
    assert case.message in seen.err
    assert f"\n  at {case.pointer}" in seen.err if case.pointer else "\n  at " not in seen.err
    assert case.hint in seen.err
    assert "Traceback" not in seen.err


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.message])
def test_a_failure_is_one_panel_on_a_terminal(case: Case) -> None:
    """The same words in a frame that is as wide as the terminal."""
    seen = on_terminal(*written(case))
    lines = seen.text.splitlines()
    inside = " ".join(line.strip("│ ") for line in lines[1:-1])

    assert seen.code == case.code
    assert (lines[0][0], lines[0][-1], lines[-1][0], lines[-1][-1]) == ("╭", "╮", "╰", "╯")
    assert {len(line) for line in lines} == {80}
    assert case.message in inside
    assert case.pointer in inside
    assert case.hint in inside


@pytest.mark.parametrize(
    "document", [{**PROBLEM, "los": 1, "dat": 2}, {"data": {"los": [1, [2]], "dat": [[1], [2, 3]]}}]
)
def test_all_faults_are_told(document: object) -> None:
    """Two unknown fields are two messages, each with its place, and so are two arrays that are none."""
    Path("problem.json").write_bytes(orjson.dumps(document))

    seen = piped("grad", "problem.json")

    assert "/los" in seen.err
    assert "/dat" in seen.err


def test_the_file_is_named_whose_bytes_are_wrong() -> None:
    """Of several files, it is said which one cannot be read."""
    Path("problem.json").write_bytes(b"[1]")

    assert "in problem.json" in piped("grad", "problem.json").err
    assert "in standard input" in piped("grad", "-", stdin=b"[1]").err
    assert "in problem.json" in on_terminal("grad", "problem.json").text


def test_debug_shows_the_traceback() -> None:
    """With --debug, what raised is shown, and the code stays the same."""
    seen = piped("grad", "nothing.json", "--debug")

    assert seen.code == 2
    assert "Traceback" in seen.err
    assert "Complaint: nothing.json cannot be read" in seen.err


def test_a_fault_of_the_command_is_not_a_wrong_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw has a code of its own, lest a script take it for a wrong answer."""
    monkeypatch.setattr("chainruler.cli.commands.check.shown", lambda *_, **__: 1 / 0)
    monkeypatch.setattr("chainruler_client.local.Pipeline.write", lambda *_: [] + 1)  # type: ignore[operator]

    of_the_engine = piped("grad", "two_two_two")
    monkeypatch.undo()
    monkeypatch.setattr("chainruler.cli.commands.check.shown", lambda *_, **__: 1 / 0)
    of_the_command = piped("check", "two_two_two", "--format", "table")

    assert (of_the_engine.code, of_the_command.code) == (70, 70)
    assert of_the_engine.err.startswith("chainruler: TypeError: ")
    assert of_the_command.err.startswith("chainruler: ZeroDivisionError: division by zero\n  Again with --debug")


def test_a_service_that_refuses_tells_the_same(service: Service) -> None:
    """Whether here or there, a refusal has the same words and the same code."""
    Path("problem.json").write_bytes(orjson.dumps({**PROBLEM, "los": 1}))

    assert piped("grad", "problem.json", "--url", service.url) == piped("grad", "problem.json")


def test_a_service_that_cannot_answer_now_is_not_there() -> None:
    """Out of patience: the code is 3, and the request can be found in the service's log."""
    slow = {"model": {"layers": [{"type": "linear", "units": 400}]}, "initialize": {"type": "zeros"}}
    data = {"x": np.ones((1000, 400)).tolist(), "y": np.ones((1000, 400)).tolist()}
    problem = {**slow, "loss": {"type": "squared_error"}, "data": data, "steps": 250}
    Path("problem.json").write_bytes(orjson.dumps(problem))
    with running(CHAINRULER_DEADLINE_SECONDS="0.5") as impatient:
        arguments = ["step", "problem.json", "--optimizer", "sgd", "--learning-rate", "0", "--url", impatient.url]
        seen = piped(*arguments)

    assert seen.code == 3
    assert "in request " in seen.err


def test_a_reader_that_has_enough_is_no_failure() -> None:
    """`chainruler layers | head -c 1` ends in silence."""
    command = f"{PYTHON} -m chainruler textbook show regularized_relu_classifier"
    printed = run("bash", "-c", f"{command} 2>&1 | head -c 1; exit ${{PIPESTATUS[0]}}", timeout=PATIENCE)

    assert printed == "{"
