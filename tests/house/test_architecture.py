"""What each room of the house may import from outside; the directions inside are import-linter's contracts."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT

SERVICE = ROOT / "service" / "chainruler"
CLIENT = ROOT / "clients" / "python" / "chainruler_client"
MAY_BE_MISSING = {CLIENT / "pytest_plugin.py": {"pytest"}, CLIENT / "encoding" / "base64.py": {"pybase64"}}
"""What loads the plugin, and what the service brings to be quicker: nobody needs either for anything else."""

BASE = {"numpy", "pydantic", "pydantic_core", "orjson", "lark", "threadpoolctl"}
SERVER = {
    "fastapi",
    "starlette",
    "uvicorn",
    "pydantic_settings",
    "simdjson",
    "fastapi_standalone_docs",
}

# A room that is not here may import nothing from outside but what the base install brings.
ALLOWED = {
    "memory": set(),
    "engine": {"numpy"},
    "notation": {"numpy", "lark"},
    "networks": {"numpy", "pydantic", "pydantic_core"},
    "textbook": {"numpy"},
    "grading": {"numpy"},
    "html": {"numpy"},
    "schemas": {"numpy", "pydantic", "pydantic_core"},
    "handlers": BASE,
    "faces": BASE,
    "calls": BASE,
    "refusals": BASE,
    "wire": BASE | {"simdjson", "pybase64"},
    "settings": {"pydantic", "pydantic_settings"},
    "api": BASE | SERVER,
    "app": BASE | SERVER,
    "serving": BASE | SERVER,
    "cli": BASE | {"rich", "shtab", "cairosvg"},
}


def outside_imports(file: Path) -> Iterator[str]:
    """The third-party packages that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        else:
            continue
        for name in names:
            package = name.partition(".")[0]
            if package not in sys.stdlib_module_names and package not in {"chainruler", "chainruler_client"}:
                yield package


def files_of(room: Path) -> list[Path]:
    """The files of a package or of a module."""
    return sorted(room.rglob("*.py")) if room.is_dir() else [room]


ROOMS = sorted(path for path in SERVICE.iterdir() if path.suffix == ".py" or any(path.glob("*.py")))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.stem)
def test_a_room_imports_only_what_it_may(room: Path) -> None:
    """The engine imports NumPy alone, and what needs the extra [server] stands above what does not."""
    found = {package for file in files_of(room) for package in outside_imports(file)}

    assert found <= ALLOWED.get(room.stem, set())


def test_only_settings_and_the_command_read_the_environment() -> None:
    """What a handler is to know of the surroundings, its context says as values."""
    told = {file for room in ROOMS for file in files_of(room) if "environ" in file.read_text()}
    readers = {file for file in told if "environ" in names_in(file)}

    assert {path.relative_to(SERVICE).parts[0] for path in readers} <= {"cli"}


def names_in(file: Path) -> set[str]:
    """The attributes and imported names of a file."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return imported | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_the_client_imports_only_what_the_base_install_brings() -> None:
    """The client needs httpx, NumPy and orjson, and nothing of the server."""
    needed = {package for file in set(files_of(CLIENT)) - MAY_BE_MISSING.keys() for package in outside_imports(file)}

    assert needed
    assert needed <= {"httpx", "numpy", "orjson"}
    assert {file: set(outside_imports(file)) for file in MAY_BE_MISSING} == MAY_BE_MISSING


def test_every_room_that_is_told_of_has_a_layer() -> None:
    """The table above and the layers of pyproject.toml name the same rooms."""
    layers = (ROOT / "pyproject.toml").read_text()

    assert [room for room in ALLOWED if f'"{room}"' not in layers and f"({room})" not in layers] == []
