"""What an error says, and to whom."""

import pickle
from typing import Any

import numpy as np
import pytest

import chainruler_client
from chainruler import textbook
from chainruler_client import ChainrulerError, Client, Fault, InvalidRequest, StatusError, errors
from tests.handlers.calls import GOOD, changed

TRANSPOSED = changed(GOOD["gradients"], "parameters.W2", [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def told(document: dict[str, Any]) -> InvalidRequest:
    """How a request is refused."""
    with pytest.raises(InvalidRequest) as caught:
        Client.local().gradients(document)
    return caught.value


def test_the_message_has_everything_that_the_service_says() -> None:
    """What is wrong, where, what to do about it, and under which id the service logged it."""
    error = told(TRANSPOSED)

    message = str(error)
    assert "parameters.W2 has shape (3, 2)" in message
    assert "\n  at /parameters/W2\n" in message
    assert error.hint is not None
    assert f"\n  {error.hint}\n" in message
    assert message.endswith(f"\n[HTTP 422 wrong_shape, request {error.request_id}]")


def test_each_part_of_the_message_can_be_had_alone() -> None:
    """For programs: the code, the place as a pointer, the hint, and the document as it came."""
    error = told(TRANSPOSED)

    assert (error.status, error.code, error.pointer) == (422, "wrong_shape", "/parameters/W2")
    assert error.errors == (Fault(error.code, error.pointer, error.detail, error.hint),)
    assert error.problem["title"] == "The request cannot be carried out"


def test_several_faults_are_all_told() -> None:
    """Up to ten of them, and then how many more there are."""
    error = told({**GOOD["gradients"], "data": {f"x{i}": None for i in range(12)}})

    assert len(error.errors) == 10
    assert [fault.pointer for fault in error.errors if fault.pointer not in str(error)] == []


def test_more_faults_than_are_listed_are_counted() -> None:
    """The service says how many it leaves out."""
    error = StatusError(422, {"errors": [{"code": "a", "pointer": "/b", "message": "c"}], "more": 5}, "id")

    assert str(error) == "c\n  at /b\nand 5 more\n[HTTP 422 a, request id]"


def test_a_refusal_without_a_document_says_its_status() -> None:
    """A proxy says no more than that."""
    assert str(StatusError(502, {})) == "HTTP status 502\n[HTTP 502]"
    assert str(StatusError(502, {"detail": "no", "errors": "?"}, "id")) == "no\n[HTTP 502, request id]"


def test_errors_go_from_process_to_process() -> None:
    """A pool of workers sends them home by pickle."""
    error = told(TRANSPOSED)

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own bytes)

    assert type(copy) is InvalidRequest
    assert (str(copy), copy.errors) == (str(error), error.errors)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    """The drawing at the head of the module names each class under the class that it is one of."""
    assert errors.__doc__ is not None
    drawn: list[tuple[int, str]] = []
    for line in errors.__doc__.splitlines()[2:]:
        words = line.lstrip("│├└─ ").split()
        drawn += [(len(line) - len(line.lstrip("│├└─ ")), words[0])] if words else []
    parents = {}
    for place, (depth, name) in enumerate(drawn):
        parents[name] = next((above for deep, above in reversed(drawn[:place]) if deep < depth), "Exception")

    kinds = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert {name: kind.__base__.__name__ for name, kind in kinds.items() if kind.__base__} == parents


def test_names_are_listed_once_and_shadow_nothing_of_python() -> None:
    """`from chainruler_client import *` hides no built-in; every error is exported."""
    import builtins  # noqa: PLC0415  (beside the assertion that is about it)

    names = chainruler_client.__all__
    exported = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }

    assert sorted(set(names)) == names
    assert [name for name in names if hasattr(builtins, name)] == []
    assert exported <= set(names)
    assert all(hasattr(chainruler_client, name) for name in names)


def test_what_holds_no_numbers_is_refused_before_it_is_sent() -> None:
    """A mistake of the program, with the place where it is."""
    problem = textbook.problem("two_two_two")

    with pytest.raises(TypeError, match=r"^data\.x holds complex128: only real numbers can be sent\.$"):
        Client.local().gradients(problem, data={"x": np.array([[1j, 2j]]), "y": [[0.0, 1.0]]})
    with pytest.raises(TypeError, match=r"^model\.layers\.0 holds object"):
        Client.local().gradients(problem, model={"layers": [object()]})
    assert not issubclass(TypeError, ChainrulerError)
