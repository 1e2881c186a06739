"""A whole piece of work as one text: each result that is named as a gradient is an answer."""

from __future__ import annotations

from typing import Any

import pytest

from chainruler.handlers.grading import grade
from chainruler.schemas.grading import GradeRequest
from chainruler.schemas.reading import read_request
from tests.grading.problems import CONTEXT, Classifier, codes

k = Classifier()
FUNCTION = '''
def backward(X, y, cache):
    """Gradients of the classifier."""
    probs = softmax(cache["Z2"])
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = dscores.T.dot(A1) + 2*lam*W2
    grads["b2"] = dscores.sum(0)
    dh = dscores @ W2
    dh[A1 <= 0] = 0
    grads["W1"] = dh.T @ X + lam*W1
    grads["b1"] = dh.sum(0)
    return grads
'''
PAGE = r"""\begin{align}
\frac{\partial J}{\partial Z_2} &= \frac1N(\mathrm{softmax}(Z_2) - Y) \\
\frac{\partial J}{\partial W_2} &= \left(\frac{\partial J}{\partial Z_2}\right)^\top A_1 + 2\lambda W_2
\end{align}"""


def graded(work: str, **members: Any) -> dict[str, dict[str, Any]]:
    """The results by answer."""
    document = grade(read_request(GradeRequest, {"problem": k.problem, "answers": work, **members}), CONTEXT)
    return {result["answer"]: result for result in document["results"]}


def test_each_result_of_a_function_is_an_answer() -> None:
    """And each is judged as if it had been submitted by itself."""
    results = graded(FUNCTION)

    assert {name: one["verdict"] for name, one in results.items()} == {
        "W2": "correct", "b2": "correct", "W1": "wrong", "b1": "correct",
    }  # fmt: skip
    assert codes(results["W1"]) == ["wrong_regularization_scale"]
    assert {one["syntax"] for one in results.values()} == {"numpy"}


def test_each_equation_of_a_page_is_an_answer() -> None:
    """Gradients by lines among them."""
    results = graded(PAGE)

    assert {name: one["verdict"] for name, one in results.items()} == {"Z2": "correct", "W2": "correct"}
    assert {one["syntax"] for one in results.values()} == {"latex"}


def test_what_is_asked_and_not_there_is_missing() -> None:
    """The rubric says what is asked; what else is there counts nothing."""
    results = graded(FUNCTION, rubric={"points": {"W2": 2, "Z2": 3}})

    assert (results["W2"]["score"], results["Z2"]["score"], results["b1"]["max_score"]) == (2, 0, 0)


@pytest.mark.parametrize("work", ["what is this", "dW2 = = 3", "h = 3", "", r"\begin{align} \end{align}"])
def test_work_in_which_nothing_is_named_is_not_graded(work: str) -> None:
    """Each answer that is asked for has the reason, and nothing is a fault of the request."""
    results = graded(work)

    assert set(results) == {"W1", "b1", "W2", "b2"}
    assert {one["verdict"] for one in results.values()} == {"not_gradable"}
