r"""Names of which one sample or unit is meant: x^{(i)}, w_j, h(x^{(i)}), and \delta a^\top in a sum over samples."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from lark import Token, Tree

from chainruler.engine import Expression
from chainruler.notation.formula import Fragment, Span
from chainruler.notation.latex_factors import FactorReader
from chainruler.notation.latex_items import Item, Node
from chainruler.notation.latex_lettered import at_argument, lettered
from chainruler.notation.latex_names import WHOLE, Subscript
from chainruler.notation.letters import Index

_STYLED = r"(?:\\(?:mathbf|boldsymbol|bm|vec)\s*)?\{{?\s*{letter}\s*\}}?"
_SAMPLE = r"\s*(?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?)?"
_INPUT = _STYLED.format(letter="[xX]") + r"\s*(?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)?"
_ARGUMENT = re.compile(
    rf"\(\s*{_INPUT}\s*(?:,\s*{_STYLED.format(letter='[yYtT]')}{_SAMPLE})?\s*(?:;[^()]*)?(?:\\right|\\[bB]ig+r?)?\s*\)"
)
PARAMETERS = r"\\[tT]heta|\\(?:mathbf|boldsymbol|bm)\s*\{?\s*(?:\\[tT]heta|[wW])\s*\}?|[wW](?:\s*,\s*b)?"
OF_PARAMETERS = re.compile(PARAMETERS)


def of_unit(stem: str, array: Expression, keys: list[str], second_axes: Container[Expression]) -> list[str]:
    """The letters at the axes of an array: w_j, written small, are the weights of unit j, or that of input j."""
    return [WHOLE, *keys] if len(keys) == 1 and stem.islower() and array in second_axes else keys


class SampleReader(FactorReader):
    """Reads names of which one sample or one unit is meant."""

    implicit: Index | None = None
    """The letter of the sum over samples that is being read, where what is summed leaves it out."""

    def named(self, token: Token, subscript: Subscript) -> tuple[Expression, list[str]]:
        found, keys = self._of_letters(str(token), subscript) or super().named(token, subscript)
        keys = of_unit(str(token), found, keys, self.conventions.second_axes)
        return found, self._with_sample(found, keys)

    def _indexed(self, span: Span, item: Item, keys: Sequence[str], shown: str) -> Item:
        """An array at indices; the vector of one sample is a row where vectors of samples are rows."""
        found = super()._indexed(span, item, keys, shown)
        is_row = self.conventions.row_samples and self.scope.is_of_one_sample(found.part.expression)
        return found._replace(row=True) if is_row and found.part.expression.ndim == 1 else found

    def _of_letters(self, stem: str, subscript: Subscript) -> tuple[Expression, list[str]] | None:
        r"""What the text defines with these letters, where it has the name with others too: \delta_k and \delta_j."""
        name, keys = lettered(stem, subscript)
        meaning = self.symbols[name] if keys and name in self.symbols else None
        if not isinstance(meaning, Expression):
            return None
        self.names.used[name] = None
        return meaning, keys

    def beside_rows(self, items: Sequence[Item]) -> Sequence[Item]:
        """Terms of a sum; where samples are rows, a bias or unit vector is one too beside them."""
        if not (self.conventions.row_samples and any(item.row for item in items)):
            return items
        return [
            item._replace(row=item.row or (item.part.expression.ndim == 1 and not item.part.parts)) for item in items
        ]

    def _with_sample(self, found: Expression, keys: list[str]) -> list[str]:
        """The letters at an array, with that of the sample in front where it is left out."""
        left_out = self.implicit is not None and self.implicit.letter not in keys and len(keys) < found.ndim
        return [self.implicit.letter, *keys] if self.implicit is not None and left_out and has_samples(found) else keys

    def of_argument(self, factor: Tree[Token], rest: Sequence[tuple[str, Tree[Token]]]) -> Item | None:
        r"""A value that is written as a function of a sample, as h_\theta(x^{(i)}) is; None for anything else."""
        atom, follower = factor.children[0], rest[0][1] if rest and not rest[0][0] else None
        if follower is None or len(follower.children) > 1 or not isinstance(atom, Token) or atom.type != "NAME":
            return None
        match = _ARGUMENT.fullmatch(self.text, *self.span(follower))
        subscript, marks = self.layered(atom, *Subscript.of(factor.children[1:]))
        value = self.names.expression(str(atom), Subscript("", subscript.layer))
        if match is None or marks or value is None or not (has_samples(value) or value.ndim == 1):
            return None
        letter = match["below"] or match["above"] or ""
        index = self.scope.find(letter)
        if index is None and letter:
            return None
        if index is not None:
            index.of_samples = True
        entry = "" if OF_PARAMETERS.fullmatch(subscript.text) else subscript.text
        places = Subscript(",".join(filter(None, (letter, entry))), subscript.layer)
        return self.symbol(atom, places, [follower])

    def names_parameters(self, atom: Token, mark: Token) -> bool:
        r"""Whether a function that the text defines has the names of its parameters at its foot, as h_\\theta has."""
        return mark.type == "SUB" and bool(OF_PARAMETERS.fullmatch(mark)) and self.names.bound(str(atom)) is not None

    def value_at(self, factor: Tree[Token], rest: Sequence[tuple[str, Tree[Token]]]) -> Item | None:
        """What the text defines as the value of a function at something; None if it does not."""
        atom, follower = factor.children[0], rest[0][1] if rest and not rest[0][0] else None
        if follower is None or not isinstance(atom, Token) or atom.type != "NAME":
            return None
        (start, stop), group = self.span(follower.children[0]), follower.children[0]
        if not isinstance(group, Tree) or group.data != "group":
            return None
        primes = sum(isinstance(mark, Token) and mark.type == "PRIME" for mark in factor.children[1:])
        found = at_argument(f"{atom}{'_prime' * primes}", self.text[start + 1 : stop - 1])
        meaning = self.symbols[found[0]] if found is not None and found[0] in self.symbols else None
        if found is None or not isinstance(meaning, Expression):
            return None
        self.names.used[found[0]] = None
        span = self.span(factor)[0], stop
        item = Item(Fragment(span, meaning))
        keys = self._with_sample(meaning, found[1])
        item = self._indexed(span, item, keys, str(atom)) if keys else item
        return self._marked(follower, item)

    def end_of(self, token: Token, after: Sequence[Node]) -> int:
        return max([super().end_of(token, after), *(self.span(node)[1] for node in after if isinstance(node, Tree))])


def has_samples(array: Expression) -> bool:
    """Whether one of its axes counts samples."""
    return any(isinstance(side, str) for side in array.shape)
