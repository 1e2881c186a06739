"""What the grader makes of a formula's wording: class numbers, derivatives, equation numbers, and what has no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.networks import SpecError
from tests.grading.problems import CONTEXT, Classifier, codes, report

k = Classifier()
RIGHT_W2 = "(softmax(Z2) - Y).T @ A1 / N + 2*lam*W2"


def graded(answer: str, formula: str, **options: Any) -> dict[str, Any]:
    """The result of one formula; LaTeX if it has a backslash or an underscore."""
    syntax = "latex" if set(formula) & set("\\_") and "np." not in formula else "numpy"
    document = report(options.pop("problem", k.problem), {answer: {"formula": formula, "syntax": syntax}}, **options)
    return dict(document["results"][0])


@pytest.mark.parametrize(
    ("answer", "formula"),
    [
        ("Z2", "(softmax(Z2) - y) / N"),
        ("Z2", "(psi(Z2) + -y) / N"),
        ("Z2", r"\frac1N(\operatorname{softmax}(Z_2) - y)"),
        ("W2", r"\frac1N\sum_i(\mathrm{softmax}(z_{2,i})-y_i)a_{1,i}^\top + 2\lambda W_2"),
        ("b2", r"\frac1N\sum_{i=1}^N (\psi(z_{2,i})-y_i)"),
        ("b2", "mean(softmax(Z2) - y, axis=0)"),
        ("loss", r"-\frac1N\sum_i y_i^\top \log\psi(z_{2,i}) + \lambda\|W_1\|_F^2 + \lambda\|W_2\|_F^2"),
    ],
)
def test_class_numbers_in_arithmetic_are_their_one_hot_rows(answer: str, formula: str) -> None:
    """Nobody subtracts a class number from a vector; the message says how it was read."""
    result = graded(answer, formula)

    assert (result["verdict"], result["score"]) == ("correct", 1.0), result["message"]
    assert "y is read as one-hot rows" in result["message"]


@pytest.mark.parametrize("formula", ["dZ2 + 0*Z2[arange(N), y][:, None]", "(psi(Z2) - onehot(y, 3)) / N"])
def test_class_numbers_that_pick_stay_what_they_are(formula: str) -> None:
    """As an index y is the class."""
    result = graded("Z2", formula.replace("dZ2", "(psi(Z2) - Y) / N"))

    assert result["message"] == "Right."


def test_a_reading_of_class_numbers_convicts_only_of_a_known_mistake() -> None:
    """With a mistake that is known it is wrong; with none it is not graded, and the message says how it was read."""
    explained = graded("Z2", "softmax(Z2) - y")
    unexplained = graded("Z2", "softmax(Z2) * exp(Z2) - y * exp(Z2 * Z2)")
    unread = graded("Z2", "softmax(Z2) - y[:, None]")

    assert (explained["verdict"], codes(explained)) == ("wrong", ["missing_mean"])
    assert unexplained["verdict"] == unread["verdict"] == "not_gradable"
    assert "y is read as one-hot rows" in unexplained["message"]
    assert "class numbers" in unread["message"]


def test_names_of_a_rubric_are_honoured_or_refused_aloud() -> None:
    """Y may be what the sheet calls y; a name for nothing, and a name that no formula can have, are errors."""
    result = graded("Z2", "(softmax(Z2) - Y) / N", rubric={"symbols": {"Y": "y"}})

    assert result["verdict"] == "correct"
    assert "y is read as" in result["message"]
    for symbols in ({"T": "targets"}, {"y y": "Y"}, {"Y": "Y"}):
        with pytest.raises(SpecError) as refused:
            graded("Z2", "dZ2", rubric={"symbols": symbols})
        assert refused.value.pointer.startswith("/rubric/symbols/")


OBJECTIVES = ["J", "L", r"\ell", r"\mathcal{L}", r"\mathcal L", "E", "C", r"\mathrm{loss}", r"J(\theta)", r"L_{CE}"]
OTHERS = ["-J", "2J", "J^2", "A_1", "Y", "Z_2", "R", r"W_2 J", r"\log J", ""]


@pytest.mark.parametrize("of", OBJECTIVES)
def test_the_loss_has_many_names_above_the_line(of: str) -> None:
    """All of them mean what is differentiated."""
    assert graded("A1", rf"\frac{{\partial {of}}}{{\partial Z_2}} W_2")["verdict"] == "correct"


@pytest.mark.parametrize("of", OTHERS)
def test_what_stands_above_the_line_is_not_dropped(of: str) -> None:
    """The derivative of anything else has no symbol: it is refused, and never taken for that of the loss."""
    assert graded("A1", rf"\frac{{\partial {of}}}{{\partial Z_2}} W_2")["verdict"] == "not_gradable"


NUMBERS = [
    r"\quad (2)",
    r"\qquad(3a)",
    r"\tag{3}",
    r"\tag*{(*)}",
    r"\label{eq:a}",
    r"\quad\text{(2.1)}",
    r",\quad (4).",
]
NUMBERS += [r"\notag", r"\nonumber", ".", r"\hfill (\star)", r"\qquad \mathrm{(iv)}", r"\tag{1}\label{eq:one}"]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_number_of_an_equation_is_no_part_of_it(number: str) -> None:
    """Nor is the full stop of its sentence."""
    assert graded("A1", rf"dZ_2 W_2 {number}")["verdict"] == "correct"
    assert graded("A1", rf"dZ_2 W_2 2 {number}")["verdict"] == "wrong"


UNDEFINED = [
    "*(W2-W2)/(W2-W2)", " + 0*log(-1)", " + 0*log(-W2**2)", " + 0/(W2-W2)", " + (W2-W2)*log(W2-W2)",
    " + 0*(b2-b2)[:,None]**-1",
    " + 0*sqrt(-1-W2**2)", " + (1/Y-1/Y).T @ A1", " + 0*(Y/Y).T @ A1", " + 0*exp(1000*1000)",
]  # fmt: skip


@pytest.mark.parametrize("nonsense", UNDEFINED)
def test_what_has_no_value_as_it_is_written_is_not_graded(nonsense: str) -> None:
    """Whatever it simplifies to: 0 log(−1) is not 0."""
    assert graded("W2", RIGHT_W2 + nonsense)["verdict"] == "not_gradable"


def test_what_has_no_value_inside_a_sum_is_not_graded() -> None:
    """A piece of a summand is looked at for all samples."""
    right = r"\sum_i dZ_{2,i}"
    nonsense = r"\sum_i (dZ_{2,i} + 0 \log(-Z_{2,i} \odot Z_{2,i}))"

    assert graded("b2", right)["verdict"] == "correct"
    assert graded("b2", nonsense)["verdict"] == "not_gradable"


DEFINED = [
    "*W2/W2",
    " + 0*log(exp(W2))",
    " + where(W2 > 0, log(W2), log(-W2)) - log(abs(W2))",
    " + 0*(1/N)",
    "*(2/2)",
]


@pytest.mark.parametrize("harmless", DEFINED)
def test_what_cancels_and_has_a_value_is_right(harmless: str) -> None:
    """W / W is 1 where no entry is 0, and a choice needs a value only where it is chosen."""
    assert graded("W2", f"({RIGHT_W2}){harmless}")["verdict"] == "correct"


BEYOND = [
    " + W2*maximum(abs(W2)-5, 0)", " + (abs(W2) > 6)", " + (sum(X) > 40) * W2", " + (sum(X**2) < 0.01) * W2",
    " + 1e-13*W2*sum(X**2)**4", " + W2*exp(-1e6*(W2-0.37)**2)", " + where(abs(W2) > 1000, 1, 0)", " + W2*(W2 == 0.37)",
    " - W2 + minimum(maximum(W2, -5), 5)",
]  # fmt: skip


@pytest.mark.parametrize("beyond", BEYOND)
def test_formulas_that_differ_only_at_other_sizes_are_wrong(beyond: str) -> None:
    """Clips, gates and bumps around any number are met: by points of other scales and on the other side of switches."""
    assert graded("W2", RIGHT_W2 + beyond)["verdict"] == "wrong"


GUARDS = [
    "log(maximum(softmax(Z2), 1e-12))",
    "log(softmax(Z2) + 0*N)",
    "log(minimum(maximum(softmax(Z2), 1e-15), 1 - 1e-15))",
]


@pytest.mark.parametrize("guarded", GUARDS)
def test_guards_against_overflow_are_no_mistake(guarded: str) -> None:
    """A number next to 0 or 1 keeps a logarithm from failing, and means nothing else."""
    problem = {key: value for key, value in k.problem.items() if key != "regularization"}

    assert graded("loss", f"-sum(Y * {guarded}) / N", problem=problem)["verdict"] == "correct"


def test_no_formula_can_be_fitted_to_the_points_it_is_compared_at() -> None:
    """They follow from the formula: one that is right at all points of another formula is wrong at its own."""
    from chainruler.grading.judging import Judge, RawAnswer  # noqa: PLC0415 (the inside that an attacker may know)
    from chainruler.grading.rubric import Rubric  # noqa: PLC0415
    from chainruler.handlers.posing import key_to  # noqa: PLC0415
    from chainruler.schemas.requests import ObjectiveRequest  # noqa: PLC0415

    key = key_to(ObjectiveRequest.model_validate(k.problem), CONTEXT).key
    known = Judge(key, Rubric()).judged({"W2": RawAnswer(formula=RIGHT_W2)})[0].formula
    assert known is not None
    x = key.written.context.network.x
    sums = [
        float(point(x).sum()) for point in (key.home, key.points.first, key.probe_point, *known.usual, *known.beyond)
    ]
    rigged = RIGHT_W2 + "".join(f"{' + 1e3*W2*' if not i else '*'}(sum(X) - {s!r})" for i, s in enumerate(sums))

    assert graded("W2", rigged)["verdict"] == "wrong"
    assert graded("W2", rigged) == graded("W2", rigged)


def test_a_posed_target_of_zeros_and_ones_stays_one() -> None:
    """`where(Y == 1, …)` is right where targets are 0 and 1, and not where they are probabilities."""
    y = np.array([[1.0], [0.0], [1.0], [1.0], [0.0], [0.0], [1.0]])
    problem = {
        "model": {"layers": [{"type": "linear", "units": 1}]},
        "loss": {"type": "binary_cross_entropy"},
        "parameters": {"W1": k.W1[:1], "b1": k.b1[:1]},
        "data": {"x": k.X, "y": y},
    }
    formula = "where(Y == 1, sigmoid(Z1) - 1, sigmoid(Z1)) / N"
    soft = {**problem, "data": {"x": k.X, "y": np.abs(y - 0.1)}}

    assert graded("Z1", formula, problem=problem)["message"] == "Right."
    assert graded("Z1", formula, problem=soft)["verdict"] == "wrong"
    assert graded("Z1", "(sigmoid(Z1) - Y) / N", problem=soft)["message"] == "Right."


def test_one_side_of_a_switch_is_not_enough() -> None:
    """A single unit whose gate is open in the posed sample needs its gate, and a wide Huber loss its ends."""
    gate = {
        "model": {"layers": [{"type": "linear", "units": 1}, {"type": "relu"}, {"type": "linear", "units": 1}]},
        "loss": {"type": "squared_error"},
        "parameters": {"W1": [[1.0]], "b1": [0.5], "W2": [[2.0]], "b2": [0.1]},
        "data": {"x": [[0.5]], "y": [[0.3]]},
    }
    huber = {**gate, "loss": {"type": "huber", "delta": 20.0}}

    assert graded("Z1", "dA1", problem=gate)["verdict"] == "wrong"
    assert graded("Z1", "dA1 * (Z1 > 0)", problem=gate)["verdict"] == "correct"
    assert graded("Z2", "(Z2 - Y) / N", problem=huber)["verdict"] == "wrong"
    assert graded("Z2", "minimum(maximum(Z2 - Y, -20), 20) / N", problem=huber)["verdict"] == "correct"


def test_a_product_inside_a_sum_is_one_of_the_sum() -> None:
    """Numbers that stand before the sum leave the rest of its product inside."""
    formula = r"\sum_{i=1}^N (W_2^\top \tfrac1N(\psi(Z_{2,i})-Y_i)) \odot (Z_{1,i}>0)"

    assert graded("b1", formula)["verdict"] == "correct"
    assert graded("b1", formula.replace(r"\tfrac1N", ""))["verdict"] == "wrong"
