"""Long formulas: what is written from the inside out is not copied at every step."""

import gc
from collections.abc import Callable
from time import process_time

import pytest

from chainruler.engine import Expression, ExpressionError, sin, variable
from chainruler.notation import to_latex, to_mathml, to_numpy
from chainruler.notation.text import SHORT, Text, joined

x = variable("x", (3,))


def nested(depth: int) -> Expression:
    """The sine of a sine of a sine, so deep."""
    node = x
    for _ in range(depth):
        node = sin(node)
    return node


@pytest.mark.parametrize("write", [to_numpy, to_latex, to_mathml])
def test_the_time_to_write_grows_with_the_text(write: Callable[[Expression], str]) -> None:
    """Four times as deep, a formula takes about four times as long, and not sixteen times.

    Looking for garbage among all that other tests left is no part of it.
    """

    def seconds(node: Expression) -> float:
        gc.disable()
        begin = process_time()
        write(node)
        spent = process_time() - begin
        gc.enable()
        return spent

    short, long = nested(2_500), nested(10_000)
    in_turns = [(seconds(short), seconds(long)) for _ in range(3)]

    assert min(long for _, long in in_turns) < 8 * min(short for short, _ in in_turns)


def test_what_nobody_could_read_is_not_written() -> None:
    """A text that doubles with every step is refused before it fills the memory."""
    node = x
    for _ in range(60):
        node = sin(node) + node

    with pytest.raises(ExpressionError, match="longer than 1,000,000 characters: name its parts"):
        to_latex(node)


def test_a_text_is_its_parts_and_knows_its_ends() -> None:
    """Short or long, it has its length, its characters, and what it begins and ends with."""
    brief, long = Text("a", "", Text("bc")), Text("", "begin ", "x" * SHORT, Text("y", " end"))

    assert (str(brief), len(brief), brief.short, brief.start, brief.end) == ("abc", 3, "abc", "abc", "abc")
    assert (str(long), len(long), long.short) == (f"begin {'x' * SHORT}y end", SHORT + 11, "")
    assert (long.start, long.end) == ("begin ", "y end")
    assert (str(Text()), Text().short, len(Text())) == ("", "", 0)
    assert str(joined(", ", ["1", Text("2"), "3"])) == "1, 2, 3"


def test_what_is_made_of_something_tall_is_tall() -> None:
    """A fraction makes all around it higher than a line."""
    tall = Text("a", tall=True)

    assert Text("b", Text(tall, "c")).tall
    assert not Text("b", Text("c")).tall
