"""The client's calls and results against /openapi.json: whichever side changes alone, this fails."""

import inspect
from dataclasses import MISSING, fields
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest

from chainruler.app import create_app
from chainruler_client import AsyncClient, Client, calls
from chainruler_client.calls import Call, ProblemParts
from chainruler_client.results import BatchLine, Result
from chainruler_client.results.result import Array, Arrays, Number
from chainruler_client.submissions import grade_batch

Schema = dict[str, Any]

OPENAPI = create_app().openapi()
SCHEMAS = OPENAPI["components"]["schemas"]
KINDS: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    Annotated: "object",  # an optimiser's state
}
OTHERS = {"/metrics", "/", "/evaluate", "/evaluate/health"}
"""Paths that are not for callers: for machines which watch a service, and for learning platforms."""

OPERATIONS = {
    (method, path): operation
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
    if path not in OTHERS
}
DESCRIBED = {name: value for name in calls.__all__ if inspect.isfunction(value := getattr(calls, name))}
PROBLEM = set(ProblemParts.__annotations__)


def described(name: str) -> Call[Any]:
    """A call as it is described, with something for each argument that it needs."""
    needed: dict[str, Any] = {"formula": "x", "name": "{name}"}
    needed |= {member: {} for member in ("variables", "problem", "answers", "model", "loss")}
    parameters = inspect.signature(DESCRIBED[name]).parameters.values()
    given = [p for p in parameters if p.default is inspect.Parameter.empty and p.kind is not p.VAR_KEYWORD]
    positional = [needed[p.name] for p in given if p.kind is p.POSITIONAL_ONLY]
    call: Call[Any] = DESCRIBED[name](
        *positional, **{p.name: needed[p.name] for p in given if p.kind is not p.POSITIONAL_ONLY}
    )
    return call


CALLS = {name: described(name) for name in DESCRIBED}


def operation_of(call: Call[Any]) -> Schema:
    """What the service says of a call."""
    found: Schema = OPERATIONS["get" if call.members is None else "post", path_of(call)]
    return found


def path_of(call: Call[Any]) -> str:
    """Where a call goes, as the service describes it."""
    return call.path.replace("%7Bname%7D", "{name}")


def resolved(schema: Schema) -> Schema:
    """The schema that a reference leads to."""
    return SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def arguments(name: str) -> set[str]:
    """The names of what a call takes, but for a whole document, which comes first."""
    parameters = list(inspect.signature(DESCRIBED[name]).parameters.values())
    whole = {p.name for p in parameters if p.name == "problem" and p.kind is p.POSITIONAL_ONLY}
    named = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD} - whole
    return named | (PROBLEM if any(p.kind is p.VAR_KEYWORD for p in parameters) else set())


def test_there_is_a_call_for_every_operation() -> None:
    """No operation of the service is missing from the client, and the client has no other."""
    ours = {("get" if call.members is None else "post", path_of(call)) for call in CALLS.values()}
    loops = {("post", call.path) for call in (next(grade_batch([{}])),) if isinstance(call, Call)}

    assert ours | loops == set(OPERATIONS)


@pytest.mark.parametrize("name", DESCRIBED)
def test_both_clients_have_the_call_as_a_method(name: str) -> None:
    """The same name, arguments and words."""
    for client in (Client, AsyncClient):
        method = getattr(client, name)
        shown = [p.name for p in inspect.signature(method).parameters.values()]
        assert set(shown) - {"self", "problem"} == arguments(name) - {"problem"}
        assert method.__doc__ == DESCRIBED[name].__doc__
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name))


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_call_takes_what_the_request_has(name: str) -> None:
    """Every member of the request is an argument and the other way round; so is every part of the path."""
    operation = operation_of(CALLS[name])
    if "requestBody" in operation:
        taken = set(resolved(operation["requestBody"]["content"]["application/json"]["schema"])["properties"])
    else:
        taken = {parameter["name"] for parameter in operation.get("parameters", [])}

    assert arguments(name) == taken


@pytest.mark.parametrize("name", [name for name in DESCRIBED if CALLS[name].members is not None])
def test_choices_are_those_of_the_request(name: str) -> None:
    """Where the service takes one of a few words, the annotation lists them; a call may take but one of them."""
    schema = resolved(operation_of(CALLS[name])["requestBody"]["content"]["application/json"]["schema"])
    hints = {**get_type_hints(ProblemParts), **get_type_hints(DESCRIBED[name])}

    for member, told in schema["properties"].items():
        several = [told, *told.get("anyOf", [])]  # of what may be left out, one way is null
        words = {word for one in several for word in (*one.get("enum", []), *one.get("items", {}).get("enum", []))}
        words |= {told["items"]["const"]} if "const" in told.get("items", {}) else set()
        assert choices(hints[member]) == words or told.get("const") in choices(hints[member]), member


def choices(hint: Any) -> set[Any]:
    """The words that an annotation lists, wherever in it."""
    inside = get_args(hint)
    return set(inside) if get_origin(hint) is Literal else {word for one in inside for word in choices(one)}


def may_be_null(schema: Schema) -> bool:
    """Whether a member may be left out."""
    return {"type": "null"} in schema.get("anyOf", [])


def fits(hint: Any, schema: Schema) -> bool:
    """Whether what an annotation reads is what a schema describes; what may be left out may be None."""
    told, *_ = [resolved(one) for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    if type(None) in get_args(hint):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if isinstance(hint, type) and issubclass(hint, Result):
        return agree(hint, told)
    if get_origin(hint) is list and Any not in get_args(hint):
        return told.get("type") == "array" and listed(get_args(hint)[0], told["items"])
    if get_origin(hint) is Literal:
        return choices(hint) == set(told.get("enum", []))
    return numeric(hint, told) or told.get("type") == KINDS.get(get_origin(hint) or hint)


def numeric(hint: Any, told: Schema) -> bool:
    """Whether arrays are read where the schema has them."""
    if hint == Arrays:
        return told.get("type") == "object" and numeric(Array, told.get("additionalProperties", {}))
    return hint in (Array, Number) and told.get("title") in {"Array", "Nested list"}


def listed(hint: Any, schema: Schema) -> bool:
    """The same for the entries of a list, which may be of several types."""
    several = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    return all(any(fits(one, told) for told in schema.get("anyOf", [schema])) for one in several)


def agree(kind: type[Result], schema: Schema) -> bool:
    """Sees that a type of results has the members of a schema, reads each, and needs those that are always there."""
    hints = get_type_hints(kind, include_extras=True)
    ours = {one.name: one.default is MISSING for one in fields(kind) if one.name != "request_id"}
    needed = {name for name, is_needed in ours.items() if is_needed}
    nullable = {name for name, member in schema["properties"].items() if may_be_null(member)}
    assert set(ours) == set(schema["properties"]), kind
    assert needed >= set(schema.get("required", [])) - nullable, kind
    assert needed & nullable == set(), kind
    assert [name for name, member in schema["properties"].items() if not fits(hints[name], member)] == [], kind
    return True


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_result_has_what_the_answer_has(name: str) -> None:
    """The members of the answer are the fields of the result, of the types that the service describes."""
    answer = operation_of(CALLS[name])["responses"]["200"]["content"]["application/json"]["schema"]

    assert agree(CALLS[name].result, resolved(answer))


def test_a_report_of_a_batch_has_what_the_line_has() -> None:
    """The same for the lines that are answered one by one."""
    assert agree(BatchLine, SCHEMAS["BatchAnswer"])


def test_a_change_on_either_side_is_noticed() -> None:
    """A member more, a member less, one that is no longer sure to be there, and one of another type."""
    schema = resolved(operation_of(CALLS["step"])["responses"]["200"]["content"]["application/json"]["schema"])
    properties = schema["properties"]
    changed = [
        {**schema, "properties": {**properties, "momentum": {"type": "number"}}},
        {**schema, "properties": {key: value for key, value in properties.items() if key != "losses"}},
        {
            **schema,
            "required": [*schema["required"], "drawn"],
            "properties": properties | {"drawn": {"type": "object"}},
        },
        {**schema, "properties": {**properties, "steps": {"type": "string"}}},
        {**schema, "properties": {**properties, "parameters": properties["losses"]}},
        {**schema, "properties": {**properties, "dtype": {"enum": ["float64"]}}},
    ]

    for other in changed:
        with pytest.raises(AssertionError):
            agree(CALLS["step"].result, other)
