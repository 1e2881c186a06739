"""The memory that a worker keeps."""

import ctypes
import subprocess
import sys

import pytest

from chainruler.memory.heap import give_back_freed_memory, keep_freed_memory

KEEP_AND_GIVE_BACK = """
import resource
from chainruler.memory.heap import THRESHOLD, give_back_freed_memory, keep_freed_memory

def resident():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024

def faults(size):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        buffer = bytearray(size)
        del buffer
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

pages = THRESHOLD // 2 // 4096
without = faults(THRESHOLD // 2)
assert keep_freed_memory()
faults(THRESHOLD // 2)
assert faults(THRESHOLD // 2) < pages < without, "what was freed was not kept"

start = resident()
many = [bytearray(2**20) for _ in range(300)]
pins = [bytes(1000) for _ in range(1000)]  # small blocks that hold the end of the heap
del many
give_back_freed_memory()
assert resident() - start < 10 * 2**20, "what was freed was not given back"
"""


COLLECT = """
import gc, time
from chainruler.app import create_app
from chainruler.serving.memory import exempt_from_collection
from chainruler.settings import Settings

def full_collection():
    began = time.process_time()
    gc.collect()
    return time.process_time() - began

app = create_app(Settings())
before = min(full_collection() for _ in range(3))
exempt_from_collection()
after = min(full_collection() for _ in range(3))
assert after < before / 20, f"{before:.4f} s before, {after:.4f} s after"
"""

SERVE = """
import gc
from chainruler.app import create_app
from chainruler.serving.acceptor import Listening
from chainruler.serving.sockets import listen
from chainruler.serving.worker import DrainingServer, work
from chainruler.settings import Settings

DrainingServer.run = lambda self: print(gc.get_freeze_count())
work(Settings(), Listening(listen("127.0.0.1", 0)), create_app)
"""


def test_a_full_collection_leaves_out_what_the_service_is_made_of() -> None:
    """It takes less than a twentieth of the time that all modules and the application would take."""
    done = subprocess.run([sys.executable, "-c", COLLECT], capture_output=True, text=True, check=False)

    assert done.stderr == ""


def test_a_worker_is_exempt_before_it_answers() -> None:
    """What lives when it begins to serve is frozen by then."""
    done = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert int(done.stdout) > 50_000


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_what_is_freed_is_kept_until_it_is_given_back() -> None:
    """A buffer costs no page faults the second time, and 300 MB in pieces go back to the kernel when told to."""
    done = subprocess.run([sys.executable, "-c", KEEP_AND_GIVE_BACK], capture_output=True, text=True, check=False)

    assert done.stderr == ""


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such option, nothing happens."""
    monkeypatch.setattr(sys, "platform", "darwin")

    assert (keep_freed_memory(), give_back_freed_memory()) == (False, False)


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C library without these functions, such as musl, is no error."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())

    assert (keep_freed_memory(), give_back_freed_memory()) == (False, False)
