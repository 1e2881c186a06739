r"""What a page in LaTeX has beside its mathematics: comments, bullets of lists, and commands of the physics package.

Every change keeps the length, so that places in what is read are places in what was written.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?<![\\0-9])%[^\n]*")
_DOCUMENT = re.compile(
    r"\A(?:(?!\\begin\{document\})[\s\S])*+\\begin\{document\}|\\end\{document\}[\s\S]*+\Z|\\maketitle(?![A-Za-z])"
    r"|\\(?:sub)*section\*?\{[^{}]*\}"
)
"""What a file in LaTeX has around its text, and its headings."""
_END = re.compile(r"\\(?:blacksquare|square|Box|qed|qedsymbol|qedhere|noindent|medskip|smallskip|bigskip)(?![A-Za-z])")
"""The sign at the end of a proof, and gaps."""
_BULLET = re.compile(r"^[ \t]*+(?:[-*•]|\(?[0-9a-z]{1,2}[.)])[ \t]++(?=\$|\\[(\[])", re.MULTILINE)
"""A minus sign would stand inside of the dollars."""
_SPELLINGS = {
    "qty": "",
    "dd": "d",
    "vb": r"\bm",
    "va": r"\bm",
    "flatfrac": r"\frac",
    "derivative": r"\dv",
    "pderivative": r"\pdv",
    "partialderivative": r"\pdv",
    "pdv": r"\pdv",
    "dv": r"\dv",
}
"""The commands of physics, with a star or without, as the reader knows them."""
_COMMAND = re.compile(rf"\\(?P<name>{'|'.join(_SPELLINGS)})(?![A-Za-z])\*?")
_GRADIENT = re.compile(
    r"(?<![A-Za-z\\{])d[ ]?"
    r"(?P<style>\\(?:text(?:tt|rm|sf|it)?|math(?:rm|tt|sf|it)|operatorname)\s*+\{\s*+)(?=[A-Za-z]{2})"
)
"""A d before a word, which is one name with it: d\\text{hidden} is dhidden."""
_ATTRIBUTE = re.compile(
    r"(?<![A-Za-z\\_^{])(?P<name>[A-Za-z]+(?:_(?:[A-Za-z0-9]|\{[A-Za-z0-9]+\}))?)\s?\.g(?:rad)?(?![A-Za-z])"
)
"""A gradient as PyTorch keeps it: W_1.grad."""
_CALLED = {
    "sigmoid": "sigmoid", "logistic": "sigmoid", "logistic sigmoid": "sigmoid", "relu": "relu", "tanh": "tanh",
    "hyperbolic tangent": "tanh", "softmax": "softmax",
}  # fmt: skip
_NAMED = re.compile(
    r"\$\s*+(?P<name>[fgh]|\\(?:sigma|phi|varphi|psi))(?P<marks>\^\{\s*+[(\[][^{}]*+\})?\s*+\$\s*+"
    r"(?:(?:is|denotes|being|means|stands for)\s++(?:the\s++|a\s++)?|the\s++|=\s*+)"
    rf"(?P<function>{'|'.join(sorted(_CALLED, key=len, reverse=True))})"
    r"(?:[ -](?:function|activation)){0,2}(?![A-Za-z])",
    re.IGNORECASE,
)
"""Words that say which function a letter is."""
_BARS = {"abs": "|", "norm": "‖"}
_BARRED = re.compile(r"\\(?P<name>abs|norm)\*?\s*+\{")


def without_typing(text: str) -> str:
    r"""The text without comments and bullets, in commands that are known without a package.

    >>> without_typing(r"\norm{x}^2 % the length")
    '     ‖x‖^2             '
    """
    text = _DOCUMENT.sub(lambda match: " " * len(match[0]), text)
    text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    text = _BULLET.sub(lambda match: " " * len(match[0]), _END.sub(lambda match: " " * len(match[0]), text))
    text = _NAMED.sub(_with_function, text)
    text = _GRADIENT.sub(lambda m: m["style"].ljust(len(m[0]) - 1) + "d", text)
    text = _ATTRIBUTE.sub(lambda m: f"d{m['name']}".ljust(len(m[0])), text)
    text = _COMMAND.sub(lambda match: _SPELLINGS[match["name"]].rjust(len(match[0])), text)
    return _with_bars(text) if _BARRED.search(text) else text


def _with_function(match: re.Match[str]) -> str:
    """The words as a definition; of a letter that has the number of a layer, or means this anyway, nothing is said."""
    plain = f"${match['name']}={_CALLED[match['function'].lower()]}$"
    said = match["marks"] or match["name"] == "\\sigma" or len(plain) > len(match[0])
    return ("" if said else plain).ljust(len(match[0]))


def _with_bars(text: str) -> str:
    r"""The text with bars around what `\abs` and `\norm` have in braces."""
    plain = list(text)
    open_: list[str] = []
    for match in re.finditer(rf"{_BARRED.pattern}|\\.|[{{}}]", text):
        if match["name"]:
            bar = _BARS[match["name"]]
            plain[match.start() : match.end()] = bar.rjust(len(match[0]))
            open_.append(bar)
        elif match[0] == "{":
            open_.append("}")
        elif match[0] == "}" and open_:
            plain[match.start()] = open_.pop()
    return "".join(plain)
