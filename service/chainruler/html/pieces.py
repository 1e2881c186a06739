"""Pieces that several documents are made of: cards, shares, names, formulas with their code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chainruler.html.element import Content, Element, element
from chainruler.html.mathematics import formula

MOST_CODE = 2000
"""Characters of a formula's code that are shown."""


def header(about: str) -> Element:
    """The line at the head of every document."""
    mark = element("path", d="M3 4h14L10 16z")
    sign = element("svg", mark, viewBox="0 0 20 20", width=20, height=20, aria_hidden="true")
    return element("header", element("span", sign, "chainruler", class_="mark"), element("span", about, class_="soft"))


def card(title: str, *content: Content, id_: str, note: Content = None) -> Element:
    """A part of a document under its title."""
    told = None if note is None else element("p", note, class_="note")
    return element("section", element("h2", title), told, *content, id=id_, class_="card")


def folded(head: Content, *content: Content) -> Element:
    """What is shown when its head is opened, and in print."""
    return element("details", element("summary", head), *content)


def stacked(parts: Sequence[tuple[str, int]], label: str) -> Element:
    """A bar of parts beside each other, each in its own style; the label says the same in words."""
    whole = sum(count for _, count in parts) or 1
    pieces, x = [], 0.0
    for kind, count in parts:
        width = 100 * count / whole
        pieces.append(element("rect", class_=kind, x=x, y=0, width=width, height=10) if count else None)
        x += width
    return element(
        "svg", pieces, viewBox="0 0 100 10", preserveAspectRatio="none", role="img", aria_label=label, class_="bar"
    )


def names(who: Sequence[str]) -> Element:
    """A list of names, however many."""
    return element("ul", (element("li", name) for name in who), class_="who")


def written(read_as: Mapping[str, Any]) -> Element:
    """A formula as mathematics and as code; as code alone where it cannot be laid out."""
    shown = formula(read_as.get("mathml") or "")
    math = None if shown is None else element("div", shown, class_="math")
    code = str(read_as["numpy"])
    cut = code if len(code) <= MOST_CODE else f"{code[:MOST_CODE]} …"
    return element("div", math, element("code", cut), class_="formula")


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 submission, 2,000 submissions."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def share(count: int, whole: int) -> str:
    """A part in percent, never rounded to none or to all."""
    part = 100 * count / whole if whole else 0.0
    if 0 < part < 1:
        return "< 1 %"
    return "> 99 %" if 99 < part < 100 else f"{part:.0f} %"


def listed(names: Iterable[str], last: str = "and") -> str:
    """Names in a sentence."""
    *before, end = names
    return f"{', '.join(before)} {last} {end}" if before else end
