"""Run the engine's tests against a mutant, in a fork of a process that has imported everything but the engine.

A mutant of a function can only be noticed by what runs that function. A first run, of the engine as it is, watches
which case of the checks and which file of tests runs what; each mutant then meets those, the quickest and likeliest
first, and survives only after all of them.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import pickle
import resource
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from itertools import islice
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import TypeAlias, TypeVar

import hypothesis
import pytest

from tests.mutation import watch
from tests.mutation.mutants import Mutant
from tests.support.repository import ROOT

ENGINE = ROOT / "service" / "chainruler" / "engine"
TESTS = ROOT / "tests" / "engine"
SLOWEST = "random"
TOO_LARGE = "tests/engine/test_large.py"
SECONDS, WATCHED, MEMORY = 60, 1800, 6 * 2**30
"""What a child may take of the processor for one file of tests, whose slowest takes 17 s; and of memory, in bytes."""
FIRST_FILE = 2
KILLED, SURVIVED, HUNG = "killed", "survived", "hung"

T = TypeVar("T")
Reached: TypeAlias = Mapping[str, set[watch.Place]]
"""What each case and each file of tests runs of the engine, by the title of the case or the name of the file."""


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


def made_ready() -> None:
    """Import what does not import the engine, so that no child has to."""
    hypothesis.settings.register_profile("mutation", phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))
    hypothesis.settings.load_profile("mutation")  # a counterexample need not be made small
    for module in ("autograd.numpy", "autograd.scipy.special", "scipy.special", "tests.support.repository"):
        importlib.import_module(module)


def watched() -> Reached:
    """What the cases and tests run of the engine as it is; RuntimeError if one of them fails.

    Each is watched in a process of its own, or it would find ready what another has had computed.
    """

    def look() -> Reached:
        every: dict[str, list[Callable[[], object]]] = {}
        for case, check in _checks():
            every.setdefault(case, []).append(check)
        every |= {file.stem: [partial(_passes, file, WATCHED)] for file in _files()}
        return {name: _answer(partial(watch.calls, ENGINE, parts)) for name, parts in every.items()}

    return _answer(look)


def _answer(work: Callable[[], T]) -> T:
    """What a process of its own finds out; RuntimeError if it fails."""
    told, tell = os.pipe()

    def find() -> int:
        with os.fdopen(tell, "wb") as out:
            pickle.dump(work(), out)
        return 0

    pid = _child(find)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read()
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise RuntimeError(f"Without any mutation, a test fails or takes {WATCHED} s: nothing can be learnt from one.")
    found: T = pickle.loads(answer)  # noqa: S301 (from our own child)
    return found


def judge_all(mutants: Sequence[Mutant], reached: Reached, jobs: int) -> Iterator[tuple[Mutant, str]]:
    """The verdict on each mutant, as they come."""
    caught: Counter[tuple[Path, Path]] = Counter()
    running: dict[int, tuple[Mutant, list[Path]]] = {}
    waiting = iter(mutants)
    while True:
        for mutant in islice(waiting, jobs - len(running)):
            names = {name for name, places in reached.items() if _may_notice(mutant, places)}
            files = [file for file in _files() if file.stem in names]
            files.sort(key=lambda file: -caught[mutant.file, file])
            running[_child(partial(_noticed, mutant, names, files))] = (mutant, files)
        if not running:
            return
        pid, status = os.wait()
        mutant, files = running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code >= FIRST_FILE:
            caught[mutant.file, files[code - FIRST_FILE]] += 1
        yield mutant, SURVIVED if code == 0 else HUNG if code == -signal.SIGXCPU else KILLED


def _may_notice(mutant: Mutant, places: set[watch.Place]) -> bool:
    """Whether what runs these places may run the mutated one; a class attribute may be read anywhere."""
    return mutant.is_attribute or (mutant.file.stem, mutant.place) in places


def _child(work: Callable[[], int]) -> int:
    """A process that does the work in silence and ends with its result, or with 1 if it fails."""
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
        code = work()
    finally:
        os._exit(code)


def _noticed(mutant: Mutant, names: set[str], files: Sequence[Path]) -> int:
    """0 if nothing notices the mutant, 1 if a check does, or FIRST_FILE and the place of the file that does."""
    sys.meta_path.insert(0, _Replaced(mutant))
    _grant()
    for case, check in _checks(mutant.file.stem):
        if case in names:
            check()
    return next((FIRST_FILE + place for place, file in enumerate(files) if not _passes(file)), 0)


def _grant(seconds: int = SECONDS) -> None:
    """More time on the processor; who uses it up is ended by a signal."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(process_time()) + seconds, resource.RLIM_INFINITY))


def _checks(first: str = "") -> Iterator[tuple[str, Callable[[], object]]]:
    """Every check of every case, without the ceremony of a test run; the primitives of the file `first` first."""
    engine = importlib.import_module("chainruler.engine")
    checks = importlib.import_module("tests.engine.test_primitives")
    cases = importlib.import_module("tests.engine.registry").CASES
    warnings.simplefilter("error")
    own = {name for name, kind in engine.Primitive.registry.items() if kind.__module__.endswith(f".{first}")}
    for chosen in ([c for c in cases if c.primitive in own], [c for c in cases if c.primitive not in own]):
        for function, arguments in checks.EVERY_CHECK:
            for case in chosen:
                yield str(case), partial(function, case, *arguments)


def _files() -> list[Path]:
    """The files of tests, the quick ones first."""
    return sorted(TESTS.glob("test_*.py"), key=lambda path: (SLOWEST in path.stem, path))


def _passes(file: Path, seconds: int = SECONDS) -> bool:
    """Whether the tests of a file pass; those that `_checks` gives are left out."""
    _grant(seconds)
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"]
    checks = {function.__name__ for function, _ in importlib.import_module("tests.engine.test_primitives").EVERY_CHECK}
    left_out = [TOO_LARGE, *(f"tests/engine/test_primitives.py::{name}" for name in checks)]
    deselected = [option for test in left_out for option in ("--deselect", test)]
    return pytest.main(["-x", "-q", "-m", "not slow", *plugins, *deselected, str(file)]) == 0
