"""The parsers behind the readers: threads, what is kept, and installs without [server]."""

import gc
import subprocess
import sys
from binascii import b2a_base64
from concurrent.futures import ThreadPoolExecutor

import pytest
import simdjson
from hypothesis import example, given
from hypothesis import strategies as st

from chainruler.wire import DecodingLimits, WireError, base64, bodies, decode, encode, simd
from tests.support.repository import ROOT
from tests.wire.documents import outcome
from tests.wire.texts import SEEDS

WITHOUT_SERVER = """
import sys
sys.modules.update({"simdjson": None, "pybase64": None})
from chainruler import wire
from chainruler.wire import base64, bodies
assert "plain" in bodies.read_quickly.__module__
assert base64.decode is base64.standard_decode
found = wire.decode(sys.stdin.buffer.read())
sys.stdout.buffer.write(wire.encode(found, "application/json;arrays=base64")[1])
"""


@pytest.mark.parametrize("body", SEEDS)
def test_an_install_without_the_server_reads_and_writes_the_same(body: bytes) -> None:
    """Without simdjson and pybase64 the fallbacks give the very same bytes."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SERVER], input=body, capture_output=True, check=True, cwd=ROOT / "service"
    )

    assert bodies.read_quickly is simd.read
    assert done.stdout == encode(decode(body), "application/json;arrays=base64")[1]


def test_threads_read_at_once() -> None:
    """A parser serves one reading at a time, whatever the others do."""
    expected = [outcome(simd.read, body) for body in SEEDS] * 200
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda body: outcome(simd.read, body), SEEDS * 200))

    assert found == expected


class ReadsMeanwhile:
    """Names that hold arrays; to ask for one reads another document while the first is being read."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def __contains__(self, name: object) -> bool:
        return self.depth == 0 or bool(simd.read(b'{"x":[1]}', DecodingLimits(), ReadsMeanwhile(self.depth - 1)))


def test_a_few_parsers_are_kept_and_no_more() -> None:
    """However many readings there are at once, what they needed does not stay for ever."""
    found = simd.read(b'{"x":[1.5]}', DecodingLimits(), ReadsMeanwhile(simd.MOST_PARSERS + 3))

    assert found["x"].tolist() == [1.5]
    assert len(simd._PARSERS) == simd.MOST_PARSERS  # noqa: SLF001  (what is kept is the point)


def test_a_refused_body_costs_no_parser_that_others_need() -> None:
    """A parser whose proxies an error still holds is let go, and goes away with the error."""
    for _ in range(20):
        with pytest.raises(WireError):
            decode(b'{"data":{"x":[[1],[2,3]]}}')
    gc.collect()

    assert sum(isinstance(found, simdjson.Parser) for found in gc.get_objects()) <= simd.MOST_PARSERS
    assert outcome(simd.read, SEEDS[0])[0] == "read"


alphabet = st.text("AQgw+/=-_ \n\r\té", max_size=12)


@given(alphabet | st.binary(max_size=20).map(lambda data: b2a_base64(data, newline=False).decode()))
@example("QR==")
@example("QQ==QQ==")
@example("=")
def test_both_decoders_of_base64_read_the_same(text: str) -> None:
    """pybase64 and the standard library accept the same texts, as the same bytes."""
    found: list[bytes | None] = []
    for decoder in (base64.decode, base64.standard_decode):
        try:
            found.append(decoder(text))
        except ValueError:
            found.append(None)

    assert base64.decode is not base64.standard_decode
    assert found[0] == found[1]


@given(st.binary(max_size=50))
def test_both_encoders_of_base64_write_the_same(data: bytes) -> None:
    """pybase64 and the standard library write the same text."""
    assert base64.encode(data) == base64.standard_encode(data)
