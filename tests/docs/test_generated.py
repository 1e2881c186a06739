"""Generated documents are what the code would generate now."""

import importlib.util
from pathlib import Path

import pytest

from chainruler.networks import Layer, Loss
from tests.support.repository import ROOT


def generated() -> dict[Path, str]:
    """What docs/generate.py writes."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[Path, str] = module.pages()
    return pages


@pytest.mark.parametrize("path", sorted(generated()), ids=lambda path: path.name)
def test_a_generated_page_is_current(path: Path) -> None:
    """A page says what the registries say; `make docs` renews it."""
    assert path.read_text(encoding="utf-8") == generated()[path]


def test_what_is_hidden_from_help_is_hidden_here() -> None:
    """An option that is there only to say what to take instead is no option."""
    options = next(text for path, text in generated().items() if path.name == "options.md")

    assert "`--epochs N`" in options
    assert "SUPPRESS" not in options


@pytest.mark.parametrize("name", sorted([*Layer.registry, *Loss.registry]))
def test_every_layer_and_loss_has_a_row(name: str) -> None:
    """A new file in a registry's folder is in the documentation by itself."""
    assert any(f"| `{name}` |" in text for text in generated().values())
