"""What a program needs at once: by arithmetic before it runs, and by what is allocated while it runs."""

import tracemalloc
from random import Random
from typing import Any

import numpy as np
import pytest

from chainruler.engine import DType, Program, compiled, variable
from chainruler.engine.functions import exp
from chainruler.memory import LEDGER, Account, NeverFits
from chainruler.networks import Network, network_of, problem_of, shapes_of, values_of
from chainruler.textbook import names, problem
from tests.handlers.problems import PROBLEMS
from tests.networks.cases import SAMPLES, case_of, documents

Document = dict[str, Any]

WITHIN = 1.5
LARGE = 20_000
"""Samples with which arrays, and not the interpreter's small objects, are what is allocated."""
EVERY: dict[str, Document] = {**PROBLEMS, **dict(documents())}
SOME = Random(0).sample(sorted(PROBLEMS), 10)  # noqa: S311  (no secret)


def repeated(data: dict[str, Any]) -> dict[str, Any]:
    """The samples again and again."""
    many = LARGE // SAMPLES
    return {key: np.repeat(np.asarray(array), many, axis=0) for key, array in data.items()}


def needed(program: Program, values: dict[str, Any]) -> tuple[int, int]:
    """The bytes that a program says it needs, and those that it allocates at its height."""
    kinds = {"f": program.dtype, "i": np.dtype(np.intp)}
    arrays = {name: np.asarray(array) for name, array in values.items()}
    arrays = {name: array.astype(kinds.get(array.dtype.kind, array.dtype)) for name, array in arrays.items()}
    sizes: dict[str, int] = {}
    for node in program.inputs:
        array = arrays[node.primitive.label]  # type: ignore[attr-defined]
        sizes |= {dim: n for dim, n in zip(node.shape, array.shape, strict=True) if isinstance(dim, str)}
    program(arrays)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        results = program(arrays)
        height = tracemalloc.get_traced_memory()[1] - before
        del results
    finally:
        tracemalloc.stop()
    return program.peak(sizes), height


def check(network: Network, values: dict[str, Any], dtype: DType = "float64") -> None:
    """Forward, and loss with gradients."""
    for lines in ([network.outputs], [network.loss or "", *network.gradients.values()]):
        said, real = needed(network.program(lines, dtype), values)

        assert real > 100_000
        assert real / WITHIN <= said <= real * WITHIN, (lines, said, real)


def check_document(document: Document, dtype: DType) -> None:
    """The problem of a document with as many samples as make its arrays large."""
    case = case_of(document)
    read = problem_of(document)
    placed = case.network.placed(case.data)
    placed["data"] = repeated(placed["data"])
    check(case.network, values_of(read, case.network, case.parameters, **placed).arrays, dtype)


@pytest.mark.parametrize("name", SOME)
def test_some_networks_need_what_they_say(name: str) -> None:
    """Within half as much again, either way."""
    check_document(EVERY[name], "float64")


@pytest.mark.sampled(0.4)
@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_network_needs_what_it_says(name: str, dtype: DType) -> None:
    """Every layer with every loss, in both precisions."""
    check_document(EVERY[name], dtype)


@pytest.mark.parametrize("name", names())
def test_every_textbook_system_needs_what_it_says(name: str) -> None:
    """Those of one sample have no large arrays, and no batch to make larger."""
    document = problem(name)
    read = problem_of(document)
    if read.model.samples == "columns" or any(np.ndim(array) < 1 for array in document["data"].values()):
        pytest.skip("one sample")
    data = repeated(document["data"])
    network = network_of(read, shapes_of(read, document["parameters"], data))
    check(network, values_of(read, network, document["parameters"], data).arrays)


def test_a_program_that_can_never_fit_is_refused_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are those of its arrays alive at once, and nothing is allocated."""
    x = variable("x", ("N",))
    program = compiled([exp(x), exp(-x)])
    monkeypatch.setattr(LEDGER, "for_requests", 2**20)
    array = np.broadcast_to(0.0, (10**9,))
    with pytest.raises(NeverFits, match="15,259 MB"):
        program({"x": array})

    with Account() as account, account.charged():
        program({"x": np.zeros(1000)})
        assert account.held == 0
