r"""What a page has beside its mathematics, and other commands: `\pdv{J}{W}`, comments, bullets, `(4 \times m)`."""

from itertools import product

import numpy as np
import pytest

from chainruler.engine import Expression, compiled, label_of
from chainruler.engine.expression import Size
from chainruler.notation import FormulaError
from chainruler.notation.answer import read_answer
from tests.grading.problems import Array
from tests.notation.test_code import ASKED, CONVENTIONS, LIMITS, SYMBOLS

BY = "W_2"
RIGHT = r"\frac{1}{N} (\mathrm{softmax}(Z_2) - Y)^\top A_1 + 2 \lambda W_2"
LEFTS = {
    "partial": r"\pdv{J}{<by>}",
    "starred": r"\pdv*{J}{<by>}",
    "total": r"\dv{J}{<by>}",
    "script": r"\pdv{\mathcal{L}}{<by>}",
    "operator": r"\pdv{<by>} J",
    "long": r"\partialderivative{J}{<by>}",
    "upright d": r"\frac{\dd J}{\dd <by>}",
    "flat": r"\flatfrac{\partial J}{\partial <by>}",
}
NAMES = ["W_2", "W^{(2)}", "W^{[2]}", r"\vb{W}_2", r"\vb*{W}_2", r"\mathbf{W}_2"]
ENTRIES = ["W_{2,ij}", "[W_2]_{ij}", "(W_2)_{ij}", "W^{(2)}_{ij}", r"\qty[W_2]_{ij}"]


DRAW = np.random.default_rng(5).normal
NUMBERS = {
    symbol: DRAW(size=[side if isinstance(side, int) else 7 for side in symbol.shape]) for symbol in SYMBOLS.values()
}
USED = [symbol for symbol in NUMBERS if symbol.kind == "real" and not isinstance(symbol.primitive, Size)]


def read(text: str) -> Expression:
    """What a text means."""
    return read_answer(text, "latex", SYMBOLS, LIMITS, CONVENTIONS, ASKED).expression


def value(text: str) -> Array:
    """What it gives at a point."""
    (found,) = compiled([read(text)], USED)({label_of(symbol): NUMBERS[symbol] for symbol in USED})
    return np.asarray(found)


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize(("left", "name"), list(product(LEFTS, NAMES)))
def test_derivatives_of_the_physics_package_are_left_sides(left: str, name: str) -> None:
    """Each command with each way to write what it is by."""
    assert read(LEFTS[left].replace("<by>", name) + f" = {RIGHT}") is read(RIGHT)


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize(("left", "name"), list(product(LEFTS, ENTRIES)))
def test_they_have_letters_too(left: str, name: str) -> None:
    """The entries of a matrix, also with its name in brackets."""
    right = r"\frac1N \sum_n (\hat y_{ni} - Y_{ni}) A_{1,nj} + 2 \lambda W_{2,ij}, \quad \hat y = \mathrm{softmax}(Z_2)"

    plain = read(rf"\frac{{\partial J}}{{\partial W_{{2,ij}}}} = {right}")
    assert read(LEFTS[left].replace("<by>", name) + f" = {right}") is plain


@pytest.mark.parametrize("left", LEFTS)
def test_a_derivative_by_something_else_is_no_left_side(left: str) -> None:
    """A name that is not asked is refused, in any spelling."""
    with pytest.raises(FormulaError):
        read(LEFTS[left].replace("<by>", "b_2") + f" = {RIGHT}")


SAME = {
    "sized brackets": (r"\tanh\qty(Z_1 + 1)", r"\tanh(Z_1 + 1)"),
    "square ones": (r"2 \qty[Z_1 + A_1] W_2^T", r"2 [Z_1 + A_1] W_2^T"),
    "braces": (r"2 \qty{Z_1 + A_1}", r"2 (Z_1 + A_1)"),
    "large ones": (r"2 \qty\Big(Z_1 + A_1)", r"2 (Z_1 + A_1)"),
    "a norm": (r"Z_1 / \norm{W_2}^2", r"Z_1 / \|W_2\|^2"),
    "a norm with its name": (r"Z_1 / \norm{W_2^{T}}_F", r"Z_1 / \|W_2^T\|_F"),
    "a size": (r"\abs{Z_1 - \frac{A_1}{2}}", r"|Z_1 - \frac{A_1}{2}|"),
    "bold": (r"\vb{Z}_1 \bm{W}_2^T", r"Z_1 W_2^T"),
    "a comment": ("Z_1 % these are the scores, 2 = of them\n+ A_1", "Z_1 + A_1"),
    "a sum along rows": (r"\frac1N np.sum(Z_1, axis=0, keepdims=False)", r"\frac1N \sum_n Z_{1,n}"),
    "with spaces": (r"\frac1N \sum_n Z_{1,n}", r"\frac1N sum(Z_1, axis = 0)"),
    "of a tensor": (r"\text{sum}(Z_1, dim=0)", r"\text{sum}(Z_1, axis=0)"),
    "bullets": ("- $r = 2 Z_1$\n- $g = r + A_1$", "2 Z_1 + A_1"),
    "numbers": ("1. $r = 2 Z_1$\n2. $g = r + A_1$", "2 Z_1 + A_1"),
    "letters": ("(a) $r = 2 Z_1$\n(b) $g = r + A_1$", "2 Z_1 + A_1"),
    "a dimension": (
        r"\begin{align} r &= 2 Z_1 && (N \times 5) \\ g &= r + A_1 && (N \times H) \end{align}",
        "2 Z_1 + A_1",
    ),
    "one behind": (r"$g = 2 Z_1 \quad (m \times n^{[1]})$", "2 Z_1"),
    "an exponent t": (r"f(t) = \frac{1}{1 + e^{-t}} + e^t, \quad g = f(Z_1)", r"\frac{1}{1 + e^{-Z_1}} + e^{Z_1}"),
    "a left side in words": (r"As r $= 2 Z_1$, we get scores $= A_1$ and $g = \text{scores} + Z_1$.", "A_1 + Z_1"),
}


@pytest.mark.parametrize("name", SAME)
def test_another_spelling_is_the_same_formula(name: str) -> None:
    """With the commands, remarks and bullets of a page, and without."""
    written, plain = SAME[name]

    np.testing.assert_allclose(value(written), value(plain), rtol=1e-12)


@pytest.mark.parametrize("sign", [r"\text{ and }", r"\land", r"\wedge", r"\mbox{and}"])
def test_conditions_may_be_joined(sign: str) -> None:
    """Both have to hold: their zeros and ones are multiplied."""
    both = value(rf"\begin{{cases}} Z_1 & Z_1 > 0 {sign} A_1 < 1 \\ 0 & \text{{otherwise}} \end{{cases}}")
    joined = value(rf"Z_1 \odot \mathbb{{1}}\{{Z_1 > 0 {sign} A_1 < 1\}}")

    z, a = NUMBERS[SYMBOLS["Z1"]], NUMBERS[SYMBOLS["A1"]]
    np.testing.assert_array_equal(both, z * (z > 0) * (a < 1))
    np.testing.assert_array_equal(joined, both)


@pytest.mark.parametrize("text", [r"Z_1 (2 \times 3)", r"\quad (2 \times 3) Z_1"])
def test_a_product_of_numbers_is_a_factor(text: str) -> None:
    """It is no dimension where it does not stand behind everything, in a column of its own."""
    np.testing.assert_array_equal(value(text), 6 * NUMBERS[SYMBOLS["Z1"]])
