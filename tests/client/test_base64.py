"""Base64 is the same whether pybase64 is installed or not."""

from hypothesis import example, given
from hypothesis import strategies as st

from chainruler_client.encoding import base64
from tests.support.repository import PYTHON, run


@given(st.binary(max_size=50))
def test_base64_is_the_same_by_whatever_is_installed(data: bytes) -> None:
    """pybase64 writes what the standard library writes, and each reads it."""
    text = base64.encode(data)

    assert text == base64.standard_encode(data)
    assert base64.decode(text) == base64.standard_decode(text) == data


@given(st.text("AQgw+/=-_ \n\r\té", max_size=12))
@example("QR==")
@example("QQ==QQ==")
@example("=")
def test_the_same_texts_are_no_base64(text: str) -> None:
    """pybase64 and the standard library accept the same."""
    found: list[bytearray | None] = []
    for decode in (base64.decode, base64.standard_decode):
        try:
            found.append(decode(text))
        except ValueError:
            found.append(None)

    assert found[0] == found[1]


def test_base64_needs_nothing_but_the_standard_library() -> None:
    """Where pybase64 is not installed, the answer is the same."""
    code = (
        "import sys; sys.modules['pybase64'] = None\n"
        "from chainruler_client.encoding import base64\n"
        "print(base64.decode(base64.encode(b'gradient')).decode())"
    )

    assert run(PYTHON, "-c", code) == "gradient\n"
