"""The report: what it says at each level of hints and of revealing, and what it never says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.grading.mistakes import Mistake
from chainruler.networks import SpecError
from chainruler.schemas.grading import GradeAnswer
from tests.grading.problems import LAM, Classifier, N, codes, report
from tests.handlers.calls import looked_up
from tests.support.sampling import examples

k = Classifier()
right = k.backward()
no_mean = k.backward(k.P - k.Y)


def one(answers: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The result of a single answer."""
    (result,) = report(k.problem, answers, **options)["results"]
    return dict(result)


def test_a_report_is_what_the_schema_says() -> None:
    """Right, wrong, transposed, unreadable and missing answers, at every level, have the members of the contract."""
    answers = {"W1": right["W1"], "W2": no_mean["W2"], "b1": right["b1"][:, None], "b2": {"formula": "sum("}}
    asked = {"W1": 1, "W2": 1, "b1": 1, "b2": 1, "x": 2}
    for reveal in ("score", "diagnosis", "index", "values"):
        for hints in (1, 2, 3):
            told = report(k.problem, answers, rubric={"points": asked}, reveal=reveal, hints=hints)
            GradeAnswer.model_validate(told)
            verdicts = [result["verdict"] for result in told["results"]]
            assert verdicts == ["correct", "wrong", "correct_up_to_convention", "not_gradable", "not_gradable"]
            assert not told["gradable"]
            assert not told["correct"]
            assert told["max_score"] == 6


def test_points_and_credit_are_the_staffs() -> None:
    """Points weigh answers, credit is what a mistake leaves of them, and the fraction is of all points."""
    told = report(
        k.problem, no_mean, rubric={"points": {"W2": 4, "b2": 2, "W1": 1, "b1": 1}, "credit": {"missing_mean": 0.25}}
    )

    assert [result["score"] for result in told["results"]] == [1.0, 0.5, 0.25, 0.25]
    assert told["fraction"] == 0.25


def test_two_mistakes_leave_less_than_one() -> None:
    """Credits multiply."""
    both = report(k.problem, {"W2": -(right["W2"] - 2 * LAM * k.W2)})["results"][0]

    assert set(codes(both)) == {"wrong_sign", "missing_regularization"}
    assert both["score"] == pytest.approx(0.5 * 0.75)


def test_a_mistake_that_costs_nothing_is_a_convention() -> None:
    """Who takes the sum for as good as the mean gives all points, and the verdict says why."""
    told = report(k.problem, no_mean, rubric={"credit": {"missing_mean": 1}})

    assert {result["verdict"] for result in told["results"]} == {"correct_up_to_convention"}
    assert told["fraction"] == 1
    assert not told["correct"]


@pytest.mark.parametrize(
    ("answer", "array", "code"),
    [("W2", right["W2"].T, "transposed"), ("b2", right["b2"][:, None], "column_for_vector")],
    ids=["the other layout", "a column"],
)
def test_another_layout_is_right_up_to_convention(answer: str, array: np.ndarray, code: str) -> None:
    """Right numbers in another shape are no mistake in the mathematics."""
    result = one({answer: array})

    assert result["verdict"] == "correct_up_to_convention"
    assert codes(result) == [code]
    assert result["score"] == 0.75


def test_a_right_step_after_a_wrong_one_is_credited() -> None:
    """Z2 is wrong, and what follows from it is right: it costs once, and where the error starts is named."""
    signal = k.P - k.Y
    answers = {"Z2": signal, "b2": signal.sum(axis=0), "W2": signal.T @ k.A1 + 2 * LAM * k.W2}

    told = report(k.problem, answers)
    z, b, w = told["results"]

    assert codes(z) == ["missing_mean"]
    assert [b["score"], w["score"]] == [1, 1]
    assert b["verdict"] == w["verdict"] == "wrong"
    assert "follows from Z2" in b["message"]
    strict = report(k.problem, answers, rubric={"follow_through": False})["results"]
    assert [codes(result) for result in strict] == [["missing_mean"]] * 3
    assert strict[1]["score"] == 0.75


def test_a_wrong_step_from_a_wrong_one_is_its_own() -> None:
    """From a wrong Z2, the bias is doubled as well: each is told where it is made."""
    signal = k.P - k.Y
    z, b = report(k.problem, {"Z2": signal, "b2": 2 * signal.sum(axis=0)})["results"]

    assert codes(z) == ["missing_mean"]
    assert codes(b) == ["extra_factor"]


def test_hints_say_more_from_level_to_level() -> None:
    """A question, the step, the right line; at the first level nothing tells where."""
    first, second, third = (one({"W2": {"formula": "dZ2.T @ Z1 + 2*lam*W2"}}, hints=level) for level in (1, 2, 3))

    assert first["message"] == "Wrong."
    assert first["hint"].endswith("?")
    assert first["diagnosis"][0]["where"] is None
    assert first["repair"] is None
    assert second["hint"] == "dW2 uses the wrong array."
    assert second["diagnosis"][0]["where"]["numpy"] == "Z1"
    assert "dW2 = dZ2.T @ A1 + 2 * lam * W2" in third["hint"]
    assert "A1" not in second["hint"] + second["message"]


def test_only_the_score_is_told_if_no_more_may_be() -> None:
    """With `reveal: score` a wrong answer is wrong, and that is all."""
    result = one({"W2": no_mean["W2"]}, reveal="score")

    assert (result["message"], result["hint"], result["error_band"]) == ("Wrong.", None, None)
    assert result["diagnosis"] == []


def test_staff_may_see_where_and_what() -> None:
    """`index` tells the first wrong entry, `values` the right ones as well."""
    bent = right["W2"].copy()
    bent[1, 3:] += 5

    assert one({"W2": bent}, reveal="index")["worst_index"] == [1, 3]
    np.testing.assert_array_almost_equal(one({"W2": bent}, reveal="values")["expected"], right["W2"])
    assert "expected" not in one({"W2": bent}, reveal="index")


@settings(max_examples=examples(40))
@given(st.sampled_from(["W1", "b1", "W2", "b2"]), st.integers(0, 2**16), st.sampled_from([1, 2, 3]), st.booleans())
def test_a_wrong_answer_is_never_told_the_right_numbers(answer: str, seed: int, hints: int, index: bool) -> None:
    """No number of the right gradient stands in the report of a wrong one, to three digits, unless it was submitted."""
    random = np.random.default_rng(seed)
    wrong = right[answer] * random.uniform(1.5, 3, right[answer].shape)
    text = orjson.dumps(
        one({answer: wrong}, hints=hints, reveal="index" if index else "diagnosis"), option=orjson.OPT_SERIALIZE_NUMPY
    ).decode()

    shown = [f"{abs(number):.3g}" for number in right[answer].ravel()]
    assert not [number for number in shown if len(number) > 4 and number in text]


def test_no_distance_is_told() -> None:
    """Wrong by 1e-4 reads like wrong by half, so that nobody can climb towards an answer."""
    near, far = ({**one({"b2": right["b2"] * factor}), "score": None} for factor in (1.0001, 1.0009))

    assert near == far
    assert near["error_band"] is None


def test_mistakes_of_the_staffs_own() -> None:
    """A formula of theirs, met by an array or by any way to write it, gets their words and their credit."""
    own = {"answer": "b2", "formula": "sum(dZ2 * dZ2, axis=0)", "feedback": "Not squared!", "credit": 0.4, "code": "sq"}
    squared = (((k.P - k.Y) / N) ** 2).sum(axis=0)

    for answer in (squared, {"formula": "sum(dZ2**2, axis=0)"}):
        result = one({"b2": answer}, rubric={"mistakes": [own]})
        assert codes(result) == ["sq"]
        assert (result["message"], result["score"]) == ("Not squared!", 0.4)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "points for nothing": ({"rubric": {"points": {"W9": 1}}}, "unknown_name", "/rubric/points/W9"),
    "credit for nothing": ({"rubric": {"credit": {"mising_mean": 1}}}, "unknown_name", "/rubric/credit/mising_mean"),
    "a formula of the staff that cannot be read": (
        {"rubric": {"mistakes": [{"answer": "W2", "formula": "dZ2 @", "feedback": ""}]}},
        "invalid_formula",
        "/rubric/mistakes/0/formula",
    ),
    "a mistake in nothing": (
        {"rubric": {"mistakes": [{"answer": "W9", "formula": "dZ2", "feedback": ""}]}},
        "unknown_name",
        "/rubric/mistakes/0/answer",
    ),
    "a token of somebody else": ({"problem": {"token": "cr1.abc.def"}}, "invalid_token", "/problem/token"),
    "a problem that cannot be": (
        {"problem": {**k.problem, "model": {"layers": [{"type": "lineer"}]}}},
        "unknown_type",
        "/problem/model/layers/0/type",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_with_a_request_is_told_with_its_place(name: str) -> None:
    """A mistake of whoever asks is no mistake of whoever answers."""
    change, code, where = REFUSED[name]
    request: dict[str, Any] = {"problem": k.problem, "answers": {"W2": {"text": "1"}}}
    request.update(change)

    with pytest.raises(SpecError) as caught:
        report(request.pop("problem"), request.pop("answers"), **request)

    assert (caught.value.code, caught.value.pointer) == (code, where)


def test_every_mistake_has_its_words() -> None:
    """A code in snake case, a question, a step that names the line, an explanation, and a credit below one."""
    for code, mistake in Mistake.registry.items():
        assert code.isidentifier()
        assert code == code.lower()
        assert mistake.question.endswith("?")
        assert mistake.step.endswith(".")
        assert "{line}" in mistake.step
        assert mistake.explanation.endswith(".")
        assert 0 <= mistake.credit < 1


def test_the_catalogue_has_the_hints_of_all_levels() -> None:
    """GET /v1/mistakes tells of each mistake the question, the step and the answer."""
    told = {
        one["code"]: [one[level] for level in ("question", "step", "answer")]
        for one in looked_up("mistakes")["mistakes"]
    }

    assert told == {code: [one.question, one.step, one.answer] for code, one in Mistake.registry.items()}
    assert all(all(hints) for hints in told.values())


DESIGNED = """missing_mean extra_mean wrong_sign wrong_scale transposed missing_regularization
wrong_regularization_scale regularized_bias missing_factor extra_factor missing_term missing_gate wrong_gate
missing_activation_derivative wrong_activation_derivative missing_target bias_times_input not_summed_over_batch
not_summed_over_outputs missing_transpose wrong_operand elementwise_for_matrix_product unnormalised_softmax unknown"""


def test_the_mistakes_of_the_contract_are_there() -> None:
    """Codes are stable: others count with them."""
    assert set(DESIGNED.split()) <= set(Mistake.registry)


def test_the_same_submission_gives_the_same_bytes() -> None:
    """Whatever was graded before, and whether the problem was seen before."""
    answers = {"W2": no_mean["W2"] + 1e-3, "W1": no_mean["W1"], "b1": {"formula": "sum(dZ1 * Z1, axis=0)"}}
    first = json.dumps(report(k.problem, answers))
    report(Classifier(4).problem, answers)

    assert json.dumps(report(k.problem, answers)) == first
