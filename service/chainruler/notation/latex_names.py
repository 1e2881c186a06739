r"""What a name means in LaTeX: `W^{(2)}` and `W_2` are W2, `z_i` is row i of z or Z, `\phi` a function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from lark import Token, Tree

from chainruler.engine import Expression, ExpressionError, Primitive, label_of
from chainruler.engine.expression import Variable
from chainruler.notation import calls
from chainruler.notation.formula import FormulaError, Function, Symbols
from chainruler.notation.latex_partials import GIVEN
from chainruler.notation.letters import Index, Scope
from chainruler.notation.names import declares, label_from, maps_of, unknown
from chainruler.notation.vocabulary import Vocabulary

_PICKING = re.compile(
    r"(?:\\mathrm\{(?P<word>[A-Za-z0-9]+)\}|\\?(?P<stem>[A-Za-z]+))"
    r"(?:_(?:\{\\mathrm\{(?P<subword>[A-Za-z]+)\}\}|\{?(?P<sub>[A-Za-z0-9]+)\}?)|\^\{?\((?P<above>[a-z])\)\}?)?"
)
UPRIGHT = r"\\(?:mathrm|mathsf|mathtt|operatorname\*?|text(?:rm|tt|sf|it|bf|normal)?)(?![A-Za-z])"
_STYLES = re.compile(rf"{UPRIGHT}|\\(?:mathbf|boldsymbol|bm|mathit|mathcal|vec|rm|bf|left|right|,|;|:|!)(?![A-Za-z])")
_WORDED = re.compile(rf"(?P<before>[_^]?)\s*{UPRIGHT}\s*\{{\s*(?P<word>[A-Za-z]{{2,}}[0-9]*)\s*\}}")
"""A name of several letters, which needs no braces where it is no index."""
_ACCENT = re.compile(
    r"\\(?:wide)?(?P<accent>hat|tilde|bar|overline)(?![A-Za-z])"
    r"[\s{]*\\?(?P<stem>[A-Za-z]+)[\s}]*?(?P<marks>\}*(?:[_^](?:\{[^{}]*\}|[A-Za-z0-9]))*)[\s}]*"
)
_SYMBOL = re.compile(r"\\?(?P<stem>[A-Za-z]+(?:_(?:hat|tilde|bar))?)(?P<marks>(?:'|[_^](?:\{[^{}]*\}|[A-Za-z0-9]))*)")
_MARK = re.compile(r"(?P<place>[_^])(?:\{(?P<several>[^{}]*)\}|(?P<one>[A-Za-z0-9]))")
_KEY = re.compile(r"\\cdot|:|[A-Za-z](?:_(?:\{[a-z]+\}|[a-z])|\^\{?\([a-z]\)\}?)?")
"""A letter at an axis, or class numbers that pick from it, as y_i do."""
_FOOTED = re.compile(r"\s*(?:\\(?:mathrm|text)\s*\{(?P<word>[A-Za-z]+)\}|(?P<plain>[A-Za-z]+))\s*,(?P<letters>.+)")
"""A word at the foot of a name, before letters."""
_NO_POWERS = frozenset({"delta", "z"})
"""Names of which nobody takes powers."""
WHOLE = "·"
"""What stands at an axis that is left whole."""
OF_SAMPLE = "(x)"
"""What the name of a gradient ends with that is one of the loss of a sample."""


@dataclass(frozen=True)
class Subscript:
    """What stands at the lower right of a name, and the number or sample in parentheses at its upper right."""

    text: str = ""
    layer: str = ""

    @staticmethod
    def of(marks: Sequence[Tree[Token] | Token]) -> tuple[Subscript, list[Tree[Token] | Token]]:
        """The first subscript and layer among the marks after a name, and the other marks."""
        found: dict[str, str] = {}
        rest: list[Tree[Token] | Token] = []
        for mark in marks:
            if isinstance(mark, Token) and mark.type in {"SUB", "LAYER", "SAMPLE"} and mark.type not in found:
                found[mark.type] = str(mark)
            else:
                rest.append(mark)
        below = [found[kind] for kind in ("SAMPLE", "SUB") if found.get(kind)]  # a^{[1](i)}_j is entry j of sample i
        return Subscript(",".join(below), found.get("LAYER", "")), rest


def plain_of(text: str) -> str:
    """A piece of a formula without styles, spaces and braces around single letters."""
    bare = re.sub(r"[(\[]([^()\[\]]*)[)\]](?=\s*_)", r"\1", _STYLES.sub("", _WORDED.sub(_bare, text)))
    plain = re.sub(r"\s+", "", _ACCENT.sub(_accented, bare))
    plain = re.sub(r"\{\{([A-Za-z]+)\},", r"{\1,", plain)
    for _ in range(2):
        plain = re.sub(r"\{([A-Za-z](?:_(?:hat|tilde|bar))?|\\(?!partial)[A-Za-z]+|\{[^{}]*\})\}", r"\1", plain)
    return plain


def _bare(match: re.Match[str]) -> str:
    return match[0] if match["before"] else match["word"]


def _accented(match: re.Match[str]) -> str:
    """A letter with something above it, as one name; as many brackets are closed as were opened."""
    accent = {"overline": "bar"}.get(match["accent"], match["accent"])
    closed = match[0].count("}") - match[0].count("{")
    return f"{match['stem']}_{accent}{match['marks'].lstrip('}')}{'}' * closed}"


def symbol_in(text: str) -> tuple[str, Subscript] | None:
    r"""The name and marks that a text is, as what stands beside a ∂: `W^{(2)}_{ij}`; None for anything else."""
    match = _SYMBOL.fullmatch(plain_of(text))
    if match is None:
        return None
    marks: dict[str, list[str]] = {"_": [], "^": []}
    plain_marks = re.sub(r"\^\{([(\[]\w+[)\]])(?:\(([a-z])\)|,([a-z]))\}", r"_\2\3^{\1}", match["marks"])
    for mark in _MARK.finditer(plain_marks):
        marks[mark["place"]].append(re.sub(r"[()\[\]]", "", mark["several"] or mark["one"] or ""))
    if len(marks["^"]) > 1:
        return None
    stem = {"lambda": "lam"}.get(match["stem"], match["stem"]) + "_prime" * match["marks"].count("'")
    return stem, Subscript(",".join(marks["_"]), "".join(marks["^"]))


class SymbolNames:
    """The symbols of a formula, found by what is typed for them."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.used: dict[str, None] = {}
        """The names that were found and are used."""

    def has(self, label: str) -> bool:
        """Whether there is a symbol of this name."""
        return label in self.symbols

    def expression(self, stem: str, subscript: Subscript) -> Expression | None:
        """The symbol of this stem and subscript; None for a function, or if there is none."""
        label = self._label(stem, subscript)
        meaning = None if label is None else self.symbols[label]
        return meaning if isinstance(meaning, Expression) else None

    def _label(self, stem: str, subscript: Subscript) -> str | None:
        """The name of a symbol; of what courses call otherwise its own, where the text defines that: dz_1 is dZ1."""
        label = label_from(stem, subscript.layer + subscript.text, self.symbols)
        meaning = None if label is None else self.symbols[label]
        if isinstance(meaning, Expression) and isinstance(meaning.primitive, Variable):
            own = label_of(meaning)
            return own if any(own in defined for defined in maps_of(self.symbols)[:-1]) else label
        return label

    def is_array(self, stem: str) -> bool:
        """Whether a name stands for an array: which one is no matter here, so nothing is chosen of several."""
        label = label_from(stem, "", self.symbols)
        table = next((names for names in maps_of(self.symbols) if label in names), None)
        if isinstance(table, Vocabulary) and all(isinstance(one, Expression) for one in table.meanings(str(label))):
            return True
        return self.expression(stem, Subscript()) is not None

    def knows(self, stem: str, foot: str) -> bool:
        """Whether there is a symbol of this stem and foot, or one that has the letters of the foot."""
        return any(self.expression(stem, Subscript(text)) is not None for text in (foot, numbered(foot)[0]))

    def is_layer(self, stem: str) -> bool:
        """Whether the number above a name that is known without it is that of a layer, and no power."""
        if declares(self.symbols, stem):
            return False
        vocabulary = next((names for names in maps_of(self.symbols) if isinstance(names, Vocabulary)), None)
        return stem in _NO_POWERS or (vocabulary is not None and vocabulary.is_layer(stem))

    def lies(self, stem: str, subscript: Subscript) -> bool:
        """Whether the text defines this as a vector that lies."""
        label = self._label(stem, subscript)
        return any(label in getattr(defined, "rows", ()) for defined in maps_of(self.symbols))

    def take(self, stem: str, subscript: Subscript) -> None:
        """Note that a symbol is used."""
        label = self._label(stem, subscript)
        self.used |= {} if label is None else {label: None}

    def bound(self, name: str) -> Function | None:
        """The function that the symbols bind to this name."""
        label = label_from(name, "", self.symbols)
        meaning = None if label is None else self.symbols[label]
        return None if isinstance(meaning, Expression) else meaning

    def function(self, stem: str) -> str | None:
        r"""The function of this name: bound, known by its name, or by its sign as \sigma is the logistic function."""
        if self.bound(stem) is not None or self.bound(f"{stem}_prime") is not None:
            return stem
        signed = (p.name for p in Primitive.registry.values() if p.latex == f"\\{stem}" and p.name != "sum")
        if stem in calls.function_names():
            return stem
        return next(signed, None)

    def of_loss(self, text: str, scope: Scope) -> tuple[Expression, list[str]]:
        """The symbol for the derivative by what is named, and the indices left: ∂J/∂Z_{2,i} is row i of dZ2."""
        found = symbol_in(text)
        if found is not None:
            stem, subscript = found
            for name in dict.fromkeys((stem, stem.swapcase() if len(stem) == 1 else stem)):
                try:
                    return self.resolved(f"d{name}", subscript, scope)
                except ExpressionError:
                    continue
        raise ExpressionError(f"The derivative by {text.strip()} has no symbol here: write it out.")

    def is_loss(self, text: str, objectives: frozenset[str]) -> bool:
        r"""Whether this stands for the loss, as J, \mathcal{L} and J(\theta) do; a name of an array never does."""
        plain = re.sub(
            r"\\(?:mathcal|mathscr|mathrm|mathbf|mathit|boldsymbol|operatorname|text(?:rm)?)\s*|[\s{}\\]", "", text
        )
        name = re.sub(rf"(?:_[A-Z]{{2,}})?(?:{GIVEN})?$", "", plain)
        meaning = self.symbols.get(name)
        if isinstance(meaning, Expression):
            labels = {name, label_of(meaning)} if isinstance(meaning.primitive, Variable) else {name}
            return not meaning.shape and not labels.isdisjoint(objectives)
        return name in objectives

    def resolved(self, stem: str, subscript: Subscript, scope: Scope) -> tuple[Expression, list[str]]:
        """The symbol that a name with its subscript stands for, and the indices that are left of the subscript."""
        word = re.fullmatch(r"\\(?:mathrm|text|textrm|operatorname|mathsf)\s*\{([^{}]*)\}", subscript.text)
        text = (word[1] if word else subscript.text).strip()
        worded = self._worded(stem, subscript.text, scope)
        if worded is not None:
            return worded
        digits, rest = numbered(text)
        layer = "" if scope.find(subscript.layer) else subscript.layer
        rows = [subscript.layer] if subscript.layer and not layer else []
        for name in dict.fromkeys((stem, stem.swapcase() if len(stem) == 1 else stem)):
            whole = self.expression(name, Subscript(text, layer))
            ways: list[tuple[Expression, list[str]]] = [(whole, [])] if whole is not None else []
            part = whole if whole is not None and not rest else self._part(name, Subscript(digits, layer), whole)
            keys = self.keys(rest, scope) if part is not None and rest and not word else []
            if part is not None and keys:
                ways.append((part, keys))
            if len(ways) > 1 and scope.find(text):
                raise ExpressionError(f"{name}_{text} is a symbol, and {name} has rows: rename the index.")
            if ways:
                self.take(name, Subscript(text if whole is not None else digits, layer))
                return ways[0][0], [*rows, *ways[0][1]]
            if word and part is not None and self._is_index(text):
                self.take(name, Subscript(digits, layer))
                return part, [text]
        shown = stem + (f"_{text}" if text else "") + (f"^({layer})" if layer else "")
        raise ExpressionError(self._missing(stem, shown))

    def _part(self, name: str, subscript: Subscript, whole: Expression | None) -> Expression | None:
        """The symbol that a name may be an entry of; what cannot be read is none where the name is one by itself."""
        with suppress(*[FormulaError] * (whole is not None)):
            return self.expression(name, subscript)
        return None

    def _worded(self, stem: str, foot: str, scope: Scope) -> tuple[Expression, list[str]] | None:
        r"""The symbol with a word at its foot and a letter for each axis behind that: W_{\mathrm{classes},ij}."""
        match = _FOOTED.fullmatch(foot)
        label = f"{stem}_{match['word'] or match['plain']}" if match is not None else ""
        meaning = self.symbols[label] if match is not None and declares(self.symbols, label) else None
        if match is None or not isinstance(meaning, Expression):
            return None
        keys = _KEY.findall(re.sub(r"[\s,]", "", match["letters"]))
        if len(keys) != meaning.ndim:
            return None
        self.used |= {label: None}
        return meaning, self.keys(match["letters"], scope)

    def _missing(self, stem: str, shown: str) -> str:
        if self.function(stem) is not None:
            return f'"{stem}" is a function: write what it is applied to in parentheses after it.'
        plain = re.sub(r"[^0-9A-Za-z]", "", shown)
        return unknown(plain, self.symbols, calls.FUNCTIONS).replace(f'"{plain}"', f'"{shown}"', 1)

    def _is_index(self, name: str) -> bool:
        meaning = self.symbols.get(name)
        return isinstance(meaning, Expression) and meaning.kind == "index"

    def keys(self, text: str, scope: Scope) -> list[str]:
        r"""The indices that a subscript lists: `ij`, `i,j`, `\cdot j`, or one symbol that picks."""
        if self.picking(text, scope) is not None:
            return [text]
        bare = re.sub(r"[\s,]|\\[,;]", "", text)
        parts = _KEY.findall(bare)
        if "".join(parts) != bare:
            raise ExpressionError(f'The subscript "{text}" cannot be read: write indices such as i or i,j.')
        return [WHOLE if part in {r"\cdot", ":"} else part for part in parts]

    def picking(self, key: str, scope: Scope) -> Expression | None:
        """The whole numbers that pick an entry, as y does in z_y and y_i in z_{y_i}; None for anything else."""
        match = _PICKING.fullmatch(key.strip())
        if match is None:
            return None
        stem, below = match["word"] or match["stem"], match["subword"] or match["sub"] or match["above"] or ""
        if not below and scope.find(stem) is not None:
            return None
        whole = self.expression(stem, Subscript(below))
        if whole is not None and whole.kind == "index":
            self.take(stem, Subscript(below))
            return whole
        meaning = self.expression(stem, Subscript())
        if meaning is None or meaning.kind != "index" or not below:
            return None
        self.take(stem, Subscript())
        letters = list(below) if len(below) == meaning.ndim else [below]  # x_{nt} picks at two places
        return scope.element(meaning, [self.index(letter, scope, stem) for letter in letters], stem)

    def index(self, key: str, scope: Scope, shown: str) -> Index:
        """The open sum that a letter belongs to."""
        index = scope.find(key)
        if index is None:
            raise ExpressionError(
                f"The index {key} of {shown} belongs to no sum here. A sum goes up to the next + or −: "
                "if it goes on, put all that is summed in parentheses."
            )
        return index


def numbered(text: str) -> tuple[str, str]:
    """The number before a comma or an index, as 2 in `2,i` and `2i`, and the rest."""
    match = re.match(r"([0-9]+)\s*,?\s*", text)
    return ("", text) if match is None else (match[1], text[match.end() :])
