"""Formulas as people write them, in characters: `dZ2.T @ A1 + 2 * lam * W2` is dZ₂ᵀ A₁ + 2λ W₂.

It reads NumPy code, because that is what any service answers, and shows what it does not know as it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chainruler.notation.names import taken_apart

LOWERED = str.maketrans("0123456789aehijklmnoprstuvx+-", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LETTERS = {"ell": "ℓ"}
FUNCTIONS = {"sigmoid": "σ", "sqrt": "√"}
RELATIONS: dict[type[ast.cmpop], str] = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "="}
NUMBERS = ("N", "lam")

SUM, PRODUCT, ELEMENTWISE, MATRIX, ATOM = range(5)
"""How strongly a piece holds together: a + b, 2 a, a ⊙ b, A B, a."""


class ConsolePiece(NamedTuple):
    """A piece of a formula, how strongly it holds together, and whether it is one number."""

    text: str
    binding: int = ATOM
    is_number: bool = False
    negative: bool = False
    """Whether a minus stands before it, which may stay where the piece comes first."""

    def held(self, least: int) -> str:
        """The text, in parentheses where it would fall apart."""
        return f"({self.text})" if self.binding < least or self.negative else self.text

    def first(self, least: int) -> ConsolePiece:
        """The same for a piece that comes first in what it is part of."""
        return self if self.binding >= least else ConsolePiece(f"({self.text})", is_number=self.is_number)


def symbol(label: str) -> str:
    """A name as it is written: dZ2 is dZ₂, lam is λ."""
    name = taken_apart(label)
    if name is None:
        return label
    stem = ("d" if name.of_loss else "") + (name.greek or LETTERS.get(name.stem, name.stem))
    lowered = name.subscript.translate(LOWERED)
    plain = any(letter == same for letter, same in zip(name.subscript, lowered, strict=True))
    return f"{stem}_{name.subscript}" if plain else f"{stem}{lowered}"


def derivative(label: str, loss: str) -> str:
    """The name dZ2 as what it stands for: ∂J/∂Z₂; of a Jacobian, da/dz as ∂a/∂z; any other name as it is."""
    over, line, under = label.partition("/")
    if line:
        return f"∂{symbol(over[1:])}/∂{symbol(under[1:])}"
    return f"∂{symbol(loss)}/∂{symbol(label[1:])}" if label.startswith("d") and len(label) > 1 else symbol(label)


def formula(numpy: str, numbers: Iterable[str] = ()) -> str:
    """A formula in NumPy code as mathematics; `numbers` are the names in it that are no arrays."""
    try:
        tree = ast.parse(numpy, mode="eval").body
    except SyntaxError:
        return numpy
    return _ConsoleWriter({*NUMBERS, *numbers}).write(tree).text


def _joined(first: ConsolePiece, sign: str, then: str, binding: int, *, is_number: bool = False) -> ConsolePiece:
    """Two pieces with a sign between; a minus before the first is one before both."""
    return ConsolePiece(f"{first.text}{sign}{then}", binding, is_number, first.negative)


class _ConsoleWriter:
    """Writes the parts of a formula from the inside out."""

    def __init__(self, numbers: set[str]) -> None:
        self.numbers = numbers

    def write(self, node: ast.expr) -> ConsolePiece:
        """One part; what has no other sign stands as it is in the code."""
        piece = ConsolePiece(ast.unparse(node), SUM)
        match node:
            case ast.Constant(value=int() | float()):
                piece = ConsolePiece(piece.text.removesuffix(".0"), is_number=True)
            case ast.Name():
                piece = ConsolePiece(symbol(node.id), is_number=node.id in self.numbers)
            case ast.UnaryOp(op=ast.USub()):
                inner = self.write(node.operand)
                held = inner.held(PRODUCT)
                binding = inner.binding if held == inner.text else ATOM
                piece = ConsolePiece(f"−{held}", binding, inner.is_number, negative=True)
            case ast.BinOp():
                piece = self._binary(node.op, node.left, node.right)
            case ast.Compare(ops=[relation], comparators=[right]) if type(relation) in RELATIONS:
                sign = RELATIONS[type(relation)]
                piece = ConsolePiece(f"[{self.write(node.left).text} {sign} {self.write(right).text}]")
            case ast.Attribute(attr="T"):
                piece = ConsolePiece(f"{self.write(node.value).held(ATOM)}ᵀ")
            case ast.Call(func=ast.Name(id=name)):
                piece = self._call(name, node)
            case ast.Subscript(value=value, slice=index):
                piece = ConsolePiece(f"{self.write(value).held(ATOM)}[{self._index(index)}]")
            case ast.Tuple(elts=parts):
                piece = ConsolePiece(f"({', '.join(self.write(part).text for part in parts)})")
        return piece

    def _binary(self, op: ast.operator, left_node: ast.expr, right_node: ast.expr) -> ConsolePiece:
        left, right = self.write(left_node), self.write(right_node)
        is_number = left.is_number and right.is_number
        piece = ConsolePiece(f"{left.held(ATOM)} {type(op).__name__} {right.held(ATOM)}", SUM)
        match op:
            case ast.Add() | ast.Sub():
                sign = "+" if isinstance(op, ast.Add) else "−"
                piece = ConsolePiece(f"{left.text} {sign} {right.held(PRODUCT)}", SUM, is_number)
            case ast.Mult():
                piece = self._product(left, right)
            case ast.Div():
                tight = left.binding == right.binding == ATOM and is_number
                piece = _joined(
                    left.first(PRODUCT), "/" if tight else " / ", right.held(ATOM), PRODUCT, is_number=is_number
                )
            case ast.MatMult():
                piece = _joined(left.first(MATRIX), " ", right.held(ATOM), MATRIX)
            case ast.Pow():
                whole = isinstance(right_node, ast.Constant) and right.text.isdigit()
                mark = right.text.translate(RAISED) if whole else f"^{right.held(ATOM)}"
                piece = ConsolePiece(f"{left.held(ATOM)}{mark}", is_number=is_number)
        return piece

    def _product(self, left: ConsolePiece, right: ConsolePiece) -> ConsolePiece:
        """Numbers stand before what they multiply, and arrays are multiplied entry by entry."""
        if left.is_number and right.is_number:
            after = right.held(PRODUCT)
            close = left.text[-1].isdigit() and after[0].isalpha()
            return _joined(left.first(PRODUCT), "" if close else " ", after, PRODUCT, is_number=True)
        if left.is_number or right.is_number:
            return _joined(left.first(PRODUCT), " ", right.held(PRODUCT), PRODUCT)
        first = left if left.binding == ELEMENTWISE else left.first(ATOM)
        return _joined(first, " ⊙ ", right.held(ATOM), ELEMENTWISE)

    def _index(self, index: ast.expr) -> str:
        """What is picked; that it is one entry of each row goes without saying."""
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        told = [part for part in parts if not (isinstance(part, ast.Call) and ast.unparse(part.func) == "arange")]
        return ", ".join(ast.unparse(p) if isinstance(p, ast.Slice) else self.write(p).text for p in told)

    def _call(self, name: str, node: ast.Call) -> ConsolePiece:
        arguments = [self.write(argument) for argument in node.args]
        keywords = {keyword.arg or "": ast.unparse(keyword.value) for keyword in node.keywords}
        known: Callable[..., ConsolePiece | None] | None = getattr(self, f"_{name}", None)
        written = known(node, *arguments, **keywords) if known else None
        if written is not None:
            return written
        texts = [*(piece.text for piece in arguments), *(f"{key}={value}" for key, value in keywords.items())]
        is_number = bool(arguments) and all(piece.is_number for piece in arguments)
        return ConsolePiece(f"{FUNCTIONS.get(name, name)}({', '.join(texts)})", is_number=is_number)

    def _sum(
        self, node: ast.Call, inner: ConsolePiece, axis: str | None = None, **options: str | None
    ) -> ConsolePiece | None:
        """Σ over all entries, Σᵢ over the first axis, and of squares the norm."""
        if options or axis not in {None, "0"}:
            return None
        if axis == "0":
            return ConsolePiece(f"Σᵢ ({inner.text})ᵢ", PRODUCT)
        match node.args[0]:
            case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=2)):
                return ConsolePiece(f"‖{self.write(base).text}‖²", is_number=True)
        return ConsolePiece(f"Σ {inner.held(ATOM)}", PRODUCT, is_number=True)

    def _outer(self, _node: ast.Call, left: ConsolePiece, right: ConsolePiece) -> ConsolePiece:
        return ConsolePiece(f"{left.held(ATOM)} {right.held(ATOM)}ᵀ", MATRIX)

    def _take(self, _node: ast.Call, table: ConsolePiece, rows: ConsolePiece, axis: str = "") -> ConsolePiece | None:
        return ConsolePiece(f"{table.held(ATOM)}[{rows.text}]") if axis == "0" else None

    def _swapaxes(self, _node: ast.Call, inner: ConsolePiece, *axes: ConsolePiece) -> ConsolePiece | None:
        return ConsolePiece(f"{inner.held(ATOM)}ᵀ") if [axis.text for axis in axes] == ["−1", "−2"] else None

    def _abs(self, _node: ast.Call, inner: ConsolePiece) -> ConsolePiece:
        return ConsolePiece(f"|{inner.text}|", is_number=inner.is_number)
