r"""The names in which derivations are printed: those of a course, as `\delta^{(2)}` or `dscores`, or one's own.

A name is a role with the number of a layer at `{n}`. What a course has no name for keeps that of the problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from chainruler.engine import Expression, label_of
from chainruler.engine.expression import Variable
from chainruler.notation.vocabulary import Quantity

Course: TypeAlias = Literal["cs231n", "deeplearning.ai", "ufldl", "bishop"]
Layers: TypeAlias = Literal["below", "round", "square"]
"""Where the number of a layer stands in mathematics: W_1, W^{(1)} or W^{[1]}."""


@dataclass(frozen=True)
class CourseNames:
    """How a course names what a network computes."""

    names: Mapping[str, str]
    """By role; the gradient by what is called x is dx."""
    last: Mapping[str, str] = field(default_factory=dict)
    """Of the last layer."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """Where there is one of its role."""
    gradients: Mapping[str, str] = field(default_factory=dict)
    """By role, gradients that have names of their own."""
    layers: Layers = "below"
    input_is_layer_1: bool = False
    samples: str = "N"


COURSES: Mapping[Course, CourseNames] = {
    "cs231n": CourseNames(
        {"scores": "z{n}", "hidden": "h{n}", "weights": "W{n}", "bias": "b{n}", "penalty": "reg"},
        last={"scores": "scores"},
        alone={"hidden": "hidden"},
    ),
    "deeplearning.ai": CourseNames(
        {"scores": "Z{n}", "hidden": "A{n}", "weights": "W{n}", "bias": "b{n}"}, layers="square", samples="m"
    ),
    "ufldl": CourseNames(
        {"scores": "z{n}", "hidden": "a{n}", "weights": "W{n}", "bias": "b{n}"},
        gradients={"scores": "delta{n}"},
        layers="round",
        input_is_layer_1=True,
        samples="m",
    ),
    "bishop": CourseNames(
        {"scores": "a{n}", "hidden": "z{n}", "weights": "w{n}", "bias": "b{n}"},
        gradients={"scores": "delta{n}"},
        layers="round",
    ),
}  # fmt: skip
_VALUES = frozenset({"scores", "hidden"})
"""What counts the input as a layer, where a course does."""


@dataclass(frozen=True)
class Naming:
    """The names in which one derivation is printed."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """By the problem's own."""
    layers: Layers = "below"

    def of(self, label: str) -> str:
        """The name that is printed."""
        return self.labels.get(label, label)

    def numbers_above(self, label: str) -> bool:
        """Whether mathematics has a number above a name, as that of its layer."""
        return self.layers != "below" and self.of(label)[-1:].isdigit()

    def is_derivative(self, label: str) -> bool:
        """Whether a gradient, dZ2, has no name but that of the derivative."""
        return self.of(label) in {label, f"d{self.of(label[1:])}"}

    @property
    def brackets(self) -> tuple[str, str]:
        """What is around the number of a layer."""
        return ("[", "]") if self.layers == "square" else ("(", ")")


OWN = Naming()
"""The names of the problem itself."""


def named_by(course: CourseNames, quantities: Iterable[Quantity]) -> Naming:
    """The names of a course for what a problem has."""
    labels: dict[str, str] = {}
    for one in quantities:
        name = _name(course, one)
        if name and isinstance(one.meaning, Expression) and isinstance(one.meaning.primitive, Variable):
            labels.setdefault(label_of(one.meaning), name)
        elif one.role == "samples":
            labels[one.shown] = course.samples
    return Naming(labels, course.layers)


def _name(course: CourseNames, quantity: Quantity) -> str:
    role, numbers = quantity.role, quantity.numbers
    shift = int(course.input_is_layer_1 and role in _VALUES)
    number = f"{numbers[0] + shift}" if numbers else ""
    own = course.last.get(role) if quantity.last else course.alone.get(role) if quantity.alone else None
    name = (own or course.names.get(role, "")).format(n=number)
    if not name or not quantity.gradient:
        return name
    return course.gradients.get(role, "d{x}").format(n=number, x=name)
