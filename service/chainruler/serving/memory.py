"""What lives from the start of a worker on, and is not searched for garbage."""

from __future__ import annotations

import gc


def exempt_from_collection() -> None:
    """Take all that lives now, the modules above all, out of every later garbage collection.

    A full collection holds the interpreter's lock and looks at each of their 80,000 objects: 40 to 100 ms, in which the
    event loop answers nobody, and it came several times in the first seconds of load.
    """
    gc.collect()
    gc.freeze()
