"""A small course: a problem, and submissions to it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from chainruler.calls.examples import CLASSIFIER

PROBLEM = CLASSIFIER
FORGOT_THE_PENALTY = """\
import numpy as np

x = np.array([[1.0, 2.0], [0.5, -1.5], [-1.0, 0.5]])
y = np.array([0, 1, 1])
W1 = np.array([[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]])
b1 = np.array([0.1, 0.0, -0.1])
W2 = np.array([[0.3, -0.1, 0.2], [-0.2, 0.5, 0.1]])
b2 = np.array([0.0, 0.1])

a1 = np.maximum(x @ W1.T + b1, 0)
z2 = a1 @ W2.T + b2
p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
dz2 = (p - np.eye(2)[y]) / 3
dW2 = dz2.T @ a1
db2 = dz2.sum(axis=0)
"""
"""A submission in which dW2 lacks the gradient of the penalty, which leaves three quarters of the points."""
RIGHT = FORGOT_THE_PENALTY.replace("dW2 = dz2.T @ a1", "dW2 = dz2.T @ a1 + 2 * 0.05 * W2")
NOWHERE = "http://127.0.0.1:9"
"""Where no service is."""


def problem_file(folder: Path) -> Path:
    """The problem as the file that `chainruler problem new` writes."""
    path = folder / "problem.json"
    path.write_text(json.dumps({"problem": PROBLEM, "token": "of a service", "seed": 0, "report": {}}))
    return path


def run(tools: Path, *command: str | Path, cwd: Path, code: int = 0, **environment: str) -> str:
    """What a tool printed; it ends with the code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHAINRULER_", "PYTEST_"))}
    added = {"PATH": f"{tools}:{os.environ['PATH']}", "JUPYTER_PREFER_ENV_PATH": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [tools / command[0], *command[1:]],
        cwd=cwd,
        env={**kept, **added, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text())
