"""The image, built by `tools/image.py` with buildah and run as it is: unprivileged, with nothing of this machine."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chainruler.calls.examples import CLASSIFIER
from tests.support.repository import PYTHON, ROOT, run
from tests.support.service import PATIENCE, running

NAME = "chainruler-under-test"
CONFINED = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
LARGEST = 450 * 2**20
"""Bytes of all that the image holds; Debian with Python is half of them."""
NEEDED = ("buildah", "mmdebstrap")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("image"),
    pytest.mark.skipif(os.geteuid() != 0, reason="buildah is confined as root only"),
    pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason="needs buildah and mmdebstrap"),
]


def buildah(*arguments: str) -> str:
    """What buildah prints."""
    return run("buildah", *arguments, env={**os.environ, **CONFINED}).strip()


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """A container of the image."""
    run(PYTHON, ROOT / "tools" / "image.py", NAME, "buildah", cwd=ROOT)
    made = buildah("from", "--pull-never", NAME)
    yield made
    buildah("rm", made)
    buildah("rmi", NAME)


@pytest.fixture(scope="module")
def described(container: str) -> dict[str, Any]:
    """What the image says of itself."""
    found: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", NAME))["OCIv1"]
    return found


@pytest.fixture(scope="module")
def root(container: str) -> Path:
    """Its files."""
    return Path(buildah("mount", container))


def below(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    listed = [int(child) for thread in threads for child in thread.read_text().split()]
    return [found for child in listed for found in (child, *below(child))]


def test_it_answers_and_belongs_to_nobody(container: str, described: dict[str, Any]) -> None:
    """Its own entry point serves a gradient as uid 10001, and ends in good order when it is asked to."""
    config = described["config"]
    settings = ("--env=CHAINRULER_HOST=127.0.0.1", "--env=CHAINRULER_PORT=0")
    command = ["buildah", "run", f"--user={config['User']}", *settings, container, "--"]
    with running(command=[*command, *config["Entrypoint"], *config["Cmd"]], **CONFINED) as service:
        answer = httpx.post(f"{service.url}/v1/gradients", json=CLASSIFIER, timeout=PATIENCE)
        serving = below(service.process.pid)[-1]
        owner = Path(f"/proc/{serving}").stat().st_uid
        os.kill(serving, signal.SIGTERM)
        code = service.process.wait(PATIENCE)

    assert answer.status_code == 200
    assert owner == 10001
    assert code == 0


def test_nothing_of_it_can_be_written_by_its_user(root: Path) -> None:
    """What the service consists of belongs to root, and has no pip and no tests; the whole is of a bounded size."""
    files = [path for path in root.rglob("*") if not path.is_symlink() and path.is_file()]
    ours = [path for path in files if path.is_relative_to(root / "opt" / "chainruler")]
    packages = {path.name.partition("-")[0] for path in root.glob("opt/chainruler/lib/python*/site-packages/*")}

    assert {"chainruler", "chainruler_client", "uvicorn"} <= packages
    assert not {"pip", "hatchling", "pytest"} & packages
    assert [path for path in ours if path.stat().st_uid != 0 or path.stat().st_mode & 0o022] == []
    assert sum(path.stat().st_size for path in files) < LARGEST


def test_nothing_of_the_machine_is_in_it(root: Path, described: dict[str, Any]) -> None:
    """No setting of pip, no index and no folder that was mounted; two layers: the base, and what the service adds."""
    said = json.dumps(described)

    assert not (root / "etc" / "pip.conf").exists()
    assert [path.name for path in (root / "opt").iterdir()] == ["chainruler"]
    assert "PIP_" not in said
    assert "file://" not in said
    assert described["config"]["ExposedPorts"] == {"8000/tcp": {}}
    assert len(described["rootfs"]["diff_ids"]) <= 4
