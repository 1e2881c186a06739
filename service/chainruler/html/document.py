"""A whole document in one file: style and font are in it, and its policy forbids to ask for anything else."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from chainruler.html.element import Content, element

FONT = "STIX Two Math"


def document(title: str, *body: Content, lang: str = "en") -> str:
    """The document; `body` is what it shows."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
    )
    before, _, after = str(element("html", head, element("body", *body), lang=lang)).partition("</head>")
    return f"<!doctype html>\n{before}<style>{style()}</style></head>{after}\n"


@cache
def style() -> str:
    """The style of all documents, with the font; the only text that is not escaped, and none of it is anybody's."""
    here = files("chainruler.html")
    font = b64encode(here.joinpath("font", "stix-two-math.woff2").read_bytes()).decode()
    face = f'@font-face{{font-family:"{FONT}";src:url(data:font/woff2;base64,{font}) format("woff2")}}'
    return f"{face}\n{here.joinpath('style.css').read_text(encoding='utf-8')}"


@cache
def policy() -> str:
    """What a browser may do for a document: apply this very style, and use the font in it."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; base-uri 'none'; form-action 'none'"
