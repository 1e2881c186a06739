"""`grade`: marked here or by a service, one or a class, and written whatever happens."""

import csv
import io
import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainruler.calls.examples import CLASSIFIER, PARAMETERS
from chainruler.grading import platforms
from chainruler_client import Client, ConnectionFailed, ServiceFault, TimedOut
from chainruler_client.grading import graded_submission
from tests.support.repository import PYTHON
from tests.support.service import PATIENCE, Service, running
from tests.support.terminal import Seen, on_terminal, piped

NOWHERE = "http://127.0.0.1:1"
GRADIENTS = Client.local().gradients(CLASSIFIER).gradients
NO_PENALTY = GRADIENTS["W2"] - 2 * 0.05 * np.array(PARAMETERS["W2"])
RUBRIC = {"points": {"W2": 4, "b2": 2}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with a problem, a rubric and three submissions, where nobody waits before the next attempt."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: None)
    Path("problem.json").write_text(json.dumps(CLASSIFIER))
    Path("rubric.json").write_text(json.dumps(RUBRIC))
    Path("class").mkdir()
    np.savez("class/ada.npz", W2=GRADIENTS["W2"], b2=GRADIENTS["b2"], scratch=np.zeros(3))
    Path("class/bob.json").write_text(json.dumps({"W2": NO_PENALTY.tolist(), "b2": "sum(dZ2, axis=0)"}))
    Path("class/eve.json").write_text("{no JSON")


def grade(*arguments: str | Path, submission: str = "class/bob.json") -> Seen:
    """What `grade` writes for a submission, with the rubric."""
    return piped(
        "grade", "--problem", "problem.json", "--rubric", "rubric.json", "--submission", submission, *arguments
    )


def timeless(document: str) -> str:
    """A document without the moment at which it was written, and without the end of its last line."""
    return re.sub(r"\d{4}-\d\d-\d\dT[^\"]*", "", document).rstrip("\n")


def test_a_right_submission_is_0_and_a_wrong_one_is_1() -> None:
    """The exit code tells; the report is what a service would answer, without what nobody asked for."""
    right, wrong = grade(submission="class/ada.npz"), grade()
    report = json.loads(wrong.out)

    assert (right.code, wrong.code) == (0, 1)
    assert (right.err, wrong.err) == ("", "")
    assert [one["answer"] for one in json.loads(right.out)["results"]] == ["W2", "b2"]
    assert (report["score"], report["max_score"]) == (5.0, 6.0)
    assert report["results"][0]["diagnosis"][0]["code"] == "missing_regularization"


@pytest.mark.parametrize("platform", platforms.FORMATS)
def test_a_platform_gets_its_own_document(platform: str, service: Service) -> None:
    """The formatter's, in the file that is named; offline and from a service the same."""
    seen = grade("--format", platform, "-o", "results", "--offline")
    report = json.loads(grade().out)
    asked = grade("--format", platform, "--url", service.url)

    assert (seen.code, seen.out) == (1, "")
    assert timeless(Path("results").read_text()) == timeless(platforms.formatted(report, platform))
    assert timeless(asked.out) == timeless(Path("results").read_text())


@pytest.mark.parametrize("form", ["json", "csv", "table", *platforms.FORMATS])
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (["--url", NOWHERE], 3),
        (["--problem", "nothing.json"], 2),
        (["--rubric", "nothing.json"], 2),
        (["--seed-from", "nothing.json"], 2),
        (["--submission", "class/eve.json"], 2),
        (["--submission", "class/nosuch.npz"], 2),
    ],
    ids=["service down", "no problem", "no rubric", "no metadata", "unreadable submission", "no submission"],
)
def test_results_are_written_when_nothing_is_graded(form: str, changed: list[str], code: int) -> None:
    """There is a file, it says why, and no platform can take it for a zero; the code says whose fault it is."""
    seen = grade("--format", form, "-o", "results", *changed)
    written = Path("results").read_text()

    assert seen.code == code
    assert seen.err.startswith("chainruler: ")
    assert written.strip()
    if form in platforms.FORMATS:
        first, *_ = seen.err.removeprefix("chainruler: ").splitlines()
        asked_for = [] if "--rubric" in changed else ["W2", "b2"]
        assert timeless(written) == timeless(platforms.failure(first, form, answers=asked_for))


def test_results_are_written_when_the_command_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash that nobody foresaw leaves a file that is no verdict."""
    monkeypatch.setattr("chainruler.cli.marking.graded_submission", lambda *_, **__: 1 / 0)

    seen = grade("--format", "gradescope", "-o", "results.json")

    assert seen.code == 70
    assert "score" not in json.loads(Path("results.json").read_text())


def test_results_are_there_when_the_command_is_killed() -> None:
    """A platform that loses its patience finds a file that is no verdict."""
    Path("waits.json").symlink_to("/dev/stdin")
    arguments = ["--problem", "waits.json", "--submission", "class/bob.json", "--format", "gradescope"]
    with subprocess.Popen(
        [PYTHON, "-m", "chainruler", "grade", *arguments, "-o", "results.json"], stdin=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + PATIENCE
        while not (Path("results.json").exists() and Path("results.json").read_text()):
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)

    found = json.loads(Path("results.json").read_text())
    assert "cut off" in found["output"]
    assert "score" not in found


@pytest.mark.parametrize(
    ("rubric", "hint"),
    [
        ({"pionts": {"W2": 1}}, 'at /rubric/pionts\n  Did you mean "points"?'),
        ({"tolerance": {"rtl": 1}}, 'at /rubric/tolerance/rtl\n  Did you mean "rtol"?'),
        ({"other": 1}, "Known are credit, follow_through, mistakes, points, symbols, tolerance, upstream."),
    ],
)
def test_a_slip_in_the_rubric_is_told_with_what_may_stand_there(rubric: object, hint: str) -> None:
    """However deep it is."""
    Path("rubric.json").write_text(json.dumps(rubric))

    seen = grade()

    assert seen.code == 2
    assert hint in seen.err


def test_what_was_not_handed_in_is_told() -> None:
    """A submission without answers is every answer missing; without points, nothing."""
    Path("class/nobody.json").write_text("{}")

    seen = grade(submission="class/nobody.json")
    alone = piped("grade", "--problem", "problem.json", "--submission", "class/nobody.json")

    assert seen.code == 1
    assert {one["verdict"] for one in json.loads(seen.out)["results"]} == {"not_gradable"}
    assert alone.code == 2
    assert "With points for each answer" in alone.err


@pytest.mark.parametrize(
    ("handed", "told"),
    [
        ({"b2": "sum(dZ2"}, "Nothing was graded."),
        ({"W2": NO_PENALTY.tolist(), "b2": "sum(dZ2"}, "3 of 4 points, without b2"),
    ],
    ids=["nothing", "a part"],
)
def test_no_points_are_told_of_what_was_not_graded(handed: dict[str, Any], told: str) -> None:
    """Neither below it nor in the list of a class."""
    Path("class/zoe.json").write_text(json.dumps(handed))

    seen = grade("--format", "table", submission="class/zoe.json")
    listed = grade("--format", "table", submission="class")

    assert seen.out.splitlines()[-1] == told
    assert not re.search(r"^zoe +0 ", listed.out, re.MULTILINE)


def test_a_file_that_is_not_there_is_no_zero() -> None:
    """A slip in its name is told as one; among others, only its own row has no points."""
    alone = grade(submission="nosuch.npz")
    rows = list(csv.DictReader(io.StringIO(grade("class/ada.npz", "--format", "csv", submission="nosuch.npz").out)))

    assert alone.code == 2
    assert alone.err.startswith('chainruler: There is no file "nosuch.npz".\n  Nothing is graded, which is no zero.')
    assert json.loads(alone.out) == {"error": {"detail": 'There is no file "nosuch.npz".'}}
    assert [(row["id"], row["score"]) for row in rows] == [("nosuch", ""), ("ada", "6.0")]


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


@pytest.mark.parametrize("form", ["json", "gradescope"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["W2", "b2", "W9", "rubric", "", "a/~1"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["array", "formula", "text", "x"]), inner, max_size=2)
                ),
                max_leaves=6,
            ),
            max_size=3,
        ).map(lambda document: json.dumps(document).encode()),
    )
)
def test_no_submission_breaks_the_command(form: str, text: bytes) -> None:
    """Whatever a student hands in, it is marked or refused in JSON, and no fault of the command."""
    Path("any.json").write_bytes(text)

    seen = piped("grade", "--problem", "problem.json", "--submission", "any.json", "--format", form)

    assert seen.code in {0, 1, 2}
    assert json.loads(seen.out)
