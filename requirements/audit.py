"""Asks whether anything is known against the locked versions, and never says "nothing" of what it could not ask about.

    python requirements/audit.py [LOCK...]

Without a lock: those of what is shipped, and of what builds it. Exit codes: 0, everything was asked about, and nothing
is known; 1, something is known; 2, not everything could be asked. pip-audit ends with 0 as well where the index answers
"never heard of it", as a mirror without advisories does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHIPPED = (str(HERE / "server.lock"), str(HERE / "build.lock"))
CLEAN, KNOWN, UNANSWERED = 0, 1, 2


def main(locks: Sequence[str]) -> int:
    """Audit each lock; the worst of their exit codes, where a finding is worse than no answer."""
    codes = [tell(lock, *asked(lock)) for lock in locks]
    return KNOWN if KNOWN in codes else max(codes, default=UNANSWERED)


def asked(lock: str) -> tuple[list[dict[str, Any]], str]:
    """What pip-audit found out about each package, and what it complained of."""
    program = str(Path(sys.executable).with_name("pip-audit"))
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([program, *options, "--requirement", lock], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"], done.stderr
    except (ValueError, KeyError, TypeError):
        return [], done.stderr


def tell(lock: str, packages: Sequence[dict[str, Any]], complaint: str) -> int:
    """Say what is known about the packages of one lock; the exit code."""
    known = [(package, one) for package in packages for one in package.get("vulns", ())]
    for package, one in known:
        mended = ", ".join(one.get("fix_versions", ())) or "no version yet"
        print(f"{Path(lock).name}: {package['name']} {package['version']}: {one['id']}, mended in {mended}")
    reasons = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if not packages:
        reasons = [(complaint.strip().splitlines() or ["pip-audit said nothing"])[-1]]
    if reasons:
        print(f"{Path(lock).name}: NOT AUDITED: {len(reasons)} of {len(packages)} packages. {reasons[0]}")
    elif not known:
        print(f"{Path(lock).name}: nothing is known against {len(packages)} packages")
    return KNOWN if known else UNANSWERED if reasons else CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or SHIPPED))
