"""Formulas as MathML elements: what the printer of the engine writes, and nothing else that may be in the text."""

from __future__ import annotations

from html.parser import HTMLParser

from chainruler.html.element import MATHEMATICS, Content, Element, element

LONGEST = 20_000
"""Characters of MathML that are laid out; a longer formula is for no reader."""


def formula(mathml: str) -> Element | None:
    """The formula in a `<math>` element; None where it is too long, or where there is none.

    The text may come from a service that nobody here knows, so it is read and built anew: an element that is no MathML
    vanishes, what is in it stays as text.
    """
    if len(mathml) > LONGEST:
        return None
    reader = _ElementReader()
    reader.feed(mathml)
    reader.close()
    found = reader.inside[0]
    return found[0] if len(found) == 1 and isinstance(found[0], Element) and found[0].tag == "math" else None


class _ElementReader(HTMLParser):
    """Builds elements; an end that has no beginning is passed over, and what has no end ends with the text."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[list[Content]] = [[]]
        self.open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in MATHEMATICS:
            kept = {name: value for name, value in attrs if name == "mathvariant" and value == "normal"}
            self.open.append((tag, {name: value or "" for name, value in kept.items()}))
            self.inside.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in (name for name, _ in self.open):
            while self._ended() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.inside[-1].append(data)

    def close(self) -> None:
        super().close()
        while self.open:
            self._ended()

    def _ended(self) -> str:
        tag, attributes = self.open.pop()
        content = self.inside.pop()
        self.inside[-1].append(element(tag, *content, **attributes))
        return tag
