"""Whole documents: one file that asks for nothing, and whose policy would not let it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from chainruler.html.document import document
from chainruler.html.element import element
from tests.support.markup import Markup


def test_the_policy_allows_the_style_that_is_there_and_nothing_else() -> None:
    """The style's digest is in the policy, which else allows fonts that are inlined and nothing at all."""
    text = document("A class", element("p", "one"))
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(found["content"] for tag, found in Markup(text).elements if "http-equiv" in found)

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; base-uri 'none'; form-action 'none'"
    )


def test_the_style_asks_for_nothing() -> None:
    """The only address in it is that of the font, which is the font itself."""
    text = document("A class")

    assert [found[:21] for found in re.findall(r"url\(([^)]*)\)", text)] == ["data:font/woff2;base6"]
    assert "@import" not in text
    assert re.findall(r"https?:", text) == []


def test_a_title_ends_no_head() -> None:
    """What is written into a title stays in the title."""
    read = Markup(document("</title></head><script>alert(1)</script>", element("p", "one")))

    assert read.faults == []
    assert "script" not in read.tags
