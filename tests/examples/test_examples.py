"""Every example is run as a reader would, or at least read by the interpreter of its language where that is at hand."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import PYTHON, ROOT, run
from tests.support.service import PATIENCE, Service, running
from tests.support.terminal import piped

EXAMPLES = ROOT / "examples"
NOTEBOOK = json.loads((EXAMPLES / "quickstart.ipynb").read_text(encoding="utf-8"))
COURSES = sorted((EXAMPLES / "courses").glob("*.json"))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A service to ask."""
    with running() as started:
        yield started


def needs(program: str) -> pytest.MarkDecorator:
    """Leave a test out where its interpreter is not there."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


def test_every_example_is_tried_here() -> None:
    """A new file needs a test below."""
    names = {path.name for path in EXAMPLES.iterdir() if not path.name.startswith((".", "_"))}

    assert names == {"courses", "gradients.mjs", "gradients.R", "gradients.sh", "quickstart.ipynb", "training_loop.py"}


def executed(cell: dict[str, Any], scope: dict[str, Any]) -> tuple[str, str | None]:
    """What a cell prints, and how its last line is shown."""
    *lines, last = "".join(cell["source"]).splitlines()
    printed = StringIO()
    with redirect_stdout(printed):
        try:
            value = compile(last, "cell", "eval")
        except SyntaxError:
            exec("\n".join([*lines, last]), scope)  # noqa: S102 (it is our own notebook)
            return printed.getvalue(), None
        exec("\n".join(lines), scope)  # noqa: S102 (the same)
        shown = eval(value, scope)  # noqa: S307 (the same)
    return printed.getvalue(), None if shown is None else repr(shown)


def test_the_notebook_shows_what_it_computes() -> None:
    """Each cell runs, and prints and shows what is kept in the file; so it reads right where nobody runs it."""
    scope: dict[str, Any] = {}
    cells = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert sum(bool(cell["outputs"]) for cell in cells) == len(cells) - 1  # all but the imports

    for cell in cells:
        printed, shown = executed(cell, scope)
        kept = "".join(text for output in cell["outputs"] for text in output.get("text", []))
        results = ["".join(output["data"]["text/plain"]) for output in cell["outputs"] if "data" in output]

        assert printed == kept
        assert results == ([] if shown is None else [shown])


def test_the_training_loop_learns(service: Service) -> None:
    """Here and by a service it tells the same, and all points come to stand on the right side."""
    here = run(PYTHON, "-W", "error", EXAMPLES / "training_loop.py", timeout=PATIENCE)
    there = run(PYTHON, "-W", "error", EXAMPLES / "training_loop.py", service.url, timeout=PATIENCE)

    assert here == there
    assert here.endswith("accuracy 100.0%\n")


def test_the_shell_script_gets_its_answers(service: Service) -> None:
    """Two answers: the loss that can be checked on paper, and the mistake in a formula."""
    gradients, graded = map(json.loads, run("bash", EXAMPLES / "gradients.sh", service.url).splitlines())

    assert gradients["loss"] == 0.2983711087600027
    assert graded["results"][0]["diagnosis"][0]["code"] == "missing_activation_derivative"


@needs("node")
def test_javascript_gets_its_answers(service: Service) -> None:
    """Gradients, steps, a diagnosis, and a refusal with its place."""
    first, second, trained, mistake, refused = run("node", EXAMPLES / "gradients.mjs", service.url).splitlines()

    assert first.startswith("loss ")
    assert second.startswith("b2   ")
    assert float(trained.split()[1]) < float(first.split()[1])
    assert mistake == "Wrong: the mean over the samples is missing in dZ2."
    assert refused.startswith("/parameters/b2: ")


@needs("Rscript")
def test_r_gets_its_answers(service: Service) -> None:
    """The loss, the gradient of a matrix with R's own rows, and the derivation as a table."""
    packages = "stopifnot(requireNamespace('jsonlite'), requireNamespace('curl'))"
    if subprocess.run(["Rscript", "-e", packages], capture_output=True, check=False).returncode:
        pytest.skip("needs jsonlite and curl for R")

    loss, columns, *rows = run("Rscript", EXAMPLES / "gradients.R", service.url).splitlines()

    assert float(loss.removeprefix("[1] ")) > 0
    assert columns.split() == ["[,1]", "[,2]"]
    assert [row.split()[0] for row in rows[:4]] == [f"[{row},]" for row in (1, 2, 3, 4)]
    assert [" ".join(row.split()[1:]) for row in rows[5:7]] == ["Z1 X @ W1.T + b1", "A1 tanh(Z1)"]


@pytest.mark.parametrize("course", COURSES, ids=lambda path: path.stem)
def test_a_course_can_be_graded_as_it_stands(course: Path, service: Service) -> None:
    """The whole file is the body of a request."""
    answer = json.loads(run("curl", "-sS", "--fail", f"{service.url}/v1/grade", "--data-binary", f"@{course}"))

    assert answer["results"]


@pytest.mark.parametrize("file", COURSES, ids=lambda file: file.stem)
def test_a_course_is_a_problem_and_a_submission_to_it(file: Path) -> None:
    """As it stands: the command takes the problem in it, and the answers in it are right."""
    seen = piped("grade", "--problem", file, "--submission", file)

    assert (seen.code, seen.err) == (0, "")
