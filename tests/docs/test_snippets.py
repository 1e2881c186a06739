"""Every block of bash or python in the documents is run, and prints what the document says."""

from __future__ import annotations

import os
import re
import shutil
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.repository import PYTHON, ROOT, TOOLS, run, tracked
from tests.support.service import Service, running

INTERPRETERS = {"bash": ("bash", "-euo", "pipefail", "-c"), "python": (PYTHON, "-W", "error", "-c")}
ADDRESS = "http://127.0.0.1:8000"
FRESH = "tested in a fresh environment"
GOES_ON = "goes on"
BLOCK = re.compile(
    r"(?:^<!-- (?P<how>[^\n]*) -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```\n(?:^```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Snippet:
    """A block of a document: how it is tested, its language, its code, and what it prints."""

    place: str
    how: str
    language: str
    code: str
    output: str | None


def snippets(document: Path) -> Iterator[Snippet]:
    """The blocks of a document that can be run."""
    text = document.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        if found["language"] in {"bash", "python"}:
            place = f"{document.relative_to(ROOT)}:{text.count(chr(10), 0, found.start('code'))}"
            yield Snippet(place, found["how"] or "", found["language"], found["code"], found["output"])


DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ALL = [snippet for document in DOCUMENTS for snippet in snippets(document)]


def chosen(how: str) -> list[Snippet]:
    """The snippets that are tested in this way."""
    return [snippet for snippet in ALL if snippet.how.startswith(how) and bool(snippet.how) == bool(how)]


def parameters(how: str) -> pytest.MarkDecorator:
    """A test for each snippet that is tested in this way, named by its place."""
    return pytest.mark.parametrize("snippet", chosen(how), ids=lambda snippet: snippet.place)


def walks() -> dict[str, list[Snippet]]:
    """The documents whose blocks go on from one to the next, each from the block that begins it."""
    found: dict[str, list[Snippet]] = {}
    for before, snippet in pairwise(ALL):
        if snippet.how == GOES_ON:
            found.setdefault(snippet.place.partition(":")[0], [before]).append(snippet)
    return found


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The service that the documents take for granted."""
    with running() as started:
        yield started


def environment(tools: Path) -> dict[str, str]:
    """An environment in which the programs of a virtual environment come first, and no setting is made."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAINRULER_")}
    return {**kept, "VIRTUAL_ENV": str(tools.parent), "PATH": f"{tools}:{os.environ['PATH']}"}


def matches(printed: str, expected: str) -> bool:
    """Whether the output is what the document says; a line `...` there stands for any lines."""
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), printed if printed.endswith("\n") else printed + "\n") is not None


@pytest.mark.sampled(0.2)
@parameters("")
def test_a_snippet_does_what_it_says(snippet: Snippet, service: Service, tmp_path: Path) -> None:
    """The block runs without an error, and prints what the block after it shows."""
    check(snippet, service, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("document", walks())
def test_a_walk_does_what_it_says(document: str, service: Service, tmp_path: Path) -> None:
    """Blocks that go on find the files that those before them have left, and each prints what it says."""
    for snippet in walks()[document]:
        check(snippet, service, tmp_path)


def check(snippet: Snippet, service: Service, folder: Path) -> None:
    """Run a block in a folder, and compare what it prints."""
    code = snippet.code.replace(ADDRESS, service.url)

    printed = run(*INTERPRETERS[snippet.language], code, cwd=folder, env=environment(TOOLS))

    assert snippet.output is None or matches(printed.replace(service.url, ADDRESS), snippet.output), snippet.place


@pytest.mark.slow
@parameters(FRESH)
def test_an_installation_does_what_it_says(snippet: Snippet, tmp_path: Path) -> None:
    """The block installs from a copy of the repository into a new environment, and the command then works."""
    clone = tmp_path / "clone"
    for file in tracked():
        destination = clone / file.relative_to(ROOT)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, destination)
    venv.create(tmp_path / "venv", with_pip=True)
    tools = tmp_path / "venv" / "bin"
    if "uv " in snippet.code:
        (tools / "uv").symlink_to(TOOLS / "uv")

    printed = run(*INTERPRETERS["bash"], snippet.code, cwd=clone, env=environment(tools))

    assert snippet.output is None or printed.endswith(snippet.output)


@parameters("tested by ")
def test_a_snippet_tested_elsewhere_is_tested_there(snippet: Snippet) -> None:
    """The test that a comment names exists and holds every line of the block."""
    named = ROOT / snippet.how.removeprefix("tested by ")

    text = named.read_text(encoding="utf-8")
    assert [line for line in snippet.code.splitlines() if line not in text] == []


def test_no_snippet_is_left_out() -> None:
    """Each block is in exactly one of the tests above: a comment with a slip of the pen tests nothing."""
    covered = [*chosen(""), *chosen(FRESH), *chosen("tested by "), *chosen(GOES_ON)]

    assert sorted(snippet.place for snippet in covered) == sorted(snippet.place for snippet in ALL)
    texts = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert len(re.findall(r"^ *```(?:bash|sh|shell|console|python|py)\b", texts, re.MULTILINE)) == len(ALL)


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a", "a\n", True),
        ("a\nb\nc\n", "a\n...\nc\n", True),
        ("a\nc\n", "a\n...\nc\n", True),
        ("a\nb\n", "a\n...\n", True),
        ("a\nb\n", "a\n", False),
        ("b\n", "a\n...\n", False),
        ("a.c\n", "abc\n", False),
        ("abc\n", "a.c\n", False),
    ],
)
def test_outputs_are_compared_to_the_letter(printed: str, expected: str, same: bool) -> None:
    """Only a line of three dots leaves anything open."""
    assert matches(printed, expected) is same
