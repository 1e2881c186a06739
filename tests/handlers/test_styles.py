r"""Derivations in the names of a course, or in one's own: Z^{[1]}, \delta^{(2)}, dscores."""

from __future__ import annotations

import re
from typing import Any, get_args

import numpy as np
import pytest

from chainruler import textbook
from chainruler.networks import SpecError
from chainruler.notation.courses import COURSES, Course
from chainruler.schemas.reading import InvalidRequest
from chainruler_client.calls import computing
from tests.handlers.calls import call
from tests.handlers.problems import PROBLEMS

CODE = ("numpy", "einsum")
PROBLEM: dict[str, Any] = {
    "model": {
        "layers": [{"type": "linear", "units": 5}, {"type": "relu"}, {"type": "linear", "units": 3}],
        "layout": "in_out",
    },
    "loss": {"type": "cross_entropy"},
    "regularization": {"l2": 0.1},
    "initialize": {"type": "he_normal", "seed": 1},
    "data": {"x": np.random.default_rng(0).normal(size=(6, 4)).tolist(), "y": [0, 1, 2, 0, 1, 2]},
}
LATEX = {
    "cs231n": r"dW_2 = \frac{\partial J}{\partial W_2} = \mathrm{hidden}^\top\mathrm{dscores} + 2\mathrm{reg} W_2",
    "deeplearning.ai": (
        r"dW^{[2]} = \frac{\partial J}{\partial W^{[2]}} = \left(A^{[1]}\right)^\top dZ^{[2]} + 2\lambda W^{[2]}"
    ),
    "ufldl": (
        r"dW^{(2)} = \frac{\partial J}{\partial W^{(2)}} = \left(a^{(2)}\right)^\top\delta^{(3)} + 2\lambda W^{(2)}"
    ),
    "bishop": (
        r"dw^{(2)} = \frac{\partial J}{\partial w^{(2)}} = \left(z^{(1)}\right)^\top\delta^{(2)} + 2\lambda w^{(2)}"
    ),
}
REFUSED = {
    "a symbol that is not there": ({"Z7": "u"}, "/style/Z7", 'no symbol "Z7"'),
    "one name for two things": ({"Z1": "A1"}, "/style/Z1", 'would be called "A1"'),
    "a name for a function": ({"Z1": "exp"}, "/style/Z1", '"exp" cannot be a name in code'),
    "a word of Python": ({"Z1": "for"}, "/style/Z1", '"for" cannot be a name in code'),
    "no name": ({"Z1": "u v"}, "/style/Z1", '"u v" cannot be a name in code'),
}


def derived(problem: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A problem's derivation."""
    return dict(call("derivation", {**problem, **options}))


@pytest.mark.parametrize("style", LATEX)
def test_a_derivation_is_printed_in_the_names_of_a_course(style: str) -> None:
    """Layers stand where the course has their numbers, and the names of the problem stay beside it."""
    answer, plain = derived(PROBLEM, style=style), derived(PROBLEM)
    line = next(step for step in answer["steps"] if step["symbol"] == "dW2")

    assert line.pop("written")["latex"] == LATEX[style]
    assert line == next(step for step in plain["steps"] if step["symbol"] == "dW2")


@pytest.mark.sampled(0.1)
@pytest.mark.parametrize("hand", CODE)
@pytest.mark.parametrize("style", COURSES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_code_in_other_names_is_the_same_code(name: str, style: str, hand: str) -> None:
    """Line by line it is that of the problem's own names, each in the place of another, and nothing else is changed."""
    answer, plain = derived(PROBLEMS[name], style=style, hand=hand), derived(PROBLEMS[name], hand=hand)
    called = {label: name for name, label in answer["names"].items()}

    for line, own in zip(answer["steps"], plain["steps"], strict=True):
        assert line["written"]["text"] == renamed(own["written"]["text"], called)


def renamed(text: str, called: dict[str, str]) -> str:
    """Code with other names."""
    return re.sub(r"(?<![\w'.])[A-Za-z_]\w*", lambda found: called.get(found[0], found[0]), text)


def test_names_of_ones_own() -> None:
    """The gradient by what has a name is called by it; `names` says what is what."""
    answer = derived(PROBLEM, style={"Z1": "u", "A1": "alpha", "dZ2": "delta"})
    texts = {step["symbol"]: step["written"]["text"] for step in answer["steps"]}

    assert texts["dZ1"] == "du = dalpha * (u > 0)"
    assert texts["dW2"].startswith("dW2 = alpha.T @ delta")
    assert answer["names"] == {"u": "Z1", "du": "dZ1", "alpha": "A1", "dalpha": "dA1", "delta": "dZ2"}


@pytest.mark.parametrize("name", textbook.names())
def test_no_two_things_of_a_textbook_have_one_name(name: str) -> None:
    """In any style."""
    for style in COURSES:
        names = derived(textbook.problem(name), style=style)["names"]

        assert all(new != own for new, own in names.items())


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_style_is_refused(case: str) -> None:
    """At its place, before anything is printed."""
    style, place, words = REFUSED[case]
    with pytest.raises(SpecError) as refused:
        derived(PROBLEM, style=style)

    assert refused.value.pointer == place
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("nielsen", 'style must be "cs231n", "deeplearning.ai", "ufldl" or "bishop".'),
        (3, "style must be the name of a course, or an object with a name for each name."),
        ({"Z1": 3}, "style.Z1 must be a string, not a whole number."),
    ],
)
def test_what_is_neither_a_course_nor_names_is_refused(style: Any, message: str) -> None:
    """In words about the one that it is."""
    with pytest.raises(InvalidRequest) as refused:
        derived(PROBLEM, style=style)

    assert str(refused.value) == message


def test_every_course_that_can_be_asked_for_has_names() -> None:
    """The service's words and the client's are those of the table."""
    assert set(get_args(Course)) == set(COURSES) == set(get_args(computing.Course))
