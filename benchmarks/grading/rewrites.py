"""The same formula, written otherwise: as NumPy text, changed by rules of algebra that anybody may use."""

from __future__ import annotations

import ast
from collections.abc import Callable
from random import Random

from chainruler.grading.context import DerivationContext
from chainruler.notation import to_numpy

Rule = Callable[[ast.expr], ast.expr | None]
LONGEST = 1500


def rewritten(formula: str, context: DerivationContext, random: Random, times: int = 6) -> str:
    """The formula after some changes at random places, none of which changes its value."""
    tree = ast.parse(formula, mode="eval").body
    for _ in range(random.randint(1, times)):
        changed = _Change(random, context).visit(ast.parse(ast.unparse(tree), mode="eval").body)
        if len(ast.unparse(changed)) > LONGEST:
            break
        tree = changed
    return ast.unparse(tree)


class _Change(ast.NodeTransformer):
    """Applies one rule to some of the places that it fits."""

    def __init__(self, random: Random, context: DerivationContext) -> None:
        self.random, self.context = random, context
        self.rule: Rule = random.choice(
            [self.swapped, self.opened, self.turned, self.negated, self.trivial, self.gated]
        )

    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(node)
        if isinstance(node, ast.expr) and not isinstance(node, ast.Tuple) and self.random.random() < 0.5:
            return self.rule(node) or node
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call, of which only the first argument is a formula."""
        if node.args:
            node.args[0] = self.visit(node.args[0])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """An entry, whose index stays as it is."""
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """A comparison; whole numbers that must be equal stay as they are: nobody calculates with them."""
        return node if isinstance(node.ops[0], ast.Eq | ast.NotEq) else self.generic_visit(node)

    def swapped(self, node: ast.expr) -> ast.expr | None:
        """A + b as b + a, a * b as b * a."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
            return ast.BinOp(node.right, node.op, node.left)
        return None

    def opened(self, node: ast.expr) -> ast.expr | None:
        """A named gradient as what it is: dZ2 as 1/N * (softmax(Z2) - Y); its own symbols may be opened next."""
        if isinstance(node, ast.Name):
            symbol = self.context.symbols.get(node.id)
            if symbol is not None and symbol in self.context.gradients:
                return ast.parse(to_numpy(self.context.lines[node.id]), mode="eval").body
        return None

    def turned(self, node: ast.expr) -> ast.expr | None:
        """A @ B as (B.T @ A.T).T, where both are matrices in every problem: a transpose stands in one of them."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.Attribute) and side.attr == "T" for side in sides):
                a, b = (ast.Attribute(side, "T", ast.Load()) for side in sides)
                return ast.Attribute(ast.BinOp(b, ast.MatMult(), a), "T", ast.Load())
        return None

    def negated(self, node: ast.expr) -> ast.expr | None:
        """A - b as -(b - a)."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            return ast.UnaryOp(ast.USub(), ast.BinOp(node.right, ast.Sub(), node.left))
        return None

    def trivial(self, node: ast.expr) -> ast.expr | None:
        """A name of numbers times 2 over 2; class numbers and positions are no such."""
        symbol = self.context.symbols.get(node.id) if isinstance(node, ast.Name) else None
        is_whole = symbol is not None and symbol.kind == "index"
        if isinstance(node, ast.Name) and not is_whole and self.random.random() < 0.3:
            twice = ast.BinOp(ast.Constant(2), ast.Mult(), node)
            return ast.BinOp(twice, ast.Div(), ast.Constant(2))
        return None

    def gated(self, node: ast.expr) -> ast.expr | None:
        """Z > 0 as 1 - (z <= 0)."""
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Gt):
            return ast.BinOp(ast.Constant(1), ast.Sub(), ast.Compare(node.left, [ast.LtE()], node.comparators))
        return None
