"""The JSON schemas of layers, losses, optimisers and the like, which Pydantic makes of their fields."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonRef, models_json_schema

from chainruler.networks.part import Description, Part, model_of

Schema = dict[str, Any]


class Schemas(GenerateJsonSchema):
    """Schemas that may refer to components which Pydantic does not know: those of other parts."""

    def handle_ref_overrides(self, json_schema: Schema) -> Schema:
        return json_schema

    def get_schema_from_definitions(self, json_ref: str) -> Schema | None:
        try:
            found: Schema | None = super().get_schema_from_definitions(JsonRef(json_ref))
        except KeyError:
            return None
        return found


class _PartSchemas(Schemas):
    """Schemas whose fields have no titles besides their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas_of(models: Iterable[type[BaseModel]], generator: type[Schemas] = Schemas) -> Schema:
    """The schemas of models and of what is in them, by the names of the components."""
    wanted: Any = [(model, "validation") for model in models]
    _, document = models_json_schema(wanted, ref_template="#/components/schemas/{model}", schema_generator=generator)
    found: Schema = document["$defs"]
    return found


def components(*kinds: type[Part], single: tuple[type[Description], ...] = ()) -> dict[str, Schema]:
    """The schemas of all parts of some kinds, and of some parts that stand alone, by the name of each."""
    parts = [part for kind in kinds for part in kind.registry.values()]
    return {part.component(): schema_of_part(part) for part in (*parts, *single)}


def schema_of_part(part: type[Description]) -> Schema:
    """The schema of one part: its type, its fields, their annotations and defaults, its docstring."""
    schema = _schema_of_fields(model_of(cast("Any", part)))
    if not issubclass(part, Part):
        return schema
    properties = {"type": {"const": part.type}} | schema["properties"]
    return schema | {"properties": properties, "required": ["type", *schema.get("required", ())]}


@cache
def _schema_of_fields(model: type[Any]) -> Schema:
    """Made once: Pydantic takes a millisecond for it, and the catalogue lists dozens."""
    schema: Schema = schemas_of([model], _PartSchemas)[model.__name__]
    return schema
