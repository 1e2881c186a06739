"""Which encoding an answer has."""

import pytest

from chainruler.wire import Encoding, NotAcceptable, negotiate

JSON, BASE64, SAFETENSORS = Encoding


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;arrays=base64", BASE64),
        ("application/json ; Arrays=Base64 ; q=0.5", BASE64),
        ("application/vnd.safetensors", SAFETENSORS),
        ("application/vnd.safetensors, application/json;q=0.9", SAFETENSORS),
        ("application/vnd.safetensors;q=0.5, application/json;q=0.9", JSON),
        ("application/json;q=0.5, application/json;arrays=base64", BASE64),
        ("application/json, application/json;arrays=base64", JSON),
        ("application/json;q=0, */*", BASE64),
        ("application/json;q=0, application/json;arrays=base64;q=0, */*;q=0.1", SAFETENSORS),
        ("*/*;q=0.1, application/vnd.safetensors;q=0.2", SAFETENSORS),
        ("*/*;q=0, application/vnd.safetensors", SAFETENSORS),
        ("application/*;q=0.3, */*;q=0.9", JSON),
        ("nonsense", JSON),
        (",,;", JSON),
        ("*/*;q=nan, application/vnd.safetensors;q=0.1", SAFETENSORS),
        ("application/vnd.safetensors;q=2, */*", JSON),
        ("x" * 100_000, JSON),
    ],
)
def test_the_best_that_the_client_likes_is_chosen(accept: str | None, encoding: Encoding) -> None:
    """Quality decides, the more specific range speaks for its type, and among equals JSON comes first."""
    assert negotiate(accept) is encoding


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/json;arrays=hex", "*/*;q=0", "image/*, text/*;q=0.5", "application/json;q=0"],
)
def test_nothing_fits(accept: str) -> None:
    """A client that wants none of the encodings is told which there are."""
    with pytest.raises(NotAcceptable) as caught:
        negotiate(accept)

    assert caught.value.code == "not_acceptable"
    assert all(encoding.value in caught.value.message for encoding in Encoding)
