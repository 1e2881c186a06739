"""Requests as models: what is needed, what is taken, and what becomes of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from chainruler.networks import SpecError
from chainruler.schemas.reading import InvalidRequest, read_request
from chainruler.schemas.requests import DifferentiateRequest, Request, VariableShape
from tests.handlers.calls import CALLS, GOOD, changed

KINDS = {name: kind for name, (kind, _) in CALLS.items()}
every_kind = pytest.mark.parametrize("name", KINDS)


@every_kind
def test_every_field_is_described(name: str) -> None:
    """The documentation of a request has a sentence for each of its fields, and one for itself."""
    kind = KINDS[name]

    assert [field for field, about in kind.model_fields.items() if not about.description] == []
    assert (kind.__doc__ or "").endswith(".")


@every_kind
def test_a_field_that_is_needed_is_missed(name: str) -> None:
    """Without it the request is refused, and the hint is the field's description."""
    for field, about in KINDS[name].model_fields.items():
        if about.is_required():
            with pytest.raises(InvalidRequest) as refused:
                read_request(KINDS[name], changed(GOOD[name], field, ...))
            (error,) = refused.value.errors

            assert (error.code, error.pointer, error.hint) == ("missing_field", f"/{field}", about.description)


@every_kind
def test_a_request_does_not_change(name: str) -> None:
    """It is frozen: a handler that needs another makes another."""
    request = read_request(KINDS[name], GOOD[name])
    with pytest.raises(ValidationError, match="frozen"):
        request.__setattr__(next(iter(KINDS[name].model_fields)), None)


@pytest.mark.parametrize("document", [None, [], "{}", 3, True, 1.5], ids=str)
def test_a_body_that_is_no_object_is_refused(document: Any) -> None:
    """Whatever else JSON has, a request is an object."""
    with pytest.raises(SpecError) as refused:
        read_request(Request, document)

    assert (refused.value.code, refused.value.pointer) == ("wrong_type", "")
    assert "must be a JSON object, not " in refused.value.message


def test_a_variable_is_an_array_or_a_shape() -> None:
    """Told apart by what it is, so that an error is about the one that was meant."""
    document = {"formula": "x", "variables": {"x": 1.5, "y": {"shape": [2, 3]}}}
    variables = read_request(DifferentiateRequest, document).variables

    assert variables["x"].shape == ()
    assert variables["y"] == VariableShape(shape=[2, 3])


def test_at_most_ten_errors_are_told() -> None:
    """A request with more is refused for the first ten."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(KINDS["forward"], {**GOOD["forward"], **{f"field{i}": i for i in range(30)}})

    assert len(refused.value.errors) == 10
    assert str(refused.value) == refused.value.errors[0].message
