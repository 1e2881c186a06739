"""A part of a description: a frozen dataclass whose fields are its JSON, registered by existing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Self, TypeAlias, cast, get_type_hints

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, create_model
from pydantic_core import CoreSchema, core_schema

from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.faults import fault_of, said
from chainruler.networks.reading import STRICT, native

Class: TypeAlias = type[Any]
"""A class; an alias, because inside a part `type` is its name in JSON."""
AT_RUN_TIME = {"runtime": True}
"""The metadata of a field whose numbers matter only when a program runs, so that others need no other program."""


@dataclass(frozen=True)
class Description:
    """A frozen dataclass whose fields are its JSON: validated by Pydantic by their annotations, refused in words."""

    kind: ClassVar[str] = "description"
    fields_also_called: ClassVar[Mapping[str, str]] = {}
    """What other frameworks call its fields, for did-you-mean."""

    def __post_init__(self) -> None:
        _fill(self, vars(self))

    def check(self) -> None:
        """Refuses fields that do not fit each other."""

    @classmethod
    def title(cls) -> str:
        """What messages call it."""
        return cls.kind

    @classmethod
    def component(cls) -> str:
        """The name of its schema among the components of the OpenAPI document."""
        return cls.kind

    @classmethod
    def reference(cls) -> dict[str, Any]:
        """The JSON schema of a field that holds one."""
        return {"$ref": f"#/components/schemas/{cls.component()}"}

    @classmethod
    def read(cls, document: object) -> Self:
        """What an object describes."""
        if isinstance(document, cls):
            return document
        if not isinstance(document, Mapping):
            raise SpecError("wrong_type", "", f"{cls.kind.capitalize()} is an object, not {said(document)}.")
        return cls.of_fields(document)

    @classmethod
    def of_fields(cls, given: Mapping[str, object]) -> Self:
        """The instance with these fields."""
        part = object.__new__(cls)
        _fill(part, given)
        return part

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a field it reads itself: it knows what its errors are about, and its kind which types there are by now.

        A tagged union would fix the types when it is made, and write the tag into the pointers of errors.
        """
        return core_schema.no_info_plain_validator_function(cls.read)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return cls.reference()

    def document(self) -> dict[str, object]:
        """The JSON that describes this, without fields that are at their default."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {name: _plain(value) for name, value in own.items()}

    def structure(self) -> Self:
        """The part without the numbers that only matter when it runs: what programs are cached by."""
        changed = {f.name: _blank(getattr(self, f.name), runtime="runtime" in f.metadata) for f in fields(self)}
        if all(changed[f.name] is getattr(self, f.name) for f in fields(self)):
            return self
        result = object.__new__(type(self))
        vars(result).update(changed)
        return result


@dataclass(frozen=True)
class Part(Description):
    """A layer, loss or the like. A subclass with a `type` is in its kind's registry, which everything generic reads.

    Schemas come from the fields and their annotations, documentation from the docstring, tests and benchmarks from
    `examples()`.
    """

    type: ClassVar[str]
    registry: ClassVar[dict[str, Class]] = {}
    """The parts of this kind by type."""
    also_called: ClassVar[tuple[str, ...]] = ()
    """What other frameworks call it, for did-you-mean."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            cls.registry = {}
        if "type" in cls.__dict__:
            cls.registry[cls.type] = cls

    @classmethod
    def examples(cls) -> list[Self]:
        """Instances that between them use every field, for generic tests, schemas and benchmarks."""
        return [cls()]

    @classmethod
    def title(cls) -> str:
        return f'{cls.kind} "{cls.type}"'

    @classmethod
    def component(cls) -> str:
        return f"{cls.kind}_{cls.type}"

    @classmethod
    def reference(cls) -> dict[str, Any]:
        """One of the parts of a kind, told apart by `type`."""
        if "type" in cls.__dict__:
            return super().reference()
        mapping = {name: part.reference()["$ref"] for name, part in sorted(cls.registry.items())}
        options = [{"$ref": path} for path in mapping.values()]
        return {"oneOf": options, "discriminator": {"propertyName": "type", "mapping": mapping}}

    @classmethod
    def read(cls, document: object) -> Self:
        """The part that an object with a `type` describes."""
        if isinstance(document, cls):
            return document
        if not isinstance(document, Mapping):
            raise SpecError("wrong_type", "", f'A {cls.kind} is an object with a "type", not {said(document)}.')
        chosen = cls._of_type(document.get("type"))
        fields_of_it = {str(key): value for key, value in document.items() if key != "type"}
        return cast("Self", chosen.of_fields(fields_of_it))

    @classmethod
    def _of_type(cls, name: object) -> Class:
        if not isinstance(name, str):
            known = f"Known are {', '.join(sorted(cls.registry))}."
            raise SpecError("missing_field", "/type", f'A {cls.kind} needs a "type", which is a string.', known)
        if name not in cls.registry:
            message = f'{cls.kind.capitalize()} type "{name[:40]}" is not known.'
            raise SpecError("unknown_type", "/type", message, did_you_mean(name, cls.registry, cls.synonyms()))
        return cls.registry[name]

    @classmethod
    def synonyms(cls) -> dict[str, str]:
        """What other frameworks call the parts of this kind, and its own names in other spellings."""
        own = {spelling: name for name in cls.registry for spelling in (name.title().replace("_", ""), name.upper())}
        return own | {other: name for name, part in cls.registry.items() for other in part.also_called}

    def document(self) -> dict[str, object]:
        return {"type": self.type, **super().document()}


@cache
def model_of(part: type[Any]) -> type[BaseModel]:
    """Pydantic's model of the fields of a class, which has the last word on them, and their JSON schema."""
    hints = get_type_hints(part, include_extras=True)
    wanted: dict[str, Any] = {f.name: (hints[f.name], ... if f.default is MISSING else f.default) for f in fields(part)}
    return create_model(part.component(), __config__=STRICT, __doc__=part.__doc__, **wanted)


def _fill(part: Description, given: Mapping[str, object]) -> None:
    """Gives a new instance its fields: those that are given, validated, and the others at their defaults."""
    model = model_of(cast("Any", part.__class__))
    try:
        valid = model.model_validate({str(name): native(value) for name, value in given.items()})
    except ValidationError as error:
        raise _refusal(part, error) from None
    vars(part).update(vars(valid))
    part.check()


def _refusal(part: Description, invalid: ValidationError) -> SpecError:
    """The first error in words: of fields that are not known, else of those that are missing, else of values."""
    order = {"extra_forbidden": 0, "missing": 1}
    details = min(invalid.errors(include_url=False), key=lambda error: order.get(error["type"], 2))
    place, title = details["loc"], part.title()
    name = ".".join(map(str, place))[:80]
    if details["type"] == "extra_forbidden":
        known = [field.name for field in fields(part)]
        hint = did_you_mean(name, known, part.fields_also_called) if known else "It has no fields."
        return SpecError("unknown_field", pointer(*place), f'"{name[:40]}" is not a field of {title}.', hint)
    if details["type"] == "missing":
        return SpecError("missing_field", pointer(*place), f'{title.capitalize()} needs "{name}".')
    return fault_of(details, f'"{name}" of {title}')


def _plain(value: object) -> object:
    """The value as JSON has it."""
    if isinstance(value, Description):
        return value.document()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _blank(value: Any, *, runtime: bool) -> Any:
    """The value's structure; a run-time number is all like any other, a run-time list like any of its length."""
    if isinstance(value, Description):
        return value.structure()
    if isinstance(value, tuple) and not runtime and any(isinstance(item, Description) for item in value):
        blank = tuple(_blank(item, runtime=False) for item in value)
        return value if all(a is b for a, b in zip(blank, value, strict=True)) else blank
    if not runtime or value is None:
        return value
    return tuple(0 for _ in value) if isinstance(value, tuple) else type(value)()
