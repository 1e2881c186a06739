"""A text in LaTeX before it is taken apart: it stays as long as it was, and is looked through in linear time."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainruler.notation.latex_text import in_plain_latex

PIECES = ["$", "$$", r"\[", r"\]", r"\(", " where ", " for ", "p(y = k | x)", r"_{\mu}", "= ", r"\neq", "{", "}", "a"]
PIECES += [
    ", ",
    "\n",
    "np.sum",
    "and ",
    r"\boxed{",
    r"\underbrace{",
    r"\text{ (a) }",
    r"\in \mathbb R^n",
    r"\quad (",
    ") ",
]
PIECES += ["% a", "- $", r"\norm{", r"\qty(", r"\pdv{J}", "&& (4 \\times m)", "^{x,2}", r"\sum_x", r"\vb*{"]
PIECES += [r"\forall i", r", i = 1, \dots, N", ", r = a", r"\text{true class}", " if ", " else "]
REPEATED = [" ", r"\[", r"\(", "$$ a ", "$a = b$ and ", " where", "p ", "p( ", "_{", r"\begin{equation}", r"x_\mu "]
REPEATED += ["% ", "- $", r"\norm{", "&& ", r"\quad (4 \times ", "^{x,2}", "\n - ", "a $= b$ "]
REPEATED += [
    ", ",
    r"\quad ",
    r"\text{ a }",
    r"\in ",
    r"\forall ",
    r"\boxed{",
    " if ",
    " else ",
    ", a = b",
    r"(\text{a}",
    r"\{",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_places_stay(text: str) -> None:
    """Whatever is left out or written otherwise, everything behind it stands where it stood."""
    assert len(in_plain_latex(text)) == len(text)


@pytest.mark.sampled(0.4)
@pytest.mark.parametrize("piece", REPEATED)
def test_the_time_grows_with_the_text(piece: str) -> None:
    """Ten times as long a text takes about ten times as long; with the square of it, it would be a hundred times."""
    seconds = []
    for size in (2_000, 20_000):
        text = "a = b" + piece * (size // len(piece))
        begin = process_time()
        in_plain_latex(text)
        seconds.append(process_time() - begin)

    assert seconds[1] < 30 * seconds[0] + 0.1
