"""The schemas of layers, losses and the like say what their classes read."""

from dataclasses import MISSING, fields
from typing import Any

import pytest

from chainruler.networks import Layer, Loss, Model, Regularization, SpecError
from chainruler.networks.initializers import Initializer
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.part import Description, Part
from chainruler.networks.schedules import Schedule
from chainruler.schemas.parts import schema_of_part
from chainruler.schemas.requests import part_schemas

KINDS: list[type[Part]] = [Layer, Loss, Initializer, Optimizer, Schedule]
PARTS: list[type[Part]] = [part for kind in KINDS for part in kind.registry.values()]
Schema = dict[str, Any]
SCHEMAS = part_schemas()


def references(schema: object) -> set[str]:
    """Every component that a schema refers to."""
    if isinstance(schema, list):
        return set().union(*map(references, schema), set())
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix("#/components/schemas/")} if "$ref" in schema else set()
    return own.union(*map(references, schema.values()), set())


def fits(value: object, schema: Schema) -> bool:
    """Whether a value is what a schema says; as much of JSON Schema as the parts need."""
    if "$ref" in schema:
        return fits(value, SCHEMAS[schema["$ref"].rpartition("/")[2]])
    for word, every in (("anyOf", any), ("oneOf", lambda found: sum(found) == 1)):
        if word in schema:
            return bool(every([fits(value, option) for option in schema[word]]))
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    found: bool = FITS[schema["type"]](value, schema)
    return found


def _object(value: object, schema: Schema) -> bool:
    known, more = schema.get("properties", {}), schema["additionalProperties"]
    return (
        isinstance(value, dict)
        and set(schema.get("required", ())) <= value.keys()
        and all(fits(item, known[key]) if key in known else more and fits(item, more) for key, item in value.items())
    )


def _array(value: object, schema: Schema) -> bool:
    if not isinstance(value, list):
        return False
    kinds = schema.get("prefixItems") or [schema["items"]] * len(value)
    return len(kinds) == len(value) and all(map(fits, value, kinds))


def _number(value: object, schema: Schema) -> bool:
    return (
        isinstance(value, int if schema["type"] == "integer" else int | float)
        and not isinstance(value, bool)
        and value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
    )


FITS: dict[str, Any] = {
    "object": _object,
    "array": _array,
    "integer": _number,
    "number": _number,
    "string": lambda value, schema: isinstance(value, str),
    "boolean": lambda value, schema: isinstance(value, bool),
    "null": lambda value, schema: value is None,
}


def test_every_part_has_a_schema_and_every_reference_leads_to_one() -> None:
    """By the name of the component, each once; model and regularization among them."""
    described: list[type[Description]] = [*PARTS, Model, Regularization]

    assert SCHEMAS.keys() == {part.component() for part in described}
    assert len(SCHEMAS) == len(described)
    assert references(list(SCHEMAS.values())) <= SCHEMAS.keys()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.type}")
def test_a_schema_fits_its_examples_and_no_others(part: type[Part]) -> None:
    """The examples fit the schema of their part and the choice of their kind; with a field too many they do not."""
    schema, kind = schema_of_part(part), next(kind for kind in KINDS if issubclass(part, kind)).reference()
    for example in (example.document() for example in part.examples()):
        assert fits(example, schema)
        assert fits(example, kind)
        assert not fits({**example, "unknown": 1}, schema)
        assert not fits({key: value for key, value in example.items() if key != "type"}, schema)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.type}")
def test_a_schema_has_the_fields_their_defaults_and_the_docstring(part: type[Part]) -> None:
    """Nothing is said of a part that its class does not say."""
    schema = schema_of_part(part)
    needed = {field.name for field in fields(part) if field.default is MISSING}

    assert schema["properties"].keys() == {"type", *(field.name for field in fields(part))}
    assert set(schema["required"]) == {"type", *needed}
    assert schema["description"].startswith((part.__doc__ or "").split("\n")[0])
    for field in fields(part):
        if isinstance(field.default, bool | int | float | str):
            assert schema["properties"][field.name]["default"] == field.default
            assert fits(field.default, schema["properties"][field.name])


VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    0.5,
    1,
    1.5,
    2**53,
    "",
    "x",
    "mean",
    [],
    [1],
    [1, 2],
    [1, 2, 3],
    [0.5, "x"],
    [True],
]
VALUES += [
    {},
    {"x": "y"},
    {"x": 1},
    {"type": "relu"},
    [{"type": "relu"}],
    {"type": "constant", "value": 1},
    [None],
    [[1]],
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind}-{part.type}")
def test_a_schema_fits_what_the_class_reads_and_nothing_else(part: type[Part]) -> None:
    """Any field at any value: but for names, and for fields that do not fit each other, of which no schema knows."""
    schema = schema_of_part(part)
    for example in (example.document() for example in part.examples()):
        for changed in ({**example, field.name: value} for field in fields(part) for value in VALUES):
            try:
                part.read(changed)
            except SpecError as error:
                beyond = error.code in {"bad_name", "conflict"} or part.type == "sampled_softmax"
                assert beyond or not fits(changed, schema), changed
            else:
                assert fits(changed, schema), changed


def test_bounds_are_told() -> None:
    """A rate is at least 0 and below 1, a count at least 1."""
    dropout, linear = schema_of_part(Layer.registry["dropout"]), schema_of_part(Layer.registry["linear"])

    assert dropout["properties"]["rate"] == {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.5}
    assert linear["properties"]["units"]["anyOf"][0]["minimum"] == 1


def test_a_learning_rate_is_a_number_or_a_schedule() -> None:
    """A union is told as one; a kind among its options is told as the choice of its parts."""
    rate = schema_of_part(Optimizer.registry["sgd"])["properties"]["learning_rate"]

    assert fits(0.1, rate)
    assert fits({"type": "constant", "value": 0.1}, rate)
    assert not fits({"type": "constant"}, rate)
    assert not fits(-0.1, rate)
