"""What the entries of one cache weigh together, and what its process grew by: `python -m tests.memory.weighing keys`.

Each cache is measured in a process of its own: what other work left alive there, kernels and interned nodes, would not
be new, and so not be counted.
"""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import orjson

from chainruler.engine import expression
from chainruler.handlers.context import Context
from chainruler.handlers.gradients import gradients
from chainruler.handlers.grading import grade
from chainruler.memory import LEDGER
from chainruler.networks import Budget
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import GradientsRequest
from chainruler.wire import decode

Document = dict[str, Any]

CONTEXT = Context(Budget())
ACTIVATIONS = ["relu", "sigmoid", "tanh", "gelu", "softplus", "silu"]


def problem(random: Random, deep: int) -> Document:
    """A problem with numbers of its own, of a network that no other problem here has."""
    layers: list[Document] = []
    for _ in range(deep):
        layers += [{"type": "linear", "units": random.randint(2, 9)}, {"type": random.choice(ACTIVATIONS)}]
    samples, width = random.randint(2, 6), random.randint(1, 5)
    return {
        "model": {"layers": [*layers, {"type": "linear", "units": 3}]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": random.randint(0, 10**9)},
        "data": {"x": np.ones((samples, width)), "y": np.zeros(samples, int)},
    }


def computed(random: Random, deep: int) -> None:
    """Have the gradients of a problem."""
    gradients(read_request(GradientsRequest, problem(random, deep)), CONTEXT)


def graded(random: Random, deep: int) -> None:
    """Have wrong answers to a problem graded, which nothing explains."""
    posed = problem(random, deep)
    right = gradients(read_request(GradientsRequest, posed), CONTEXT)["gradients"]
    answers = {name: {"array": np.cos(7 * np.asarray(array))} for name, array in list(right.items())[:2]}
    grade(read_request(GradeRequest, {"problem": posed, "answers": answers}), CONTEXT)


def reported(random: Random, deep: int) -> None:
    """Have an answer graded that is wrong in its own way."""
    answers = {"b1": {"formula": f"{random.random()} * b1"}, "W1": {"text": str(random.random())}}
    posed = {key: value for key, value in problem(Random(deep), deep).items() if key != "data"}  # noqa: S311
    posed["model"]["input"] = 2
    grade(read_request(GradeRequest, {"problem": posed | {"initialize": None}, "answers": answers}), CONTEXT)


def described(random: Random, deep: int) -> None:
    """Read a description from a body."""
    posed = {key: value for key, value in problem(random, deep).items() if key != "data"}
    decode(orjson.dumps(posed | {"data": {"x": [[random.random()]]}}))


USES: dict[str, tuple[Callable[[Random, int], None], list[int]]] = {
    "descriptions": (described, [1, 8] * 40),
    "problems": (computed, [1, 8] * 8),
    "networks": (computed, [1, 4, 16]),
    "plans": (computed, [1, 4, 16]),
    "programs": (computed, [1, 4, 16]),
    "kernels": (graded, [1, 1]),
    "structures": (graded, [1, 2]),
    "keys": (graded, [0, 1, 2]),
    "reports": (reported, [0] * 20),
}


def traced() -> int:
    """The bytes that Python and NumPy hold, without the table of all nodes, which doubles now and then."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - sys.getsizeof(expression._nodes.data)  # type: ignore[attr-defined]  # noqa: SLF001


def forget(*kept: str) -> None:
    """Clear all caches but those that are kept."""
    for name, cache in LEDGER.caches.items():
        if name not in kept:
            cache.clear()


def measured(name: str) -> tuple[int, int, int]:
    """How many entries a cache has after its uses, their weight, and the bytes they keep alive without other caches.

    Kernels stay, and what they grow by is not the entries': all problems of a service share a few hundred of them.
    """
    for cache in LEDGER.caches.values():
        cache.limit(2**30)
    use, depths = USES[name]
    random = Random(3)  # noqa: S311  (no secret)
    use(random, 1)
    forget()
    tracemalloc.start()
    before = traced()
    for deep in depths:
        use(random, deep)
    forget(name, "kernels")
    grown = traced() - before
    tracemalloc.stop()
    grown -= 0 if name == "kernels" else LEDGER.caches["kernels"].settle()
    return len(LEDGER.caches[name]), LEDGER.caches[name].settle(), grown


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(measured(sys.argv[1])))
