r"""The factors of a LaTeX formula: names, brackets and fractions, with what stands after them: ^\top, _i, ^2."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lark import Token, Tree

from chainruler import engine
from chainruler.engine import Dim, Expression, ExpressionError, broadcast_to, constant, topological
from chainruler.engine.expression import Size
from chainruler.engine.simplify import value_of
from chainruler.notation.demands import Demands
from chainruler.notation.formula import CLASS_NUMBERS, Conventions, FormulaError, Function, Limits, Part, Symbols
from chainruler.notation.latex_names import WHOLE, Names, Subscript
from chainruler.notation.letters import Scope
from chainruler.notation.names import declares
from chainruler.notation.vectors import ONES, Misfit, Value, reciprocal, transposed

Node = Tree[Token] | Token


class Item(NamedTuple):
    """A part, and whether its vector is a row."""

    part: Part
    row: bool = False

    @property
    def value(self) -> Value:
        """The part's expression, with its direction."""
        return Value(self.part.expression, self.row)


How = Callable[[Sequence[Value]], Value]


class FactorReader:
    """Reads names and brackets, and the marks that stand after them."""

    def __init__(self, text: str, symbols: Symbols, limits: Limits, conventions: Conventions) -> None:
        self.text, self.symbols, self.limits, self.conventions = text, symbols, limits, conventions
        self.names, self.scope, self.demands = Names(symbols), Scope(), Demands()
        self.classes: dict[Expression, None] = {}
        """The symbols of class numbers that were read as one-hot rows."""
        self.bounds: dict[str, Dim] = {}
        """How far sums run to names that are no sizes of the problem."""
        self.unfinished: list[tuple[int, int]] = []
        """Where derivatives stand that are named and not worked out."""
        self.assumed: list[str] = []
        """What is read by convention, a sentence each."""
        self.unlimited: set[Expression] = set()
        """The sums that do not say how far they run."""

    def span(self, node: Node) -> tuple[int, int]:
        """Where a node stands."""
        position = node if isinstance(node, Token) else node.meta
        return position.start_pos or 0, position.end_pos or len(self.text)

    def refusal(self, node: Node, message: str) -> FormulaError:
        """The error of this place."""
        return FormulaError(message, self.text, self.span(node))

    def quantity(self, item: Item) -> Item:
        """The item itself, or the one-hot rows of class numbers, which nobody means to calculate with."""
        classes, span = item.part.expression, item.part.span
        if classes.kind != "index" or self.conventions.calculates:
            return item
        rows = self.scope.rows(classes, self.conventions.rows, self.text[slice(*span)][:20])
        if rows is None:
            raise FormulaError(CLASS_NUMBERS, self.text, span)
        self.classes[classes] = None
        return Item(Part(span, rows))

    def built(self, span: tuple[int, int], items: Sequence[Item], how: How, *, picks: bool = False) -> Item:
        """The item that is built of others; whatever goes wrong is an error of this place."""
        items = items if picks else list(map(self.quantity, items))
        rows = [item.row for item in items]

        def build(expressions: Sequence[Expression]) -> Value:
            try:
                value = how([Value(e, row) for e, row in zip(expressions, rows, strict=True)])
                return value._replace(expression=self.limits.check(value.expression))
            except ExpressionError:
                raise
            except (ArithmeticError, ValueError, TypeError, IndexError) as error:
                raise ExpressionError(f"This cannot be computed: {error}.") from None

        try:
            value = build([item.part.expression for item in items])
        except FormulaError:
            raise
        except Misfit as error:
            stop = items[error.place].part.span[1]
            raise FormulaError(str(error), self.text, (items[max(0, error.place - 1)].part.span[0], stop)) from None
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None
        parts = tuple(item.part for item in items)
        self.demands.add(value.expression)
        return Item(Part(span, value.expression, parts, lambda e: build(e).expression), value.row)

    def item(self, node: Node) -> Item:
        """The item that a node of the tree stands for."""
        if isinstance(node, Token):
            return self._token(node)
        method: Callable[[Tree[Token]], Item] = getattr(self, f"_{node.data}")
        return method(node)

    def _token(self, token: Token) -> Item:
        if token.type == "NUMBER":
            value = float(token) if re.search(r"[.e]", token) else int(token)
            return self.built(self.span(token), [], lambda _: Value(constant(value)))
        if token.type == "ONES":
            ones = broadcast_to(1, (self.dim(token, str(token)),)) if token else ONES
            return self.built(self.span(token), [], lambda _: Value(ones))
        return self.symbol(token, Subscript(), [])

    def dim(self, token: Token, text: str) -> Dim:
        """A size: a whole number, or a name such as N."""
        if text.isdecimal():
            return int(text)
        name = re.sub(r"\\[a-z]+\s*\{([^{}]*)\}", r"\1", text)
        meaning = self.symbols.get(name)
        value = value_of(meaning) if isinstance(meaning, Expression) else None
        if isinstance(value, int):
            return value
        if isinstance(meaning, Expression) and isinstance(meaning.primitive, Size):
            self.names.used[name] = None
            return meaning.primitive.dim
        raise self.refusal(token, f'"{text}" is no size: write a whole number or the name of a size, such as N.')

    def _factor(self, node: Tree[Token]) -> Item:
        atom = node.children[0]
        if not isinstance(atom, Token) or atom.type not in {"NAME", "PARTIAL"}:
            return self._marked(node, self.item(atom))
        subscript, marks = self._layered(atom, *Subscript.of(node.children[1:]))
        if str(atom) == "e" and len(marks) == 1 and isinstance(marks[0], Tree) and not self.names.has("e"):
            exponent = self.item(marks[0].children[-2])
            return self.built(self.span(node), [exponent], lambda v: Value(engine.exp(v[0].expression), v[0].row))
        return self._with_marks(node, self.symbol(atom, subscript, node.children[1:]), marks)

    def _layered(self, atom: Token, subscript: Subscript, marks: list[Node]) -> tuple[Subscript, list[Node]]:
        r"""The number above a name as that of its layer, if the name is none by itself: W^2, \delta^3."""
        power = marks[0] if marks else None
        if subscript.layer or not isinstance(power, Tree):
            return subscript, marks
        number = self.text[slice(*self.span(power.children[-2]))].strip("{} ")
        known = self.names.expression(str(atom), subscript) is not None
        if not number.isdecimal() or (known and (str(atom) != "delta" or declares(self.symbols, "delta"))):
            return subscript, marks
        layered = Subscript(subscript.text, number)
        found = self.names.expression(str(atom), Subscript("", number))
        return (layered, marks[1:]) if found is not None else (subscript, marks)

    def end_of(self, token: Token, after: Sequence[Node]) -> int:
        """Where a name with its subscript and layer ends."""
        marks = [node for node in after if isinstance(node, Token) and node.type in {"SUB", "LAYER", "SAMPLE"}]
        return max(self.span(node)[1] for node in (token, *marks))

    def symbol(self, token: Token, subscript: Subscript, after: Sequence[Node]) -> Item:
        """A name with its subscript: a symbol, or an entry of one."""
        span = self.span(token)[0], self.end_of(token, after)
        try:
            found, keys = self.named(token, subscript)
            self._note_sample(token, subscript, after)
            item = Item(Part(span, found))
            shown = str(token).rpartition("∂")[2].strip()
            return self._indexed(span, item, keys, shown) if keys else item
        except FormulaError:
            raise
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None

    def _note_sample(self, token: Token, subscript: Subscript, after: Sequence[Node]) -> None:
        """Note that the gradient of one sample is read as a row of that of the whole loss, and not of its own loss."""
        above = subscript.layer.isalpha() or any(isinstance(n, Token) and n.type == "SAMPLE" for n in after)
        if above and re.match(r"d[A-Za-z]|.*∂", str(token)):
            shown = self.text[slice(self.span(token)[0], self.end_of(token, after))]
            self.assumed.append(f"{shown} is read as the gradient of the whole loss.")

    def named(self, token: Token, subscript: Subscript) -> tuple[Expression, list[str]]:
        """The symbol that a name stands for, and the indices that are left of its subscript."""
        return self.names.resolved(str(token), subscript, self.scope)

    def _indexed(self, span: tuple[int, int], item: Item, keys: Sequence[str], shown: str) -> Item:
        """An array at the indices of open sums, or at the index that a symbol is."""
        if item.part.expression.kind == "index" and len(keys) > item.part.expression.ndim:
            item = self.quantity(item)  # y_k with class numbers y is an entry of the one-hot row
        if len(keys) == 1:
            picked = self.names.picking(keys[0], self.scope)
            if picked is not None:
                return self.built(span, [item], lambda v: Value(engine.select(v[0].expression, picked)), picks=True)
        indices = [None if key == WHOLE else self.names.index(key, self.scope, shown) for key in keys]
        return self.built(
            span, [item], lambda v: Value(self.scope.element(v[0].expression, indices, shown)), picks=True
        )

    def _marked(self, factor: Tree[Token], item: Item) -> Item:
        return self._with_marks(factor, item, factor.children[1:])

    def _with_marks(self, factor: Tree[Token], item: Item, marks: Sequence[Node]) -> Item:
        """The item transposed, raised to a power or indexed, as the marks after it say."""
        for mark in marks:
            span = item.part.span[0], self.span(mark)[1]
            if isinstance(mark, Tree):
                item = self._raised(span, item, mark, factor)
            elif mark.type == "TRANSPOSE" or (mark.type == "PRIME" and item.part.expression.shape):
                item = self.built(span, [item], lambda v: transposed(v[0]))
            elif mark.type == "SUB" and isinstance(factor.children[0], Tree) and factor.children[0].data == "norm":
                if str(mark) not in {"2", "F", r"\mathrm{F}"}:
                    raise self.refusal(mark, "Only the Euclidean and the Frobenius norm are known.")
            elif mark.type == "SUB":
                item = self._subscripted(span, item, mark)
            else:
                raise self.refusal(mark, "A prime stands after a function, a layer's number after a name.")
        return item

    def _subscripted(self, span: tuple[int, int], item: Item, mark: Token) -> Item:
        try:
            return self._indexed(
                span, item, self.names.keys(str(mark), self.scope), self.text[slice(*item.part.span)][:20]
            )
        except FormulaError:
            raise
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, self.span(mark)) from None

    def _raised(self, span: tuple[int, int], item: Item, power: Tree[Token], factor: Tree[Token]) -> Item:
        exponent = self.item(power.children[-2])
        entrywise = isinstance(power.children[2], Token)
        number = value_of(exponent.part.expression)
        atom = factor.children[0]
        if number == 2 and isinstance(atom, Tree) and atom.data == "norm":
            inner = item.part.parts[0]
            return self.built(span, [Item(inner)], lambda v: Value(engine.norm2(v[0].expression)))

        def how(v: Sequence[Value]) -> Value:
            x = v[0].expression
            if x.ndim > 1 and not entrywise and (x.shape[-1] == x.shape[-2] or number == -1):
                raise ExpressionError(r"Is this a power of the matrix or of its entries? For entries write ^{\odot 2}.")
            return Value(x ** self.limits.check_exponent(number), v[0].row)

        return self.built(span, [item], how)

    def _value_raised(self, item: Item, power: Tree[Token], name: str) -> Item:
        """The value of a function, entry by entry to the power that stands at its name."""
        number = value_of(self.item(power.children[-2]).part.expression)
        if not isinstance(number, int) or number < 1:
            raise self.refusal(power, f"This may be the inverse of {name}: write the power after the parentheses.")
        exponent = self.limits.check_exponent(number)
        return self.built(item.part.span, [item], lambda v: Value(v[0].expression ** exponent, v[0].row))

    def _group(self, node: Tree[Token]) -> Item:
        inner = [child for child in node.children[1:-1] if not (isinstance(child, Token) and child.type == "COMMA")]
        if len(inner) != 1:
            raise self.refusal(
                node, "There is nothing in these brackets." if not inner else "A list is no part of a formula."
            )
        return self.item(inner[0])

    def _fraction(self, node: Tree[Token]) -> Item:
        items = [self.item(node.children[2]), self.quantity(self.item(node.children[5]))]
        self.demands.add_divisor(items[1].part.expression)
        self._check_softmax(node, *(item.part.expression for item in items))

        def how(v: Sequence[Value]) -> Value:
            return Value(v[0].expression * reciprocal(v[1].expression), v[0].row or v[1].row)

        return self.built(self.span(node), items, how)

    def _check_softmax(self, node: Tree[Token], above: Expression, below: Expression) -> None:
        """The exponentials of a matrix or row over their sum by one index: it may run over samples or over classes."""
        if below not in self.unlimited or below.ndim != 1 or below.primitive.name != "sum":
            return
        whole = below.args[0]
        exps = [node for node in topological([above]) if node.primitive.name == whole.primitive.name == "exp"]
        if any(node is whole or self.scope.spread(self.scope.open, node) is whole for node in exps):
            message = (
                r"Does this sum run over the samples or over the classes? For classes write \operatorname{softmax}(…)."
            )
            raise self.refusal(node.children[5], message)

    def _root(self, node: Tree[Token]) -> Item:
        return self._mapped(self.span(node), engine.sqrt, node.children[2])

    def _size(self, node: Tree[Token]) -> Item:
        return self._mapped(self.span(node), engine.absolute, node.children[1])

    def _norm(self, node: Tree[Token]) -> Item:
        return self.built(
            self.span(node), [self.item(node.children[1])], lambda v: Value(engine.sqrt(engine.norm2(v[0].expression)))
        )

    def _mapped(self, span: tuple[int, int], function: Function, given: Node) -> Item:
        return self.built(span, [self.item(given)], lambda v: Value(function(v[0].expression), v[0].row))
