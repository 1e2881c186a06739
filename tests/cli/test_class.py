"""`grade` with a class: a row for each, whatever is wrong with the others, and whoever answers."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from chainruler.calls.examples import CLASSIFIER
from chainruler_client import ConnectionFailed, ServiceFault, TimedOut
from chainruler_client.grading import graded_submission
from tests.cli.course import NO_PENALTY, begin, grade
from tests.support.service import Service, running
from tests.support.terminal import on_terminal, piped


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with submissions."""
    begin(tmp_path, monkeypatch)


def test_a_class_has_a_line_each() -> None:
    """One that cannot be read has its reason, and spoils no other."""
    seen = grade(submission="class")
    lines = [json.loads(line) for line in seen.out.splitlines()]

    assert seen.code == 1
    assert [(line["id"], line.get("score")) for line in lines] == [("ada", 6.0), ("bob", 5.0), ("eve", None)]
    assert "It is not JSON" in lines[2]["error"]["detail"]


def test_a_class_is_a_sheet() -> None:
    """Points and mistakes in columns; blanks, and no zero, where nothing was graded."""
    rows = list(csv.DictReader(io.StringIO(grade("--format", "csv", submission="class").out)))

    assert [row["score"] for row in rows] == ["6.0", "5.0", ""]
    assert [row["W2 mistakes"] for row in rows] == ["", "missing_regularization", ""]
    assert [row["W2"] for row in rows] == ["4.0", "3.0", ""]
    assert rows[2]["error"].startswith("It is not JSON")


def test_a_class_on_a_terminal_ends_with_a_summary() -> None:
    """How many were graded, the mean, and which mistakes were made."""
    arguments = ["--problem", "problem.json", "--rubric", "rubric.json", "--submission", "class"]
    seen = on_terminal("grade", *arguments)

    assert "3, 2 of them graded" in seen.text
    assert "92% of the points" in seen.text
    assert "missing_regularization 1" in seen.text


def test_a_class_comes_in_lines_of_json() -> None:
    """As `/v1/grade/batch` takes them; a line may have a problem of its own, and none can write elsewhere."""
    other = {**CLASSIFIER, "regularization": {"l2": 0}}
    lines = [
        {"id": "ada", "answers": {"W2": NO_PENALTY.tolist()}},
        {"id": "ada", "answers": {"W2": NO_PENALTY.tolist()}, "problem": other},
        {"id": "../=eve", "answers": {"rubric": 1, "client": "x", "W2": "\ud800", "\ud800": 1}},
        3,
    ]
    Path("class.ndjson").write_text("\n\n".join(map(json.dumps, lines)))

    seen = piped("grade", "--problem", "problem.json", "--submission", "class.ndjson")
    piped("grade", "--problem", "problem.json", "--submission", "class.ndjson", "--format", "lti", "-o", "out")

    found = [json.loads(line) for line in seen.out.splitlines()]
    assert [line.get("score") for line in found] == [0.75, 1.0, 0.0, None]
    assert {one["verdict"] for one in found[2]["results"]} == {"not_gradable"}
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "%2E.%2F%3Deve.json",
        "7.json",
        "ada (2).json",
        "ada.json",
    ]
    assert grade("--format", "csv", submission="class.ndjson").out.splitlines()[3].startswith("../=eve")


def test_no_spreadsheet_takes_a_name_for_a_formula() -> None:
    """An id that begins as a formula does is quoted."""
    Path("class.ndjson").write_text('{"id": "=1+1", "answers": {"W2": 1}}')

    assert grade("--format", "csv", submission="class.ndjson").out.splitlines()[1].startswith("'=1+1,")


def test_submissions_of_one_name_are_told_apart() -> None:
    """Of ada/hw.json and bob/hw.json the path is the id."""
    for name in ("ada", "bob"):
        Path(name).mkdir()
        Path(name, "hw.json").write_text('{"b2": "sum(dZ2, axis=0)"}')

    seen = piped("grade", "--problem", "problem.json", "--submission", "ada/hw.json", "bob/hw.json")

    assert [json.loads(line)["id"] for line in seen.out.splitlines()] == ["ada/hw.json", "bob/hw.json"]


def test_a_platform_gets_a_file_for_each_of_a_class() -> None:
    """In a folder; without one there is nowhere to put them."""
    seen = grade("--format", "gradescope", "-o", "out/today", submission="class")
    scores = {path.stem: json.loads(path.read_text()).get("score") for path in Path("out/today").iterdir()}
    refused = grade("--format", "gradescope", submission="class")

    assert seen.code == 1
    assert scores == {"ada": 6.0, "bob": 5.0, "eve": None}
    assert refused.code == 2
    assert "-o names a folder" in refused.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ServiceFault(500, {"detail": "A fault of the service."}), 3),
        (ConnectionFailed("The connection broke."), 3),
        (TimedOut("No answer within 30 s."), 3),
        (ZeroDivisionError("division by zero"), 70),
    ],
    ids=["500", "a broken connection", "too late", "a fault of the command"],
)
@pytest.mark.parametrize("offline", [False, True], ids=["service", "offline"])
def test_a_fault_costs_one_submission(
    fault: Exception, code: int, offline: bool, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are graded as long as somebody answers; the code tells that not all is well."""
    Path("class/eve.json").write_text(json.dumps({"W2": "dZ2.T @ A1 + 2 * lam * W2"}))

    def break_at_bob(problem: Any, answers: Any, **options: Any) -> Any:
        if isinstance(answers.get("b2"), str):
            raise fault
        return graded_submission(problem, answers, **options)

    monkeypatch.setattr("chainruler.cli.marking.graded_submission", break_at_bob)
    whom = ["--offline"] if offline else ["--url", service.url]
    seen = grade("--format", "csv", *whom, submission="class")

    rows = list(csv.DictReader(io.StringIO(seen.out)))
    assert [(row["id"], row["score"]) for row in rows] == [("ada", "6.0"), ("bob", ""), ("eve", "4.0")]
    assert str(fault) in rows[1]["error"] or "A fault of the service." in rows[1]["error"]
    assert [row["error"] for row in rows[::2]] == ["", ""]
    assert seen.code == code


def test_a_service_that_goes_down_keeps_what_was_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest has no points and no zero, is not asked for again and again, and the code is 3."""
    for number in range(5):
        Path(f"class/f{number}.json").write_text('{"b2": "sum(dZ2, axis=0)"}')
    asked = []
    with running() as dying:

        def ask_once_more(*arguments: Any, **options: Any) -> Any:
            asked.append(arguments)
            if len(asked) == 3:
                dying.stop()
            return graded_submission(*arguments, **options)

        monkeypatch.setattr("chainruler.cli.marking.graded_submission", ask_once_more)
        seen = grade("--url", dying.url, "--format", "csv", submission="class")

    rows = list(csv.DictReader(io.StringIO(seen.out)))
    assert seen.code == 3
    assert [row["score"] for row in rows] == ["6.0", "5.0", "", "", "", "", "", ""]
    assert all("cannot be reached" in row["error"] or "connection" in row["error"] for row in rows[3:])
    assert len(asked) == 3
