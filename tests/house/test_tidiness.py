"""Sizes of files and functions, and what may be committed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.repository import ROOT, tracked

LONGEST_FILE = 300
LONGEST_FUNCTION = 40

FILES = tracked()
CODE = [file for file in FILES if file.suffix == ".py"]


def name(file: Path) -> str:
    """The path as a person would write it."""
    return str(file.relative_to(ROOT))


def says_it_is_generated(file: Path) -> bool:
    """Whether the first line says that a tool wrote the file."""
    with file.open(encoding="utf-8") as lines:
        return "generated" in lines.readline().casefold()


def is_text(file: Path) -> bool:
    """Whether the file is text: it has no NUL in its beginning."""
    with file.open("rb") as content:
        return b"\0" not in content.read(8000)


def test_no_file_is_too_long_unless_it_is_generated() -> None:
    """A file that cannot be read in one go is two files; a generated one says so in its first line."""
    texts = [file for file in FILES if is_text(file)]
    long = [name(file) for file in texts if len(file.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]

    assert [file for file in long if not says_it_is_generated(ROOT / file)] == []
    assert "requirements/dev.lock" in long  # or the rule above was not put to the test


def functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions inside of a piece of code; expressions, which most of it consists of, have none."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner
        if not isinstance(inner, ast.expr):
            yield from functions(inner)


def test_no_function_is_too_long() -> None:
    """A function fits on a screen."""
    assert [
        f"{name(file)}: {node.name} has {length} lines"
        for file in CODE
        for node in functions(ast.parse(file.read_text(encoding="utf-8")))
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ] == []


def test_nothing_is_committed_that_a_tool_makes() -> None:
    """No cache, environment, build or secret is under version control."""
    forbidden = {"__pycache__", ".venv", "dist", "build", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".env"}

    assert [name(file) for file in FILES if forbidden & set(file.relative_to(ROOT).parts)] == []


def test_no_room_is_empty() -> None:
    """A package's __init__ is there for the modules beside it, or says what they share."""
    inits = [file for file in CODE if file.name == "__init__.py"]

    assert [name(init) for init in inits if not init.read_text().strip()] == []
    assert [name(init) for init in inits if len(list(init.parent.iterdir())) == 1] == []
