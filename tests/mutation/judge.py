"""Run the engine's tests against a mutant, in a fork of a process that has imported everything but the engine."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import inspect
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType

import hypothesis
import pytest

from tests.mutation.mutants import Mutant
from tests.support.repository import ROOT

ENGINE = ROOT / "service" / "chainruler" / "engine"
TESTS = "tests/engine"
CHECKS = "test_primitives"
SLOW_AND_SELDOM = f"{TESTS}/test_expression.py::test_ten_thousand_nodes"
TIMEOUT = 240.0
KILLED, SURVIVED, HUNG = "killed", "survived", "hung"


class _Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutated source in place of the file's own."""

    def __init__(self, mutant: Mutant) -> None:
        relative = mutant.file.relative_to(ROOT / "service").with_suffix("")
        self.name, self.mutant = ".".join(relative.parts), mutant

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.mutant.file))

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, str(self.mutant.file), "exec"), module.__dict__)  # noqa: S102 (our own code)


def judge_all(mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """The verdict on each mutant, as they come."""
    hypothesis.settings.register_profile("mutation", phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))
    hypothesis.settings.load_profile("mutation")  # a counterexample need not be made small
    for module in ("autograd.numpy", "autograd.scipy.special", "scipy.special", "tests.support.repository"):
        importlib.import_module(module)
    waiting, running = list(mutants), dict[int, tuple[Mutant, float]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[_start(mutant)] = (mutant, monotonic())
        for pid, (mutant, begun) in list(running.items()):
            verdict = _verdict(pid, monotonic() - begun)
            if verdict is not None:
                del running[pid]
                yield mutant, verdict
        sleep(0.01)


def _verdict(pid: int, seconds: float) -> str | None:
    """What became of a child; None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        return SURVIVED if os.waitstatus_to_exitcode(status) == 0 else KILLED
    if seconds > TIMEOUT:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return HUNG
    return None


def _start(mutant: Mutant) -> int:
    """A child that ends with 0 if no test notices."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 1
    try:
        sys.meta_path.insert(0, _Replaced(mutant))
        code = 1 if _noticed_at_once(mutant.file) else _pytest()
    finally:
        os._exit(code)


def _noticed_at_once(file: Path) -> bool:
    """Whether a check of a primitive of this file fails, called without the ceremony of a test run."""
    engine = importlib.import_module("chainruler.engine")
    checks = importlib.import_module(f"tests.engine.{CHECKS}")
    cases = importlib.import_module("tests.engine.registry").CASES
    own = {name for name, kind in engine.Primitive.registry.items() if kind.__module__.endswith(f".{file.stem}")}
    functions = [
        f for name, f in vars(checks).items() if name.startswith("test_") and "case" in inspect.signature(f).parameters
    ]
    try:
        for case in (case for case in cases if case.primitive in own):
            for function in functions:
                lifted = "which" in inspect.signature(function).parameters
                for more in [{"which": which} for which in ("first", "last", "all")] if lifted else [{}]:
                    function(case, **more)
    except Exception:  # noqa: BLE001 (anything that goes wrong is noticed)
        return True
    return False


def _pytest() -> int:
    """All tests, the quick ones first."""
    tests = map(str, (ROOT / TESTS).glob("test_*.py"))
    quick = sorted(tests, key=lambda path: (CHECKS in path, "random" in path, path))
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"]
    options = ["-x", "-q", "-m", "not slow", *plugins, "--deselect", SLOW_AND_SELDOM]
    return int(pytest.main([*options, *quick]))
