r"""Whether a text is code or LaTeX, told from the text itself: `\frac` stands in no code, `@` in no LaTeX.

>>> dialects_of("dz2.T @ a1"), dialects_of("\\delta_2 a_1^T"), dialects_of("print('\\n')  # W^T")
(('numpy',), ('latex',), ('numpy',))
>>> dialects_of("2 (p - y) x^T"), dialects_of("p - y")
(('latex', 'numpy'), ('numpy', 'latex'))
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Syntax: TypeAlias = Literal["numpy", "latex"]
_ASIDE = re.compile(
    r"""(?<![\\\w)\]}])\#[^\n]*|"{3}.*?"{3}|'{3}.*?'{3}|(?<![\w)\]}\\'])(["'])(?:\\.|(?!\1)[^\\\n])*\1""", re.DOTALL
)
"""Comments and texts in code, which say nothing about it. A quote after a letter or bracket is a prime."""
_LATEX = re.compile(r"\\[A-Za-z,;!:{\[(|\\]")
_CODE = re.compile(
    r"^\s*(?:>>>|In ?\[)|@|\*\*|[-+*/]=|==|[A-Za-z_)\]]\.[A-Za-z]|[A-Za-z]\[|\b(?:def|return|for|import|print)\b|\#"
)
_EITHER = re.compile(r"[$^]|_\{")
_WORD = re.compile(r"[A-Za-z]{2}|[A-Za-z][0-9]")
"""What is one name in code, and several factors in LaTeX."""


def dialects_of(text: str) -> tuple[Syntax, ...]:
    """How a text may be written, what is likelier first; two where nothing in it is of one kind only."""
    bare = _ASIDE.sub("", text)
    if _LATEX.search(bare):
        return ("latex",)
    if bare != text or _CODE.search(bare):
        return ("numpy",)
    if _EITHER.search(bare):
        return ("latex", "numpy")
    return ("numpy",) if _WORD.search(bare) else ("numpy", "latex")
