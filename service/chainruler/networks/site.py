"""Where a layer is built: its number, its names, and the words in which its shapes are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainruler.engine import Expression, Shape, ShapeError, label_of, show_shape
from chainruler.networks.blueprint import Blueprint, Parameter, Role
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.layers.layer import Layer
from chainruler.networks.reading import TRANSPOSED

Path = tuple[str | int, ...]


@dataclass
class Site:
    """One layer's view of the blueprint."""

    plan: Blueprint
    path: Path
    """Where the layer stands in the document."""
    title: str
    """What messages call it: `layer 3 ("linear")`."""
    suffix: str
    """What its symbols end in: `1`, or `_classes` for a layer of that name."""
    names: Mapping[str, str]
    """The names that the description gives its parameters, by role."""

    @property
    def Title(self) -> str:
        """The title at the beginning of a sentence."""
        return self.title[0].upper() + self.title[1:]

    def parameter_name(self, what: str, letter: str) -> str:
        """The name of a parameter: `W1`, or what the layer or the model calls it."""
        return self._named(what, letter)[0]

    def _named(self, what: str, letter: str) -> tuple[str, bool]:
        """The name of a parameter, and whether the layer takes its transpose."""
        name = self.names.get(what) or self.plan.name(letter + self.suffix)
        return name.removesuffix(TRANSPOSED), name.endswith(TRANSPOSED)

    def given(self, what: str, letter: str) -> Shape | None:
        """The shape that the layer sees of a parameter that was sent or that an earlier layer has; None of others."""
        name, transposed = self._named(what, letter)
        known = self.plan.parameters.get(name)
        shape = (self.plan.given or {}).get(name) if known is None else known.shape
        return shape[::-1] if transposed and shape is not None else shape

    def parameter(
        self,
        what: str,
        letter: str,
        shape: Sequence[int],
        why: str,
        *,
        role: Role = "bias",
        fans: tuple[int, int] = (1, 1),
    ) -> Expression:
        """Declares a parameter of this shape, or shares one; `why` explains the shape where another one was sent."""
        name, transposed = self._named(what, letter)
        wanted: tuple[int, ...] = tuple(shape)
        if transposed:
            if len(wanted) != 2:
                raise self._refuse_name(what, "Only a matrix has a transpose.")
            wanted, why = wanted[::-1], f"{why} transposed"
        tied = self.plan.parameters.get(name) if what in self.names else None
        if tied is not None:
            self._check_tied(what, tied, wanted, role)
            return tied.variable.T if transposed else tied.variable
        if self.plan.given is not None:
            have = self.plan.given.get(name)
            if have is None:
                raise self._missing(what, name, wanted)
            if have != wanted:
                raise wrong_parameter(name, have, wanted, why, self.plan)
        symbol = self.plan.parameter(name, wanted, role, fans)
        return symbol.T if transposed else symbol

    def _check_tied(self, what: str, tied: Parameter, wanted: tuple[int, ...], role: Role) -> None:
        """Refuses to share a parameter that has another shape, or is of another kind."""
        if tied.shape == wanted and tied.role == role:
            return
        name = self.names[what]
        other = name.removesuffix(TRANSPOSED) if name.endswith(TRANSPOSED) else name + TRANSPOSED
        message = (
            f'{self.Title} shares "{tied.name}", a {tied.role} of shape {show_shape(tied.shape)} of an earlier layer; '
            f"here it would be a {role} of shape {show_shape(wanted)}."
        )
        turned = tied.role == role == "weight" and tied.shape == wanted[::-1]
        raise self._refuse_name(what, message, f'Did you mean "{other}"?' if turned else None)

    def _refuse_name(self, what: str, message: str, hint: str | None = None) -> SpecError:
        return SpecError("wrong_shape", pointer(*self.path, "parameters", what), message, hint)

    def _missing(self, what: str, name: str, wanted: Shape) -> SpecError:
        message = f"parameters.{name} is missing: {self.title} needs it, with shape {show_shape(wanted)}."
        hint = 'Or give the layer "bias": false.' if what == "bias" else None
        return SpecError("missing_parameter", pointer("parameters", name), message, hint)

    def input(self, label: str, shape: Shape, role: str, *, supplied: bool = True, **about: Any) -> Expression:
        """Declares an array that is sent, or that the layer supplies as its `role` says; `about` as in `Input`."""
        owner = self.path if supplied else ()
        meaning = f"the {role} of {self.title}"
        label = self.plan.free(label + self.suffix)
        return self.plan.input(label, shape, owner=owner, role=role, meaning=meaning, **about)

    def line(self, label: str, expression: Expression) -> Expression:
        """Defines a line of this layer and gives its symbol."""
        return self.plan.line(label + self.suffix, expression)

    def updates(self, key: str, expression: Expression) -> None:
        """Defines the line that is the next value of an input of this layer."""
        key += self.suffix
        line = self.plan.line(f"next_{key}", expression)
        self.plan.updates[self.plan.name(key)] = label_of(line)

    def through(self, layers: Sequence[Layer], x: Expression) -> Expression:
        """The last line of layers inside this one."""
        number = self.title.partition(" ")[2].partition(" ")[0]
        return build_layers(self.plan, layers, x, (*self.path, "layers"), f"{number}.")

    def refuse(self, code: str, message: str, hint: str | None = None) -> SpecError:
        """An error about this layer."""
        return SpecError(code, pointer(*self.path), message, hint)


def build_layers(plan: Blueprint, layers: Sequence[Layer], x: Expression, path: Path, number: str = "") -> Expression:
    """The last line of the layers over `x`, each of which defines its own."""
    for place, written in enumerate(layers):
        try:
            parts = written.unfolded()
        except SpecError as error:
            raise error.below(*path, place) from None
        for layer in parts:
            site = site_of(plan, layer, (*path, place), f"{number}{place + 1}")
            x = _built(layer, x, site)
    return x


def site_of(plan: Blueprint, layer: Layer, path: Path, number: str) -> Site:
    """The site of a layer; a layer with parameters takes the next number for its symbols."""
    if layer.letters:
        plan.numbered += 1
        plan.suffix = str(plan.numbered)
    suffix = f"_{layer.name}" if layer.name else plan.suffix
    return Site(plan, path, f'layer {number} ("{layer.type}")', suffix, layer.explicit_parameter_names(path))


def _built(layer: Layer, x: Expression, site: Site) -> Expression:
    plan = site.plan
    if layer.rows_only and plan.samples == "columns":
        raise site.refuse("unsupported_samples", f"{site.Title} needs samples in rows.", 'Set "samples": "rows".')
    if x.kind == "index" and layer.takes != "index":
        raise site.refuse("wrong_order", f"{site.Title} needs numbers, but gets whole numbers that select.")
    try:
        return plan.line(layer.symbol + site.suffix, layer.outputs(x, site))
    except ShapeError as error:
        raise site.refuse("wrong_shape", f"{site.Title}: {error}") from None


def wrong_parameter(name: str, have: Shape, wanted: Shape, why: str, plan: Blueprint) -> SpecError:
    """What is wrong with a parameter's shape, and the likeliest reason."""
    message = f"parameters.{name} has shape {show_shape(have)}. {why} it must be {show_shape(wanted)}."
    hint = None
    if len(wanted) == 2 and have == wanted[::-1]:
        other = "in_out" if plan.layout == "out_in" else "out_in"
        hint = f'It looks transposed: send {show_shape(wanted)}, or set "layout": "{other}".'
    elif have in ((*wanted, 1), (1, *wanted)):
        hint = f"Send it flat, with shape {show_shape(wanted)}."
    return SpecError("wrong_shape", pointer("parameters", name), message, hint)
