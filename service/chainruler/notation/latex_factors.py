r"""The factors of a LaTeX formula: names, brackets and fractions, with what stands after them: ^\top, _i, ^2."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from lark import Token, Tree

from chainruler import engine
from chainruler.engine import Dim, Expression, ExpressionError, broadcast_to, constant, topological
from chainruler.engine.expression import Size, Variable
from chainruler.engine.primitives.elementwise import Exp
from chainruler.engine.primitives.reductions import Sum
from chainruler.engine.simplify import value_of
from chainruler.notation.formula import FormulaError, Fragment, Function
from chainruler.notation.latex_items import Item, ItemReader, Node
from chainruler.notation.latex_names import WHOLE, Subscript, numbered
from chainruler.notation.vectors import IDENTITY, ONES, OrientedValue, reciprocal, transposed


class FactorReader(ItemReader):
    """Reads names and brackets, and the marks that stand after them."""

    def item(self, node: Node) -> Item:
        """The item that a node of the tree stands for."""
        if isinstance(node, Token):
            return self._token(node)
        method: Callable[[Tree[Token]], Item] = getattr(self, f"_{node.data}")
        return method(node)

    def _token(self, token: Token) -> Item:
        if token.type == "NUMBER":
            value = float(token) if re.search(r"[.e]", token) else int(token)
            return self.built(self.span(token), [], lambda _: OrientedValue(constant(value)))
        if token.type == "ONES":
            return self._ones(token)
        return self.symbol(token, Subscript(), [])

    def _ones(self, token: Token) -> Item:
        r"""A column of ones, or the one-hot row of class numbers that are at its foot, as in \mathbb 1_{y_i}."""
        classes = self.names.picking(str(token), self.scope) if token else None
        row = None if classes is None else self.scope.rows(classes, self.conventions.rows, "e")
        if row is not None:
            return Item(Fragment(self.span(token), row))
        ones = broadcast_to(1, (self.dim(token, str(token)),)) if token else ONES
        return self.built(self.span(token), [], lambda _: OrientedValue(ones))

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
        subscript, marks = self.layered(atom, *Subscript.of(node.children[1:]))
        if marks and isinstance(marks[0], Token) and marks[0].type == "PRIME" and self.names.has(f"{atom}_prime"):
            atom, marks = Token("NAME", f"{atom}_prime", start_pos=atom.start_pos, end_pos=atom.end_pos), marks[1:]
        exponent = self._exponent(marks[0]) if str(atom) == "e" and len(marks) == 1 else None
        if exponent is not None and not self.names.has("e"):
            return self.built(
                self.span(node), [exponent], lambda v: OrientedValue(engine.exp(v[0].expression), v[0].row)
            )
        return self._with_marks(node, self.symbol(atom, subscript, node.children[1:]), marks)

    def _exponent(self, mark: Node) -> Item | None:
        """What stands above a name as its power: also the t of e^t, which looks like a sign for transposing."""
        if isinstance(mark, Tree):
            return self.item(mark.children[-2])
        is_letter = mark.type == "TRANSPOSE" and mark.strip("^{} ") == "t" and self.names.has("t")
        return self.symbol(Token.new_borrow_pos("NAME", "t", mark), Subscript(), []) if is_letter else None

    def layered(self, atom: Token, subscript: Subscript, marks: list[Node]) -> tuple[Subscript, list[Node]]:
        r"""The number above a name as that of its layer, if the name is none by itself: W^2, \delta^3."""
        power = marks[0] if marks else None
        if subscript.layer or not isinstance(power, Tree) or _is_entrywise(power) or numbered(subscript.text)[0]:
            return subscript, marks  # z_1^2 is a square: its layer is at its foot
        number = self.text[slice(*self.span(power.children[-2]))].strip("{} ")
        known = self.names.knows(str(atom), subscript.text)
        found = self.names.expression(str(atom), Subscript("", number)) if number.isdecimal() else None
        if found is None or (known and not self.names.is_layer(str(atom))):
            return subscript, marks
        return Subscript(subscript.text, number), marks[1:]

    def end_of(self, token: Token, after: Sequence[Node]) -> int:
        """Where a name with its subscript and layer ends."""
        marks = [node for node in after if isinstance(node, Token) and node.type in {"SUB", "LAYER", "SAMPLE"}]
        return max(self.span(node)[1] for node in (token, *marks))

    def symbol(self, token: Token, subscript: Subscript, after: Sequence[Node]) -> Item:
        """A name with its subscript: a symbol, or an entry of one."""
        span = self.span(token)[0], self.end_of(token, after)
        if str(token) == "I" and not self.names.has("I"):
            return self._identity(token, subscript.text)
        try:
            above = self._counting_samples(after)
            found, keys = self.named(token, subscript)
            if above and re.match(r"d[A-Za-z]|.*∂", str(token)) and isinstance(found.primitive, Variable):
                written = self.text[slice(*span)]
                self.assumed.append(f"{written} is read as the gradient of the whole loss.")
            item = Item(Fragment(span, found), row=not keys and self.names.lies(str(token), subscript))
            shown = str(token).rpartition("∂")[2].strip()
            return self._indexed(span, item, keys, shown) if keys else item
        except FormulaError:
            raise
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None

    def _identity(self, token: Token, size: str) -> Item:
        """An identity matrix, of a size that is known to the problem, or of what stands beside it."""
        found = IDENTITY
        with suppress(FormulaError):
            found = engine.identity(self.dim(token, size)) if size else IDENTITY
        return self.built(self.span(token), [], lambda _: OrientedValue(found))

    def _counting_samples(self, after: Sequence[Node]) -> list[str]:
        """The letters above a name, which count samples."""
        above = [str(n) for n in after if isinstance(n, Token) and n.type in {"SAMPLE", "LAYER"} and n.isalpha()]
        for index in filter(None, map(self.scope.find, above)):
            index.of_samples = True
        return above

    def named(self, token: Token, subscript: Subscript) -> tuple[Expression, list[str]]:
        """The symbol that a name stands for, and the indices that are left of its subscript."""
        return self.names.resolved(str(token), subscript, self.scope)

    def _indexed(self, span: tuple[int, int], item: Item, keys: Sequence[str], shown: str) -> Item:
        """An array at the indices of open sums, or at the index that a symbol is."""
        if item.part.expression.kind == "index" and len(keys) > item.part.expression.ndim:
            item = self.quantity(item)  # y_k with class numbers y is an entry of the one-hot row
        *letters, last = keys
        picked = self.names.picking(last, self.scope)
        if picked is not None and letters == [WHOLE] and not picked.shape:
            row = self.scope.rows(picked, self.conventions.rows, "e")
            if row is not None:  # the column of W that belongs to a class
                return self.built(span, [item], lambda v: OrientedValue(v[0].expression @ row))
        if picked is not None:
            item = self._indexed(span, item, letters, shown) if letters else item
            return self.built(span, [item], lambda v: OrientedValue(engine.select(v[0].expression, picked)), picks=True)
        indices = [None if key == WHOLE else self.names.index(key, self.scope, shown) for key in keys]
        return self.built(
            span, [item], lambda v: OrientedValue(self.scope.element(v[0].expression, indices, shown)), picks=True
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
        entrywise = _is_entrywise(power)
        number = value_of(exponent.part.expression)
        atom = factor.children[0]
        if number == 2 and isinstance(atom, Tree) and atom.data == "norm":
            inner = item.part.parts[0]
            return self.built(span, [Item(inner)], lambda v: OrientedValue(engine.norm2(v[0].expression)))

        def how(v: Sequence[OrientedValue]) -> OrientedValue:
            x = v[0].expression
            if x.ndim > 1 and not entrywise and (x.shape[-1] == x.shape[-2] or number == -1):
                raise ExpressionError(r"Is this a power of the matrix or of its entries? For entries write ^{\odot 2}.")
            return OrientedValue(x ** self.limits.check_exponent(number), v[0].row)

        return self.built(span, [item], how)

    def _value_raised(self, item: Item, power: Tree[Token], name: str) -> Item:
        """The value of a function, entry by entry to the power that stands at its name."""
        number = value_of(self.item(power.children[-2]).part.expression)
        if not isinstance(number, int) or number < 1:
            raise self.refusal(power, f"This may be the inverse of {name}: write the power after the parentheses.")
        exponent = self.limits.check_exponent(number)
        return self.built(item.part.span, [item], lambda v: OrientedValue(v[0].expression ** exponent, v[0].row))

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

        def how(v: Sequence[OrientedValue]) -> OrientedValue:
            return OrientedValue(v[0].expression * reciprocal(v[1].expression), v[0].row or v[1].row)

        return self.built(self.span(node), items, how)

    def _check_softmax(self, node: Tree[Token], above: Expression, below: Expression) -> None:
        """The exponentials of a matrix or row over their sum by one index: it may run over samples or over classes."""
        if below not in self.unlimited or below.ndim != 1 or not isinstance(below.primitive, Sum):
            return
        whole = below.args[0]
        exps = [node for node in topological([above]) if isinstance(node.primitive, Exp)]
        named = (node is whole or self.scope.spread(self.scope.open, node) is whole for node in exps)
        if isinstance(whole.primitive, Exp) and any(named):
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
            self.span(node),
            [self.item(node.children[1])],
            lambda v: OrientedValue(engine.sqrt(engine.norm2(v[0].expression))),
        )

    def _mapped(self, span: tuple[int, int], function: Function, given: Node) -> Item:
        return self.built(span, [self.item(given)], lambda v: OrientedValue(function(v[0].expression), v[0].row))


def _is_entrywise(power: Tree[Token]) -> bool:
    r"""Whether a power is one of each entry, as in ^{\circ 2}."""
    return isinstance(power.children[2], Token)
