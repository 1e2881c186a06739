"""The container, as far as it can be proved without an engine to run it.

Its first stage is run step by step in a bare environment; its entry point and health check are run as the user of the
last stage, on folders that this user cannot write.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from chainruler.serving.supervisor import GRACE
from chainruler.settings import Settings
from tests.support.repository import ROOT, TOOLS, run
from tests.support.service import PATIENCE, Service, running

TEXT = (ROOT / "Dockerfile").read_text()
FIRST, LAST = TEXT.replace("\\\n", " ").split("\nFROM ")[1:]
UID = 10001
ENTRY = ("ENTRYPOINT", "CMD")

pytestmark = pytest.mark.xdist_group("container")


def instructions(stage: str, name: str) -> list[str]:
    """What follows each instruction of this name in a stage, a line each."""
    return [re.sub(r"\s+", " ", text) for text in re.findall(rf"^\s*{name} (.+)$", stage, re.MULTILINE)]


def variables() -> dict[str, str]:
    """The environment of the last stage, without PATH."""
    pairs = re.findall(r"(\w+)=(\S+)", " ".join(instructions(LAST, "ENV")))
    return {name: value for name, value in pairs if name != "PATH"}


def interpreter() -> str:
    """A Python that every user may run; one in the home folder of root is of no use to another user."""
    for candidate in (getattr(sys, "_base_executable", sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        path = Path(candidate).resolve()
        open_to_all = all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents] if folder.exists())
        if path.exists() and (open_to_all or os.geteuid() != 0):
            version = run(path, "-c", "import sys; print(sys.version_info >= (3, 11))")
            if version.strip() == "True":
                return str(path)
    pytest.skip("no Python 3.11 here that every user may run")


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The folder /opt/chainruler of the image, built by the Dockerfile's own steps."""
    place = Path(tempfile.mkdtemp(prefix="chainruler-image-"))
    place.chmod(0o755)
    try:
        source, target, python = place / "src", place / "opt", place / "python"
        run(interpreter(), "-m", "venv", python)
        for copied in instructions(FIRST, "COPY"):
            *names, destination = copied.split()
            for name in names:
                copy(ROOT / name, source / destination)
        environment = {**os.environ, "PATH": f"{python / 'bin'}:{os.environ['PATH']}"}
        for step in instructions(FIRST, "RUN"):
            command = step.replace("/opt/chainruler", str(target))
            run("sh", "-euc", command, cwd=source, env=environment)
        yield target
    finally:
        shutil.rmtree(place)


def copy(origin: Path, destination: Path) -> None:
    """COPY, for a file into a folder and for a folder's content."""
    ignored = shutil.ignore_patterns("__pycache__")
    if origin.is_dir():
        shutil.copytree(origin, destination, dirs_exist_ok=True, ignore=ignored)
    else:
        destination.mkdir(parents=True, exist_ok=True)
        shutil.copy(origin, destination)


def confined() -> list[str]:
    """What goes before a command to run it as the image's user on a read-only root, as far as this user may."""
    if os.geteuid() != 0:
        return []
    user = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs"]
    read_only = ["unshare", "--mount", "sh", "-c", 'mount -o remount,bind,ro / && exec "$@"', "sh"]
    possible = subprocess.run([*read_only, "true"], capture_output=True, check=False).returncode == 0
    return [*(read_only if possible else []), *user]


@pytest.fixture
def container(image: Path) -> Iterator[Service]:
    """The entry point under the image's user and environment, in a folder that this user cannot write."""
    entry, command = (json.loads(re.findall(rf"^{name} (.+)$", LAST, re.MULTILINE)[0]) for name in ENTRY)
    environment = variables() | {"CHAINRULER_HOST": "127.0.0.1", "CHAINRULER_PORT": "0", "HOME": "/nonexistent"}
    program = [*confined(), str(image / "bin" / entry[0]), *command]
    with running(command=["env", "--chdir=/", *program], **environment) as service:
        yield service


def test_the_linter_has_nothing_to_say() -> None:
    """Hadolint finds no fault in the Dockerfile."""
    assert run(TOOLS / "hadolint", "--no-color", "Dockerfile", cwd=ROOT) == ""


def test_the_linter_would_say_it(tmp_path: Path) -> None:
    """Hadolint does find a fault where there is one, so that its silence above means something."""
    faulty = tmp_path / "Dockerfile"
    faulty.write_text("FROM debian:latest\nRUN apt-get install curl\n")

    done = subprocess.run([TOOLS / "hadolint", faulty], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "DL3007" in done.stdout


@pytest.mark.slow
def test_the_image_has_no_tools(image: Path) -> None:
    """The copied environment has neither pip nor anything that builds, and no link to the source."""
    packages = {path.name.partition("-")[0] for path in image.glob("lib/python*/site-packages/*")}

    assert {"chainruler", "chainruler_client", "uvicorn"} <= packages
    assert not {"pip", "setuptools", "hatchling", "wheel", "editables", "pytest"} & packages
    assert not list(image.rglob("*.pth"))


@pytest.mark.slow
def test_the_entry_point_serves_as_another_user_who_may_write_nothing(container: Service) -> None:
    """The service runs as uid 10001, answers, logs to stderr alone, and stops in good order."""
    process = Path(f"/proc/{container.process.pid}")
    owner = process.stat().st_uid
    writable = [line for line in (process / "mounts").read_text().splitlines() if re.search(r" / .* rw\b", line)]
    healthy = health_check(container)
    code = container.stop()

    assert owner == (UID if confined() else os.geteuid())
    assert not writable or "unshare" not in confined()
    assert healthy == 0
    assert code == 0
    assert [line["route"] for line in container.log()] == ["/health/live"]


@pytest.mark.slow
def test_the_health_check_fails_when_nothing_answers(container: Service) -> None:
    """The health check's exit code is 1 once the service is gone: it can tell the difference."""
    container.stop()

    assert health_check(container) == 1


def health_check(service: Service) -> int:
    """The exit code of the Dockerfile's own HEALTHCHECK, run beside the service."""
    (check,) = instructions(LAST, "HEALTHCHECK")
    _, *command = json.loads(check.partition("CMD ")[2])
    environment = {"CHAINRULER_PORT": service.url.rsplit(":", 1)[1], "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, *command], env=environment, timeout=PATIENCE, capture_output=True, check=False
    )
    return done.returncode


def test_the_image_is_slim_not_root_and_pins_blas() -> None:
    """A slim base with a version; a numeric user, one BLAS thread, the exposed port, and labels that say what it is."""
    assert re.search(r"^ARG PYTHON=3\.1[1-9]-slim-\w+$", TEXT, re.MULTILINE)  # the linter does not look behind ARG
    assert instructions(LAST, "USER") == [f"{UID}:{UID}"]
    assert {variables()[name] for name in variables() if name.endswith("_NUM_THREADS")} == {"1"}
    assert instructions(LAST, "EXPOSE") == [variables()["CHAINRULER_PORT"]]
    assert "org.opencontainers.image.licenses=" in instructions(LAST, "LABEL")[0]


def test_compose_runs_it_read_only_and_bounded() -> None:
    """compose.yaml: read-only root, bounded memory, no capabilities, and time enough to stop."""
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["chainruler"]
    settings = Settings()

    assert service["read_only"] is True
    assert service["mem_limit"] == "1g"
    assert service["cap_drop"] == ["ALL"]
    assert service["ports"] == ["127.0.0.1:8000:" + variables()["CHAINRULER_PORT"]]
    assert int(service["stop_grace_period"].rstrip("s")) > settings.drain_seconds + settings.shutdown_seconds + GRACE


def test_the_build_context_has_what_is_copied() -> None:
    """.dockerignore lets through exactly what the first stage copies."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    copied = {name.rstrip("/") for text in instructions(FIRST, "COPY") for name in text.split()[:-1]}

    assert "*" in lines
    assert let_through == copied


def test_the_documented_command_fits_the_image() -> None:
    """`docker run`, as the README has it, publishes the port that the image exposes on loopback, read-only."""
    documented = "docker run --rm --read-only --memory 1g -p 127.0.0.1:8000:8000 chainruler"

    assert documented in (ROOT / "README.md").read_text()
    assert documented.split("-p ")[1].split(maxsplit=1)[0].endswith(f":{variables()['CHAINRULER_PORT']}")
