"""The hands that a line can be written in: as matrices, by entries, or as code of NumPy, of einsum or of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from chainruler.engine import Expression, ExpressionError
from chainruler.notation.contractions import to_einsum
from chainruler.notation.courses import OWN, Naming
from chainruler.notation.index_notation import entry_sides
from chainruler.notation.latex import LatexMarkup, latex_symbol, to_latex
from chainruler.notation.mathml import MathmlMarkup, inner_of, mathml_equation, mathml_symbol, to_mathml
from chainruler.notation.numpy import to_numpy
from chainruler.notation.pytorch import to_pytorch

Hand: TypeAlias = Literal["matrix", "index", "numpy", "einsum", "pytorch"]
Written: TypeAlias = dict[str, str]
"""The line as `text`, in `latex` and in `mathml`, as far as its hand has them; or the `reason` why it has none."""


class Equation(NamedTuple):
    """A line with what stands on its left."""

    label: str
    """A name, as dZ2, or that of a Jacobian, as da/dz."""
    line: Expression
    loss: str | None = None
    """What it is a derivative of, if it is one."""


@dataclass(frozen=True)
class Pen:
    """What writes the lines of one derivation in a hand."""

    hand: Hand
    labels: frozenset[str]
    """The names of the derivation, none of which is a letter for an axis."""
    naming: Naming = OWN
    """What they are printed as."""

    def write(self, equation: Equation) -> Written:
        """The line; or why it cannot be written in this hand."""
        write: Callable[[Equation], Written] = getattr(self, f"_{self.hand}")
        try:
            return write(equation)
        except ExpressionError as error:
            return {"reason": str(error)}

    def _matrix(self, equation: Equation) -> Written:
        in_latex, in_mathml = latex_equation(equation, self.naming), mathml_of(equation, self.naming)
        return self._numpy(equation) | {"latex": in_latex, "mathml": in_mathml}

    def _index(self, equation: Equation) -> Written:
        """One entry of the line; as code this is the hand of einsum."""
        in_latex, in_mathml = (
            entry_sides(*equation, markup, set(map(self.naming.of, self.labels)))
            for markup in (LatexMarkup(self.naming), MathmlMarkup(self.naming))
        )
        return {"latex": " = ".join(map(str, in_latex)), "mathml": mathml_equation(in_mathml)}

    def _numpy(self, equation: Equation) -> Written:
        return {"text": self._assignment(equation.label, to_numpy(equation.line, self.naming))}

    def _einsum(self, equation: Equation) -> Written:
        return {"text": self._assignment(equation.label, to_einsum(equation.line, self.naming))}

    def _pytorch(self, equation: Equation) -> Written:
        return {"text": self._assignment(equation.label, to_pytorch(equation.line, self.naming))}

    def _assignment(self, label: str, code: str) -> str:
        """A line of code; a Jacobian, whose symbol is no name, is told in a comment."""
        return f"# {label} = {code}" if "/" in label else f"{self.naming.of(label)} = {code}"


def latex_equation(equation: Equation, naming: Naming = OWN) -> str:
    """The equation of matrices in LaTeX."""
    sides = _sides(equation, partial(latex_symbol, naming=naming))
    return " = ".join([*sides, to_latex(equation.line, naming=naming)])


def mathml_of(equation: Equation, naming: Naming = OWN) -> str:
    """The equation of matrices in MathML."""
    sides = _sides(equation, partial(mathml_symbol, naming=naming))
    return mathml_equation(map(inner_of, [*sides, to_mathml(equation.line, naming=naming)]))


def _sides(equation: Equation, symbol: Callable[[str, str | None], str]) -> list[str]:
    """What stands on the left: a name, and for a gradient the derivative that it stands for too."""
    label, loss = equation.label, equation.loss
    of, line, by = label.partition("/")
    if line:
        return [symbol(by, of.removeprefix("d"))]
    return [symbol(label, None)] if loss is None else [symbol(label, None), symbol(label, loss)]
