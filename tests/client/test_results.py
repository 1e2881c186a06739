"""How results look, and what they are as plain values."""

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from chainruler import textbook
from chainruler_client import Client
from chainruler_client.results import Gradients, Line, Listed, Ready
from tests.client.asking import ask
from tests.handlers.calls import GOOD, two_layers

GRADIENTS = Client.local().gradients(textbook.problem("two_two_two"))


class Cells(HTMLParser):
    """The tags and the texts of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_result_shows_shapes_and_not_numbers() -> None:
    """One line, whatever the size of the arrays."""
    assert repr(GRADIENTS) == (
        "Gradients(loss=0.2983711087600027, data_loss=0.2983711087600027, penalty=0.0, "
        "gradients={W1: <float64 (2, 2)>, b1: <float64 (2,)>, W2: <float64 (2, 2)>, b2: <float64 (2,)>}, "
        "layout='out_in', dtype='float64')"
    )


def test_a_large_result_is_short_to_look_at() -> None:
    """Neither many arrays nor many lines nor long formulas make it long."""
    layers = [{"type": "linear", "units": 3}] * 60
    problem = {"model": {"layers": layers}, "initialize": {"type": "he_normal"}, "loss": {"type": "squared_error"}}
    deep = Client.local().gradients(problem, data={"x": np.ones((2, 3)), "y": np.ones((2, 3))})

    assert len(deep.gradients) == 120
    assert len(repr(deep)) < 1000
    assert "… 108 more" in repr(deep)
    assert len(repr(Client.local().derivation(GOOD["derivation"]))) < 2000


def test_a_notebook_shows_a_plain_table() -> None:
    """A row for each member and each array of it; nothing but a table, so that any viewer shows it."""
    cells = Cells(GRADIENTS._repr_html_())

    assert set(cells.tags) == {"table", "caption", "tbody", "tr", "th", "td"}
    assert cells.texts[0] == "Gradients"
    assert dict(zip(cells.texts[1::2], cells.texts[2::2], strict=True))["gradients.W1"] == "<float64 (2, 2)>"


@pytest.mark.parametrize("name", GOOD)
def test_every_result_can_be_looked_at(local: Client, name: str) -> None:
    """As text and as a table with a row for each member."""
    result = ask(local, name, GOOD[name])

    cells = Cells(result._repr_html_())
    assert repr(result).startswith(f"{type(result).__name__}(")
    assert [key for key in result.to_dict() if not any(text.startswith(key) for text in cells.texts)] == []


def test_nothing_of_an_answer_is_markup() -> None:
    """What a service answers is shown as text, whoever the service is."""
    evil = "<script>alert('1')</script>"
    for result in (
        Ready(status=evil, version="&amp;"),
        Listed(name=evil, title=evil, about=evil),
        Line(evil, [1], evil, evil, evil, evil),
        Gradients(0.0, 0.0, 0.0, {evil: np.ones(2)}, "out_in", "float64"),
    ):
        assert "<script" not in result._repr_html_()
        assert "script" in result._repr_html_() or isinstance(result, Ready)
        assert "script" not in Cells(result._repr_html_()).tags


def test_a_derivation_reads_as_on_paper(local: Client) -> None:
    """`print` gives a line for each step."""
    derivation = local.derivation(textbook.problem("regularized_relu_classifier"))

    lines = str(derivation).splitlines()

    assert len(lines) == len(derivation.steps)
    assert "dZ3 = 1/N * (softmax(Z3) - Y)" in lines
    assert "dW2 = dZ3.T @ A2 + 2 * lam * W2" in lines


def test_a_result_is_a_document_again(local: Client) -> None:
    """`to_dict` has what was answered and nothing else, down to the innermost; it can be sent back."""
    step = local.step(two_layers(optimizer={"type": "adam"})).to_dict()
    check = local.gradcheck(GOOD["gradcheck"]).to_dict()

    assert "drawn" not in step
    assert "request_id" not in step
    again = local.step(
        two_layers(optimizer={"type": "adam"}, **{key: step[key] for key in ("parameters", "optimizer_state")})
    )
    assert again.optimizer_state["step"] == 2
    assert check["parameters"]["b1"]["worst"]["index"] == list(check["parameters"]["b1"]["worst"]["index"])


def test_what_a_newer_service_says_besides_is_left_out() -> None:
    """A member that this client does not know is no reason to fail; one that is missing is."""
    known = {"status": "ready", "version": "9"}

    assert (
        Ready.read({**known, "since": "1999"}) == pytest.approx(Ready.read(known)) or Ready.read(known).version == "9"
    )
    with pytest.raises(TypeError, match="version"):
        Ready.read({"status": "ready"})


def test_a_result_cannot_be_changed_by_accident() -> None:
    """Its members are set once."""
    with pytest.raises(AttributeError):
        GRADIENTS.loss = 0.0  # type: ignore[misc]


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_a_loss_is_a_number_or_one_for_each_sample(local: Client, reduction: str) -> None:
    """A float where it is one number, and an array where there is one a sample."""
    loss = local.gradients(two_layers(loss={"type": "cross_entropy", "reduction": reduction})).loss

    assert isinstance(loss, float if reduction == "mean" else np.ndarray)
    assert np.shape(loss) == (() if reduction == "mean" else (5,))
