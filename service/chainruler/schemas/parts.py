"""The JSON schemas of layers, losses, optimisers and the like, read off their registries.

The parts read themselves, with better messages than a schema gives; here is what they read, for the documentation.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from chainruler.networks.part import Described, Part, hints_of
from chainruler.networks.reading import Names, Within

Schema = dict[str, Any]

_PLAIN: dict[object, str] = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_BOUNDS = {"least": "minimum", "most": "maximum", "above": "exclusiveMinimum", "below": "exclusiveMaximum"}


def schema_of(hint: Any) -> Schema:
    """The JSON schema of what an annotation of a part's field reads."""
    origin = get_origin(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is not None:
        return _composed(origin, get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Names):
        return {"type": "object", "additionalProperties": {"type": "string"}}
    kind = issubclass(hint, Part) and "type" not in hint.__dict__
    return schema_of_kind(hint) if kind else reference(hint)


def _composed(origin: Any, args: tuple[Any, ...]) -> Schema:
    """The schema of an annotation made of others."""
    if origin is Annotated:
        schema = schema_of(args[0])
        for rule in args[1:]:
            known = {word: getattr(rule, name) for name, word in _BOUNDS.items() if isinstance(rule, Within)}
            schema |= {word: bound for word, bound in known.items() if bound is not None}
        return schema
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(option) for option in args]}
    if len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": schema_of(args[0])}
    return {"type": "array", "prefixItems": list(map(schema_of, args)), "minItems": len(args), "maxItems": len(args)}


def component(part: type[Described]) -> str:
    """The name of a part's schema among the components of the OpenAPI document."""
    return f"{part.kind}_{part.type}" if issubclass(part, Part) and "type" in part.__dict__ else part.kind


def reference(part: type[Described]) -> Schema:
    """A reference to a part's schema."""
    return {"$ref": f"#/components/schemas/{component(part)}"}


def schema_of_kind(kind: type[Part]) -> Schema:
    """One of the parts of a kind, told apart by `type`."""
    mapping = {name: reference(part)["$ref"] for name, part in sorted(kind.registry.items())}
    return {
        "oneOf": [{"$ref": path} for path in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }


def schema_of_part(part: type[Described]) -> Schema:
    """The schema of one part: its fields, their annotations and defaults, its docstring."""
    properties: Schema = {}
    needed = []
    if issubclass(part, Part) and "type" in part.__dict__:
        properties["type"] = {"const": part.type}
        needed.append("type")
    hints = hints_of(part)
    for field in fields(part):
        properties[field.name] = schema_of(hints[field.name])
        if field.default is MISSING:
            needed.append(field.name)
        elif isinstance(field.default, bool | int | float | str):
            properties[field.name] = properties[field.name] | {"default": field.default}
    document: Schema = {
        "title": component(part),
        "description": (part.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return document | {"required": needed} if needed else document


def components(*kinds: type[Part], single: tuple[type[Described], ...] = ()) -> dict[str, Schema]:
    """The schemas of all parts of some kinds, and of some parts that stand alone, by the name of each."""
    parts = [part for kind in kinds for part in kind.registry.values()]
    return {component(part): schema_of_part(part) for part in (*parts, *single)}
