"""`grade` with a class: a row for each, whatever is wrong with the others, and whoever answers."""

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chainruler.calls.examples import CLASSIFIER
from chainruler.cli.reading.submissions import MOST
from chainruler.cli.showing import classes
from chainruler.cli.spreadsheets.cells import written
from chainruler.grading.classroom.report import STATES, AnswerCount, ClassReport
from chainruler.grading.platforms.sheet import clean
from chainruler_client import ConnectionFailed, ServiceFault, TimedOut
from chainruler_client.grading import graded_submission
from tests.cli.course import GRADIENTS, NO_PENALTY, begin, grade
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
    assert re.search("missing_regularization +1 ", seen.text)


def broken(folder: Path) -> dict[str, str]:
    """Files that are broken in every way, each with a part of what is said of it."""
    folder.mkdir()
    Path("secret.json").write_text(json.dumps({"W2": GRADIENTS["W2"].tolist()}))
    (folder / "a link.json").symlink_to(Path("secret.json").absolute())
    (folder / "folder.npz").mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder / "huge.json").write_bytes(b" " * (MOST + 1))
    np.savez_compressed(folder / "bomb.npz", W2=np.zeros(MOST // 8 + 1))
    np.savez(folder / "objects.npz", W2=np.array([None]), b2=np.array([None]))
    contents = {
        "empty.json": (b" \n", "It is empty."),
        "empty.npz": (b"", "is no .npz file"),
        "empty.safetensors": (b"", "cannot be read as .safetensors"),
        "cut.npz": (b"PK\x03\x04", "is no .npz file"),
        "latin.json": ('{"W2": "\xe9"}'.encode("latin-1"), "It is not JSON"),
        "list.json": (b"[1]", "must be an object"),
        "none.json": (b'{"W2": null}', "Nothing was submitted for W2."),
        "nan.json": (b'{"W2": [NaN], "b2": [1e999]}', "not finite"),
        "ragged.json": (b'{"W2": [[1], [2, 3]]}', "no rectangular array"),
        "other.json": (b'{"V": 1}', 'No name here means W2, b2; there is only "V".'),
        "twice.json": (b'{"dW2": 1, "W2_grad": 2}', '"dW2" and "W2_grad" both mean W2'),
        "deep.json": (b"[" * 100_000, "It is not JSON"),
        "wordy.json": (b'{"W2": "=1+"}', "W2: "),
        "hw.py": (b"W2 = 1", "It is a program, which is not run"),
        "hw.ipynb": (b"{}", "It is a program, which is not run"),
        "hw.pdf": (b"%PDF", "Answers are read from"),
        ".DS_Store": (b"", "hidden file"),
        "class.ndjson": (b"{}", "name it by itself"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: told for name, (_, told) in contents.items()} | {
        "a link.json": "It is a link",
        "folder.npz": "It is a folder",
        "pipe.json": "no ordinary file",
        "huge.json": "bytes",
        "bomb.npz": "unpacks to",
        "objects.npz": "holds Python objects",
    }


SKIPPED = {"a link.json", "folder.npz", "pipe.json", "hw.py", "hw.ipynb", "hw.pdf", ".DS_Store", "class.ndjson"}


def test_what_cannot_be_read_has_no_points_and_its_reason_everywhere() -> None:
    """In the sheet, on the terminal, in JSON and for a platform; what is no submission is listed as skipped."""
    told = broken(Path("broken"))
    sheet = grade("--format", "csv", submission="broken")
    grade("--format", "gradescope", "-o", "out", submission="broken")
    lines = [json.loads(line) for line in grade(submission="broken").out.splitlines()]
    table = grade("class/ada.npz", "--format", "table", submission="broken").out
    rows = list(csv.DictReader(io.StringIO(sheet.out)))

    assert sheet.code == 1
    assert len(rows) == len(told) == len(lines)
    assert {(row["score"], row["max_score"]) for row in rows} == {("", "")}
    for part in told.values():
        assert any(part in row["error"] for row in rows)
    skipped = {row["id"] for row in rows if row["error"].startswith("Skipped: ")}
    assert skipped == SKIPPED == {line["id"] for line in lines if "skipped" in line}
    assert not any("score" in json.loads(path.read_text()) for path in Path("out").iterdir())
    assert len(list(Path("out").iterdir())) == len(told) - len(SKIPPED)
    assert f"{len(told) - len(SKIPPED) + 1}, 1 of them graded" in table
    assert "100% of the points" in table


def test_one_array_that_cannot_be_read_costs_that_answer_only() -> None:
    """What lies beside the answers is not looked at; names are those that people write."""
    np.savez("class/eve.npz", dW2=GRADIENTS["W2"], db2=np.array([None]), scratch=np.array([None]))
    Path("class/eve.json").unlink()

    rows = list(csv.DictReader(io.StringIO(grade("--format", "csv", submission="class").out)))

    assert (rows[2]["score"], rows[2]["W2"], rows[2]["b2"]) == ("4.0", "4.0", "")


def test_a_folder_without_submissions_is_an_error() -> None:
    """It is not a class in which all is right."""
    Path("nobody").mkdir()
    Path("nobody/notes.txt").touch()

    assert grade("--format", "csv", submission="nobody").code == 2


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


@given(
    text=st.text(max_size=5)
    | st.sampled_from(["=1+1", "-1", "+A1", "@SUM", "\t=1", " =1", "\uff1d1", "\n=1", "\x1b=1"])
)
def test_no_spreadsheet_takes_text_for_a_formula(text: str) -> None:
    """Whatever a student chooses as a name is text, and stands there; numbers stay numbers."""
    (cell,) = next(csv.reader(io.StringIO(written([[text], [1.5]]).decode(), newline="")), [""])

    assert cell.lstrip()[:1] not in set("=+-@\uff1d\uff0b\uff0d\uff20") or re.fullmatch(r"[+-]?\d+", cell)
    assert cell[:1] not in {"\t", "\r", "\n"}
    assert clean(text) in cell
    assert written([["-2.5", -2.5, "a"]]) == b"-2.5,-2.5,a\n"


def test_an_id_that_begins_as_a_formula_is_quoted() -> None:
    """On the way through the command."""
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


@pytest.mark.sampled(0.5)
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


def test_one_reason_is_said_once_for_all_answers_that_have_it() -> None:
    """With the answers before it, in every format that tells why nothing was graded."""
    Path("few.json").write_text(json.dumps({name: GRADIENTS[name].round(2).tolist() for name in ("W2", "b2")}))
    Path("more.json").write_text(json.dumps({"V": 1}))

    rows = list(csv.DictReader(io.StringIO(grade("more.json", "--format", "csv", submission="few.json").out)))
    platform = json.loads(grade("--format", "gradescope", submission="few.json").out)["output"]

    assert rows[0]["error"].startswith("W2, b2: These numbers have too few digits")
    assert rows[0]["error"].count("too few digits") == platform.count("W2, b2: These numbers have too few digits") == 1
    assert rows[1]["error"] == 'No name here means W2, b2; there is only "V".'


def test_the_heads_of_the_class_have_room_on_a_terminal() -> None:
    """With a column for every state of an answer, 80 columns break no head within a word and cut none off."""
    answer = AnswerCount(answer="W2", max_score=4.0, mean=1.0, **dict.fromkeys(STATES, 1_000))
    report = ClassReport(6_000, 6_000, 1_000, 1.0, 3_000, 1_000, (answer,), causes=(), ways=(), unread=())
    shown = io.StringIO()

    Console(width=80, file=shown).print(classes.seen(report))

    heads = shown.getvalue().partition("──")[0].split()[-9:]
    assert heads == ["not", "answer", "right", "convention", "follows", "wrong", "unexplained", "graded", "points"]
