"""Training and inference: statistics of a training go into inference, against plain NumPy."""

from typing import Any

import numpy as np
import pytest

from chainruler.handlers.grading import grade
from chainruler.handlers.problems import problems
from chainruler.schemas.grading import GradeRequest, ProblemsRequest
from chainruler.schemas.reading import InvalidRequest, read_request
from tests.handlers.calls import CONTEXT, Document, call, sent
from tests.handlers.problems import close

EPS, MOMENTUM = 1e-3, 0.3
LAYERS = [
    {"type": "linear", "units": 3},
    {"type": "batch_norm", "eps": EPS, "momentum": MOMENTUM},
    {"type": "dropout", "rate": 0.4},
    {"type": "linear", "units": 2},
]
RANDOM = np.random.default_rng(0)
BATCHES = [{"x": RANDOM.normal(1.0, 2.0, (n, 4)).tolist(), "y": [0, 1] * (n // 2)} for n in (6, 4, 8)]
PROBLEM: Document = {
    "model": {"layers": LAYERS, "input": 4},
    "loss": {"type": "cross_entropy"},
    "initialize": {"type": "he_normal", "seed": 3},
}
SGD = {"type": "sgd", "learning_rate": 0.05}


def trained(problem: Document = PROBLEM) -> tuple[Document, list[Document]]:
    """A problem after a step for each batch, and the answers of the steps."""
    state: Document = {}
    answers = []
    for batch in BATCHES:
        answer = sent(call("step", {**problem, "data": batch, "optimizer": SGD, **state}))
        state = {key: answer[key] for key in ("parameters", "statistics", "optimizer_state")}
        problem = {key: part for key, part in problem.items() if key != "initialize"}
        answers.append(answer)
    del state["optimizer_state"]
    return {**problem, **state}, answers


def test_statistics_of_a_training_are_pytorchs() -> None:
    """They are r <- 0.7 r + 0.3 statistic, batch after batch from 0 and 1 on, variances divided by n - 1."""
    _, answers = trained()
    drawn = call("gradients", {**PROBLEM, "data": BATCHES[0]})["parameters"]
    mean, variance = np.zeros(3), np.ones(3)
    for batch, before in zip(BATCHES, [drawn, *(a["parameters"] for a in answers)], strict=False):
        z = np.array(batch["x"]) @ np.array(before["W1"]).T + before["b1"]
        mean = (1 - MOMENTUM) * mean + MOMENTUM * z.sum(axis=0) / len(z)
        variance = (1 - MOMENTUM) * variance + MOMENTUM * ((z - z.mean(axis=0)) ** 2).sum(axis=0) / (len(z) - 1)

    close(answers[-1]["statistics"], {"running_mean2": mean, "running_var2": variance}, 1e-14)
    assert (
        answers[-1]["statistics"] == sent(call("step", {**PROBLEM, "batches": BATCHES, "optimizer": SGD}))["statistics"]
    )


@pytest.mark.parametrize("name", ["forward", "gradients"])
def test_inference_takes_the_statistics_as_they_were_answered(name: str) -> None:
    """Outputs and loss are those of plain NumPy, for one sample as for many; nothing is drawn, and nothing moves on."""
    problem, _ = trained()
    p = {key: np.array(array) for key, array in (problem["parameters"] | problem["statistics"]).items()}
    for count in (1, 5):
        x = RANDOM.normal(size=(count, 4))
        data = {"x": x.tolist(), "y": [1] * count}
        include = {"include": ["outputs"]} if name == "gradients" else {}
        answer = call(name, {**problem, "mode": "inference", "data": data, **include})
        z = (x @ p["W1"].T + p["b1"] - p["running_mean2"]) / np.sqrt(p["running_var2"] + EPS)
        want = (p["gamma2"] * z + p["beta2"]) @ p["W3"].T + p["b3"]

        close(answer["outputs"], want, 1e-13)
        close(answer["loss"], np.mean(np.log(np.exp(want).sum(axis=1)) - want[:, 1]), 1e-13)
        assert not {"drawn", "statistics"} & answer.keys()


def test_statistics_of_a_frozen_layer_come_back_as_they_were() -> None:
    """An answer has all statistics, so that it can be sent on: those of a layer that does not train stay."""
    frozen = {"running_mean1": [1.0, 2.0, 0.5, 0.1], "running_var1": [1.0, 4.0, 2.0, 3.0]}
    layers = [{"type": "batch_norm", "training": False}, *LAYERS]
    problem, answers = trained({**PROBLEM, "model": {"layers": layers, "input": 4}, "statistics": frozen})

    assert answers[-1]["statistics"] | frozen == answers[-1]["statistics"] == problem["statistics"]
    assert answers[-1]["statistics"].keys() - frozen.keys() == {"running_mean3", "running_var3"}


def test_a_step_is_one_of_training() -> None:
    """A step in inference is refused by its member."""
    with pytest.raises(InvalidRequest) as refused:
        call("step", {**PROBLEM, "data": BATCHES[0], "optimizer": SGD, "mode": "inference"})

    assert (refused.value.errors[0].code, refused.value.errors[0].pointer) == ("unknown_value", "/mode")


def verdict(problem: Any, formula: str) -> str:
    """How a formula for the last weights is marked."""
    request = read_request(GradeRequest, {"problem": problem, "answers": {"W3": {"formula": formula}}})
    result: str = grade(request, CONTEXT)["results"][0]["verdict"]
    return result


def test_grading_is_of_the_mode() -> None:
    """In inference the line before the last weights is that of batch_norm; in training it is the dropout's."""
    problem, _ = trained()
    problem["data"] = BATCHES[0]
    calm = {**problem, "mode": "inference"}

    assert verdict(calm, "dZ3.T @ Z2") == "correct"
    assert verdict(problem, "dZ3.T @ Z2") == "wrong"
    assert verdict(problem, "dZ3.T @ D2") == "correct"


def test_a_problem_of_inference_can_be_issued() -> None:
    """Its statistics are drawn with its other numbers, it can be posted as it stands, and its token is graded."""
    described = {key: part for key, part in PROBLEM.items() if key != "initialize"}
    issued = problems(read_request(ProblemsRequest, {**described, "mode": "inference"}), CONTEXT)
    problem = sent(issued["problem"])

    assert problem["mode"] == "inference"
    assert problem["statistics"].keys() == {"running_mean2", "running_var2"}
    assert call("gradients", problem)["loss"] > 0
    assert verdict({"token": issued["token"]}, "dZ3.T @ Z2") == "correct"
