"""What editors and type checkers know of results: mypy checks this file, and the tests run it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from chainruler import textbook
from chainruler_client import AsyncClient, Client
from chainruler_client.results import (
    Derivation,
    Differentiated,
    Forward,
    Gradcheck,
    Gradients,
    Layers,
    Step,
    TextbookEntry,
)

PROBLEM = textbook.problem("two_two_two")
SGD = {"type": "sgd", "learning_rate": 0.1}


def test_results_have_types() -> None:
    """Each call has its own, with each member typed."""
    client = Client.local()

    gradients = assert_type(client.gradients(PROBLEM), Gradients)
    assert_type(gradients.loss, float | Any)
    assert_type(gradients.gradients["W1"], NDArray[Any])
    assert_type(gradients.outputs, NDArray[Any] | None)
    assert_type(client.forward(PROBLEM), Forward)
    assert_type(client.gradcheck(PROBLEM).parameters["W1"].worst.index, list[int])
    assert_type(client.gradcheck(PROBLEM), Gradcheck)
    assert_type(client.derivation(PROBLEM), Derivation)
    assert_type(client.derivation(PROBLEM).steps[0].latex, str)
    assert_type(client.differentiate("sum(w**2)", variables={"w": np.ones(2)}), Differentiated)
    assert_type(client.layers(), Layers)
    assert_type(client.textbook_entry("two_two_two"), TextbookEntry)
    assert_type(client.step(PROBLEM, optimizer=SGD).loss, float)
    assert_type(client.train(PROBLEM, optimizer=SGD, steps=1), Iterator[Step])
    assert_type(client.with_options(timeout=1), Client)


def test_arguments_have_types() -> None:
    """Whatever holds numbers is an array; a word that there is not, or of the wrong kind, is noticed before it runs."""
    client = Client.local()

    client.gradients(
        PROBLEM,
        include=["outputs"],
        parameters={
            "W1": [[1.0, 2.0], [3.0, 4.0]],
            "b1": np.zeros(2),
            "W2": ((1, 2), (3, 4)),
            "b2": np.array([0, 1], "f4"),
        },
    )
    for wrong in (
        lambda: client.gradients(PROBLEM, include=["output"]),  # type: ignore[list-item]
        lambda: client.gradients(PROBLEM, parametres={}),  # type: ignore[call-arg]
        lambda: client.jacobian(PROBLEM, form="sparse"),  # type: ignore[arg-type]
        lambda: client.with_options(timeout="5"),  # type: ignore[arg-type]
    ):
        try:
            wrong()
        except Exception:  # noqa: BLE001, S112  (it is refused when it runs, one way or the other)
            continue
        raise AssertionError("It was not refused.")


def test_awaited_results_have_the_same_types() -> None:
    """`await` gives what the other client returns."""

    async def asked() -> None:
        async with AsyncClient.local() as client:
            assert_type(await client.gradients(PROBLEM), Gradients)
            assert_type(await client.step(PROBLEM, optimizer=SGD), Step)
            assert_type(client.train(PROBLEM, optimizer=SGD, steps=1), AsyncIterator[Step])
            async for step in client.train(PROBLEM, optimizer=SGD, steps=1):
                assert_type(step, Step)

    asyncio.run(asked())
