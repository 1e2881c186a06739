"""Several lines of NumPy made ready for Python's parser: assignments, loops and functions, comments left out."""

from __future__ import annotations

import ast
import re

from chainruler.notation.formula import FormulaError, FormulaLimits
from chainruler.notation.names import LETTERS
from chainruler.notation.numpy_tree import FILE, dotted
from chainruler.notation.source import DIGITS, SPELLED, Source

_TOKEN = re.compile(
    r"""(?P<prompt>(?:^|(?<=\n))[ \t]*(?:>>>|In[ ]?\[\d*\]:|\.\.\.:?|Out[ ]?\[\d*\]:[^\n]*)[ ]?)
      |(?P<comment>\#[^\n]*)
      |(?P<text>\"\"\".*?\"\"\"|'''.*?'''|"[^"\n]*"|(?<![\w\])])[rbf]?'[^'\n]*')
      |(?P<function>lambda(?=\s+\w+(?:\s*=\s*[\w.+-]+)?(?:\s*,\s*\w+(?:\s*=\s*[\w.+-]+)?)*\s*:))
      |(?P<name>[A-Za-zα-ωΑ-Ωϕϵ_][A-Za-z0-9α-ωΑ-Ωϕϵ_₀-₉]*)
      |(?P<number>(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      |(?P<joined>\\[ \t]*\n)
      |(?P<line>[ \t]*\r?\n)
      |(?P<space>[ \t]+)
      |(?P<after>'|ᵀ|²|³|⊤)
      |(?P<operator>\*\*=|//=|\*\*|//|->|:=|[+\-*/@&|^]=|[=!<>]=|≥|≤|[+\-−*/@<>·⋅×⊙∘&|~^=.,:;()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_CODE = re.compile(
    r"""\#|"|;|\b(?:for\b|lambda\s+\w)|^(?:>>>|In[ ]?\[)
      |(?:^|\n)[ \t]*(?:def|for|return|import|from|if|with|class)\b|\n[ \t]*(?![ \t\n)\]}.+\-*/@])\S
      |(?<![=<>!:+\-*/@,(])=(?!=)(?![^()]*\))|[+\-*/@]=|\[\s*'|\(\s*'""",
    re.VERBOSE,
)

_PROMPTED = re.compile(r"^[ \t]*(?:>>>|In ?\[\d*\]:)", re.MULTILINE)


def is_code(text: str) -> bool:
    """Whether a text in NumPy syntax is more than one formula: it assigns, has lines, comments or texts in it."""
    return _CODE.search(text.strip()) is not None


def module_of(text: str, limits: FormulaLimits) -> tuple[Source, ast.Module]:
    """The source of some code and its tree; FormulaError if it has none, or one that is too large or too deep."""
    if len(text) > limits.code_characters:
        message = f"The code has {len(text)} characters; at most {limits.code_characters} are read."
        raise FormulaError(message, "", (0, 1))
    source = _transliterated(text, limits)
    try:
        tree = ast.parse(source.code, FILE)
    except SyntaxError as error:
        at = source.at((error.lineno or 1) - 1, max((error.offset or 1) - 1, 0))
        raise source.error("This cannot be read as code.", *source.span(at, at + 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise source.error("This cannot be read as code.", 0, len(text)) from None
    _measure(tree, source, limits)
    return source, tree


def _transliterated(text: str, limits: FormulaLimits) -> Source:
    """The text in Python's letters: lines stay, those inside of brackets are joined."""
    source, place, depth = Source(text), 0, 0
    indents = (len(line) - len(line.lstrip()) for line in text.splitlines() if line.strip())
    indent = 0 if _PROMPTED.search(text) else min(indents, default=0)
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise source.error(f'"{text[place]}" is not part of code.', place, place + 1)
        kind, piece = match.lastgroup or "", match[0]
        depth += sum(piece.count(c) for c in "([{") - sum(piece.count(c) for c in ")]}") if kind == "operator" else 0
        if depth > limits.depth:
            raise source.error(f"Brackets stand more than {limits.depth} deep.", place, place + 1)
        at_start = not source.code or source.code.endswith("\n")
        if kind == "space" and at_start:
            piece = piece.expandtabs()[indent:]
        source.append(_spelled(kind, piece, depth), place, len(match[0]))
        place = match.end()
    return source


def _spelled(kind: str, piece: str, depth: int) -> str:
    """One token as Python has it."""
    if kind in {"comment", "prompt"}:
        return ""
    if kind in {"joined", "line"}:
        return " " if depth > 0 or kind == "joined" else "\n"
    if kind == "name":
        return "lam" if piece == "lambda" else "".join(LETTERS.get(c, c) for c in piece).translate(DIGITS)
    if kind in {"after", "operator"}:
        return "**" if piece == "^" else SPELLED.get(piece, piece)
    return piece


def is_without_arrays(tree: ast.Module) -> bool:
    """Whether code computes with numbers and lists alone, as it may be written without NumPy."""
    return not any(
        isinstance(node, ast.MatMult) or (isinstance(node, ast.Attribute) and dotted(node.value) != "math")
        for node in ast.walk(tree)
    )


def _measure(tree: ast.Module, source: Source, limits: FormulaLimits) -> None:
    """Refuse code that is too large or too deep before anything is done with it."""
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    nodes = 0
    while stack:
        node, depth = stack.pop()
        nodes += isinstance(node, ast.expr | ast.stmt)
        if nodes > limits.code_nodes or depth > limits.depth:
            what = f"has more than {limits.code_nodes} parts" if nodes > limits.code_nodes else "is nested too deep"
            raise source.error(f"The code {what}.", 0, len(source.text))
        for place, child in enumerate(ast.iter_child_nodes(node)):
            chained = place == 0 and isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp)
            stack.append((child, depth if chained else depth + 1))
