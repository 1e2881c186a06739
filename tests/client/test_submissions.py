"""The calls of the grader: answers as a caller has them, and many submissions in a loop."""

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from chainruler.calls.examples import CLASSIFIER, PARAMETERS
from chainruler.calls.table import COMPUTING
from chainruler.handlers.batch import BatchHandler
from chainruler_client import AsyncClient, Client, InvalidRequest, UnreadableAnswer
from chainruler_client.calls import Call
from chainruler_client.results import Batch, BatchLine
from chainruler_client.submissions import TOGETHER, grade_batch
from tests.client.asking import bits

EXAMPLES = {f"{one.name}: {name}": (one.name, document) for one in COMPUTING for name, document in one.examples.items()}
GRADER = {name: row for name, row in EXAMPLES.items() if row[0] in {"grade", "problems", "preview"}}
LOCAL = Client.local()
RIGHT = LOCAL.gradients(CLASSIFIER).gradients
FORGOTTEN = RIGHT["W2"] - 2 * 0.05 * np.array(PARAMETERS["W2"])


def ask(client: Client, name: str, document: dict[str, Any]) -> Any:
    """What the grader's calls answer; their documents are their arguments."""
    return getattr(client, name)(**document)


@pytest.mark.parametrize("example", GRADER)
def test_examples_have_the_same_bits_everywhere(client: Client, example: str) -> None:
    """From a service and in this process, in JSON and in binary."""
    name, document = GRADER[example]
    clients = (LOCAL, client, client.with_options(encoding="json"))
    here, *others = [bits(ask(one, name, document)) for one in clients]
    if name == "problems":  # a token is signed with a key that each process makes up
        for one in (here, *others):
            assert len(one.pop("token")) > 100

    assert others == [here, here]


def test_answers_are_given_as_they_are() -> None:
    """An array is an array, a text is a formula, and what the contract has stays as it is."""
    graded = LOCAL.grade(
        CLASSIFIER,
        {"W2": FORGOTTEN, "b2": RIGHT["b2"].tolist(), "W1": "dZ1.T @ X + 2*lam*W1", "b1": {"array": RIGHT["b1"]}},
    )

    assert {one.answer: one.verdict for one in graded.results} == {
        "W2": "wrong",
        "b2": "correct",
        "W1": "correct",
        "b1": "correct",
    }
    assert graded.results[0].diagnosis[0].code == "missing_regularization"
    assert not graded.correct


def test_a_problem_that_was_issued_is_told_by_its_token() -> None:
    """The problem is one that every call takes; its token stands for it."""
    issued = LOCAL.problems(model={"layers": [{"type": "linear"}]}, loss={"type": "squared_error"}, seed=3)
    right = LOCAL.gradients(issued.problem).gradients

    assert isinstance(issued.problem["data"]["x"], np.ndarray)
    assert LOCAL.grade(issued.token, right).correct
    assert LOCAL.preview(issued.token, "sum(dZ1, axis=0)").gradable


def submissions(count: int) -> Iterator[dict[str, Any]]:
    """Every third is wrong, and every seventh cannot be read."""
    for i in range(count):
        answers = {"b2": RIGHT["b2"] if i % 3 else -RIGHT["b2"]}
        yield {"id": f"s{i}", "answers": answers if i % 7 else {}}


def test_a_batch_comes_back_in_order(client: Client) -> None:
    """However many there are, one for each, by number and id; what is wrong with one is told there."""
    count = 2 * TOGETHER + 20
    lines = list(client.grade_batch(submissions(count), defaults={"problem": CLASSIFIER}))

    assert [line.line for line in lines] == list(range(1, count + 1))
    assert all(line.id == f"s{i}" for i, line in enumerate(lines) if i % 7)
    assert [line.correct for line in lines] == [None if i % 7 == 0 else i % 3 > 0 for i in range(count)]
    assert all("answers must have at least 1 entry" in str(line.error) for i, line in enumerate(lines) if i % 7 == 0)


def test_a_batch_is_the_same_everywhere(client: Client) -> None:
    """From a service, in this process, awaited, in base64; and as each submission graded alone."""

    async def awaited() -> list[Any]:
        async with AsyncClient(client.base_url) as other:
            given = other.grade_batch(submissions(60), defaults={"problem": CLASSIFIER})
            return [bits(line) async for line in given]

    here = [bits(line) for line in LOCAL.grade_batch(submissions(60), defaults={"problem": CLASSIFIER})]
    alone = LOCAL.grade(CLASSIFIER, {"b2": -RIGHT["b2"]})

    assert [bits(line) for line in client.grade_batch(submissions(60), defaults={"problem": CLASSIFIER})] == here
    in_base64 = client.with_options(encoding="base64")
    assert [bits(line) for line in in_base64.grade_batch(submissions(60), defaults={"problem": CLASSIFIER})] == here
    assert asyncio.run(awaited()) == here
    assert here[3]["results"] == bits(alone)["results"]


def test_what_nobody_foresaw_is_told_in_its_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also in this process, where the line says what it was."""
    real = BatchHandler.__call__
    monkeypatch.setattr(BatchHandler, "__call__", lambda self, of: 1 / 0 if of.get("id") == "s2" else real(self, of))

    told = list(LOCAL.grade_batch(submissions(4), defaults={"problem": CLASSIFIER}))

    assert [line.line for line in told] == [1, 2, 3, 4]
    assert told[2].error is not None
    assert told[2].error["status"] == 500
    assert "ZeroDivisionError" in told[2].error["detail"]
    assert [told[1].correct, told[3].correct] == [True, False]
    assert "ZeroDivisionError" in caplog.text


def test_submissions_are_taken_as_they_are_needed() -> None:
    """Reports of the first come before the last are there, so that there may be any number of them."""
    taken = 0

    def endless() -> Iterator[dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield {"problem": CLASSIFIER, "answers": {"b2": RIGHT["b2"]}}

    reports = LOCAL.grade_batch(endless())

    assert [next(reports).correct for _ in range(3)] == [True] * 3
    assert taken == TOGETHER
    assert list(LOCAL.grade_batch([])) == []


def test_a_report_that_is_missing_is_noticed() -> None:
    """Reports are matched by their order, so none of them may be lost on the way."""
    flow = grade_batch([{"answers": {}}, {"answers": {}}])
    assert isinstance(next(flow), Call)

    with pytest.raises(UnreadableAnswer, match="2 submissions were sent, and 1 reports came back"):
        flow.send((Batch(lines=[BatchLine(line=1)]), 0.0))


def test_a_problem_that_cannot_be_is_refused() -> None:
    """As everywhere, in the service's words."""
    with pytest.raises(InvalidRequest, match="loss"):
        LOCAL.grade({key: value for key, value in CLASSIFIER.items() if key != "loss"}, {"b2": RIGHT["b2"]})


@pytest.mark.parametrize(
    ("problem", "rubric", "told"),
    [
        (CLASSIFIER, {"tolerance": {"rtol": 0}}, "rubric.tolerance.rtol must be above 0."),
        ({"token": "a", "loss": {"type": "hinge"}}, {}, "A token stands for the whole problem"),
    ],
    ids=["tolerance", "a token and more"],
)
def test_a_slip_of_the_staff_is_told_in_our_words(problem: Any, rubric: Any, told: str) -> None:
    """None of a library's, and no hint that leads nowhere."""
    with pytest.raises(InvalidRequest, match=told):
        LOCAL.grade(problem, {"b2": RIGHT["b2"]}, rubric=rubric)
