"""Elements: whatever text is in them, a browser reads that text back and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainruler.html.element import UNFIT, element
from tests.support.markup import Markup

ATTACKS = [
    "<script>alert(1)</script>",
    "</style></title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp;amp; &#x3C;i&#x3E;",
    "<!--", "-->", "<![CDATA[", "]]>", "<math><style>", "\u202e reversed", "\x00\x0b\x1b[31m", "{{7*7}} ${7*7}",
]  # fmt: skip


@given(st.one_of(st.sampled_from(ATTACKS), st.text()), st.one_of(st.sampled_from(ATTACKS), st.text()))
def test_text_is_read_back_as_text(inside: str, label: str) -> None:
    """There is one element, with one attribute and one text, whatever both are made of."""
    read = Markup(str(element("p", inside, title=label)))

    assert read.faults == []
    assert read.elements == [("p", {"title": UNFIT.sub("\ufffd", label)})]
    assert "".join(read.words) == UNFIT.sub("\ufffd", inside)


@pytest.mark.parametrize("tag", ["script", "style", "iframe", "object", "img", "link", "form", "p><script", ""])
def test_an_element_that_could_do_something_is_refused(tag: str) -> None:
    """What runs, loads or sends is no element of these documents."""
    with pytest.raises(ValueError, match="no element"):
        element(tag)


@pytest.mark.parametrize("name", ["onclick", "style", "src", "srcset", "action", "formaction", "ping", "x onload"])
def test_an_attribute_that_could_do_something_is_refused(name: str) -> None:
    """So are the attributes that run, load, send or style."""
    with pytest.raises(ValueError, match="no attribute"):
        element("p", **{name: "x"})


@pytest.mark.parametrize("target", ["https://example.org", "javascript:alert(1)", "//example.org", "", "x#y"])
def test_a_link_leads_nowhere_else(target: str) -> None:
    """A link leads to a place in the same document."""
    with pytest.raises(ValueError, match="a place in the document"):
        element("a", "there", href=target)


def test_content_may_be_nested_deeper_than_python_calls_itself() -> None:
    """A formula of many parentheses is written all the same."""
    whole = element("mi", "x")
    for _ in range(5_000):
        whole = element("mrow", whole)

    assert str(whole).count("<mrow>") == 5_000
