"""`python -m benchmarks.neighbours.clients CLIENT URL ENCODING NUMBERS SECONDS` calls a server as its users do.

Runs in the environment of the client. NUMBERS is a file of the arrays; the first answer is saved beside it, and the
seconds that each further call took, from arrays to arrays, are printed as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np


def main(client: str, url: str, encoding: str, numbers: str, seconds: str) -> None:
    """Call once, save the answer, and call again until the time is over."""
    values = dict(np.load(numbers))
    module, _, function = client.partition(":")
    connect = getattr(importlib.import_module(f"benchmarks.neighbours.clients.{module}"), function)
    call = connect(url, encoding)
    np.savez(Path(numbers).with_suffix(".answer.npz"), *call(values))
    took: list[float] = []
    end = perf_counter() + float(seconds)
    while not took or perf_counter() < end:
        begin = perf_counter()
        call(values)
        took.append(perf_counter() - begin)
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
