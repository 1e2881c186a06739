"""Builds the container image with what is there: Docker or Podman, or else buildah, which needs no service and no hub.

`python tools/image.py [name [engine]]`. buildah works as root on Debian (`apt-get install buildah mmdebstrap`), also
inside of a container; the image that the Dockerfile begins with is then made of Debian's own packages. What pip is told
on this machine, an index or certificates, is mounted while the first stage is built, and in none of the image's layers.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFINED = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
"""How buildah works where it may mount nothing of its own, as inside of a container."""
PACKAGES = "python3,python3-venv,ca-certificates"


def engine() -> str | None:
    """The first engine that is installed and answers."""
    for name in ("docker", "podman"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            return name
    return "buildah" if shutil.which("buildah") and shutil.which("mmdebstrap") and os.geteuid() == 0 else None


def run(*command: str | Path, check: bool = True) -> str:
    """What a command printed; its errors are seen, and end this where they are checked."""
    environment = {**os.environ, **CONFINED}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=check).stdout


def base() -> tuple[str, str]:
    """The image that the Dockerfile begins with, and the release of Debian that it is made of."""
    (tag,) = re.findall(r"^ARG PYTHON=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return f"docker.io/library/python:{tag}", tag.rpartition("-")[2]


def make_base(name: str, release: str, folder: Path) -> None:
    """An image of this name from Debian's packages, with a `python` and a `pip` outside of theirs."""
    archive = folder / "root.tar"
    run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={PACKAGES}", release, archive)
    container = run("buildah", "from", "scratch").strip()
    run("buildah", "add", "--quiet", container, archive, "/")
    run("buildah", "run", container, "python3", "-m", "venv", "/usr/local")
    run("buildah", "config", "--env", "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    run("buildah", "commit", "--quiet", "--rm", container, name)


def settings_of_pip(folder: Path) -> Iterator[str]:
    """What pip is told here, as options that mount it: a file of settings, and the files and folders that they name."""
    listed = run(sys.executable, "-m", "pip", "config", "list")
    told = dict(re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    if not told:
        return
    file = folder / "pip.conf"
    file.write_text("[global]\n" + "".join(f"{key} = {text}\n" for key, text in told.items()))
    words = [word for text in told.values() for word in text.split()]
    # The links of an index lead to files beside it.
    indexes = {Path(word.removeprefix("file://")).parent for word in words if word.startswith("file:///")}
    named = {Path(word) for word in words if word.startswith("/")}
    yield f"--volume={file}:/etc/pip.conf:ro"
    yield from (f"--volume={path}:{path}:ro" for path in sorted(indexes | named) if path.exists())


def build(name: str, found: str | None) -> None:
    """Build the image under this name."""
    if found is None:
        sys.exit("There is neither Docker nor Podman here; as root on Debian: apt-get install buildah mmdebstrap")
    if found != "buildah":
        run(found, "build", "--tag", name, ".")
        return
    with tempfile.TemporaryDirectory() as folder:
        python, release = base()
        if not run("buildah", "images", "--quiet", "--filter", f"reference={python}", check=False):
            make_base(python, release, Path(folder))
        options = ("--pull-never", "--network=host", "--format=docker", "--layers")
        # Where something was mounted stays in a layer as an empty file or folder: only the first stage may have that.
        run("buildah", "build", *options, *settings_of_pip(Path(folder)), "--target", "build", ".")
        run("buildah", "build", *options, "--tag", name, ".")


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    build(arguments.get(1, "chainruler"), arguments.get(2) or engine())
