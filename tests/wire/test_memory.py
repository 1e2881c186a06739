"""How often an array is in memory: at most once beside the body."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from chainruler.wire import DocumentTooLarge, Encoding, decode, encode

ARRAY = np.random.default_rng(0).standard_normal((500, 500))
DOCUMENT = {"data": {"x": ARRAY, "z": ARRAY[::-1] / 3}}
BYTES = 2 * ARRAY.nbytes

# What may be allocated by Python and NumPy to read and to write, in units of the arrays' bytes. The text of base64 is
# one and a third of them; orjson writes into a buffer that it doubles.
READING = {Encoding.JSON: 1.0, Encoding.BASE64: 1.0 + 4 / 3, Encoding.SAFETENSORS: 0.0}
CHECK = 1 / 16  # of which array of two is finite is seen with a byte for each of its numbers
SLACK = 0.05


def peak(work: Callable[[], object]) -> float:
    """What a piece of work allocates at its height, in units of the arrays' bytes."""
    work()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = work()
        height = tracemalloc.get_traced_memory()[1] - before
        del kept
    finally:
        tracemalloc.stop()
    return height / BYTES


@pytest.mark.parametrize("encoding", Encoding)
def test_an_array_is_copied_at_most_once_when_it_is_read(encoding: Encoding) -> None:
    """JSON is read into the array's own buffer, base64 by way of its text, safetensors not at all."""
    media_type, content = encode(DOCUMENT, encoding)
    body = bytearray(content)  # as a service has it: of bytes, which cannot be written to, slices are cut from a copy

    assert peak(lambda: decode(body, media_type)) <= READING[encoding] + CHECK + SLACK


def test_an_array_is_copied_only_into_the_answer() -> None:
    """What writing safetensors allocates is the answer."""
    assert peak(lambda: encode(DOCUMENT, Encoding.SAFETENSORS)) <= 1.0 + CHECK + SLACK


def test_a_million_texts_are_refused_before_they_are_made() -> None:
    """They are counted by their quotes: as Python's texts they would take ten times the body."""
    body = bytearray(b'{"a":[' + b'"ab",' * 1_000_000 + b'"ab"]}')
    tracemalloc.start()
    try:
        with pytest.raises(DocumentTooLarge, match="values"):
            decode(body)
        height = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert height < 2 * len(body)


EXCHANGE = """
import resource, sys
from chainruler.wire import decode, encode

def height():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

body = bytearray(sys.stdin.buffer.read())
decode(b"{}"), encode({})
before = height()
media_type = sys.argv[1]
document = decode(body, media_type)
answer = encode(document, media_type)[1]
print((height() - before) / len(body))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS counts ru_maxrss in bytes")
@pytest.mark.parametrize(
    ("encoding", "most"), [(Encoding.JSON, 4.5), (Encoding.BASE64, 7.0), (Encoding.SAFETENSORS, 1.4)]
)
def test_a_whole_exchange_is_bounded_by_its_body(encoding: Encoding, most: float) -> None:
    """What the process grows by to read a body and write an answer of its size, the parser's own buffers included."""
    body = encode({"data": {"x": np.random.default_rng(0).standard_normal((1000, 1000))}}, encoding)[1]
    command = [sys.executable, "-c", EXCHANGE, encoding.value]
    done = subprocess.run(command, input=body, capture_output=True, check=True)

    assert float(done.stdout) <= most
