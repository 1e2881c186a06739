"""What is said of the dependencies: what they are, and whether anything is known against them."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.version import Version

from tests.house.test_requirements import direct, pins
from tests.support.repository import ROOT, run

Packages = list[dict[str, Any]]


def script() -> ModuleType:
    """requirements/audit.py, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT = script()
CLEAN = {"name": "good", "version": "1.0", "vulns": []}
KNOWN = {"name": "bad", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
SKIPPED = {"name": "unheard", "skip_reason": "Dependency not found."}


@pytest.mark.parametrize(
    ("packages", "complaint", "code", "said"),
    [
        ([CLEAN, CLEAN], "", 0, "nothing is known against 2 packages"),
        ([CLEAN, KNOWN], "", 1, "bad 1.0: CVE-1, mended in 1.1"),
        ([CLEAN, SKIPPED], "", 2, "NOT AUDITED: 1 of 2 packages. Dependency not found."),
        ([KNOWN, SKIPPED], "", 1, "NOT AUDITED"),
        ([], "ERROR: no route to host\n", 2, "NOT AUDITED: 1 of 0 packages. ERROR: no route to host"),
        ([], "", 2, "NOT AUDITED"),
    ],
    ids=["clean", "known", "not asked", "both", "no network", "silence"],
)
def test_what_could_not_be_asked_is_never_clean(
    packages: Packages, complaint: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 only where each package was asked about; a finding counts more than a question without an answer."""
    assert AUDIT.tell("a.lock", packages, complaint) == code
    assert said in capsys.readouterr().out


def test_the_worst_of_several_locks_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no lock at all is no audit. A pip-audit that is made up answers, started as the real one would be."""
    answers = {"clean": [CLEAN], "known": [KNOWN], "skipped": [SKIPPED]}
    lines = [f"#!{sys.executable}", "import sys", f"answers = {answers!r}", "import json"]
    lines.append("found = answers[sys.argv[-1]]; print(json.dumps({'dependencies': found}))")
    (tmp_path / "pip-audit").write_text("\n".join(lines))
    (tmp_path / "pip-audit").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    codes = [AUDIT.main(locks) for locks in (["clean"], ["clean", "skipped"], ["skipped", "known"], [])]

    assert codes == [0, 2, 1, 2]


@pytest.mark.slow
def test_the_bill_of_materials_lists_what_is_shipped() -> None:
    """`make sbom` writes CycloneDX: each package of the lock that is installed here, and what needs what."""
    run("make", "sbom", cwd=ROOT)
    told = json.loads((ROOT / "dist" / "sbom.cdx.json").read_text())
    listed = {part["name"].lower().replace("_", "-"): part["version"] for part in told["components"]}
    needed = {entry["ref"]: entry.get("dependsOn", []) for entry in told["dependencies"]}
    root = told["metadata"]["component"]
    locked = pins("requirements/server.lock")

    assert (told["bomFormat"], root["name"]) == ("CycloneDX", "chainruler")
    assert root["version"] in (ROOT / "service" / "chainruler" / "__init__.py").read_text()
    assert len(listed) > 25
    assert {name for name, version in listed.items() if Version(version) not in locked[name]} == set()
    assert {need.partition("==")[0] for need in needed[root["bom-ref"]]} == {one.name for one in direct("server.lock")}
    assert [part["name"] for part in told["components"] if "purl" not in part] == []
