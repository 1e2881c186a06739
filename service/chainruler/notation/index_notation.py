r"""Lines in index notation: what one entry is, as in \frac{\partial J}{\partial b_i} = \sum_{n=1}^{N} \delta_{ni}."""

from __future__ import annotations

from collections.abc import Collection

from chainruler.engine import Expression
from chainruler.notation.entries import Entries, EntryStyle
from chainruler.notation.mathematics import Markup
from chainruler.notation.text import Text


def entry_sides(
    label: str, line: Expression, loss: str | None, markup: Markup, labels: Collection[str]
) -> tuple[Text, Text]:
    """One entry of a line, as it is named and as it is computed; no letter is one of the labels of the derivation.

    ExpressionError is raised for a line that has no entries in letters.
    """
    style = EntryStyle(markup, loss)
    entries = Entries(style, labels)
    with entries.letters(line.shape) as letters:
        return _left(label, letters, style), entries.of(line, letters).text


def _left(label: str, letters: list[str], style: EntryStyle) -> Text:
    of, slash, by = label.partition("/")
    if not slash:
        return style.entry(label, letters).text
    half = len(letters) // 2  # of a Jacobian, the letters of what is differentiated come first
    above, below = (style.entry(one[1:], at) for one, at in ((of, letters[:half]), (by, letters[half:])))
    return style.derivative(above.text, below.text).text
