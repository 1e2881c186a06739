r"""Left sides in LaTeX: what `\frac{\partial J}{\partial W^{(2)}_{ij}}` names, and the letters that it leaves free."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from chainruler.engine import Dim, Expression, ExpressionError, Shape, label_of
from chainruler.engine.expression import Variable
from chainruler.engine.primitives.permuting import permuted
from chainruler.notation.formula import Conventions, Symbols
from chainruler.notation.latex_lettered import at_argument
from chainruler.notation.latex_names import (
    OF_SAMPLE,
    WHOLE,
    Subscript,
    SymbolNames,
    plain_of,
    symbol_in,
)
from chainruler.notation.latex_partials import DATA, PHYSICS, in_full, of_sample
from chainruler.notation.latex_patterns import INEQUALITY, SCALED
from chainruler.notation.latex_samples import PARAMETERS, of_unit
from chainruler.notation.letters import Index, Scope

_PARTIAL = r"(?:\\partial|d|\\mathrm\{?d\}?)"
_DERIVATIVES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\\[td]?frac\{{{_PARTIAL}(?P<of>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}\{{{_PARTIAL}(?P<by>(?:[^{{}}]|\{{[^{{}}]*\}})+)\}}",
        rf"{_PARTIAL}(?P<of>[^/{{}}]*)/{_PARTIAL}(?P<by>.+)",
        rf"\\[td]?frac\{{?{_PARTIAL}\}}?\{{{_PARTIAL}(?P<by>(?:[^{{}}]|\{{[^{{}}]*\}})+)\}}(?P<of>.*)",
        r"\\nabla(?P<of>\\?[A-Za-z]+)\((?P<by>\\?[A-Za-z]+(?:_[A-Za-z0-9])?)\)",
        r"\\(?:nabla|partial)_(?:\{(?P<by>(?:[^{}]|\{[^{}]*\})+)\}|(?P<one>\\(?:[tT]heta|beta|omega)|[A-Za-z]))(?P<of>.*)",
    )
)
SAMPLE = "sample"
"""What counts the samples where a line is of one of them and has no letter for it."""
_LAST = re.compile(r"\^(?:L(?![A-Za-z])|\{[(\[]?L(-1)?[)\]]?\})")
_TURNED = re.compile(r"\^\{?\\?(?:top|T|intercal)\}?$")
_CALL = re.compile(
    r"\\?(?P<stem>[A-Za-z]+)(?:_\{?\\?[A-Za-z](?:[a-z]*|,[a-z])\}?)?(?P<primes>'{0,3})\(\\?(?P<operand>[A-Za-z]+)\)"
)
_TYPED = re.compile(r"^([A-Za-z]+)([0-9]+)$")
_LEADING = re.compile(r"^(?:\s|~|\\[,;:! ])+")
_COMMAND = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathrm|mathcal|mathit|mathtt|vec|hat|tilde|bar|operatorname|text(?:tt|rm|sf|it)?)\s*+|[{}]"
)
_WORD = re.compile(
    r"\\(?:text(?:tt|rm|sf|it|normal)?|math(?:tt|rm|sf)|operatorname)\s*\{\s*(?P<name>[A-Za-z](?:\w|\\_)*)\s*\}"
)
"""One name of code, as it is typed."""
_WORD_BELOW = re.compile(
    r"(?P<stem>[A-Za-z]+)_\{\s*\\(?:mathrm|text)\{(?P<word>[A-Za-z]+)\}\s*,\s*(?P<letters>[a-z]+)\s*\}"
)
"""A name with a word at its foot, before letters."""
_BOUNDED = re.compile(
    r"(?:\\left|\\[bB]igg?l?)?\s*+(?:\(|\[)(?P<inner>.+?)(?:\\right|\\[bB]igg?r?)?\s*(?:\)|\])\s*_\s*(?:\{(?P<several>[^{}]*)\}|(?P<one>[a-z]))"
)
"""What is in brackets that have letters at their foot."""
_SLICE = re.compile(r"\[\s*((?:[a-z]|:)(?:\s*,\s*(?:[a-z]|:))*)\s*\](?=\}?$)")
_HOLDS = rf"[^\[\]{{}}]*?(?:{INEQUALITY.pattern})[^\[\]{{}}]*"
_MASKED = re.compile(
    rf"(?P<array>[^=]+?)\s*+(?:(?:\\left)?\[(?P<inside>{_HOLDS}?)(?:\\right)?\]|_\s*\{{(?P<below>{_HOLDS})\}})"
)
"""The entries of an array at which something holds."""
_VALUE = re.compile(
    rf"\\?(?P<stem>[A-Za-z]+)(?:_(?:\{{(?:{PARAMETERS})\}}|(?:{PARAMETERS})))?(?P<primes>(?:'|\^\{{?\\prime\}}?){{0,3}})"
    r"\((?P<operand>\\?[A-Za-z]+(?:[_^](?:\{[^{}]*\}|[A-Za-z0-9]))+)\)"
)
"""A function at something that has marks."""
_PRODUCT = re.compile(r"(?<![A-Za-z])(?!d\b)[A-Za-z]\w*\s+\\?[A-Za-z]")
"""Two names beside one another, which are no name."""
_BESIDE_LAYER = re.compile(r"\^\{[(\[]\w+[)\]](?:\([a-z]\)|,[a-z])\}")
_PICKED = re.compile(r"[A-Za-z](?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)")
"""Class numbers at the foot of a name."""
_OBJECTIVE = re.compile(r"(?:\\?(?P<name>[A-Za-z]+)(?:_\\?\w+)?(?:\(.*\))?)?")
_LETTERS = re.compile(r"(?:[a-dg-np-s]|\\cdot|:)(?:,?(?:[a-dg-np-s]|\\cdot|:))*")
"""What is read as letters and not as a word, as `out` is one."""


@dataclass(frozen=True)
class Left:
    """A left side: the name as code has it, and the letter or colon at each axis that is indexed."""

    name: str
    keys: tuple[str, ...] = ()
    shape: Shape | None = None
    """That of the whole array, where it is known."""
    word: str = ""
    """The name, if the letters are no indices but a part of it."""
    above: bool = False
    """Whether a letter stands above, in parentheses, as the number of a sample does."""
    is_gradient: bool = False
    """Whether it is written as a derivative of the loss."""
    operand: str = ""
    """What it is a function of, where it defines one: z in `f'(z) = f(z) (1 - f(z))`."""
    factor: str = ""
    """What it is multiplied by: 2 in `2 dW = …`."""
    mask: str = ""
    """The condition under which its entries are set, in `dh[h \\le 0] = 0`."""
    of_sample: bool = False
    """Whether its line is of one sample, which its first key counts, and may leave that out."""

    pick: str = ""
    """The class numbers, such as y_i, at which alone it says what there is."""
    whole_loss: Left | None = None
    """What it names where its line is of no sample, though the loss has the number of one."""

    @property
    def indices(self) -> list[Index]:
        """The letters, as far as the axes are long that they run along."""
        dims: list[Dim | None] = [None] * len(self.keys)
        if self.shape and len(self.shape) >= len(self.keys):
            place = self._sample_axis
            shape = (self.shape[place], *self.shape[:place], *self.shape[place + 1 :])
            dims[: len(self.keys)] = shape[: len(self.keys)]
        pairs = zip(self.keys, dims, strict=True)
        found = [Index(key, dim) for key, dim in dict(pairs).items() if key != WHOLE]
        if self.of_sample:
            found[0].of_samples = True
        return found

    @property
    def _sample_axis(self) -> int:
        """The axis that the letter of a sample runs along, which comes first of the letters wherever that is."""
        counted = (axis for axis, dim in enumerate(self.shape or ()) if isinstance(dim, str))
        return next(counted, 0) if self.above else 0

    @property
    def lettered(self) -> Left:
        """The same under the name with its letters."""
        return replace(self, name=f"{self.name}[{','.join(self.keys)}]")

    @property
    def assumed(self) -> list[str]:
        """What is not said of its letter: that it is the number of a sample and not that of a class."""
        first = self.shape[0] if self.shape else 1
        if len(self.keys) != 1 or self.above or not isinstance(first, str) or len(self.shape or ()) < 2:
            return []
        return [f"{self.keys[0]} is read as the number of a sample: write two letters for an entry."]

    def whole(self, scope: Scope, letters: Sequence[Index], entry: Expression) -> Expression:
        """The array that has this entry at the letters."""
        if len(set(self.keys)) < len([*letters, *(key for key in self.keys if key == WHOLE)]):
            raise ExpressionError("A letter stands twice on the left side: this says nothing of the other entries.")
        array = scope.freed(letters, entry)
        places = [place for place, key in enumerate(self.keys) if key != WHOLE]
        if places == list(range(len(places))):
            last = self._sample_axis if array.ndim == len(self.shape or ()) else 0
            return permuted(array, [*range(1, last + 1), 0, *range(last + 1, array.ndim)]) if last else array
        order = iter(range(len(places), array.ndim))
        letter = iter(range(len(places)))
        axes = [next(letter) if place in places else next(order, None) for place in range(array.ndim)]
        return array if None in axes else permuted(array, [axis for axis in axes if axis is not None])


def left_side(text: str, symbols: Symbols, conventions: Conventions) -> Left:
    r"""What a left side names: dW2 for \frac{\partial J}{\partial W^{(2)}}, delta2 and j for \delta^{(2)}_j."""
    left = _left_side(text, symbols, conventions)
    line = symbols.get(left.name)
    if left.shape is None and isinstance(line, Expression) and line.ndim == len(left.keys) and 1 in line.shape:
        return replace(left, shape=line.shape)  # on an axis of one entry, its letter may stand on the left only
    return left


def _left_side(text: str, symbols: Symbols, conventions: Conventions) -> Left:
    text = PHYSICS.sub(in_full, _LEADING.sub("", text))
    masked = _MASKED.fullmatch(text)
    if masked is not None:
        inner = left_side(masked["array"], symbols, conventions)
        return Left(text) if inner.keys else replace(inner, mask=masked["inside"] or masked["below"])
    bounded, word, scaled = _BOUNDED.fullmatch(text), _WORD.fullmatch(text), SCALED.fullmatch(text)
    if bounded is not None:
        return _footed(left_side(bounded["inner"], symbols, conventions), bounded["several"] or bounded["one"], text)
    if scaled is not None:
        inner = left_side(scaled["rest"], symbols, conventions)
        is_gradient = inner.is_gradient or re.fullmatch(r"d[A-Za-z]\w*", inner.name)
        return replace(inner, factor=scaled["factor"]) if is_gradient and not inner.factor else Left(text)
    worded = _WORD_BELOW.fullmatch(text)
    if worded is not None:
        return Left(f"{worded['stem']}_{worded['word']}", _keys(worded["letters"]))
    if word is not None and "_" in word["name"]:
        return Left(word["name"].replace("\\_", "_"))
    plain = plain_of(_SLICE.sub(r"_{\1}", text))
    if conventions.layers:
        plain = _LAST.sub(lambda match: f"^{{({conventions.layers - bool(match[1])})}}", plain)
    return _derivative(plain, symbols, conventions) or _function(plain, conventions) or _name(text, plain, symbols)


def partial_named(of: str, by: str) -> str:
    """The name of a derivative of something else than the loss, under which a text may define it."""
    return f"∂{plain_of(of)}/∂{plain_of(by)}"


def _derivative(plain: str, symbols: Symbols, conventions: Conventions) -> Left | None:
    """What a derivative is by, if it is one of the loss; None if there is no derivative."""
    match = next((match for pattern in _DERIVATIVES if (match := pattern.fullmatch(plain)) is not None), None)
    if match is None:
        return None
    by = symbol_in(_TYPED.sub(r"\1_{\2}", _TURNED.sub("", match["by"] or match.groupdict().get("one") or "")))
    loss, letter = of_sample(match["of"])
    of = _OBJECTIVE.fullmatch(re.sub(r"[{}]", "", loss))
    if by is None or of is None or (of["name"] or "") not in conventions.objectives | {""}:
        return Left(partial_named(match["of"], match["by"] or ""))
    picked = _PICKED.fullmatch(by[1].text) if letter else None
    if picked is not None and letter == (picked["below"] or picked["above"]):
        whole = _of((by[0], Subscript("", by[1].layer)), symbols, "d")
        return Left(f"{whole.name}{OF_SAMPLE}", (letter,), of_sample=True, pick=by[1].text)
    left = replace(_of(by, symbols, "d", conventions.second_axes), is_gradient=True)
    return _of_letter(left, letter) if letter else _of_sample(_counted(left, plain), match["of"])


def _function(plain: str, conventions: Conventions) -> Left | None:
    """A function, or its value at something with marks; None if it is neither."""
    plain = re.sub(r"^\{([A-Za-z]+)\}", r"\1", plain)
    call, value = _CALL.fullmatch(plain), _VALUE.fullmatch(plain)
    if call is not None and call["stem"] not in conventions.objectives:
        return Left(call["stem"] + "_prime" * len(call["primes"]), operand=call["operand"])
    if value is None or value["stem"] in conventions.objectives:
        return None
    found = at_argument(value["stem"] + "_prime" * len(re.findall("'|prime", value["primes"])), value["operand"])
    return None if found is None else Left(found[0], tuple(found[1]))


def _name(text: str, plain: str, symbols: Symbols) -> Left:
    """A name of one's own."""
    found = symbol_in(re.sub(r"^d\\(?=[A-Za-z])", "d", _TYPED.sub(r"\1_{\2}", plain)))  # d\gamma is one name
    if found is None or _PRODUCT.search(_COMMAND.sub("", text)):
        return Left(text)
    stem, subscript = found
    if stem.startswith("d") and len(stem) > 1:
        return _counted(_of((stem[1:], subscript), getattr(symbols, "declared", symbols), "d"), plain)
    return _own(stem, subscript, "")


def _counted(left: Left, plain: str) -> Left:
    """The same; the letter that stands beside the number of its layer is the number of a sample."""
    return replace(left, above=True) if _BESIDE_LAYER.search(plain) else left


def _of_sample(left: Left, loss: str) -> Left:
    """The gradient of the loss of one sample, where the loss is given its data: J(W,b;x^{(i)},y^{(i)})."""
    data = DATA.search(loss)
    if data is None or left.keys:
        return left
    letter = data["above"] or data["below"] or SAMPLE
    return Left(f"{left.name}{OF_SAMPLE}", (letter,), of_sample=True)


def _of_letter(left: Left, letter: str) -> Left:
    """The gradient of the loss of the sample that a letter counts: by a parameter, or by a value of this sample."""
    if any(isinstance(dim, str) for dim in left.shape or ("",)):
        return (
            left if letter in left.keys or left.shape is None else replace(left, keys=(letter, *left.keys), above=True)
        )
    return Left(f"{left.name}{OF_SAMPLE}", (letter, *left.keys), of_sample=True, whole_loss=left)


def _of(symbol: tuple[str, Subscript], symbols: Symbols, before: str, second_axes: Container[Expression] = ()) -> Left:
    """The derivative by a symbol of the problem or, if it is none of these, by a name of one's own."""
    stem, subscript = symbol
    scope = Scope([Index(subscript.layer)] if re.fullmatch("[a-z]", subscript.layer) else [])
    for name in dict.fromkeys((stem, stem.swapcase() if len(stem) == 1 else stem)):
        try:
            array, keys = SymbolNames(symbols).resolved(name, subscript, scope)
        except ExpressionError:
            continue
        if isinstance(array.primitive, Variable):
            keys = of_unit(stem, array, keys, second_axes)
            return Left(f"{before}{label_of(array)}", tuple(keys), array.shape, above=bool(scope.open))
    return _own(stem, subscript, before)


def _footed(left: Left, foot: str, text: str) -> Left:
    """What is in brackets, with the letters at their foot."""
    foot = re.sub(r"\s", "", foot)
    if left.keys or left.operand or not _LETTERS.fullmatch(foot):
        return Left(text)
    return replace(left, keys=_keys(foot), word="")


def _keys(letters: str) -> tuple[str, ...]:
    """The letters and colons that a foot lists."""
    return tuple(WHOLE if key in {r"\cdot", ":"} else key for key in re.findall(r"\\cdot|:|[a-z]", letters))


def _own(stem: str, subscript: Subscript, before: str) -> Left:
    """A name of one's own: its number, or the letters or the word at its foot."""
    match = re.fullmatch(r"(?P<number>[0-9]*),?(?P<rest>.*)", subscript.text.replace(" ", ""))
    number, rest = (match["number"], match["rest"]) if match else ("", "")
    layer = subscript.layer if subscript.layer.isdecimal() else ""
    above = [subscript.layer] if re.fullmatch("[a-z]", subscript.layer) else []
    name = f"{before}{stem}{layer or number}"
    if not rest or _LETTERS.fullmatch(rest):
        return Left(name, (*above, *_keys(rest)), word=f"{name}_{rest}" if rest and not above else "")
    return Left(f"{name}_{re.sub(r'[^0-9A-Za-z]', '', rest)}", tuple(above))
