"""docs/staff.md and then docs/platforms.md, followed to the letter: what the first leaves is what the second takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.docs.test_snippets import environment, snippets
from tests.platforms.course import read
from tests.support.repository import PYTHON, ROOT, TOOLS, run, tracked

pytestmark = pytest.mark.slow

STAFF, PLATFORMS = (list(snippets(ROOT / "docs" / name)) for name in ("staff.md", "platforms.md"))
SHEET, RUBRIC, PROGRAM = STAFF[:3]
BASH = ("bash", "-euo", "pipefail", "-c")
SETUP = """\
#!/usr/bin/env bash
apt-get update && apt-get install -y python3-venv
python3 -m venv /opt/student && /opt/student/bin/pip install numpy
python3 -m venv /opt/grader && /opt/grader/bin/pip install /autograder/source/chainruler-*.whl
chmod 700 /opt/grader
useradd student
"""


def block(part: str) -> str:
    """The one block of docs/platforms.md that has this in it."""
    (found,) = [snippet.code for snippet in PLATFORMS if part in snippet.code]
    return found


def prepared(folder: Path, tools: Path) -> None:
    """In a folder, what docs/staff.md writes, and the two scripts of docs/platforms.md."""
    folder.mkdir(parents=True)
    for snippet in (SHEET, RUBRIC):
        run(*BASH, snippet.code, cwd=folder, env=environment(tools))
    (folder / "run_student.py").write_text(block("runpy.run_path"))
    (folder / "grade.sh").write_text(block('--format "$1"'))


def here(script: str, root: Path, student: str, grader: Path) -> str:
    """A script of docs/platforms.md with the places of a platform moved below a folder, and without other users."""
    script = script.replace("/opt/student/bin/python", student).replace("/opt/grader/bin", str(grader))
    script = (
        script.replace("runuser -u student -- ", "").replace("-o student ", "").replace("python3 /", f"{student} /")
    )
    return re.sub("(?<![/.\\w])/(autograder|grade|tmp/student)(?=/|$|\\s)", rf"{root}/\1", script, flags=re.MULTILINE)


def autograded(root: Path, student: str, grader: Path) -> None:
    """Run what Gradescope runs, with the program of docs/staff.md as the submission."""
    for part in ("submission", "results"):
        (root / "autograder" / part).mkdir()
    (root / "tmp").mkdir()
    (root / "autograder" / "submission" / "hw.py").write_text(PROGRAM.code)
    run("bash", "-c", here(block("grade.sh gradescope"), root, student, grader), cwd=root, env=environment(grader))


def check_gradescope(root: Path) -> None:
    """Ada has her 13 points of 14, and her one mistake."""
    results = read(root / "autograder" / "results" / "results.json")

    assert results["score"] == 13.0
    assert [test["tags"] for test in results["tests"] if test["tags"]] == [["missing_mean"]]


def test_the_pages_lead_to_gradescope(tmp_path: Path) -> None:
    """The problem, the rubric and the program of one page, the scripts of the other."""
    prepared(tmp_path / "autograder" / "source", TOOLS)

    autograded(tmp_path, PYTHON, TOOLS)

    check_gradescope(tmp_path)


def test_the_pages_lead_to_prairielearn(tmp_path: Path) -> None:
    """The same submission, 13 of 14."""
    prepared(tmp_path / "grade" / "tests", TOOLS)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "grade" / "student").mkdir()
    (tmp_path / "grade" / "student" / "submission.py").write_text(PROGRAM.code)

    run(
        "bash",
        "-c",
        here(block("grade.sh prairielearn"), tmp_path, PYTHON, TOOLS),
        cwd=tmp_path,
        env=environment(TOOLS),
    )

    results = read(tmp_path / "grade" / "results" / "results.json")
    assert (results["gradable"], results["score"]) == (True, 13 / 14)


@pytest.mark.slow
def test_the_wheel_is_all_that_an_autograder_needs(tmp_path: Path) -> None:
    """Made from a clone, installed by setup.sh; the student's program has an interpreter without chainruler."""
    assert block("/opt/student/bin/pip") == SETUP
    clone, source = tmp_path / "clone", tmp_path / "autograder" / "source"
    for file in tracked():
        (clone / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, clone / file.relative_to(ROOT))
    venv.create(tmp_path / "venv", with_pip=True)
    wheel, *_ = block("pip wheel . --no-deps").splitlines()
    run(*BASH, wheel, cwd=clone, env=environment(tmp_path / "venv" / "bin"))
    prepared(source, TOOLS)
    shutil.copy(next((clone / "dist").glob("*.whl")), source)
    setup = "".join(line for line in SETUP.splitlines(keepends=True) if not re.match("apt-get|useradd", line))
    setup = setup.replace("python3 -m", f"{sys.executable} -m").replace("/opt/", f"{tmp_path}/opt/")
    run(*BASH, setup.replace("/autograder/", f"{tmp_path}/autograder/"), cwd=tmp_path, env=environment(TOOLS))
    student = tmp_path / "opt" / "student" / "bin" / "python"

    autograded(tmp_path, str(student), tmp_path / "opt" / "grader" / "bin")

    check_gradescope(tmp_path)
    assert subprocess.run([student, "-c", "import chainruler"], capture_output=True, check=False).returncode == 1
