"""Requests as models: what is needed, what is taken, and what becomes of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from chainruler.networks import SpecError
from chainruler.schemas.grading import GradeRequest
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

    assert (len(refused.value.errors), refused.value.more) == (10, 20)
    assert str(refused.value) == refused.value.errors[0].message


TO_GRADE: dict[str, Any] = {"problem": {"model": {}, "loss": {}}, "answers": {"W1": {"array": [1.0]}}}
OF_GRADING: dict[str, tuple[dict[str, Any], str, str, str, str | None]] = {
    "the name of a problem": (
        {"problem": "two_two_two"},
        "wrong_type",
        "/problem",
        "must be an object, not a string.",
        "Known are data, dtype, initialize, loss, mode, model, parameters, regularization, statistics.",
    ),
    "a list for a rubric": (
        {"rubric": []},
        "wrong_type",
        "/rubric",
        "must be an object, not a list.",
        "Known are credit, follow_through, mistakes, points, symbols, tolerance, upstream.",
    ),
    "points in quotes": (
        {"rubric": {"points": {"W1": "4"}}},
        "wrong_type",
        "/rubric/points/W1",
        "must be a number, not a string.",
        None,
    ),
    "true for points": (
        {"rubric": {"points": {"W1": True}}},
        "wrong_type",
        "/rubric/points/W1",
        "must be a number, not true or false.",
        None,
    ),
    "too many points": (
        {"rubric": {"points": {"W1": 2e6}}},
        "out_of_range",
        "/rubric/points/W1",
        "must be at most 1000000.",
        None,
    ),
    "hints in quotes": ({"hints": "2"}, "unknown_value", "/hints", "must be 1, 2 or 3.", None),
    "a code in capitals": (
        {"rubric": {"mistakes": [{"answer": "W1", "formula": "W1", "feedback": "", "code": "Mine"}]}},
        "bad_name",
        "/rubric/mistakes/0/code",
        "must be a small letter, then small letters, digits and _.",
        None,
    ),
}


@pytest.mark.parametrize("row", OF_GRADING.values(), ids=OF_GRADING)
def test_what_is_nested_is_refused_in_our_words(row: tuple[dict[str, Any], str, str, str, str | None]) -> None:
    """Nothing is converted silently, and no word of Pydantic's or name of a class of ours is said."""
    change, code, where, words, hint = row
    with pytest.raises(InvalidRequest) as refused:
        read_request(GradeRequest, TO_GRADE | change)
    (error,) = refused.value.errors

    assert (error.code, error.pointer, error.hint) == (code, where, hint)
    assert error.message.endswith(words)


def test_points_may_be_whole_numbers() -> None:
    """4 points are as good as 4.0."""
    request = read_request(GradeRequest, TO_GRADE | {"rubric": {"points": {"W1": 4}, "credit": {"wrong_sign": 1}}})

    assert (request.rubric.points, request.rubric.credit) == ({"W1": 4.0}, {"wrong_sign": 1.0})
