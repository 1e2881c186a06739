"""What a mistake is: the ways to make it in a right line, its words, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple, TypeAlias

from chainruler.engine import Expression
from chainruler.grading.context import DerivationContext
from chainruler.grading.lines import Line


class Change(NamedTuple):
    """A line as somebody who makes the mistake would write it, and what exactly is wrong with it, in words."""

    expression: Expression | None
    """None where the change makes no sense, so that a mistake need not check first."""
    evidence: str
    also: Mapping[str, Expression] = {}
    """The right sides of later lines that become others with it, by their names."""


Changes: TypeAlias = Iterator[Change]


class Instead(NamedTuple):
    """Forward lines as somebody with the mistake writes them, by their names, and what is wrong with them."""

    lines: Mapping[str, Expression | None]
    """None for a line that is taken as given, as if it did not depend on anything."""
    evidence: str


class Mistake:
    """One kind of mistake; a subclass with a `code` registers itself.

    In the words, `{line}` is the line as the problem calls it, `{of}` what it is the gradient by, and `{right}` its
    right side.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    """What it is called in a list."""
    credit: ClassVar[float]
    """The part of the points that is left; staff may say otherwise."""
    question: ClassVar[str]
    """The first hint: a question that leads to it."""
    step: ClassVar[str]
    """The second hint: which step is wrong, and how."""
    answer: ClassVar[str] = "Right is {line} = {right}."
    """The third hint."""
    explanation: ClassVar[str]
    """Why it is a mistake."""
    convention: ClassVar[bool] = False
    """Whether the answer is right by another convention than the problem's."""
    generic: ClassVar[bool] = False
    """Whether another mistake that explains the same says more."""
    habit: ClassVar[bool] = False
    """Whether a student who makes it in one layer makes it in all."""
    forward: ClassVar[bool] = False
    """Whether lines of the forward pass are broken by it, so that wrong values are differentiated."""
    backward: ClassVar[bool] = True
    """Whether lines of the backward pass are broken by it."""
    by_number: ClassVar[bool] = False
    """Whether another mistake gives the same by the numbers of the problem alone, so that both are told."""
    registry: ClassVar[dict[str, type[Mistake]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            Mistake.registry[cls.code] = cls

    @classmethod
    def changes(cls, line: Line) -> Changes:
        """Every way in which this mistake can be made in a line."""
        del line
        return iter(())

    @classmethod
    def instead(cls, context: DerivationContext) -> Iterator[Instead]:
        """Every other network that somebody who makes this mistake differentiates without fault.

        All that changes with it is worked out by differentiating it, so that a mistake states no derivative.
        """
        del context
        return iter(())
