"""A problem as it is described: model, loss and regularization, without the numbers."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from chainruler.memory import LEDGER, Cache
from chainruler.networks.blueprint import Layout, Mode
from chainruler.networks.errors import SpecError, TooLarge
from chainruler.networks.faults import said
from chainruler.networks.layers import Layer
from chainruler.networks.losses import Loss
from chainruler.networks.part import Description
from chainruler.networks.penalties import Regularization
from chainruler.networks.reading import Count, Many, Names, OneForm

DEEPEST, MOST_PARTS = 24, 256
KEYS = ("model", "loss", "regularization", "mode")


@dataclass(frozen=True)
class Model(Description):
    """Layers one after the other, how weights and samples lie in arrays, and what the symbols are called.

    `input` is the shape of a sample, needed only where neither data nor weights say it. `symbols` renames symbols, as
    in `{"Z1": "z", "A1": "a"}`. `derivation: sample` has derivations written for one sample, in column vectors.
    """

    kind: ClassVar[str] = "model"
    fields_also_called: ClassVar[dict[str, str]] = {"input_shape": "input", "in_features": "input", "names": "symbols"}

    layers: tuple[Layer, ...]
    layout: Layout = "out_in"
    samples: Literal["rows", "columns"] = "rows"
    derivation: Literal["batch", "sample"] = "batch"
    input: Annotated[Count | Many[Count], OneForm] | None = None
    symbols: Names = Names()  # noqa: RUF009 (never changed after it is read)

    @property
    def sample_shape(self) -> tuple[int, ...] | None:
        """The shape of a sample, if it is said."""
        return (self.input,) if isinstance(self.input, int) else self.input


@dataclass(frozen=True)
class Problem(Description):
    """What is to be computed and differentiated."""

    kind: ClassVar[str] = "problem"

    model: Model
    loss: Loss | None = None
    regularization: Regularization | None = None
    mode: Mode = "train"

    @cached_property
    def key(self) -> HashedStructure:
        """What its programs are cached by: everything but the numbers that matter only when they run."""
        return HashedStructure(self.structure())

    def at(self, path: tuple[str | int, ...]) -> Layer | Loss | Regularization:
        """The part that stands at a place: ("model", "layers", 2)."""
        place: object = self
        for step in path:
            place = place[step] if isinstance(place, tuple) and isinstance(step, int) else getattr(place, str(step))
        if not isinstance(place, Layer | Loss | Regularization):
            raise TypeError(f"There is no part at {path}.")
        return place


class HashedStructure:
    """A problem's structure with its hash, which is computed once."""

    __slots__ = ("_hash", "problem")

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._hash = hash(problem)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, HashedStructure) and self.problem == other.problem)


def problem_of(document: Mapping[str, object]) -> Problem:
    """The problem that these KEYS of a document describe; read once for each content."""
    part = {key: document[key] for key in KEYS if document.get(key) is not None}
    if not isinstance(part.get("model"), Mapping):
        message = f'"model" must be an object with "layers", not {said(document.get("model"))}.'
        raise SpecError("missing_field" if "model" not in part else "wrong_type", "/model", message)
    try:
        key = marshal.dumps(part, 2)  # with types told apart, as JSON does: 1, 1.0 and true are three values
    except ValueError:  # something that JSON has not, from a Python caller, or nested beyond all measure
        _check_extent(part)
        return Problem.of_fields(part)
    asked = _Document(key, part)
    return _PROBLEMS.find(asked, lambda: _read(asked))


class _Document:
    """A document that is equal to others of the same content."""

    __slots__ = ("content", "key")

    def __init__(self, key: bytes, content: Mapping[str, object]) -> None:
        self.key, self.content = key, content

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and self.key == other.key


_PROBLEMS: Cache[_Document, Problem] = LEDGER.cache("problems", lambda document, _: 5_000 + 20 * len(document.key))


def _read(document: _Document) -> Problem:
    _check_extent(document.content)
    return Problem.of_fields(document.content)


def _check_extent(document: Mapping[str, object]) -> None:
    """Refuses what is nested too deeply or has too many parts, before time is spent on any of them."""
    waiting: list[tuple[object, int]] = [(document, 0)]
    parts = 0
    while waiting:
        place, depth = waiting.pop()
        if depth > DEEPEST:
            message = f"The model is nested more than {DEEPEST} levels deep."
            raise TooLarge("too_deep", "/model", message)
        if isinstance(place, Mapping):
            parts += 1
            if parts > MOST_PARTS:
                raise TooLarge("too_many_layers", "/model/layers", f"The model has more than {MOST_PARTS} parts.")
            waiting += [(value, depth + 1) for value in place.values()]
        elif isinstance(place, list | tuple) and place and not isinstance(place[0], int | float):
            waiting += [(value, depth + 1) for value in place]
