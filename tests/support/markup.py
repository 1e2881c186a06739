"""HTML read back as a browser would: every element that is opened, in what, and whether each is closed."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"br", "hr", "meta"}


class Markup(HTMLParser):
    """The elements of a document with their attributes, the text in it, and what is wrong with its nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is not closed" for tag in self._open]

    @property
    def text(self) -> str:
        """Everything that is to be read, without the style."""
        return " ".join(" ".join(self.words).split())

    @property
    def tags(self) -> set[str]:
        """The elements that there are."""
        return {tag for tag, _ in self.elements}

    def attributes(self, name: str) -> list[str]:
        """What an attribute is, wherever it is given."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "p" and "p" in self._open:
            self.faults.append("p in p")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} is closed where it is not open")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)
