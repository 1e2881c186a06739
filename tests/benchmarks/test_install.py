"""What only some rows need is installed where it can be, and otherwise the reason is kept."""

import json
from pathlib import Path

import pytest

from benchmarks import install
from benchmarks.install import Unavailable


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into the real environments."""
    monkeypatch.setattr(install, "NOTES", tmp_path / "missing.json")
    monkeypatch.setattr(install, "NEIGHBOURS", tmp_path / "neighbours")


def test_the_reason_is_kept_and_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever pip says stands in the notes, nothing is raised, and half an environment counts for none."""

    def refuse(*arguments: object) -> str:
        raise Unavailable("pip: ERROR: No matching distribution")

    monkeypatch.setattr(install, "_pip", refuse)

    install.main()

    assert json.loads(install.NOTES.read_text()).keys() == {"torch", "neighbours"}
    assert install.missing("neighbours") == "pip: ERROR: No matching distribution"
    assert "neighbours: left out. pip: ERROR" in capsys.readouterr().out


def test_what_was_never_tried_says_how_to() -> None:
    """Without notes the reason is the command that installs."""
    assert "make bench" in str(install.missing("neighbours"))


@pytest.mark.parametrize(
    ("packages", "installed"),
    [(["torch", "sympy"], True), (["torch", "nvidia-cublas"], False), (["cuda-toolkit"], False)],
)
def test_pytorch_is_installed_without_cuda_or_not_at_all(
    packages: list[str], installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pip's plan is looked at before anything is downloaded."""
    calls: list[tuple[object, ...]] = []

    def pip(*arguments: object) -> str:
        calls.append(arguments)
        return json.dumps({"install": [{"metadata": {"name": name}} for name in packages]})

    monkeypatch.setattr(install, "_pip", pip)

    if installed:
        install.install_torch()
    else:
        with pytest.raises(Unavailable, match="without CUDA"):
            install.install_torch()

    assert len(calls) == 1 + installed
    assert "--dry-run" in calls[0]


def test_the_neighbours_are_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that was made from the lock as it is now stays as it is."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(install, "_pip", lambda *arguments: calls.append(arguments))

    install.install_neighbours()
    install.install_neighbours()

    assert len(calls) == 1
    assert "--require-hashes" in calls[0]
    assert install.missing("neighbours") is None
