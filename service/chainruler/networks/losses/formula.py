"""A loss that is written as a formula."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, ExpressionError, show_shape
from chainruler.networks.errors import SpecError
from chainruler.networks.losses.loss import Loss

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite

_WORD = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True)
class Formula(Loss):
    """Any formula in the symbols of the model: a number as it stands, or terms for each sample that are then reduced.

    `Y` is the targets shaped like the outputs, one-hot where classes are sent; `y` is the classes.
    """

    type: ClassVar[str] = "formula"
    also_called: ClassVar[tuple[str, ...]] = ("custom", "lambda", "Lambda")

    formula: str
    notation: Literal["numpy", "latex"] = "numpy"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls("sum((Z1 - Y)**2, axis=1)"), cls("sum(log(1 + exp(Z1)) - Y * Z1) / N")]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        self._declare_targets(out, site)
        try:
            value = self._read({**site.plan.known(), "N": site.plan.count()})
        except ExpressionError as error:
            raise SpecError("bad_formula", "/loss/formula", str(error)) from None
        if value.shape and value.shape[:1] != site.plan.batch()[:1]:
            shape = show_shape(value.shape)
            message = f"The formula has the shape {shape}: it must be one number, or terms for each sample."
            raise SpecError("bad_formula", "/loss/formula", message)
        return value

    def _read(self, symbols: dict[str, Expression]) -> Expression:
        from chainruler.notation import read_latex, read_numpy  # noqa: PLC0415 (only formulas pay for the grammar)

        reader = read_latex if self.notation == "latex" else read_numpy
        expression: Expression = reader(self.formula, symbols).expression
        return expression

    def _declare_targets(self, out: Expression, site: LossSite) -> None:
        """The targets, if they were sent or the formula mentions them."""
        words = {site.plan.name(label) for label in ("Y", "y")} & set(_WORD.findall(self.formula))
        if not words and site.target is None:
            return
        of_classes = site.target is None or len(site.target) < out.ndim
        if site.plan.name("y") in words or (of_classes and site.target is not None):
            site.classes(out)
        else:
            site.rows(out)

    def per_sample(self, terms: Expression, site: LossSite) -> Expression:
        return super().per_sample(terms, site) if terms.shape else self.scale * terms

    def total(self, terms: Expression, site: LossSite) -> Expression:
        return super().total(terms, site) if terms.shape else self.scale * terms
