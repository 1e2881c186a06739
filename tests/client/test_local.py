"""The client without a service: the same refusals, and nothing of a server imported."""

import os
from dataclasses import replace

import numpy as np
import pytest

from chainruler import textbook
from chainruler.settings import Settings
from chainruler_client import Client, NonFiniteResult, NotFound, OverLimit, ServiceFault, StatusError
from chainruler_client.local import ANSWERED, BUDGET, OF_DOCUMENTS, LocalTransport
from tests.client.asking import refused
from tests.handlers.calls import GOOD, changed
from tests.handlers.refusals import REFUSALS
from tests.support.repository import PYTHON, run

PYTHONS_TO_REFUSE = {("differentiate", "no formula")}
ROWS = [(name, case) for name, table in REFUSALS.items() for case in table if (name, case) not in PYTHONS_TO_REFUSE]
SERVER = ("fastapi", "starlette", "uvicorn", "pydantic_settings", "httpx", "simdjson", "pybase64")


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize(("name", "case"), ROWS, ids=[f"{name}: {case}" for name, case in ROWS])
def test_a_refusal_is_that_of_the_service(client: Client, local: Client, name: str, case: str) -> None:
    """The same class of error, status, codes, pointers, messages and hints."""
    row = REFUSALS[name][case]
    document = changed(GOOD[name], row.place, row.value)

    told = refused(local, name, document)

    assert told == refused(client, name, document)
    assert told[1] == 422
    assert told[2]


def test_what_overflows_and_what_costs_too_much_are_told_apart(client: Client, local: Client) -> None:
    """Each has its own class, the same from a service and from here."""
    problem = textbook.problem("softmax_regression")
    huge = {name: np.full(np.shape(value), 1e308) for name, value in problem["parameters"].items()}
    rows = [
        ("gradients", {**problem, "parameters": huge}, NonFiniteResult),
        ("step", {**GOOD["step"], "steps": 10**9}, OverLimit),
    ]

    for name, document, kind in rows:
        assert refused(local, name, document) == refused(client, name, document)
        assert refused(local, name, document)[0] is kind


def test_the_limits_are_those_of_a_service() -> None:
    """One that was told no others."""
    settings = Settings.model_construct()  # the defaults, whatever the environment says

    assert (settings.of_computing(), settings.of_documents()) == (BUDGET, OF_DOCUMENTS)


def test_an_unknown_worked_system_is_not_found(client: Client, local: Client) -> None:
    """With the name that was meant."""
    told = []
    for one in (client, local):
        with pytest.raises(NotFound) as caught:
            one.textbook_entry("two_two_tow")
        told.append((caught.value.status, caught.value.errors))

    assert told[0] == told[1]
    assert told[0][1][0].hint == 'Did you mean "two_two_two"?'


def test_a_fault_of_the_engine_has_its_cause() -> None:
    """What nobody foresaw is a ServiceFault as from a service, and here the traceback leads to it."""
    broken = replace(ANSWERED["gradients"], handler=lambda *_: {"loss": 1 / 0})
    client = Client("local", transport=LocalTransport({"gradients": broken}))

    with pytest.raises(ServiceFault, match="ZeroDivisionError") as caught:
        client.gradients(textbook.problem("two_two_two"))

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_large_requests_have_no_limit_of_bytes_here(local: Client) -> None:
    """A body ends at 32 MB because it travels; nothing travels here."""
    x = np.zeros((100_000, 50))
    problem = {"model": {"layers": [{"type": "linear", "units": 1}]}, "initialize": {"type": "zeros"}, "data": {"x": x}}

    assert local.forward(problem).outputs.shape == (100_000, 1)


def test_lists_of_any_length_are_read(local: Client) -> None:
    """What is too long for the header of a safetensors body is no list by then."""
    x = np.arange(20_000.0).reshape(-1, 2)
    problem = {"model": {"layers": [{"type": "linear", "units": 1}]}, "initialize": {"type": "he_normal", "seed": 0}}

    as_lists = local.with_options(encoding="safetensors").forward(problem, data={"x": x.tolist()})

    assert np.array_equal(as_lists.outputs, local.forward(problem, data={"x": x}).outputs)


def test_nothing_of_a_server_is_imported() -> None:
    """The base install is enough: neither FastAPI nor settings nor httpx are needed for a local call."""
    code = f"""
import sys
for name in {SERVER}: sys.modules[name] = None
from chainruler_client import Client
local = Client.local()
print(local.gradients(local.textbook_entry("two_two_two").problem).loss)
try: local.gradients()
except Exception as error: print(type(error).__name__, error.code)
"""
    assert run(PYTHON, "-W", "error", "-c", code) == "0.2983711087600027\nInvalidRequest missing_field\n"


def test_the_bits_do_not_depend_on_threads_of_blas() -> None:
    """A service computes with one; sums that several share are added up in another order."""
    code = """
import hashlib, numpy as np
from chainruler_client import Client
random = np.random.default_rng(0)
result = Client.local().gradients(
    model={"layers": [{"type": "linear", "units": 128}, {"type": "relu"}, {"type": "linear", "units": 10}]},
    loss={"type": "cross_entropy"}, initialize={"type": "he_normal", "seed": 0},
    data={"x": random.normal(size=(128, 784)), "y": random.integers(10, size=128)},
)
print(hashlib.sha256(b"".join(array.tobytes() for array in result.gradients.values())).hexdigest())
"""
    threads = [run(PYTHON, "-c", code, env={**os.environ, "OPENBLAS_NUM_THREADS": number}) for number in "123"]

    assert len(set(threads)) == 1


def test_an_error_of_the_service_can_be_caught_as_one(local: Client) -> None:
    """Whatever the service refuses is a StatusError."""
    with pytest.raises(StatusError):
        local.forward({})
