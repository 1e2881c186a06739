r"""A text in LaTeX before it is taken apart: prose around formulas, and spellings that stand for another one.

Every change keeps the length, so that places in what is read are places in what was written.
"""

from __future__ import annotations

import re

_SEGMENT = re.compile(
    r"\$\$.*?\$\$|\$[^$]*\$|(?<!\\)\\\[.*?(?<!\\)\\\]|(?<!\\)\\\(.*?(?<!\\)\\\)"
    r"|\\begin\s*\{(?P<display>(?:equation|align|alignat|gather|eqnarray|multline|displaymath|flalign|math)\*?)\}.*?\\end\s*\{(?P=display)\}",
    re.DOTALL,
)
_PROSE = re.compile(r"[^\\=]*")
_WORD = re.compile(r"[A-Za-z]{2,}")
_AFTERWORD = re.compile(
    r"[,;.]?\s+(?:where|with|here|because|since|while|wobei|mit|dabei|donde|con|siendo|avec|où)\b[^{}$\\=]*(?=[$\\=]|[A-Za-z]|$)"
)
_CONDITION = re.compile(r"\b(?:for|if|when|whenever|unless|and)\s*$")
_DEFINES = re.compile(r"(?<![<>!])=|\\(?:coloneqq|gets|equiv)(?![A-Za-z])")

_INPUT = r"(?:\\(?:mathbf|boldsymbol|bm|vec)\s*)?\{?\s*[xX]\s*\}?(?:_\{?[a-z]\}?|\^\{?\([a-z]\)\}?)?"
_GIVEN = re.compile(
    r"\\?[pP](?:r|rob)?(?:_\{?\\?[A-Za-z]+\}?)?\s*(?:\\left|\\[bB]ig+l?)?\s*\(\s*"
    r"\{?\s*[yY]\s*\}?(?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)?\s*=\s*(?P<letter>[a-z])\s*"
    rf"(?:\\mid|\\vert|\||;)\s*{_INPUT}\s*(?:[;,]\s*[^()]*)?\s*(?:\\right|\\[bB]ig+r?)?\s*\)"
)
_LETTERS = "mu|nu|alpha|beta|gamma|kappa|rho|tau|eta|xi|ell"
_FOOT = re.compile(rf"_\s*(?:\\(?:{_LETTERS})(?![A-Za-z])|\{{[^{{}}]*\}})")
_GREEK = re.compile(rf"\\(?P<name>{_LETTERS})(?![A-Za-z])")
_MODULE = re.compile(r"(?<![A-Za-z\\.])(?:np|numpy|torch)\.(?=[a-z])")


def in_plain_latex(text: str) -> str:
    """The text without prose, in spellings that the reader knows; as long as it was."""
    return plain_spelling(without_prose(text))


def plain_spelling(text: str) -> str:
    r"""The text with Greek indices as letters, and P(y = k | x) as p_k.

    >>> plain_spelling(r"\sum_\mu w_\mu x_\mu")
    '\\sum_a   w_a   x_a  '
    """
    text = _MODULE.sub(lambda match: " " * len(match[0]), text)
    text = _GIVEN.sub(_probability, text)
    return _with_latin_indices(text)


def _probability(match: re.Match[str]) -> str:
    """The entry of the probabilities that belongs to a class."""
    sample = match["below"] or match["above"]
    return (
        f"p_{{{sample},{match['letter']}}}".ljust(len(match[0]))
        if sample
        else f"p_{match['letter']}".ljust(len(match[0]))
    )


def _with_latin_indices(text: str) -> str:
    """Greek letters that stand at feet only, as letters that stand nowhere."""
    feet = {name for foot in _FOOT.finditer(text) for name in _GREEK.findall(foot[0])}
    elsewhere = set(_GREEK.findall(_FOOT.sub("", text)))
    free = [letter for letter in "abcdghpqrst" if not re.search(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", text)]
    latin = dict(zip(sorted(feet - elsewhere), free, strict=False))
    return _FOOT.sub(lambda foot: _GREEK.sub(lambda m: latin.get(m["name"], m[0]).ljust(len(m[0])), foot[0]), text)


def _without_afterword(text: str) -> str:
    """The text with what explains it in words after it as a line of its own, and that without what is no equation."""
    word = next((m for m in _AFTERWORD.finditer(text) if not _is_inside(text, m.start())), None)
    if word is None or not re.search(r"[=\\]", text[: word.start()]):
        return text
    head, tail = text[: word.start()], text[word.start() :]
    if "$" not in tail:
        lead = re.match(r"[,;.]?\s+\w+", tail)
        start = lead.end() if lead else 0
        return head + (r"\\".ljust(start) + tail[start:] if _DEFINES.search(tail) else " " * len(tail))
    kept = [(m.start() + 1, m.end() - 1) for m in re.finditer(r"\$[^$]*\$", tail) if _DEFINES.search(m[0])]
    result, last = "", 0
    for start, stop in kept:
        result += r"\\".ljust(start - last) + tail[start:stop]
        last = stop
    return head + result + " " * (len(tail) - last)


def _is_inside(text: str, place: int) -> bool:
    """Whether braces, dollars or brackets are open at a place."""
    before = text[:place]
    return before.count("{") != before.count("}") or before.count("$") % 2 == 1


def without_prose(text: str) -> str:
    r"""The formulas of a text, each on a line of its own; the text itself where there is nothing but formulas.

    A condition in words, as in "for $j \neq y$", stays: what it belongs to does not hold without it.

    >>> without_prose(r"Let $d = p - y$. Then $$g = d x^T$$").split()
    ['\\\\', 'd', '=', 'p', '-', 'y', '\\\\', 'g', '=', 'd', 'x^T', '\\\\']
    """
    text = _without_afterword(text)
    segments = list(_SEGMENT.finditer(text))
    gaps = list(
        zip([0, *(one.end() for one in segments)], [*(one.start() for one in segments), len(text)], strict=True)
    )
    between = [text[slice(*gap)] for gap in gaps]
    if not segments or not any(map(_WORD.search, between)) or not all(map(_PROSE.fullmatch, between)):
        return text
    result, last = "", 0
    for segment, before in zip(segments, between, strict=False):
        equation = _DEFINES.search(segment[0]) is not None
        if _CONDITION.search(before) and not equation:
            result += text[last : segment.end()]
        else:
            inner = segment[0] if segment["display"] else segment[0].replace("$", " ")
            result += r"\\".ljust(segment.start() - last) if segment.start() - last > 1 else before
            result += inner if equation else " " * len(inner)
        last = segment.end()
    return result + (r"\\".ljust(len(text) - last) if len(text) - last > 1 else text[last:])
