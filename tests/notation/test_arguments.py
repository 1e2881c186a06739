"""No argument of a call is left out in silence: each changes what is read, keeps the numbers, or is refused by name."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from chainruler.engine import Evaluation, Expression
from chainruler.notation import FormulaError, spellings, templates
from chainruler.notation.calls import function_names
from chainruler.notation.code_reader import read_code
from tests.notation.test_code import CONVENTIONS, LIMITS, SYMBOLS, numbers
from tests.support.sampling import share_of

__all__ = ["numbers"]  # a fixture

FUNCTIONS = sorted(templates.NAMES | function_names() | {"average", "clamp", "view", "unsqueeze", "amax", "expand"})
METHODS = sorted(name for name in FUNCTIONS if spellings.is_method(name))
OPERANDS = (
    "Z2", "Z2, Y", "b2, b2", "Z2, W2.T", "Z2, 1", "Z2, 1, -2", "y, 3", "b2", "(3, 5)", "(3, 5), 2.0", "Z2, (7, 3)",
    "Z2 > 0, Z2, Y", "b2, A1, W2.T", "b2, W2, W2[0]", "W2, b2, W2[0]", "Z2, 1, y[:, None]", "Z2, float",
    "Z2, 1, y[:, None], 0.5", "b2, 0, y, Z2[:, 0]", "[b2, b2]", "[W2, W2], 1", "Z2, y",
)  # fmt: skip
KEYWORDS = (
    "out", "where", "initial", "order", "dtype", "alpha", "beta", "dim", "axis", "keepdim", "keepdims", "reduce",
    "rounding_mode", "weights", "minlength", "min", "max", "a_min", "start", "ddof", "correction", "surprise",
)  # fmt: skip
NEW_NAMES = {"dim": "axis", "keepdim": "keepdims", "a_min": "lo", "min": "lo", "max": "hi"}

GENERAL = ("twice", "operand", "inner sizes", "vectors", "axis", "index out of range")
"""What else a message says of an argument that cannot be: a number that is no axis, a weight for each sample."""


def value_of(text: str) -> Expression | str:
    """What the last name of some code is, or why it is not read."""
    try:
        code = read_code(text, SYMBOLS, LIMITS, CONVENTIONS)
    except FormulaError as error:
        return error.message
    cell = list(code.cells.values())[-1]
    return str(cell.trouble) if cell.part is None else cell.part.expression


def calls_of(name: str) -> list[tuple[str, str]]:
    """How the name is called, in each way that is read: without its closing bracket, and the setting before it."""
    found = [("", f"r = {name}({operands}") for operands in OPERANDS]
    if name in METHODS:
        pairs = [operands.partition(", ") for operands in OPERANDS if operands[0] not in "[("]
        found += [("", f"r = ({first}).{name}({rest}") for first, _, rest in pairs]
        found += [(f"r = {first} + 0\n", f"r.{name}_({rest}") for first, _, rest in pairs if first != "y"]
    return [(before, call) for before, call in found if isinstance(value_of(f"{before}{call})"), Expression)]


def test_most_functions_are_called_in_some_way() -> None:
    """The operands that are tried suit nearly all functions, so that the tests below concern them."""
    tried = share_of(FUNCTIONS, 0.3, "functions")
    uncalled = [name for name in tried if not calls_of(name)]

    assert len(uncalled) <= 0.2 * len(tried), uncalled


@pytest.mark.sampled(0.08)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_keyword_is_left_out(name: str) -> None:
    """With a keyword more, a call gives something else, or the message names the keyword."""
    for (before, call), keyword in product(calls_of(name), KEYWORDS):
        plain, given = f"{before}{call})", f"{before}{call}{'' if call.endswith('(') else ', '}{keyword}=2)"
        have = value_of(given)

        if isinstance(have, str):
            assert any(word in have for word in (keyword, NEW_NAMES.get(keyword, keyword), *GENERAL)), (given, have)
        else:
            assert have is not value_of(plain), given


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_operand_is_left_out(name: str) -> None:
    """With an operand more, a call gives something else, or is refused."""
    for before, call in calls_of(name):
        have = value_of(f"{before}{call}{'' if call.endswith('(') else ', '}0.25)")

        assert isinstance(have, str) or have is not value_of(f"{before}{call})"), call


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("r = sum(Z2, **options)", "**"),
        ("r = Z2.sum(dim=0, axis=0)", "twice"),
        ("r = np.max(Z2, axis=0, initial=9.0)", "initial"),
        ("r = X.astype(int)", "cut off"),
        ("r = np.reshape(Z2, (3, 7), order='F')", "order"),
        ("r = torch.div(Z2, 2, rounding_mode='floor')", "rounding_mode"),
        ("r = np.zeros(3)\nfor i, x in enumerate(Z2, 1):\n    r += x", "enumerate"),
        ("r = np.zeros(3)\nfor i, x in enumerate(Z2, start=1):\n    r += x", "enumerate"),
        ("r = Z2.clone()\nr.scatter_(0, y[:, None], 0.0)", "last axis"),
        ("r = Z2.clone()\nr.scatter_(1, y[:, None], 1.0, reduce='add')", "reduce"),
        ("r = np.dot(Z2, W2, out=A1)", "out"),
        ("r = F.relu(Z2, inplace=True)", "inplace"),
    ],
)
def test_what_would_change_the_numbers_is_refused(text: str, message: str) -> None:
    """An argument that is not read is named, and nothing is graded without it."""
    have = value_of(text)

    assert isinstance(have, str)
    assert message in have


@pytest.mark.parametrize(
    "text",
    [
        "np.sum(Z2, axis=0, dtype=np.float64, out=None, where=True)",
        "(Z2 > 0).astype(int, copy=False) * 2",
        "np.array(W2, copy=True, order='C').reshape((15,), order='C')[0:3]",
        "np.heaviside(Z2, 0.5) + np.heaviside(Z2 - Z2, 0.25)",
        "np.zeros((7, 3), dtype=np.float64) + np.ones(3, dtype=int)",
        "np.einsum('nc,nh->ch', Z2, A1, optimize=True)",
        "np.stack([b2, 2 * b2], axis=1) + np.vstack([b1[0:2], b1[1:3]]).T.sum()",
    ],
)
def test_arguments_that_keep_the_numbers_are_read(text: str, numbers: dict[str, Any]) -> None:
    """What says how numbers are kept leaves them as NumPy has them."""
    have = value_of(f"r = {text}")
    assert isinstance(have, Expression), have
    point = Evaluation({SYMBOLS[label]: value for label, value in numbers.items()}, {})

    np.testing.assert_allclose(point(have), eval(text, {"np": np, **numbers}))  # noqa: S307 (of this file)
