"""The grammar of LaTeX formulas, over tokens that are made before it sees them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.lexer import Lexer, LexerState


class GivenTokens(Lexer):
    """Hands the parser the tokens that it is given: they are made here, with the names in mind."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: Any = None) -> Iterator[Token]:
        yield from lexer_state  # type: ignore[misc]


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The parser of the grammar beside this file."""
    grammar = Path(__file__).with_name("latex_grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=GivenTokens, propagate_positions=True, maybe_placeholders=False)
