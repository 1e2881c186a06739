"""Code with random damage is read or refused, in bounded time; nothing else ever happens."""

from __future__ import annotations

import random
import re
import time

import pytest

from chainruler.notation import FormulaError, FormulaLimits
from chainruler.notation.code_reader import read_code
from tests.notation import test_autograd, test_code, test_loops, test_own_classes, test_own_functions
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS

GOOD = [
    *test_code.CODE.values(),
    *test_own_functions.CODE.values(),
    *test_loops.RESULTS.values(),
    *(
        test_own_classes.LINEAR + kind + test_own_classes.USES["in another object"]
        for kind in test_own_classes.ACTIVATIONS.values()
    ),
    *(
        f"{test_autograd.FORWARD['layers']}\n{loss}\n{ask.format('W1')}"
        for loss, ask in zip(test_autograd.LOSSES, test_autograd.ASKED.values(), strict=False)
    ),
    *(f"{test_autograd.OBJECTIVE}\n{way}" for way in test_autograd.JAX.values()),
]
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
PIECES = [token for text in GOOD for token in _TOKEN.findall(text)]


def damaged(text: str, rng: random.Random) -> str:
    """The text with some of its tokens left out, repeated, exchanged, or taken from elsewhere."""
    tokens = _TOKEN.findall(text)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(tokens))
        kind = rng.randrange(4)
        if kind == 0:
            tokens[at] = ""
        elif kind == 1:
            tokens[at] = rng.choice(PIECES)
        elif kind == 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] += rng.choice(PIECES)
    return "".join(tokens)


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("seed", range(20))
def test_damaged_code_is_read_or_refused(seed: int) -> None:
    """Whatever is done to it, and soon."""
    rng = random.Random(seed)  # noqa: S311 (no secret)
    limits = FormulaLimits(sizes=LIMITS.sizes)
    for _ in range(60):
        text = damaged(rng.choice(GOOD), rng)
        begin = time.process_time()
        try:
            read_code(text, SYMBOLS, limits, CONVENTIONS)
        except FormulaError as error:
            assert error.pointed()  # noqa: PT017 (the reader may also succeed)
        assert time.process_time() - begin < 3, text
