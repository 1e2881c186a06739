"""The mutator: what it breaks, and that what is listed as equivalent still exists."""

import ast
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.mutation import watch
from tests.mutation.equivalents import REASONS
from tests.mutation.judge import ENGINE
from tests.mutation.mutants import mutants_of

SOURCE = '''
def area(a: int, b: int) -> int:
    """A docstring of 1 line."""
    if a > 0 and not b:
        raise ValueError("1 + 1")
    return a * (b + 1)
'''
CHANGES = {
    "if a > 0 and (not b):  →  if True:",
    "if a > 0 and (not b):  →  if False:",
    "if a > 0 and (not b):  →  if a >= 0 and (not b):",
    "if a > 0 and (not b):  →  if a > 1 and (not b):",
    "if a > 0 and (not b):  →  if a > 0 or not b:",
    "if a > 0 and (not b):  →  if a > 0 and b:",
    "return a * (b + 1)  →  return a / (b + 1)",
    "return a * (b + 1)  →  return a",
    "return a * (b + 1)  →  return a * (b - 1)",
    "return a * (b + 1)  →  return a * b",
    "return a * (b + 1)  →  return a * (b + 2)",
}


def test_a_mutant_has_one_small_thing_wrong(tmp_path: Path) -> None:
    """Operators, conditions, constants and terms are broken one at a time; texts, errors and annotations are not."""
    file = tmp_path / "area.py"
    file.write_text(SOURCE, encoding="utf-8")
    mutants = list(mutants_of(file))

    assert {mutant.change for mutant in mutants} == CHANGES
    assert all(ast.unparse(ast.parse(mutant.source)) != ast.unparse(ast.parse(SOURCE)) for mutant in mutants)
    assert len({mutant.source for mutant in mutants}) == len(mutants)


@pytest.mark.parametrize(
    ("call", "mutants"),
    [("max(a, b)", 0), ("f(a, b)", 1), ('emitter.ufunc("add", a, b)', 2), ('emitter.ufunc("subtract", a, b)', 3)],
)
def test_what_is_the_same_in_either_order_is_no_mutant(call: str, mutants: int, tmp_path: Path) -> None:
    """Arguments change places where that can make a difference; the name of a function is one, and is another name."""
    file = tmp_path / "calls.py"
    file.write_text(f"def call(a, b):\n    return {call}\n", encoding="utf-8")

    assert len(list(mutants_of(file))) == mutants


@pytest.mark.sampled(0.04)
@pytest.mark.parametrize("place", REASONS, ids=" ".join)
def test_what_is_equivalent_is_still_there(place: tuple[str, str, str]) -> None:
    """A reason that speaks of code which is gone is refused."""
    (file,) = ENGINE.rglob(f"{place[0]}.py")

    assert place in {(mutant.file.stem, mutant.place, mutant.change) for mutant in mutants_of(file)}
    assert REASONS[place]


def test_what_is_called_is_seen(tmp_path: Path) -> None:
    """Functions of the folder and what is inside them count, in every thread; those of other folders do not."""
    file = tmp_path / "shapes.py"
    file.write_text(SOURCE + "\n\ndef areas(n):\n    return [area(i, 1) for i in range(n)]\n", encoding="utf-8")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)  # noqa: S102 (written above)
    thread = Thread(target=names["area"], args=(0, 0))
    alone = partial(names["areas"], 0)

    assert watch.calls(tmp_path, [alone]) == {("shapes", "areas")}
    assert watch.calls(tmp_path, [alone, thread.start, thread.join]) == {("shapes", "areas"), ("shapes", "area")}
    assert watch.calls(tmp_path / "elsewhere", [alone]) == set()
