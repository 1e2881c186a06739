"""Expressions written down and read: NumPy syntax and LaTeX both ways, MathML to look at."""

from chainruler.notation.answer import Asked, answers_in, read_answer, read_formula
from chainruler.notation.dialects import Syntax
from chainruler.notation.formula import (
    DEFAULT_LIMITS,
    Conventions,
    FormulaError,
    FormulaLimits,
    Fragment,
    Function,
    Reading,
    SelfContradiction,
    Symbols,
)
from chainruler.notation.latex import latex_symbol, to_latex
from chainruler.notation.latex_reader import read_latex
from chainruler.notation.mathml import mathml_symbol, to_mathml
from chainruler.notation.numpy import to_numpy
from chainruler.notation.numpy_reader import read_numpy
from chainruler.notation.source import spelling

__all__ = [
    "DEFAULT_LIMITS",
    "Asked",
    "Conventions",
    "FormulaError",
    "FormulaLimits",
    "Fragment",
    "Function",
    "Reading",
    "SelfContradiction",
    "Symbols",
    "Syntax",
    "answers_in",
    "latex_symbol",
    "mathml_symbol",
    "read_answer",
    "read_formula",
    "read_latex",
    "read_numpy",
    "spelling",
    "to_latex",
    "to_mathml",
    "to_numpy",
]
