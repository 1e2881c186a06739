"""Elements of HTML, escaped by construction: there is no way to put markup in but as an element.

Text is escaped where it is written, whatever it holds, and no text can be marked as safe. An element or attribute that
could run a script, ask for something outside the document or carry a style of its own is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

VOID = frozenset({"br", "hr", "meta"})
"""Elements without content."""
STRUCTURE = ("html", "head", "meta", "title", "body", "main", "header", "footer", "section", "h1", "h2", "h3", "hr")
TEXT = ("p", "div", "span", "strong", "em", "code", "pre", "br", "a", "mark", "details", "summary")
LISTS = ("ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td")
SVG = ("svg", "rect", "path")
MATHEMATICS = frozenset(
    ("math", "mrow", "mi", "mo", "mn", "mtext", "msup", "msub", "msubsup", "mfrac", "msqrt", "munderover", "munder")
)
TAGS = frozenset((*STRUCTURE, *TEXT, *LISTS, *SVG, *MATHEMATICS))
OF_DOCUMENTS = ("charset", "name", "content", "http-equiv", "lang")
OF_TEXT = (
    "class",
    "id",
    "href",
    "open",
    "scope",
    "colspan",
    "role",
    "title",
    "aria-label",
    "aria-hidden",
    "mathvariant",
)
OF_PICTURES = ("x", "y", "width", "height", "viewBox", "d", "preserveAspectRatio")
ATTRIBUTES = frozenset((*OF_DOCUMENTS, *OF_TEXT, *OF_PICTURES))
UNFIT = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufffe\\uffff]")

Content: TypeAlias = "Element | str | int | Iterable[Content] | None"


@dataclass(frozen=True, eq=False)
class Element:
    """An element with its attributes and what is in it."""

    tag: str
    attributes: dict[str, str]
    content: tuple[Content, ...]

    def __str__(self) -> str:
        return "".join(_written(self))


def element(tag: str, *content: Content, **attributes: str | float | bool | None) -> Element:
    """An element: `element("p", "a < b", class_="note")`; a content or an attribute that is None is left out.

    >>> str(element("p", "a < b", class_="note"))
    '<p class="note">a &lt; b</p>'
    """
    if tag not in TAGS:
        raise ValueError(f"There is no element {tag!r} in these documents.")
    return Element(tag, dict(_checked(attributes)), content)


def _checked(attributes: dict[str, str | float | bool | None]) -> Iterator[tuple[str, str]]:
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-")
        if name not in ATTRIBUTES:
            raise ValueError(f"There is no attribute {name!r} in these documents.")
        if value is None or value is False:
            continue
        text = "" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
        if name == "href" and not text.startswith("#"):
            raise ValueError("A link leads to a place in the document.")
        yield name, text


def _written(whole: Element) -> Iterator[str]:
    """The text of an element, piece by piece; a formula may be nested deeper than Python calls itself."""
    waiting: list[Iterator[Content]] = [iter((whole,))]
    closing = [""]
    while waiting:
        try:
            one = next(waiting[-1])
        except StopIteration:
            waiting.pop()
            yield closing.pop()
            continue
        match one:
            case None:
                pass
            case str() | int():
                yield text_of(str(one))
            case Element():
                names = "".join(f' {name}="{text_of(value)}"' for name, value in one.attributes.items())
                yield f"<{one.tag}{names}>"
                if one.tag not in VOID:
                    waiting.append(iter(one.content))
                    closing.append(f"</{one.tag}>")
            case _:
                waiting.append(iter(one))
                closing.append("")


def text_of(text: str) -> str:
    """The text as HTML: escaped, and without the characters that HTML cannot hold or that turn a line around."""
    return escape(UNFIT.sub("\N{REPLACEMENT CHARACTER}", text))
