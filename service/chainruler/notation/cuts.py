"""Where a sign stands outside of all brackets, cases and matrices of a LaTeX text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from chainruler.notation.formula import Span

_NESTING = r"\\(?P<env>begin|end)(?![A-Za-z])|(?P<open>\\?\{|[(\[])|(?P<close>\\?\}|[)\]])|\\."


@lru_cache(maxsize=16)
def _with_nesting(sign: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<sign>{sign})|{_NESTING}")


def cuts(text: str, sign: re.Pattern[str]) -> Iterator[Span]:
    """The places of a sign outside of all brackets and environments; as part of `<=` a sign is another one."""
    if not sign.search(text):  # as of most signs in most texts: a search takes no step of Python's for each letter
        return
    depth = 0
    for match in _with_nesting(sign.pattern).finditer(text):
        if match["sign"] is not None:
            if depth == 0 and text[match.start() - 1 : match.start()] not in {"<", ">", "!"}:
                yield match.span()
        elif match["env"] is not None:
            depth += 1 if match["env"] == "begin" else -1
        elif match["open"] or match["close"]:
            depth = max(0, depth + (1 if match["open"] else -1))


def pieces(text: str, sign: re.Pattern[str]) -> Iterator[Span]:
    """The places of what stands between the signs."""
    place = 0
    for start, stop in [*cuts(text, sign), (len(text), len(text))]:
        yield place, start
        place = stop
