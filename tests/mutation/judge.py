"""Run the engine's tests against a mutant, in a fork of a process that has imported everything but the engine.

What is likely to notice runs first: the checks of the mutated primitives, then the files of tests by how many mutants
of the same module they have caught. A mutant survives only after it has passed all of them.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import inspect
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from itertools import islice
from pathlib import Path
from time import process_time
from types import ModuleType

import hypothesis
import pytest

from tests.mutation.mutants import Mutant
from tests.support.repository import ROOT

ENGINE = ROOT / "service" / "chainruler" / "engine"
TESTS = ROOT / "tests" / "engine"
CHECKS = "test_primitives"
SLOWEST = ("random", CHECKS)
TOO_LARGE = "tests/engine/test_expression.py::test_ten_thousand_nodes"
SECONDS, MEMORY = 60, 6 * 2**30
"""What a child may take of the processor for one file of tests, whose slowest takes 17 s; and of memory, in bytes."""
FIRST_FILE = 2
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
    files = sorted(TESTS.glob("test_*.py"), key=lambda path: (any(word in path.stem for word in SLOWEST), path))
    caught: Counter[tuple[Path, Path]] = Counter()
    running: dict[int, tuple[Mutant, list[Path]]] = {}
    waiting = iter(mutants)
    while True:
        for mutant in islice(waiting, jobs - len(running)):
            order = sorted(files, key=lambda file: -caught[mutant.file, file])
            running[_start(mutant, order)] = (mutant, order)
        if not running:
            return
        pid, status = os.wait()
        mutant, order = running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code >= FIRST_FILE:
            caught[mutant.file, order[code - FIRST_FILE]] += 1
        yield mutant, SURVIVED if code == 0 else HUNG if code == -signal.SIGXCPU else KILLED


def _start(mutant: Mutant, files: Sequence[Path]) -> int:
    """A child that ends with 0 if no test notices, and with which of the files did."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sys.meta_path.insert(0, _Replaced(mutant))
        code = 1 if _noticed_at_once(mutant.file) else _first_to_notice(files)
    finally:
        os._exit(code)


def _grant() -> None:
    """More time on the processor; who uses it up is ended by a signal."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(process_time()) + SECONDS, resource.RLIM_INFINITY))


def _noticed_at_once(file: Path) -> bool:
    """Whether a check of a primitive of this file fails, called without the ceremony of a test run."""
    _grant()
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


def _first_to_notice(files: Sequence[Path]) -> int:
    """0 if all tests pass, else FIRST_FILE and the place of the first file with one that does not."""
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"]
    for place, file in enumerate(files):
        _grant()
        if pytest.main(["-x", "-q", "-m", "not slow", *plugins, "--deselect", TOO_LARGE, str(file)]):
            return FIRST_FILE + place
    return 0
