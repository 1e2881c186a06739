r"""A text in LaTeX before it is taken apart: prose around formulas, and spellings that stand for another one.

Every change keeps the length, so that places in what is read are places in what was written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from chainruler.notation.latex_accumulators import with_changes_as_names
from chainruler.notation.latex_remarks import without_remarks
from chainruler.notation.latex_typing import without_typing

_DISPLAYS = "equation|align|alignat|gather|eqnarray|multline|displaymath|flalign|math"
_OPENING = re.compile(
    rf"\$\$|\$|(?<!\\)\\[\[(]|\\begin\{{(?P<display>(?:{_DISPLAYS})\*?)\}}",
)
_CLOSING = {"$$": "$$", "$": "$", r"\[": r"\]", r"\(": r"\)"}
_PROSE = re.compile(r"(?:[^\\=]|=(?=\s*+[^\W\d_]{2,}+[\s-]++[^\W\d_]{2}))*+")
_NAME = re.compile(r"(?<!\\)\b[A-Za-z]\w+")
_LAST_WORD = re.compile(r"\b(?P<name>[A-Za-z]\w+)\s*\Z")
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff\uac00-\ud7af]")
_AFTERWORD = re.compile(
    r"(?<![A-Za-z\\])(?:where|with|here|because|since|while|wobei|mit|dabei|donde|con|siendo|avec|où)(?![A-Za-z])"
)
_CONDITION = re.compile(r"(?<![A-Za-z])(?:for|if|when|whenever|unless|else|otherwise)$")
_RELATES = re.compile(r"\\(?:neq?|leq?|geq?|lt|gt)(?![A-Za-z])|[<>≠≤≥]")
_DEFINES = re.compile(r"(?<![<>!])=|\\(?:coloneqq|gets|equiv)(?![A-Za-z])")

_UNEQUAL = r"\s*[a-z]\s*(?:\\neq?(?![A-Za-z])|≠)"
_ELSEWHERE = re.compile(rf"{_UNEQUAL}\s*[A-Za-z](?:_\{{?[a-z]\}}?|\^\{{?\([a-z]\)\}}?)\s*[.,;]?\s*")
_EXCEPTION = re.compile(r"_\{\s*(?P<letter>[a-z])\s*,?\s*[A-Za-z]_\{?(?P=letter)\}?\s*\}\s*&?\s*=")
"""What an array has at class numbers."""
_AT_CLASS = re.compile(r"\\(?:nabla|partial)[^=]*_\{\s*[A-Za-z]_\{?(?P<letter>[a-z])\}?\s*\}[^=]*=")
"""What the gradient by the weights of the true class is."""
_FOR = re.compile(
    r"(?:for|if|when|whenever)(?:\s+(?:all|the|each|every|any|others?|remaining|wrong|incorrect|class(?:es)?|columns?|rows?))*"
    r"[\s,(]*\Z",
    re.IGNORECASE,
)
_WHEN = re.compile(rf"[,;]?\s*\\(?:text|mbox|textrm)\s*\{{[\s,]*+(?:for|if|when)\s*\}}(?={_UNEQUAL})")
_INPUT = r"(?:\\(?:mathbf|boldsymbol|bm|vec)\s*+)?\{?\s*+[xX]\s*+\}?(?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?)?"
_GIVEN = re.compile(
    r"\\?[pP](?:r|rob)?(?:_\{?\\?[A-Za-z]+\}?)?\s*+(?:\\left|\\[bB]ig+l?)?\s*+\(\s*+"
    r"\{?\s*+[yY]\s*+\}?(?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)?\s*+=\s*+(?P<letter>[a-z])\s*+"
    rf"(?:\\mid|\\vert|\||;)\s*+{_INPUT}\s*+(?:[;,]\s*+[^()]*)?\s*+(?:\\right|\\[bB]ig+r?)?\s*+\)"
)
_BESIDE = re.compile(r"\$\s*[,;]\s*\$(?!\s*[ijklcmn]\s*=)(?=[^$=<>]{1,40}=)")
"""What separates a formula from a definition beside it, which is no condition such as i = y."""
_LAYER_OF_SAMPLE = re.compile(
    r"\^\s*+\{\s*+(?:\(\s*+(?P<layer>[0-9]|L)\s*+,\s*+(?P<sample>[a-z])\s*+\)"
    r"|[(\[]\s*+(?P<first>[0-9]|L)\s*+[)\]]\s*+,\s*+\(\s*+(?P<second>[a-z])\s*+\))\s*+\}"
)
_SAMPLE_BEFORE_LAYER = re.compile(r"\^\{\s*+(?P<sample>[a-z])\s*+,\s*+(?P<layer>[0-9]|L)\s*+\}")
_SUM_OVER_X = re.compile(r"\\sum\s*+_\s*+(?:\{\s*+x\s*+\}|x(?![A-Za-z]))")
_LETTERS = "mu|nu|alpha|beta|gamma|kappa|rho|tau|eta|xi|ell"
_FOOT = re.compile(rf"_\s*(?:\\(?:{_LETTERS})(?![A-Za-z])|\{{[^{{}}]*\}})")
_GREEK = re.compile(rf"\\(?P<name>{_LETTERS})(?![A-Za-z])")
_PRIME = re.compile(r"\^\s*+(?:\{\s*+\\prime\s*+\}|\\prime(?![A-Za-z]))")
_PRIMED = re.compile(r"[a-z]'+")
"""A letter with a prime, which at a foot is another index than that without."""
_MODULE = re.compile(r"(?<![A-Za-z\\.])(?:np|numpy|torch|nn\.functional|F)\.(?=[a-z])")


def in_plain_latex(text: str) -> str:
    """The text without prose, in spellings that the reader knows; as long as it was."""
    return plain_spelling(without_remarks(without_prose(with_changes_as_names(without_typing(text)))))


def plain_spelling(text: str) -> str:
    r"""The text with Greek indices as letters, and P(y = k | x) as p_k.

    >>> plain_spelling(r"\sum_\mu w_\mu x_\mu")
    '\\sum_a   w_a   x_a  '
    """
    text = _MODULE.sub(lambda match: " " * len(match[0]), text)
    text = _BESIDE.sub(lambda match: r"\\".ljust(len(match[0])), text)
    text = _GIVEN.sub(_probability, text)
    if _EXCEPTION.search(text) and "cases" not in text:
        text = _WHEN.sub(lambda match: r"\\".ljust(len(match[0])), text)
    text = _LAYER_OF_SAMPLE.sub(_layer_and_sample, _with_samples_below(text))
    return _with_latin_indices(_with_plain_indices(text))


def _layer_and_sample(match: re.Match[str]) -> str:
    """The layer in brackets and the sample behind a comma."""
    layer, sample = match["layer"] or match["first"], match["sample"] or match["second"]
    return f"^{{({layer}),{sample}}}".ljust(len(match[0]))


def _with_samples_below(text: str) -> str:
    r"""The sample before the number of a layer, as in \delta^{x,2}, at the foot; x, the input, by another letter."""
    found = {match["sample"] for match in _SAMPLE_BEFORE_LAYER.finditer(text)}
    if "x" in found:
        letter = (*_free_letters(text), "x")[0]
        text = _SUM_OVER_X.sub(lambda match: match[0].replace("x", letter), text)
        text = _SAMPLE_BEFORE_LAYER.sub(lambda match: match[0].replace("x", letter), text)
    return _SAMPLE_BEFORE_LAYER.sub(lambda m: f"_{m['sample']}^{m['layer']}".ljust(len(m[0])), text)


def _free_letters(text: str) -> list[str]:
    """Letters for indices that stand nowhere in a text."""
    return [letter for letter in "abcdghpqrst" if not re.search(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", text)]


def _probability(match: re.Match[str]) -> str:
    """The entry of the probabilities that belongs to a class."""
    sample = match["below"] or match["above"]
    foot = f"{{{sample},{match['letter']}}}" if sample else match["letter"]
    return f"p_{foot}".ljust(len(match[0]))


def _with_plain_indices(text: str) -> str:
    """Letters with primes at feet, as letters that stand nowhere: what another prime means stays as it is."""
    text = _PRIME.sub(lambda match: "'".ljust(len(match[0])), text)
    primed = sorted({name for foot in _FOOT.finditer(text) for name in _PRIMED.findall(foot[0])})
    plain = dict(zip(primed, _free_letters(text), strict=False))
    return _FOOT.sub(lambda foot: _PRIMED.sub(lambda m: plain.get(m[0], m[0]).ljust(len(m[0])), foot[0]), text)


def _with_latin_indices(text: str) -> str:
    """Greek letters that stand at feet only, as letters that stand nowhere."""
    feet = {name for foot in _FOOT.finditer(text) for name in _GREEK.findall(foot[0])}
    elsewhere = set(_GREEK.findall(_FOOT.sub("", text)))
    latin = dict(zip(sorted(feet - elsewhere), _free_letters(text), strict=False))
    return _FOOT.sub(lambda foot: _GREEK.sub(lambda m: latin.get(m["name"], m[0]).ljust(len(m[0])), foot[0]), text)


class _Segment(NamedTuple):
    """A formula in a text, with its delimiters."""

    start: int
    stop: int
    is_display: bool

    def inner(self, text: str) -> str:
        """The formula, as long as with its delimiters."""
        written = text[self.start : self.stop]
        if written.startswith(("\\[", "\\(")):
            return f"  {written[2:-2]}  "  # beside the sign of a new line they would not be known
        return written if self.is_display else written.replace("$", " ")


def _segments(text: str) -> list[_Segment]:
    """The formulas that have both of their delimiters, from the left to the right."""
    found: list[_Segment] = []
    unclosed: set[str] = set()
    place = 0
    while (opening := _OPENING.search(text, place)) is not None:
        place = opening.end()
        closing = _CLOSING.get(opening[0]) or rf"\end{{{opening['display']}}}"
        end = -1 if closing in unclosed else text.find(closing, place)
        if end < 0:
            unclosed.add(closing)
            continue
        place = end + len(closing)
        found.append(_Segment(opening.start(), place, opening["display"] is not None))
    return found


def _without_afterword(text: str) -> str:
    """The text with what explains it in words after it as a line of its own, and that without what is no equation."""
    word = next((m for m in _AFTERWORD.finditer(text) if not _is_inside(text, m.start())), None)
    if word is None:
        return text
    head, tail = text[: word.start()].rstrip(" ,;.\n\t"), text[word.start() :]
    if not re.search(r"[=\\]", head) or _has_condition(tail) or ("$" in tail and _segments(head)):
        return text
    lead = word.end() - len(head)
    if "$" not in tail:
        return head + r"\\".ljust(lead) + text[word.end() :] if _DEFINES.search(tail) else head.ljust(len(text))
    result, last = head, len(head)
    for start, stop, _ in _segments(text):
        if start >= word.start() and _DEFINES.search(text[start:stop]):
            result += r"\\".ljust(start + 1 - last) + text[start + 1 : stop - 1]
            last = stop - 1
    return result.ljust(len(text))


def _has_condition(text: str) -> bool:
    """Whether something that is no equation says when a formula holds: what stands before it does not hold without."""
    bare = [text[start:stop] for start, stop, _ in _segments(text)] or [text]
    return any(_RELATES.search(one) and not _DEFINES.search(one) for one in bare)


def _is_inside(text: str, place: int) -> bool:
    """Whether braces or dollars are open at a place."""
    return text.count("{", 0, place) != text.count("}", 0, place) or text.count("$", 0, place) % 2 == 1


def without_prose(text: str) -> str:
    r"""The formulas of a text, each on a line of its own; the text itself where there is nothing but formulas.

    A condition, as in "for $j \neq y$", stays with its words: what it belongs to does not hold without it.

    >>> without_prose(r"Let $d = p - y$. Then $$g = d x^T$$").split()
    ['\\\\', 'd', '=', 'p', '-', 'y', '\\\\', 'g', '=', 'd', 'x^T', '\\\\']
    """
    text = _without_afterword(text)
    segments = _segments(text)
    places = [0, *(place for start, stop, _ in segments for place in (start, stop)), len(text)]
    between = [text[start:stop] for start, stop in zip(places[::2], places[1::2], strict=True)]
    if not segments or not any(map(_WORD.search, between)) or not all(map(_PROSE.fullmatch, between)):
        return text
    names = {name for start, stop, _ in segments for name in _NAME.findall(text[start:stop])}
    result, last = "", 0
    for segment, before in zip(segments, between, strict=False):
        written = text[segment.start : segment.stop]
        if _is_elsewhere(before, written, text):
            said = segment.inner(text)  # of derivatives, the line of the true class says enough
            result += _line_break(before) + (" " * len(said) if _AT_CLASS.search(text) else said)
        elif _CONDITION.search(before.rstrip()) or _has_condition(written):
            result += text[last : segment.stop]
        else:
            words, named = _left_in_words(before, written, names)
            formula = segment.inner(text) if _DEFINES.search(written) else " " * len(written)
            result += _line_break(words) + named + formula
        last = segment.stop
    return result + _line_break(text[last:])


def _left_in_words(words: str, written: str, names: set[str]) -> tuple[str, str]:
    """The words before a formula, and the last of them if it is its left side: "scores $= X W$"."""
    match = _LAST_WORD.search(words)
    if match is None or match["name"] not in names or not written.strip("$ ").startswith("="):
        return words, ""
    return words[: match.start()], match[0]


def _is_elsewhere(before: str, written: str, text: str) -> bool:
    """Whether words say where a definition holds of which the text has the exception too."""
    return (
        _FOR.search(before) is not None
        and _ELSEWHERE.fullmatch(written.strip("$ ")) is not None
        and (_EXCEPTION.search(text) or _AT_CLASS.search(text)) is not None
    )


def _line_break(words: str) -> str:
    """A new line in the place of words."""
    return r"\\".ljust(len(words)) if len(words) > 1 else words
