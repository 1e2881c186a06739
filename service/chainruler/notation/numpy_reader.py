"""Reading NumPy syntax: Python's parser makes the tree, and nothing but what is listed here is understood in it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TypeAlias

from chainruler import engine
from chainruler.engine import Dim, Expression, ExpressionError, ShapeError, constant
from chainruler.engine.expression import Size
from chainruler.engine.primitives.gates import Compare
from chainruler.engine.simplify import value_of
from chainruler.notation import calls
from chainruler.notation.demands import Demands
from chainruler.notation.derivative import derivative
from chainruler.notation.einsum import einsum
from chainruler.notation.formula import (
    CLASS_NUMBERS,
    DEFAULT_CONVENTIONS,
    DEFAULT_LIMITS,
    Build,
    Conventions,
    FormulaError,
    FormulaLimits,
    Fragment,
    Function,
    Reading,
    Span,
    Symbols,
)
from chainruler.notation.index import base_of, indexed
from chainruler.notation.names import declares, unknown
from chainruler.notation.numpy_arguments import called
from chainruler.notation.numpy_products import check_dots, product
from chainruler.notation.numpy_tree import continues, is_every_row, multiplied, parsed, summed, whole_number
from chainruler.notation.source import Source
from chainruler.notation.spellings import spelled
from chainruler.notation.vocabulary import value_of as array_called

Node: TypeAlias = ast.expr | ast.stmt
_RELATIONS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=="}
_ADDITIVE, _MULTIPLICATIVE = (ast.Add, ast.Sub), (ast.Mult, ast.Div)


def read_numpy(
    text: str, symbols: Symbols, limits: FormulaLimits = DEFAULT_LIMITS, conventions: Conventions = DEFAULT_CONVENTIONS
) -> Reading:
    """What a formula in NumPy syntax means; FormulaError, naming the place, if it means nothing or is too large."""
    source, tree = parsed(text, limits)
    reader = NumpyReader(source, symbols, limits, conventions)
    root = reader.quantity(reader.part(spelled(tree, lambda name: declares(symbols, name))))
    demands = reader.demands.besides(root.expression)
    return Reading(text, root, tuple(reader.classes), demands, names=tuple(reader.used)).within(limits)


class NumpyReader:
    """Turns a tree into parts, from the leaves up."""

    def __init__(self, source: Source, symbols: Symbols, limits: FormulaLimits, conventions: Conventions) -> None:
        self.source, self.symbols, self.limits, self.conventions = source, symbols, limits, conventions
        self.demands = Demands()
        self.used: dict[str, None] = {}
        self.classes: dict[Expression, None] = {}
        """The symbols of class numbers that were read as one-hot rows."""

    def part(self, node: ast.expr) -> Fragment:
        """The part that a node of the tree stands for."""
        method: Callable[[ast.expr], Fragment] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.refusal(node, "This is not part of a formula.")
        return method(node)

    def refusal(self, node: Node, message: str) -> FormulaError:
        """The error of this place."""
        return self.source.error(message, *self.span(node))

    def span(self, node: Node) -> tuple[int, int]:
        return self.source.span(node.col_offset, node.end_col_offset or node.col_offset + 1)

    def quantity(self, part: Fragment) -> Fragment:
        """The part itself, or the one-hot rows of class numbers, which nobody means to calculate with."""
        classes = part.expression
        if classes.kind != "index" or self.conventions.calculates:
            return part
        if classes not in self.conventions.rows:
            raise self.source.error(CLASS_NUMBERS, *part.span)
        self.classes[classes] = None
        return Fragment(part.span, self.conventions.rows[classes])

    def built(
        self, node: ast.expr | ast.stmt, parts: Sequence[Fragment], how: Build, *, picks: bool = False
    ) -> Fragment:
        """The part that is built of others; whatever goes wrong is an error of this place."""
        parts = parts if picks else list(map(self.quantity, parts))
        checked = self.checked(how)
        try:
            built = Fragment(self.span(node), checked([part.expression for part in parts]), tuple(parts), checked)
        except ShapeError as error:
            raise self._misfit(self.span(node), parts, error) from None
        except ExpressionError as error:
            raise self.refusal(node, str(error)) from None
        self.demands.add(built.expression)
        return built

    def _misfit(self, place: Span, parts: Sequence[Fragment], error: ShapeError) -> FormulaError:
        """The error of operands that do not fit together; those that are defined elsewhere stand at no place here."""
        spans = [part.span for part in parts if place[0] <= part.span[0] and part.span[1] <= place[1]]
        return FormulaError(str(error), self.source.text, place, tuple(spans))

    def checked(self, how: Build) -> Build:
        """The same, refusing what is too large and calling every mishap an ExpressionError."""

        def build_checked(expressions: Sequence[Expression]) -> Expression:
            try:
                return self.limits.check(how(expressions))
            except ExpressionError:
                raise
            except (ArithmeticError, ValueError, TypeError, IndexError) as error:
                raise ExpressionError(f"This cannot be computed: {error}.") from None

        return build_checked

    def _constant(self, node: ast.Constant) -> Fragment:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self.refusal(node, "Only numbers and names stand in a formula.")
        value = node.value
        return self.built(node, [], lambda _: constant(value))

    def _name(self, node: ast.Name) -> Fragment:
        name = (
            node.id
            if declares(self.symbols, node.id) or node.id not in calls.function_names()
            else array_called(node.id)
        )
        meaning = self.symbols.get(name, self.symbols.get(node.id))
        if isinstance(meaning, Expression):
            self.used[name] = None
            return Fragment(self.span(node), meaning)
        if callable(meaning) or node.id in calls.function_names():
            raise self.refusal(node, f'"{node.id}" is a function: write what it is applied to in parentheses after it.')
        raise self.refusal(node, unknown(node.id, self.symbols, calls.FUNCTIONS))

    def _unaryop(self, node: ast.UnaryOp) -> Fragment:
        if isinstance(node.op, ast.UAdd):
            return self.part(node.operand)
        if not isinstance(node.op, ast.USub):
            raise self.refusal(node, "This operator is not part of a formula.")
        return self.built(node, [self.part(node.operand)], lambda e: -e[0])

    def _binop(self, node: ast.BinOp) -> Fragment:
        if isinstance(node.op, _ADDITIVE):
            return self._chain(node, _ADDITIVE)
        if isinstance(node.op, _MULTIPLICATIVE):
            return self._chain(node, _MULTIPLICATIVE)
        if isinstance(node.op, ast.MatMult):
            return product(self, node, node.left, node.right, lambda e: e[0] @ e[1])
        if isinstance(node.op, ast.Pow):
            return self.built(node, [self.part(node.left), self.part(node.right)], self._power)
        raise self.refusal(node, "This operator is not part of a formula.")

    def _chain(self, node: ast.BinOp, kind: tuple[type[ast.operator], ...]) -> Fragment:
        """A - b + c, or a * b / c, as one sum or product, as the engine has them."""
        links: list[tuple[ast.operator, ast.expr]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp) and isinstance(first.op, kind) and continues(first, node):
            links.append((first.op, first.right))
            first = first.left
        links.reverse()
        parts = [self.quantity(self.part(operand)) for operand in (first, *(operand for _, operand in links))]
        for (operator, _), part in zip(links, parts[1:], strict=True):
            if isinstance(operator, ast.Div):
                self.demands.add_divisor(part.expression)
        if kind is _MULTIPLICATIVE:
            check_dots(self, [first, *(operand for _, operand in links)], parts)
        operators = [op for op, _ in links]
        how = summed if kind is _ADDITIVE else multiplied
        self._check_chain([first, *(operand for _, operand in links)], operators, parts, how)
        return self.built(node, parts, lambda e: how(operators, e))

    def _check_chain(
        self,
        nodes: Sequence[ast.expr],
        operators: Sequence[ast.operator],
        parts: Sequence[Fragment],
        how: Callable[[Sequence[ast.operator], Sequence[Expression]], Expression],
    ) -> None:
        """If operands do not fit together, say so at the first that does not."""
        for stop in range(2, len(parts) + 1):
            try:
                how(operators[: stop - 1], [part.expression for part in parts[:stop]])
            except ShapeError as error:
                place = self.span(nodes[0])[0], self.span(nodes[stop - 1])[1]
                raise self._misfit(place, parts[stop - 2 : stop], error) from None
            except (ExpressionError, ArithmeticError):
                return  # said where the chain is built

    def _power(self, e: Sequence[Expression]) -> Expression:
        return e[0] ** self.limits.check_exponent(value_of(e[1]))

    def _compare(self, node: ast.Compare) -> Fragment:
        relation = _RELATIONS.get(type(node.ops[0]))
        if len(node.ops) > 1 or relation is None:
            raise self.refusal(
                node, "Compare two things at a time, with >, >=, <, <= or ==; multiply gates to join them."
            )
        parts = [self.part(node.left), self.part(node.comparators[0])]
        return self.built(node, parts, lambda e: Compare(relation)(*e), picks=True)

    def _attribute(self, node: ast.Attribute) -> Fragment:
        if node.attr == "size":
            sides = self.part(node.value).expression.shape
            return self.built(node, [], lambda _: engine.size(sides))
        if node.attr != "T":
            known = f"Write {node.attr}(…)." if node.attr in calls.METHODS else 'Only ".T" may follow a point.'
            raise self.refusal(node, f'".{node.attr}" is not part of a formula. {known}')
        return self.built(node, [self.part(node.value)], lambda e: e[0] if e[0].ndim == 1 else e[0].T)

    def _subscript(self, node: ast.Subscript) -> Fragment:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return self._side(node, node.value.value)
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        base = base_of(self, node, keys)
        parts, how = indexed(self, node, base, keys)
        return self.built(node, [base, *parts], how, picks=True)

    def _side(self, node: ast.Subscript, of: ast.expr) -> Fragment:
        """One of the sizes of an array, as X.shape[0]."""
        is_row = isinstance(of, ast.Subscript) and whole_number(of.slice) is not None
        shape = self.part(of.value).expression.shape[1:] if is_row else self.part(of).expression.shape  # type: ignore[attr-defined]
        place = whole_number(node.slice)
        if place is None or not -len(shape) <= place < len(shape):
            raise self.refusal(node, f"The shape is {engine.show_shape(shape)}: write which of its sizes this is.")
        return self.built(node, [], lambda _: engine.size([shape[place]]))

    def _call(self, node: ast.Call) -> Fragment:
        function, given = node.func, list(node.args)
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            prime = self._primed(function)
            if prime is not None:
                return self._applied(node, prime)
        if ast.unparse(function) == "dot" and len(given) == 2 and not node.keywords and "dot" not in self.symbols:
            return product(self, node, given[0], given[1], lambda e: calls.FUNCTIONS["dot"](*e))
        if not isinstance(function, ast.Name):
            raise self.refusal(node, "Only functions can be called, by their names.")
        return self._called(node, function.id, given)

    def _primed(self, function: ast.Attribute) -> Function | None:
        """The derivative that phi'(z) asks for; None if this is no function with a prime."""
        assert isinstance(function.value, ast.Name)  # noqa: S101 (the caller saw to it; told to the type checker)
        name = function.value.id
        meaning = self.symbols.get(name, calls.FUNCTIONS.get(name))
        if function.attr != "T" or meaning is None or isinstance(meaning, Expression):
            return None
        return derivative(meaning)

    def _called(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Fragment:
        meaning = self.symbols.get(name)
        self.used[name] = None
        if isinstance(meaning, Expression) and name in calls.function_names():
            meaning = None
        if isinstance(meaning, Expression):
            raise self.refusal(node, f'"{name}" is no function: write {name} * (…) or {name} @ (…).')
        if meaning is not None:
            return self._applied(node, meaning)
        if name == "einsum" and given and isinstance(given[0], ast.Constant) and not node.keywords:
            letters = str(given[0].value)
            return self.built(node, [self.part(operand) for operand in given[1:]], lambda e: einsum(letters, e))
        return called(self, node, name, given)

    def _applied(self, node: ast.Call, function: Function) -> Fragment:
        """A bound function of one operand."""
        if len(node.args) != 1 or node.keywords:
            raise self.refusal(node, "This function is applied to one thing, in parentheses.")
        return self.built(node, [self.part(node.args[0])], lambda e: function(e[0]))

    def every_row(self, key: ast.expr) -> bool:
        """Whether a key picks every row, as arange(N) does."""
        return is_every_row(key)

    def dim(self, node: ast.expr) -> Dim:
        """A size: a whole number, or a name such as N."""
        number = whole_number(node)
        if number is not None:
            return number
        if isinstance(node, ast.Name | ast.Subscript):
            meaning = self.part(node).expression
            known = value_of(meaning)
            if isinstance(meaning.primitive, Size) or isinstance(known, int):
                return known if isinstance(known, int) else meaning.primitive.dim  # type: ignore[attr-defined]
        raise self.refusal(node, "A size is a whole number or the name of a size, such as N.")
