r"""Reading LaTeX: neighbours are multiplied as matrices, \odot is entry by entry, \sum goes up to the next + or −."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput, UnexpectedToken

from chainruler.engine import ExpressionError
from chainruler.notation import calls
from chainruler.notation.derivative import derivative
from chainruler.notation.formula import (
    DEFAULT_CONVENTIONS,
    DEFAULT_LIMITS,
    Conventions,
    FormulaError,
    FormulaLimits,
    Fragment,
    Reading,
    Symbols,
)
from chainruler.notation.latex_arguments import NodeArgument
from chainruler.notation.latex_grammar import parser
from chainruler.notation.latex_items import Item, Node
from chainruler.notation.latex_left import Left
from chainruler.notation.latex_names import Subscript
from chainruler.notation.latex_samples import has_samples
from chainruler.notation.latex_sums import SumReader
from chainruler.notation.latex_tokens import Tokens
from chainruler.notation.latex_worded import definitions
from chainruler.notation.numbering import without_number
from chainruler.notation.vectors import Link, OrientedValue, product, total

_UNCOUNTED = frozenset({"LPAR", "RPAR", "LBRACE", "RBRACE", "PLUS", "MINUS", "COMMA", "ODOT", "CDOT"})
MOST_PRIMES = 3


def read_latex(
    text: str,
    symbols: Symbols,
    limits: FormulaLimits = DEFAULT_LIMITS,
    conventions: Conventions = DEFAULT_CONVENTIONS,
    left: Left | None = None,
) -> Reading:
    """What a formula in LaTeX means; FormulaError, naming the place, if it means nothing, two things, or too much.

    The letters that its left side has are free: it is an entry of the array that is meant.
    """
    if len(text) > limits.characters:
        raise FormulaError(f"The formula has {len(text)} characters; at most {limits.characters} are read.", "", (0, 1))
    text = without_number(text)
    _refuse_equation(text)
    tokens = Tokens(text, symbols, limits, conventions.stems, conventions.layers).all()
    if not tokens:
        raise FormulaError("The formula is empty.", text, (0, 1))
    if sum(token.type not in _UNCOUNTED for token in tokens) > limits.nodes:
        raise FormulaError(f"The formula has more than {limits.nodes} parts: name some of it.", text, (0, len(text)))
    try:
        tree = parser().parse(tokens)
    except UnexpectedInput as error:
        raise _unexpected(text, tokens, error) from None
    except LarkError:
        raise FormulaError("This cannot be read as a formula.", text, (0, len(text))) from None
    reader = LatexReader(text, symbols, limits, conventions)
    root = reader.whole(tree.children[0], left)
    demands = reader.demands.besides(root.expression)
    found = Reading(
        text,
        root,
        tuple(reader.classes),
        demands,
        row=reader.lies,
        unfinished=tuple(reader.unfinished),
        names=tuple(reader.names.used),
    )
    return replace(found, assumed=tuple(reader.assumed)).within(limits)


def _refuse_equation(text: str) -> None:
    """DW = … is refused where the formula alone is wanted."""
    for span in definitions(text):
        message = "Give the right-hand side only: leave out what stands before and with the =."
        raise FormulaError(message, text, span)


def _unexpected(text: str, tokens: Sequence[Token], error: UnexpectedInput) -> FormulaError:
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END" or token.start_pos is None:
        last = tokens[-1]
        return FormulaError(f'Something is missing after "{last}".', text, (last.start_pos or 0, last.end_pos or 1))
    shown = text[token.start_pos : token.end_pos] or str(token)
    return FormulaError(
        f'"{shown}" cannot stand here: something is missing before it.', text, (token.start_pos, token.start_pos + 1)
    )


def _term_of(links: Sequence[tuple[str, Tree[Token]]]) -> Tree[Token]:
    """The product of these factors, as the grammar has it."""
    children: list[Node] = []
    for sign, factor in links:
        children += [Tree("operator", [Token(sign.upper(), "")])] if sign else []
        children.append(factor)
    return Tree("term", children, links[0][1].meta)


class LatexReader(SumReader):
    """Turns a tree into parts, from the leaves up."""

    lies = False
    """Whether the whole is a vector that was transposed."""

    def whole(self, node: Node, left: Left | None) -> Fragment:
        """The formula; if its left side has letters, the array that it is an entry of."""
        letters = [] if left is None else left.indices
        self.assumed += [] if left is None else left.assumed
        self.scope.open += letters
        self.implicit = letters[0] if left is not None and left.of_sample else None
        item = self.quantity(self.item(node))
        if left is None or not letters:
            self.lies = item.row and item.part.expression.ndim == 1 and not self.conventions.row_samples
            return item.part
        of_sample = left.of_sample or (len(left.keys) == 1 and left.shape is None and isinstance(letters[0].dim, str))
        if of_sample and has_samples(item.part.expression):
            raise self.refusal(node, "This is not of one sample alone.")
        self.demands.replace(lambda piece: self.scope.spread(letters, piece))
        span = item.part.span
        return self.built(span, [item], lambda v: OrientedValue(left.whole(self.scope, letters, v[0].expression))).part

    def _sum(self, node: Tree[Token]) -> Item:
        minus: list[bool] = []
        items: list[Item] = []
        for child in node.children:
            if isinstance(child, Tree) and child.data == "sign":
                minus.append(child.children[0].type == "MINUS")  # type: ignore[union-attr]
            else:
                minus += [False] * (len(items) + 1 - len(minus))
                items.append(self.item(child))
        if len(items) == 1 and not minus[0]:
            return items[0]
        return self.built(self.span(node), self.beside_rows(items), lambda v: total(v, minus))

    def _term(self, node: Tree[Token]) -> Item:
        """A product, in which a function takes what follows it and a sum all that follows."""
        links: list[tuple[str, Tree[Token]]] = []
        sign = ""
        for child in node.children:
            assert isinstance(child, Tree)  # noqa: S101 (the grammar has no tokens here)
            if child.data == "operator":
                sign = child.children[0].type.lower()  # type: ignore[union-attr]
            else:
                links.append((sign, child))
                sign = ""
        return self.product(links)

    def product(self, links: list[tuple[str, Tree[Token]]]) -> Item:
        done: list[tuple[str, Item]] = []
        place = 0
        while place < len(links):
            sign, factor = links[place]
            atom = factor.children[0]
            if isinstance(atom, Token) and atom.type == "SUM":
                done.append((sign, self.summed(factor, atom, links[place + 1 :])))
                break
            value = self.value_at(factor, links[place + 1 :])
            function = self._function_of(factor) if value is None else None
            if isinstance(atom, Token) and atom.type == "PARTIAL":
                item, used = self.chained(links[place:])
                done.append((sign, item))
                place += used
                continue
            at_sample = value or (self.of_argument(factor, links[place + 1 :]) if function is None else None)
            if function is not None:
                item, used = self._application(factor, function, links[place + 1 :])
            else:
                item, used = at_sample or self.item(factor), int(at_sample is not None)
            beside = place > 0 and not sign and links[place - 1][0] == "slash" and isinstance(atom, Token)
            done.append(("beside" if beside and function is None else sign, item))
            place += 1 + used
        if len(done) == 1:
            return done[0][1]
        signs = [sign for sign, _ in done]
        items = [self.quantity(item) for _, item in done]
        for item in (item for sign, item in zip(signs, items, strict=True) if sign == "slash"):
            self.demands.add_divisor(item.part.expression)
        span = self.span(links[0][1])[0], self.span(links[-1][1])[1]
        return self.built(span, items, lambda v: product([Link(s, x) for s, x in zip(signs, v, strict=True)]))

    def _function_of(self, factor: Tree[Token]) -> str | None:
        """The name of the function that a factor is; None for anything else."""
        atom = factor.children[0]
        if not isinstance(atom, Token) or atom.type != "NAME":
            return None
        marks = [
            child.type if isinstance(child, Token) else child.data
            for child in factor.children[1:]
            if not (isinstance(child, Token) and self.names_parameters(atom, child))
        ]
        if marks == ["power"] and self.layered(atom, Subscript(), factor.children[1:])[0].layer:
            return None  # \sigma^2 is a variance, where there is one
        primes = marks[:-1] if marks[-1:] == ["power"] else marks  # g^{[1]'} is g', of whatever layer
        if any(mark not in {"PRIME", "LAYER"} for mark in primes) or self.names.is_array(str(atom)):
            return None
        return self.names.function(str(atom))

    def _application(self, factor: Tree[Token], name: str, rest: list[tuple[str, Tree[Token]]]) -> tuple[Item, int]:
        r"""A function, what it is applied to, and how many factors that is: \tanh^2(z) is the square of its value."""
        item, used = self._unraised(factor, name, rest)
        power = factor.children[-1]
        return (self._value_raised(item, power, name) if isinstance(power, Tree) else item), used

    def _unraised(self, factor: Tree[Token], name: str, rest: list[tuple[str, Tree[Token]]]) -> tuple[Item, int]:
        """A function and what it is applied to: parentheses or the one factor that follows."""
        if not rest or rest[0][0]:
            raise self.refusal(factor, f'"{name}" is a function: write what it is applied to in parentheses after it.')
        follower = rest[0][1]
        group = follower.children[0]
        primes = sum(isinstance(mark, Token) and mark.type == "PRIME" for mark in factor.children[1:])
        if primes > MOST_PRIMES:
            raise self.refusal(factor, f"At most {MOST_PRIMES} primes are read.")
        start = self.span(factor)[0]
        if isinstance(group, Tree) and group.data == "group" and str(group.children[0]) in {"(", "\\{"}:
            applied = self._applied((start, self.span(group)[1]), name, primes, group)
            return self._marked(follower, applied), 1
        if isinstance(group, Token) and group.type == "SUM":  # it takes all that follows, so nothing is left over
            return self._called((start, self.span(rest[-1][1])[1]), name, primes, [_term_of(rest)]), len(rest)
        inner = self._function_of(follower)
        used = 0 if inner is None else self._application(follower, inner, rest[1:])[1]
        if len(rest) > 1 + used:
            raise self.refusal(factor, f"It is not clear what {name} is applied to: write parentheses after it.")
        children: list[Node] = [node for _, node in rest]
        given = Tree("term", children, follower.meta)
        return self._called((start, self.span(rest[-1][1])[1]), name, primes, [given]), 1 + used

    def _applied(self, span: tuple[int, int], name: str, primes: int, group: Tree[Token]) -> Item:
        given = [c for c in group.children[1:-1] if not (isinstance(c, Token) and c.type == "COMMA")]
        return self._called(span, name, primes, given)

    def _called(self, span: tuple[int, int], name: str, primes: int, given: Sequence[Node]) -> Item:
        primed = f"{name}{'_prime' * primes}"
        if self.names.bound(primed) is not None:
            name, primes = primed, 0
        meaning = self.names.bound(name)
        if meaning is not None:
            self.names.take(name, Subscript())
        if primes or meaning is not None:
            function = meaning or calls.FUNCTIONS.get(name)
            if function is None or len(given) != 1:
                raise FormulaError(f"{name} is applied to one thing here.", self.text, span)
            for _ in range(primes):
                function = derivative(function)
            return self._mapped(span, function, given[0])
        if name in calls.ONE_HOT and len(given) == 1 and (rows := self.one_hot(span, given[0])) is not None:
            return rows
        name = f"{name}imum" if name in {"max", "min"} and self._operands(given) == 2 else name
        named = {str(self._keyword(a)): NodeArgument(self, a.children[2]) for a in given if self._keyword(a)}  # type: ignore[union-attr]
        positional = [NodeArgument(self, a) for a in given if not self._keyword(a)]
        try:
            parts, how = calls.called(name, positional, named)
        except FormulaError:
            raise
        except ExpressionError as error:
            raise FormulaError(str(error), self.text, span) from None
        row = any(a.row for a in positional) and (len(positional) == 1 or name in {"maximum", "minimum"})
        items = [Item(part) for part in parts]
        return self.built(
            span, items, lambda v: OrientedValue(how([x.expression for x in v]), row), picks=name in calls.PICKING
        )

    def _operands(self, given: Sequence[Node]) -> int:
        return sum(self._keyword(a) is None for a in given)

    def _keyword(self, node: Node) -> str | None:
        """The name before the = of a keyword argument."""
        if not isinstance(node, Tree) or node.data != "compare" or str(node.children[1]) != "==":
            return None
        left = node.children[0]
        while isinstance(left, Tree) and len(left.children) == 1:
            left = left.children[0]
        return str(left) if isinstance(left, Token) and left.type == "NAME" else None
