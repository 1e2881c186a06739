"""What the documents must mention."""

import re

import pytest
from packaging.requirements import Requirement

import chainruler_client
from chainruler import __version__
from chainruler_client import Client
from chainruler_client.options import Given
from tests.support.repository import ROOT, pyproject

PROJECT = pyproject()


def dependencies() -> set[str]:
    """Everything that pyproject.toml asks for, of users and of developers."""
    asked = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        asked += extra
    for group in PROJECT["dependency-groups"].values():
        asked += [line for line in group if isinstance(line, str)]
    return {Requirement(line).name for line in asked}


@pytest.mark.parametrize("dependency", sorted(dependencies()))
def test_every_dependency_has_its_reason(dependency: str) -> None:
    """docs/why.md names each dependency: one that nobody can defend goes."""
    why = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")

    assert re.search(rf"(?<![\w-]){re.escape(dependency)}(?![\w-])", why)


def test_the_client_is_told_of_completely() -> None:
    """docs/client.md names every call, error and option of the client."""
    page = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    prose = re.sub("^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"\w+", " ".join(re.findall("`([^`]+)`", prose))))
    calls = {name for name in vars(Client) if not name.startswith("_") and callable(getattr(Client, name))}

    assert calls | set(chainruler_client.__all__) | set(Given.__annotations__) <= told


def test_the_changelog_has_this_version() -> None:
    """The newest heading of the changelog is the version of the package."""
    headings = re.findall(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == __version__


def test_every_command_of_the_makefile_is_explained() -> None:
    """`make help` and the table of CONTRIBUTING.md, or the README, have every target that people call."""
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    told = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))

    assert {"install", "serve", "test", "test-all", "bench", "format", "lock"} <= set(targets)
    assert [target for target in targets if f"make {target}" not in told] == []


def test_links_to_files_lead_somewhere() -> None:
    """A link of a document to another file of the repository finds it."""
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))

        assert [link for link in links if not (document.parent / link).exists()] == []


def test_what_is_refused_is_held_by_tests_that_are_there() -> None:
    """SECURITY.md names for each threat the tests that hold its answer."""
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
