r"""LaTeX taken apart into what the grammar knows: `\frac1N`, `^{\mathsf T}`, `\mathbf W` and `dZW` mean one thing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from lark import Token

from chainruler.notation.calls import function_names
from chainruler.notation.formula import FormulaError, FormulaLimits
from chainruler.notation.latex_cases import Case, cases_between, end_of_cases
from chainruler.notation.latex_partials import of_and_by
from chainruler.notation.latex_patterns import (
    ACCENTS,
    BRACKET,
    CONDITION,
    FOOT,
    KEYWORD,
    KEYWORDS,
    PAIRS,
    RELATIONS,
    STYLED,
    TOKEN,
    WORDS,
)
from chainruler.notation.latex_worded import trouble_with, worded
from chainruler.notation.names import GREEK, taken_apart, unknown


class Tokens:
    """The tokens of one formula, made with its names known."""

    def __init__(
        self, text: str, names: Iterable[str], limits: FormulaLimits, stems: Container[str] = (), layers: int = 0
    ) -> None:
        self.text, self.limits, self.layers = text, limits, layers
        self.functions = {name for name in function_names() if len(name) > 2}
        self.names = sorted(names)
        self.stems = set(names) | {_stem(name) for name in names} | set("eijklmnI") | {"True", "False", "None"}
        self.stems |= {stem.swapcase() for stem in self.stems if len(stem) == 1}
        self.others = stems
        """What names begin with that are known without being listed."""
        self.open: list[Token] = []

    def all(self) -> list[Token]:
        """Every token; FormulaError for what no formula has, and for brackets that do not fit."""
        cases = worded(self.text)
        tokens = self._between(0, len(self.text)) if cases is None else self._rows(cases, 0, len(self.text))
        if self.open:
            raise self.error(f'This "{self.open[-1]}" is never closed.', self.open[-1].start_pos or 0)
        return tokens

    def error(self, message: str, start: int, stop: int | None = None) -> FormulaError:
        """The error of a place."""
        return FormulaError(message, self.text, (start, start + 1 if stop is None else stop))

    def _between(self, place: int, stop: int) -> list[Token]:
        """The tokens of a piece of the text."""
        tokens: list[Token] = []
        while place < stop:
            match = TOKEN.match(self.text, place, stop)
            if match is None:
                shown = self.text[place] if self.text[place].isprintable() else f"U+{ord(self.text[place]):04X}"
                raise self.error(f'"{shown}" is not part of a formula.', place)
            new, place = self._made(match, stop)
            tokens += new
        return tokens

    def _made(self, match: re.Match[str], stop: int) -> tuple[list[Token], int]:  # noqa: PLR0911 (a dispatch)
        """The tokens of one match, and where to go on."""
        kind, text, place = match.lastgroup or "", match[0], match.end()
        kind = "PARTIAL" if match["PARTIAL"] else kind
        start = match.start()
        if kind == "SKIP":
            return [], place
        if match["MARKED"]:  # W^{(2)\top}, z^{[1](i)}
            kinds = {"layer": "LAYER", "sample": "SAMPLE", "turned": "TRANSPOSE", "primed": "PRIME"}
            given = [(kind, match[group].strip("([ ]),")) for group, kind in kinds.items() if match[group]]
            return [self._token(kind, value, start, place) for kind, value in given], place
        if kind in {"CASES", "INDICATOR", "FOOTED"}:
            return self._conditional(kind, text, start, place, stop)
        if kind in {"FRAC", "ROOT", "CARET"}:
            tokens = [self._token(kind, text, start, place)]
            for _ in range(2 if kind == "FRAC" else 1):
                argument, place = self._argument(place, stop, text)
                tokens += argument
            return tokens, place
        if kind in {"STYLE", "UPRIGHT", "HAT"}:
            return self._styled(kind, text, start, place, stop)
        if kind in {"SUM", "SUB", "SLICE"}:
            return self._scripted(kind, text, start, place, stop)
        if kind == "LETTERS":
            greek = re.compile(r"\\([A-Za-z]+)").match(self.text, place, stop) if text == "d" else None
            joined = "" if greek is None else f"d{WORDS.get(greek[1], greek[1])}"
            if greek is not None and self._is_stem(joined):
                return [self._token("NAME", joined, start, greek.end())], greek.end()
            return self._split(text, start, place), place
        self._brackets(kind, text, start)
        return [self._simple(kind, match)], place

    def _token(self, kind: str, value: str, start: int, stop: int) -> Token:
        return Token(kind, value, start_pos=start, end_pos=stop)

    def _simple(self, kind: str, match: re.Match[str]) -> Token:  # noqa: PLR0911 (a dispatch)
        """A token that is one match."""
        text, (start, stop) = match[0], match.span()
        if kind == "COMMAND":
            return self._token("NAME", self._command(text, start, stop), start, stop)
        if kind == "GREEK":
            return self._token(
                "NAME", next(w for w, g in GREEK.items() if g == text.translate(str.maketrans("ϕϵ", "φε"))), start, stop
            )
        if kind == "PARTIAL":
            return self._token("PARTIAL", "∂".join(of_and_by(match)), start, stop)
        if kind == "REL":
            return self._token("REL", "!=" if "not" in text else RELATIONS.get(text, text), start, stop)
        if kind == "TIMES_TEN":
            mantissa, exponent = re.findall(r"[0-9.]+|-?[0-9]+(?=\s*\}$)", text)[0], re.findall(r"-?[0-9]+", text)[-1]
            return self._token("NUMBER", f"{mantissa}e{exponent}", start, stop)
        if kind in {"NORM", "BAR"}:
            return self._bar(kind, text, start, stop)
        if kind == "LAST":  # z^L, a^{L-1}
            return self._token("LAYER", str(self.layers - ("-" in text)) if self.layers else "L", start, stop)
        if kind == "LAYER":
            return self._token(kind, re.sub(r"[^0-9A-Za-z]", "", text), start, stop)
        return self._token(kind, text, start, stop)

    def _command(self, text: str, start: int, stop: int) -> str:
        """The name that a command stands for."""
        word = WORDS.get(text[1:], text[1:])
        if word in GREEK or word == "ell" or word in function_names():
            return word
        raise self.error(f'"{text}" is not part of a formula.', start, stop)

    def _brackets(self, kind: str, text: str, start: int) -> None:
        """Keep count of what is open."""
        if kind in PAIRS.values():
            self.open.append(self._token(kind, text, start, start + len(text)))
            if len(self.open) > self.limits.depth:
                raise self.error(f"Brackets stand more than {self.limits.depth} deep.", start)
        elif kind in PAIRS:
            if not self.open or self.open[-1].type != PAIRS[kind]:
                raise self.error(f'This "{text}" closes nothing that is open here.', start)
            self.open.pop()

    def _bar(self, kind: str, text: str, start: int, stop: int) -> Token:
        """A bar closes the one that is open, if it is the last thing that was opened; else it opens."""
        if self.open and self.open[-1].type == kind:
            self.open.pop()
            return self._token(f"{kind}_CLOSE", text, start, stop)
        self.open.append(self._token(kind, text, start, stop))
        return self._token(f"{kind}_OPEN", text, start, stop)

    def _raw(self, place: int, stop: int, after: str) -> tuple[int, int, int]:
        """Where TeX's next argument begins and ends, without its braces, and where to go on."""
        while place < stop and self.text[place].isspace():
            place += 1
        if place >= stop:
            raise self.error(f'Something is missing after "{after}".', max(0, place - 1))
        if self.text[place] != "{":
            match = re.compile(r"\\[A-Za-z]+(?:\s*\{[^{}]*\})?|\\.|.").match(self.text, place, stop)
            end = match.end() if match else place + 1
            return place, end, end
        depth, end = 0, place
        while end < stop:
            depth += (self.text[end] == "{") - (self.text[end] == "}") if self.text[end - 1] != "\\" else 0
            if not depth:
                return place + 1, end, end + 1
            if depth > self.limits.depth:
                raise self.error(f"Braces stand more than {self.limits.depth} deep.", end)
            end += 1
        raise self.error('This "{" is never closed.', place)

    def _argument(self, place: int, stop: int, after: str) -> tuple[list[Token], int]:
        """The tokens of TeX's next argument, in braces whether it has any or not."""
        begin, end, place = self._raw(place, stop, after)
        self._brackets("LBRACE", "{", begin)
        inner = self._between(begin, end)
        self._brackets("RBRACE", "}", end)
        return [self._token("LBRACE", "{", begin, begin), *inner, self._token("RBRACE", "}", end, end)], place

    def _conditional(self, kind: str, text: str, start: int, place: int, stop: int) -> tuple[list[Token], int]:
        """The tokens of cases, or of an indicator."""
        return self._cases(start, place, stop) if kind == "CASES" else self._indicator(text, start, place, stop)

    def _indicator(self, text: str, start: int, place: int, stop: int) -> tuple[list[Token], int]:
        r"""A \mathbf 1 with its condition in brackets or at its foot; without one, a vector of ones."""
        token = self._token("INDICATOR", text, start, place)
        if BRACKET.match(self.text, place, stop):
            return [token], place
        foot = FOOT.match(self.text, place, stop)
        begin, end, after = (place, place, place) if foot is None else self._raw(foot.end(), stop, text)
        if "I" in text and CONDITION.search(self.text, begin, end) is None:
            return [self._token("NAME", "I", start, place)], place
        if foot is None:
            return [self._token("ONES", "", start, place)], place
        place = after
        if CONDITION.search(self.text, begin, end) is None:
            return [self._token("ONES", self.text[begin:end].strip(), start, place)], place
        brackets = self._token("LSET", "", begin, begin), self._token("RSET", "", end, end)
        return [token, brackets[0], *self._between(begin, end), brackets[1]], place

    def _cases(self, start: int, place: int, stop: int) -> tuple[list[Token], int]:
        """The values and conditions of cases, and where to go on."""
        end = end_of_cases(self.text, place, stop)
        if end is None:
            raise self.error("These cases are never closed.", start, place)
        self._brackets("LBRACE", "{", start)
        tokens = self._rows(cases_between(self.text, place, end[0]), start, end[0])
        self._brackets("RBRACE", "}", end[0])
        return tokens, end[1]

    def _rows(self, cases: Iterable[Case], start: int, stop: int) -> list[Token]:
        """The tokens of cases that stand between two places."""
        tokens = [self._token("CASES", "", start, start)]
        for case in cases:
            otherwise = [self._token("OTHERWISE", "", *case.value)]
            condition = otherwise if case.condition is None else self._between(*case.condition)
            tokens += [*self._between(*case.value), self._token("AMP", "&", case.value[1], case.value[1] + 1)]
            tokens += [*condition, self._token("ROW", "", case.value[1], case.value[1] + 1)]
        return [*tokens, self._token("ENDCASES", "", stop, stop)]

    def _styled(self, kind: str, text: str, start: int, place: int, stop: int) -> tuple[list[Token], int]:
        r"""A name in bold, in upright letters or with a hat: \mathbf{W}, \operatorname{softmax}, \hat{\mathbf y}."""
        begin, end, place = self._raw(place, stop, text)
        if kind == "UPRIGHT":
            name, marks = re.sub(r"\\([_{}$&%#])", r"\1", self.text[begin:end].strip()), ""
            if not self._is_stem(name) and (trouble := trouble_with(name)):
                raise self.error(trouble, start, place)
        else:
            inner = STYLED.fullmatch(self.text[begin:end])
            if inner is None and kind == "STYLE":  # around more than a name, where it says nothing
                braces = self._token("LBRACE", "{", start, begin), self._token("RBRACE", "}", end, place)
                return [braces[0], *self._between(begin, end), braces[1]], place
            name, marks = (inner["name"], inner["marks"]) if inner is not None else ("", "")
            name = self._command(name, begin, end) if name.startswith("\\") else name
        if kind == "HAT":
            name += f"_{ACCENTS.get(text[1:], text[1:])}"
        if not name or "\\" in name or (kind != "UPRIGHT" and not name.isidentifier()):
            raise self.error(f"{text} is read around a name only.", start, place)
        named = [self._token("NAME", name, start, place)]
        if not marks:
            return named, place
        first = self.text.index(marks, begin)
        return [*named, *self._between(first, first + len(marks))], place

    def _scripted(self, kind: str, text: str, start: int, place: int, stop: int) -> tuple[list[Token], int]:
        r"""A subscript as it is written, or \sum with its index and upper limit."""
        if kind == "SLICE":  # X[i,:]
            return [self._token("SUB", text[1:-1].strip(), start, place)], place
        if kind == "SUB":
            begin, end, place = self._raw(place, stop, text)
            return [self._token(kind, self.text[begin:end].strip(), start, place)], place
        limits = {"_": "", "^": ""}
        while (mark := re.compile(r"\s*(?:\\limits\s*)?([_^])").match(self.text, place, stop)) and not limits[mark[1]]:
            begin, end, place = self._raw(mark.end(), stop, text)
            limits[mark[1]] = self.text[begin:end].strip()
        return [self._token("SUM", f"{limits['_']}^{limits['^']}", start, place)], place

    def _split(self, run: str, start: int, stop: int) -> list[Token]:
        """A run of letters as the names it is made of: XW is X times W, unless there is an XW."""
        if trouble := trouble_with(run):
            raise self.error(trouble, start, stop)
        if run in KEYWORDS and KEYWORD.match(self.text, stop):
            return [self._token("NAME", KEYWORDS[run], start, stop)]
        if self._is_stem(run) or (run in self.functions and self.text[stop:].lstrip().startswith(("(", r"\left"))):
            return [self._token("NAME", run, start, stop)]
        ways = self._ways(run)
        if len(ways) > 1:
            shown = " or ".join(" ".join(way) for way in ways[:2])
            raise self.error(f'"{run}" may be read as {shown}: put a space between the names.', start, stop)
        if not ways:
            raise self.error(unknown(run, self.names, self.functions), start, stop)
        tokens = []
        for name in ways[0]:
            tokens.append(self._token("NAME", name, start, start + len(name)))
            start += len(name)
        return tokens

    def _is_stem(self, run: str) -> bool:
        """Whether a name begins with this."""
        return run in self.stems or run in self.others

    def _ways(self, run: str) -> list[tuple[str, ...]]:
        """The ways, at most two, to read a run as known names."""
        ways: list[list[tuple[str, ...]]] = [[()]]
        for stop in range(1, len(run) + 1):
            starts = range(max(0, stop - 20), stop)
            ways.append([(*w, run[s:stop]) for s in starts if self._is_stem(run[s:stop]) for w in ways[s]][:2])
        return ways[-1]


def _stem(label: str) -> str:
    """What stands before the subscript of a name."""
    name = taken_apart(label)
    return label if name is None else f"{'d' * name.of_loss}{name.stem}"
