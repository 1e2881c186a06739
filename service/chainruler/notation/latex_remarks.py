r"""What stands beside formulas and changes no value: boxes, sets, ranges of letters, and remarks in words.

All of it is blanked, so that places stay. A condition is no remark: what it belongs to does not hold without it.
"""

from __future__ import annotations

import re

from chainruler.notation.cuts import cuts
from chainruler.notation.latex_patterns import EQUALITY, INEQUALITY

_BOX = re.compile(r"\\(?:boxed|fbox|underline|overbrace|(?P<foot>underbrace))\s*+(?=\{)")
_SCRIPT = re.compile(r"[_^]\s*+\{[^{}]*+\}")
_THIN = re.compile(r"\\[,;:!]")
_BLANK = r"(?:\s|~|\\[,;:! ]|\\q?quad(?![A-Za-z]))"
_SPACE = rf"{_BLANK}{{0,12}}+"
"""Bounded: where a pattern may begin at each of a row of blanks, it does not go through all of them each time."""
_ROW = re.compile(r"\\\\(?:\s*+\[[^\]]*+\])?")
_SEPARATOR = re.compile(rf"[,;]{_SPACE}|\\q?quad(?![A-Za-z]){_SPACE}")
_NUMBERS = r"(?:[-+0-9.,\s]|\\[!,; ])*+"
_REALS = r"\\mathbb\s*+(?:\{\s*+R\s*+\}|R)(?:\s*+\^\s*+(?:\{[^{}]*+\}|[A-Za-z0-9]))?"
_SET = re.compile(rf"\\in\s*+(?:{_REALS}|\\\{{{_NUMBERS}\\\}})")
_SIDE = r"\s*+(?:[0-9]++|[A-Za-z](?:[_^](?:[0-9A-Za-z]|\{[^{}]*+\}))?)\s*+"
_DIMENSIONS = re.compile(
    rf"(?:&{_SPACE}&|\\q?quad(?![A-Za-z]))(?:{_BLANK}|\$){{0,12}}+[(\[]{_SIDE}\\times{_SIDE}[)\]]"
    rf"(?={_SPACE}(?:\\\\|\\end(?![A-Za-z])|\\\]|\\\)|\$|\Z))"
)
"""How large an array is, in a column of its own: no factor."""
_LETTERS = r"[a-z](?:\s*+,\s*+[a-z])*+"
_ALL = r"(?:for|für|pour|para|per|with)?\s*+(?:all|each|every|any|alle|jedes|tout|todo)?"
_EVERY = rf"(?:(?:\\(?:text|mbox|textrm)\s*+\{{\s*+)?{_ALL}\s*+\}}?|\\forall)"
_RANGE = re.compile(
    rf"(?P<opening>\(|[,;]|\\q?quad(?![A-Za-z])|{_BLANK}(?=\\forall|\\text))"
    rf"{_SPACE}{_EVERY}{_SPACE}{_LETTERS}{_SPACE}"
    rf"(?:=|\\in\s*+\\\{{)\s*+[01]\s*+,(?:\s*+2\s*+,)?\s*+\\[lc]?dots\s*+,\s*+[A-Za-z](?:_\{{?\w\}}?)?(?:\s*+-\s*+1)?"
    rf"(?:\s*+\\\}})?(?P<closing>\s*+\))?"
)
_QUANTIFIED = re.compile(
    rf"(?:[,;]{_SPACE})?(?:\\forall|\\text\s*+\{{\s*+for (?:all|each|every|any)\s*+\}})"
    rf"{_SPACE}{_LETTERS}(?![A-Za-z_^=<>]|\s*+(?:=|\\))"
)
_BEHIND = re.compile(rf"\\q?quad(?![A-Za-z]){_SPACE}\(")
_RELATION = re.compile(rf"{INEQUALITY.pattern}|\\(?:in|mid)(?![A-Za-z])")
_LEFT = re.compile(r"(?:\\?[A-Za-z]|\{)[^=+<>;]*+")
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textit|emph)\s*+\{(?P<words>[^{}]*+)\}")
_NOUN = re.compile(
    r"\s*+(?:the |a |an |its |der |die |das )*+"
    r"(?:one-?\s?hot|labels?|targets?|predictions?|probabilit|predicted|scores?|logits|outputs?)",
    re.IGNORECASE,
)
_SCORES = re.compile(r"\s*+(?:the )?(?:scores|logits)\s*+", re.IGNORECASE)
"""A noun that is a name as well: what is called so is defined by it."""
_OF_SAMPLE = re.compile(
    r"\\(?:text|mbox|textrm)\s*+\{\s*+(?:the )?(?P<name>scores|logits) (?:of|for) (?:the )?"
    r"(?:sample|example|observation|row|data ?point)\s*+\}\s*+(?P<letter>[a-z])(?![A-Za-z])"
)
_WORDS = r"\\(?:text|mbox|textrm)\s*+\{[^{}]*+\}\s*+"
_LABELLED = re.compile(
    rf"[,;]{_SPACE}[a-zA-Z]_(?:\{{\s*+[a-z]\s*+,?\s*+[a-z]\s*+\}}|[a-z])\s*+=\s*+1\s*+"
    rf"(?:{_WORDS}(?:[a-z](?![A-Za-z])\s*+)?(?:[,;]\s*+)?){{1,4}}0(?:\s*+(?:{_WORDS}))?"
)
"""Words that say what the one-hot target is: 1 if sample n has class k, else 0."""
_TRUE_CLASS = re.compile(
    r"\\(?:text|mbox|textrm)\s*+\{\s*+(?:the )?(?:true|correct|target|right) (?:class|label)\s*+\}"
)
_ASIDE = re.compile(r"\\(?:text|mbox|textrm|textit)\s*+\{\s*+\([^{}()=<>]*+\)\s*+\}")
_MEANS = re.compile(
    r"\b(?:if|when|whenever|unless|only|except|otherwise|else|wenn|falls|sonst|si|sinon|where|and|or|not|but|plus|minus|times"
    r"|twice|half|double|divided|negative|sign|transposed?|wrong|without|factor|scaled|inverse|per)\b|[0-9=+*^<>]"
)
"""What in words may change the value of a formula, or say when it holds."""


def without_remarks(text: str) -> str:
    r"""The text without what changes no value; definitions that a comma separates stand on lines of their own.

    >>> without_remarks(r"\boxed{g = X^{\!\top} r}, \; r \in \mathbb{R}^n").split()
    ['g', '=', 'X^{', '\\top}', 'r', ',', '\\;', 'r']
    """
    text = _without_boxes(text)
    text = _SCRIPT.sub(lambda match: _THIN.sub("  ", match[0]), text)
    text = _DIMENSIONS.sub(_blank, _SET.sub(_blank, text))
    text = _LABELLED.sub(lambda match: _blank(match) if _says_label(match[0]) else match[0], text)
    text = _OF_SAMPLE.sub(lambda m: rf"\text{{{m['name']}}}_{m['letter']}".ljust(len(m[0])), text)
    text = _TRUE_CLASS.sub(lambda match: " y".ljust(len(match[0])), text)
    text = _ASIDE.sub(lambda match: match[0] if _MEANS.search(match[0]) else _blank(match), text)
    text = _RANGE.sub(
        lambda match: match[0] if (match["opening"] == "(") != bool(match["closing"]) else _blank(match), text
    )
    text = _QUANTIFIED.sub(_blank, text)
    place, result = 0, []
    for start, stop in [*cuts(text, _ROW), (len(text), len(text))]:
        result += [_in_lines(text[place:start]), text[start:stop]]
        place = stop
    return "".join(result)


def _says_label(words: str) -> bool:
    """Whether words say where the one-hot target is 1, and not where it is none."""
    denies = re.search(r"\b(?:not|n't|no|an?other\b|other\b|wrong|false|except|different)", words)
    return re.search(r"class|label", words) is not None and denies is None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _braces(text: str) -> dict[int, int]:
    """Where each brace that opens is closed."""
    open_, closed = [], {}
    for match in re.finditer(r"\\.|[{}]", text):
        if match[0] == "{":
            open_.append(match.start())
        elif match[0] == "}" and open_:
            closed[open_.pop()] = match.start()
    return closed


def _without_boxes(text: str) -> str:
    """The text without what frames a formula, or writes something below it."""
    boxes = list(_BOX.finditer(text))
    closed = _braces(text) if boxes else {}
    plain = list(text)
    for box in boxes:
        end = closed.get(box.end())
        if end is None:  # the brace is told, which is never closed
            plain[box.start() : box.end()] = " " * (box.end() - box.start())
            continue
        foot = re.compile(r"\s*+_\s*+(?=\{)").match(text, end + 1) if box["foot"] else None
        last = closed.get(foot.end(), end) if foot else end
        for start, stop in ((box.start(), box.end() + 1), (end, last + 1)):
            plain[start:stop] = " " * (stop - start)
    return "".join(plain)


def _in_lines(line: str) -> str:
    """A line whose definitions after commas stand on lines of their own, without its remarks."""
    line = _without_parentheses(line)
    separators = list(cuts(line, _SEPARATOR))
    stops = [*[start for start, _ in separators], len(line)][1:]
    result = line[: separators[0][0]] if separators else line
    for (begin, start), stop in zip(separators, stops, strict=True):
        separator, piece = line[begin:start], line[start:stop]
        if _is_remark(piece):
            separator, piece = " " * len(separator), " " * len(piece)
        elif _is_definition(piece) and len(separator) > 1:
            separator = r"\\".ljust(len(separator))
        result += separator + piece
    return result


def _without_parentheses(line: str) -> str:
    """A line with what stands behind it in parentheses, if that says something of its names, without these."""
    opening = _BEHIND.search(line)
    stop = len(line.rstrip(" .,;\n"))
    if opening is None or stop <= opening.end() or line[stop - 1] != ")":
        return line
    inner = line[opening.end() : stop - 1]
    if not ("=" in inner or _TEXT.search(inner)) or inner.count("(") != inner.count(")"):
        return line
    return f"{line[: opening.end() - 1]} {inner} {line[stop:]}"


def _is_definition(piece: str) -> bool:
    sign = next(cuts(piece, EQUALITY), None)
    return sign is not None and _LEFT.fullmatch(piece[: sign[0]]) is not None and not _RELATION.search(piece[: sign[0]])


def _is_remark(piece: str) -> bool:
    """Whether words say something that is neither a definition nor a condition."""
    words = [match["words"] for match in _TEXT.finditer(piece)]
    if not words or _RELATION.search(piece) or any(map(_MEANS.search, words)):
        return False
    *left, right = piece.split("=")
    if left and _SCORES.fullmatch(words[-1]):
        return False
    return not left or (_TEXT.fullmatch(right.strip(" .,;\n")) is not None and _NOUN.match(words[-1]) is not None)
