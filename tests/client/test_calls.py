"""Every call, against a real service and in this process: the same results, to the last bit, in every encoding."""

import asyncio
from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from chainruler_client import AsyncClient, Client
from chainruler_client.encoding import Encoding
from tests.client.asking import Document, ask, awaited, bits
from tests.handlers.calls import GOOD, call, changed, looked_up
from tests.handlers.problems import PROBLEMS, case, posted
from tests.support.service import Service

ENCODINGS: tuple[Encoding, ...] = ("auto", "json", "base64", "safetensors")
LISTINGS = ("layers", "losses", "optimizers", "textbook")


def in_arrays(document: Document) -> Document:
    """The document with NumPy arrays in place of its lists of numbers."""

    def arrays(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: list(entry) if key == "shape" else arrays(entry) for key, entry in value.items()}
        return np.array(value) if isinstance(value, list) else value

    under = {"parameters", "data", "gradients", "vectors", "vector", "optimizer_state", "variables"}
    return {key: arrays(value) if key in under else value for key, value in document.items()}


@pytest.mark.parametrize("name", GOOD)
def test_a_result_is_what_the_handler_answers(client: Client, name: str) -> None:
    """Each member of the answer is there under its name, and nothing else."""
    answer = call(name, GOOD[name])

    result = ask(client, name, GOOD[name]).to_dict()

    assert result.keys() == answer.keys()
    np.testing.assert_equal(result, answer)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("arrays", [False, True], ids=["lists", "arrays"])
def test_results_are_the_same_bits_in_every_encoding(client: Client, local: Client, name: str, arrays: bool) -> None:
    """JSON, base64 and safetensors, from a service and in this process; dtypes are the same too."""
    document = in_arrays(GOOD[name]) if arrays else GOOD[name]
    clients = [one.with_options(encoding=encoding) for one in (client, local) for encoding in ENCODINGS]

    first, *others = [bits(ask(one, name, document)) for one in clients]

    assert [other == first for other in others] == [True] * 7


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_every_kind_of_problem_has_the_same_bits_everywhere(
    client: Client, local: Client, name: str, dtype: str
) -> None:
    """Every layer and loss, with all that can be included, and with what is drawn at random."""
    included = ["outputs", "intermediates", "intermediate_gradients"]
    included += [] if name.startswith("embedding") else ["input_gradients"]  # whole numbers, which do not move
    problem = posted(case(name), include=included, dtype=dtype)
    clients = [client.with_options(encoding="json"), client.with_options(encoding="safetensors"), local]

    first, *others = [bits(one.gradients(problem)) for one in clients]

    assert [other == first for other in others] == [True] * 2


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_are_those_of_the_service(client: Client, local: Client, name: str) -> None:
    """What there is, is the same from a service and in this process."""
    assert getattr(client, name)().to_dict() == getattr(local, name)().to_dict() == looked_up(name)


@pytest.mark.parametrize("name", textbook.names())
def test_a_worked_system_is_a_problem_as_it_stands(client: Client, local: Client, name: str) -> None:
    """An entry's problem goes into a call, from a service or from here."""
    problem = client.textbook_entry(name).problem

    assert problem == local.textbook_entry(name).problem
    assert bits(client.gradients(problem)) == bits(local.gradients(problem))


def test_what_is_named_takes_the_place_of_the_problems_own(local: Client) -> None:
    """Arguments win over the document, which stays as it is."""
    problem = textbook.problem("two_two_two")

    result = local.gradients(problem, loss={"type": "squared_error"}, include=["outputs"])

    whole = local.gradients(**{**problem, "loss": {"type": "squared_error"}})
    assert result.loss == whole.loss != local.gradients(problem).loss
    assert result.outputs is not None
    assert problem == textbook.problem("two_two_two")


def test_the_awaited_client_answers_the_same(service: Service, client: Client) -> None:
    """One description of each call serves both clients; many calls can be under way at once."""

    async def ask_all(opened: AsyncClient) -> list[Any]:
        async with opened:
            return await asyncio.gather(*(awaited(opened, name, GOOD[name]) for name in GOOD))

    remote = asyncio.run(ask_all(AsyncClient(service.url)))
    local = asyncio.run(ask_all(AsyncClient.local()))

    expected = [bits(ask(client, name, GOOD[name])) for name in GOOD]
    assert list(map(bits, remote)) == expected
    assert list(map(bits, local)) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_results_can_be_changed(client: Client, encoding: Encoding) -> None:
    """Arrays of a result are the caller's own: parameters can be moved in place."""
    step = client.with_options(encoding=encoding).step(GOOD["step"])
    before = step.parameters["W1"].copy()

    step.parameters["W1"] -= 1.0

    assert np.array_equal(step.parameters["W1"], before - 1.0)


def test_both_clients_say_whether_the_service_is_there(client: Client, local: Client) -> None:
    """`live` and `ready` answer, with the version of what answers."""
    assert client.live().to_dict() == local.live().to_dict()
    assert client.ready().to_dict() == local.ready().to_dict()
    assert client.ready().status == "ready"


def test_a_missing_model_is_the_services_to_say(local: Client) -> None:
    """The client looks at nothing but arrays, so that there is one place that words what is wrong."""
    with pytest.raises(Exception, match="model is missing"):
        local.gradients(changed(GOOD["gradients"], "model", ...))


@pytest.mark.parametrize("given", ["two_two_two", 3])
def test_what_is_no_problem_is_told_what_one_is(local: Client, given: Any) -> None:
    """The name of a worked system with the call that has its problem."""
    with pytest.raises(TypeError, match=r"such as client\.textbook_entry\(.*\)\.problem"):
        local.gradients(given)
    with pytest.raises(TypeError, match="A problem is a mapping"):
        next(local.train(given, epochs=1))
