"""What layers and losses build on: they declare parameters and inputs here, and write their named lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from chainruler.engine import Expression, Kind, Shape, ShapeError, constant, label_of, reshape, size, sum_of, variable
from chainruler.networks.errors import SpecError

Layout = Literal["out_in", "in_out"]
Samples = Literal["rows", "columns", "one"]
Entries = Literal["real", "probabilities", "zeros and ones", "variances"]
Mode = Literal["train", "inference"]
"""Whether dropout draws and batch_norm looks at the batch, or both compute as they do after training."""
Role = Literal["weight", "bias", "scale", "slope"]
"""Weights are drawn and penalised; the others start at a number, and are penalised only if `biases` says so."""
STARTS: Mapping[Role, float] = {"bias": 0.0, "scale": 1.0, "slope": 0.25}
"""The number that each entry of a parameter starts at that is not drawn."""

BATCH = "N"
GRADIENT, TANGENT, COTANGENT = DERIVED = ("d", "v_", "u_")
"""What stands before a name to name its gradient, and the vectors that go with it."""


@dataclass(frozen=True)
class Parameter:
    """An array that is learnt."""

    name: str
    variable: Expression
    role: Role
    fans: tuple[int, int]
    """How many values flow into and out of each unit, for initialisers."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, which never depends on the batch."""
        return tuple(dim for dim in self.variable.shape if isinstance(dim, int))


@dataclass(frozen=True)
class Input:
    """An array that is given, or supplied by the part that asked for it."""

    key: str
    """Its name where it is sent."""
    variable: Expression
    sent: Literal["data", "statistics"] = "data"
    """The member of a request that it is sent in."""
    owner: tuple[str | int, ...] = ()
    """Where the part stands that supplies it when it is not given; nobody, if empty."""
    role: str = ""
    """What the part calls it."""
    limit: int | None = None
    """Indices must be below this."""
    meaning: str = ""
    """What it is, for the message that it is missing."""
    private: bool = False
    """Whether it is written in the description itself, and cannot be sent as data."""
    entries: Entries = "real"
    """Which numbers its entries may be."""
    sums_to_one_along: int | None = None
    """The axis along which its entries must add up to 1."""
    drawn: bool = False
    """Whether it is drawn at random when it is not given, so that an answer must echo it."""

    @cached_property
    def symbol(self) -> str:
        """What formulas call it."""
        return label_of(self.variable)


@dataclass
class Blueprint:
    """A system in the making: its lines, parameters and inputs, and how samples and weights lie in arrays."""

    layout: Layout = "out_in"
    samples: Samples = "rows"
    symbols: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = "train"
    given: Mapping[str, Shape] | None = None
    """The shapes of the parameters that were sent; None if there are none yet."""
    lines: dict[str, Expression] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    inputs: dict[str, Input] = field(default_factory=dict)
    updates: dict[str, str] = field(default_factory=dict)
    """The lines that are the next value of an input, by its key: running statistics."""
    refusal_of_one: Callable[[], Exception] | None = None
    """Makes the error of a batch of one sample, where a layer needs two at least."""
    numbered: int = 0
    """How many layers with parameters there have been."""
    suffix: str = "0"
    """What the symbols of the layer being built end in."""
    affine_of: dict[Expression, tuple[Expression, Expression, Expression | None]] = field(default_factory=dict)
    """Input, weight and bias of each line of weighted sums."""
    _taken: set[str] = field(default_factory=set)

    @property
    def feature_axis(self) -> int:
        """The axis along which a sample's features lie."""
        return -2 if self.samples == "columns" else -1

    def batch(self, *shape: int) -> Shape:
        """The shape of a batch of arrays of this shape."""
        if self.samples == "one":
            return shape
        return (*shape, BATCH) if self.samples == "columns" else (BATCH, *shape)

    def sample_shape(self, x: Expression) -> tuple[int, ...]:
        """The shape of one sample of `x`."""
        return tuple(dim for dim in x.shape if isinstance(dim, int))

    def features(self, x: Expression) -> int:
        """How many features a sample has along its feature axis."""
        dim = x.shape[self.feature_axis]
        if not isinstance(dim, int):
            raise ShapeError("The features of a sample must be a known number.")
        return dim

    def along_features(self, vector: Expression) -> Expression:
        """A vector with one entry a feature, so that it meets the features of a batch."""
        return self.along(vector, self.feature_axis)

    def channel_axis(self, x: Expression) -> int:
        """The axis of the channels of images, and of the features of anything else."""
        return -3 if len(self.sample_shape(x)) == 3 else self.feature_axis

    def along(self, vector: Expression, axis: int) -> Expression:
        """The vector shaped so that its entries meet those along an axis."""
        return reshape(vector, (*vector.shape, *(1,) * (-1 - axis)))

    def affine(self, x: Expression, weight: Expression, bias: Expression | None = None) -> Expression:
        """The weighted sums of the features of every sample: X Wᵀ + b, or as layout and samples have it."""
        outwards = weight if self.layout == "out_in" else weight.T
        column = self.samples == "columns" or (x.ndim == 1 and self.layout == "out_in")
        product = outwards @ x if column else x @ outwards.T
        return product if bias is None else product + bias

    def is_data(self, x: Expression) -> bool:
        """Whether `x` is what was sent, and not the output of a layer."""
        return any(x is known.variable for known in self.inputs.values())

    def limit(self, x: Expression, below: int) -> None:
        """Notes that the indices in an input must be below a number."""
        for key, known in self.inputs.items():
            if known.variable is x:
                self.inputs[key] = replace(known, limit=below)

    def per_sample(self, terms: Expression) -> Expression:
        """The sum of the terms of each sample."""
        keep = () if self.samples == "one" else (-1,) if self.samples == "columns" else (-terms.ndim,)
        axes = tuple(axis for axis in range(-terms.ndim, 0) if axis not in keep)
        return sum_of(terms, axes) if axes else terms

    def count(self) -> Expression:
        """How many samples there are."""
        return constant(1) if self.samples == "one" else size([BATCH])

    def known(self) -> dict[str, Expression]:
        """Every symbol there is so far, by its name."""
        free = [*(p.variable for p in self.parameters.values()), *(i.variable for i in self.inputs.values())]
        return {name: self._symbol(name) for name in self.lines} | {label_of(symbol): symbol for symbol in free}

    def name(self, label: str) -> str:
        """What the model calls what is by default called `label`."""
        return self.symbols.get(label, label)

    def _symbol(self, name: str) -> Expression:
        return variable(name, self.lines[name].shape, "index" if self.lines[name].kind == "index" else "real")

    def free(self, label: str) -> str:
        """The label, with a number behind it if there is one already."""
        found, count = label, 1
        while self.name(found) in self._taken:
            count += 1
            found = f"{label}_{count}"
        return found

    def line(self, label: str, expression: Expression) -> Expression:
        """Defines a line, with a number behind its name if there is one already, and gives its symbol."""
        name = self.name(self.free(label))
        self.take(name)
        self.lines[name] = expression
        return self._symbol(name)

    def input(
        self, label: str, shape: Shape, kind: Kind = "real", *, key: str | None = None, **about: Any
    ) -> Expression:
        """Declares an array that comes with the data, under `key` or under its own name; `about` as in `Input`."""
        name = self.name(label)
        self.take(name)
        node = variable(name, shape, kind)
        self.inputs[key or name] = Input(key or name, node, **about)
        return node

    def parameter(self, name: str, shape: tuple[int, ...], role: Role, fans: tuple[int, int]) -> Expression:
        """Declares a parameter."""
        self.take(name)
        node = variable(name, shape)
        self.parameters[name] = Parameter(name, node, role, fans)
        return node

    def check_derivative_names(self) -> None:
        """Refuses a name that is taken for something made from another: dZ1 is the gradient by Z1."""
        for name in self._taken:
            for prefix in DERIVED:
                if name.startswith(prefix) and name[len(prefix) :] in self._taken:
                    message = (
                        f'"{name}" cannot be a symbol here: it stands for what belongs to "{name[len(prefix) :]}".'
                    )
                    raise SpecError("duplicate_name", "/model", message)

    def take(self, name: str) -> None:
        """Notes that a name is used; a name has one meaning."""
        if name in self._taken or name == BATCH:
            raise SpecError(
                "duplicate_name", "/model", f'Two things are called "{name}". Every symbol needs one meaning.'
            )
        self._taken.add(name)
