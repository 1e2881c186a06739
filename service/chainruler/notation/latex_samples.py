r"""Names of which one sample or unit is meant: x^{(i)}, w_j, h(x^{(i)}), and \delta a^\top in a sum over samples."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from lark import Token, Tree

from chainruler.engine import Expression
from chainruler.notation.latex_factors import FactorReader
from chainruler.notation.latex_items import Item, Node
from chainruler.notation.latex_names import WHOLE, Subscript
from chainruler.notation.letters import Index

_STYLED = r"(?:\\(?:mathbf|boldsymbol|bm|vec)\s*)?\{{?\s*{letter}\s*\}}?"
_SAMPLE = r"\s*(?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?)?"
_INPUT = _STYLED.format(letter="[xX]") + r"\s*(?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)?"
_ARGUMENT = re.compile(
    rf"\(\s*{_INPUT}\s*(?:,\s*{_STYLED.format(letter='[yYtT]')}{_SAMPLE})?\s*(?:;[^()]*)?(?:\\right|\\[bB]ig+r?)?\s*\)"
)
_OF_PARAMETERS = re.compile(
    r"\\[tT]heta|\\(?:mathbf|boldsymbol|bm)\s*\{?\s*(?:\\[tT]heta|[wW])\s*\}?|[wW](?:\s*,\s*b)?"
)


def of_unit(stem: str, array: Expression, keys: list[str], second_axes: Container[Expression]) -> list[str]:
    """The letters at the axes of an array: w_j, written small, are the weights of unit j, or that of input j."""
    return [WHOLE, *keys] if len(keys) == 1 and stem.islower() and array in second_axes else keys


class SampleReader(FactorReader):
    """Reads names of which one sample or one unit is meant."""

    implicit: Index | None = None
    """The letter of the sum over samples that is being read, where what is summed leaves it out."""

    def named(self, token: Token, subscript: Subscript) -> tuple[Expression, list[str]]:
        found, keys = super().named(token, subscript)
        keys = of_unit(str(token), found, keys, self.conventions.second_axes)
        left_out = self.implicit is not None and self.implicit.letter not in keys and len(keys) < found.ndim
        if self.implicit is not None and left_out and has_samples(found):
            keys = [self.implicit.letter, *keys]
        return found, keys

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
        entry = "" if _OF_PARAMETERS.fullmatch(subscript.text) else subscript.text
        places = Subscript(",".join(filter(None, (letter, entry))), subscript.layer)
        return self.symbol(atom, places, [follower])

    def end_of(self, token: Token, after: Sequence[Node]) -> int:
        return max([super().end_of(token, after), *(self.span(node)[1] for node in after if isinstance(node, Tree))])


def has_samples(array: Expression) -> bool:
    """Whether one of its axes counts samples."""
    return any(isinstance(side, str) for side in array.shape)
