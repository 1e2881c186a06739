"""Course from the command line: the same numbers as steps by hand, watched, drawn and kept."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import orjson
import pytest

from chainruler import textbook
from chainruler.cli.pictures import losses as picture
from chainruler.cli.showing import progress
from chainruler.cli.training import TrainingProgress
from chainruler_client import Client
from chainruler_client.results import Step
from tests.support.service import Service
from tests.support.terminal import on_terminal, piped

NAME = "regularized_relu_classifier"
PROBLEM = textbook.problem(NAME)
SGD = {"type": "sgd", "learning_rate": 0.5}


def test_epochs_over_all_data_are_steps() -> None:
    """After five epochs everything is as after five steps; the losses are those before each, and the last after all."""
    trained = orjson.loads(piped("train", NAME, "--epochs", "5").out)
    stepped = Client.local().step(PROBLEM, optimizer=SGD, steps=5)

    assert trained["losses"] == [*stepped.losses, stepped.loss]
    assert trained["loss"] == stepped.loss
    assert trained["parameters"] == {name: array.tolist() for name, array in stepped.parameters.items()}
    assert (trained["epochs"], trained["steps"], trained["optimizer_state"]["step"]) == (5, 5, 5)


@pytest.mark.parametrize("seed", [None, 3])
def test_batches_are_rows_in_order_or_shuffled(seed: int | None) -> None:
    """Twelve samples in batches of five are three steps, of which the last has two samples; losses are their means."""
    shuffled = [] if seed is None else ["--shuffle", str(seed)]
    trained = orjson.loads(piped("train", NAME, "--epochs", "2", "--batch-size", "5", *shuffled).out)
    rng = np.random.default_rng(seed)
    x, y = (np.array(PROBLEM["data"][name]) for name in "xy")
    client, state, parameters, losses = Client.local(), None, PROBLEM["parameters"], []
    for _ in range(2):
        order = np.arange(12) if seed is None else rng.permutation(12)
        for rows in (order[:5], order[5:10], order[10:]):
            data = {"x": x[rows], "y": y[rows]}
            done = client.step(PROBLEM, parameters=parameters, data=data, optimizer=SGD, optimizer_state=state)
            parameters, state = done.parameters, done.optimizer_state
            losses.append(done.losses[0])

    assert trained["steps"] == 6
    np.testing.assert_allclose(trained["losses"], np.reshape(losses, (2, 3)).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(trained["parameters"]["W1"], parameters["W1"], rtol=1e-12)


def test_a_service_trains_the_same(service: Service) -> None:
    """In batches too, byte for byte."""
    arguments = ["train", NAME, "--epochs", "3", "--batch-size", "4", "--shuffle", "1"]

    assert piped(*arguments, "--url", service.url) == piped(*arguments)


def test_what_is_trained_can_be_trained_on(tmp_path: Path) -> None:
    """Saved after two epochs with Adam and trained for three more, it is as after five; other suffixes have arrays."""
    adam = ["--optimizer", "adam", "--learning-rate", "0.01"]
    saved, arrays = tmp_path / "saved.json", tmp_path / "saved.npz"
    piped("train", NAME, "--epochs", "2", *adam, "--save", saved)
    piped("train", NAME, "--epochs", "5", *adam, "--save", arrays)

    again = orjson.loads(piped("train", saved, "--epochs", "3").out)
    whole = orjson.loads(piped("train", NAME, "--epochs", "5", *adam).out)

    assert again["parameters"] == whole["parameters"]
    assert again["optimizer_state"] == whole["optimizer_state"]
    assert {name: array.tolist() for name, array in np.load(arrays).items()} == whole["parameters"]
    assert orjson.loads(piped("grad", NAME, "--arrays", arrays).out)["loss"] == whole["loss"]


def test_running_statistics_are_kept(tmp_path: Path) -> None:
    """A batch_norm's statistics go into the saved problem, from where the next training takes them on."""
    problem = {
        "model": {"layers": [{"type": "linear", "units": 3}, {"type": "batch_norm"}, {"type": "linear", "units": 2}]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "he_normal", "seed": 0},
        "data": {"x": np.random.default_rng(0).normal(size=(8, 4)).tolist(), "y": [0, 1] * 4},
        "optimizer": SGD,
    }
    file, saved = tmp_path / "problem.json", tmp_path / "saved.json"
    file.write_bytes(orjson.dumps(problem))
    first = piped("train", file, "--epochs", "2", "--save", saved)
    piped("train", saved, "--epochs", "1", "--save", saved)
    twice = orjson.loads(saved.read_bytes())
    piped("train", file, "--epochs", "3", "--save", saved)

    assert first.code == 0
    assert twice == orjson.loads(saved.read_bytes())
    assert twice["statistics"].keys() == {"running_mean2", "running_var2"}
    assert "initialize" not in twice


def test_a_person_sees_a_bar_with_the_loss() -> None:
    """On a terminal the bar is there while it lasts, and then makes room for the result."""
    seen = on_terminal("train", NAME, "--epochs", "40")
    text = seen.text.replace("\r", "\n")

    assert "━" in text
    assert "epoch 0 of 40" in text
    assert re.search(r"epoch \d+ of 40 +loss \d\.\d+", text)
    assert "last loss" in text.rpartition("epoch 40 of 40")[2]


def test_a_program_reads_a_line_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 30 turns of a second each, two lines tell; nothing goes to stdout."""
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    step = Step(0.25, np.array([0.5]), {}, {}, 1, "out_in", "float64")

    epochs = [course.epoch for course in progress.watched(TrainingProgress(1).over([step] * 30), 30)]

    captured = capsys.readouterr()
    assert epochs == list(range(1, 31))
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "epoch 10 of 30, loss 0.25, 10 s",
        "epoch 20 of 30, loss 0.25, 20 s",
        "epoch 30 of 30, loss 0.25, 30 s",
    ]


def test_ctrl_c_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after three turns, the result is that of three turns, saved and drawn, and the code is 130."""
    saved, drawn = tmp_path / "saved.json", tmp_path / "loss.svg"

    def interrupted(turns: Iterator[TrainingProgress], epochs: int) -> Iterator[TrainingProgress]:
        for turn, course in enumerate(turns):
            if turn == 3:
                raise KeyboardInterrupt
            yield course

    monkeypatch.setattr("chainruler.cli.commands.train.watched", interrupted)
    monkeypatch.setattr("chainruler_client.training.MOMENT", 0.0)  # a step a turn
    seen = piped("train", NAME, "--epochs", "100", "--save", saved, "--plot", drawn)

    assert seen.code == 130
    assert orjson.loads(seen.out)["epochs"] == 4
    assert orjson.loads(saved.read_bytes())["parameters"] == orjson.loads(seen.out)["parameters"]
    assert drawn.exists()


def test_ctrl_c_before_the_first_step_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to write then."""

    def interrupted(turns: Iterator[TrainingProgress], epochs: int) -> Iterator[TrainingProgress]:
        yield from turns if epochs < 0 else ()
        raise KeyboardInterrupt

    monkeypatch.setattr("chainruler.cli.commands.train.watched", interrupted)

    seen = piped("train", NAME)

    assert (seen.code, seen.out) == (130, "")


def points(svg: str) -> list[tuple[float, float]]:
    """The points of the curve in a picture."""
    root = ET.fromstring(svg)  # noqa: S314 (written a moment ago, by us)
    (curve,) = [line for line in root.iter("{http://www.w3.org/2000/svg}polyline") if "curve" in line.attrib["class"]]
    return [tuple(map(float, pair.split(","))) for pair in curve.attrib["points"].split()]  # type: ignore[misc]


def test_the_curve_has_a_point_for_each_loss(tmp_path: Path) -> None:
    """From left to right, falling where the loss falls, with its last value beside it."""
    drawn = tmp_path / "loss.svg"
    losses = orjson.loads(piped("train", NAME, "--epochs", "20", "--plot", drawn).out)["losses"]
    curve = points(drawn.read_text())

    assert len(curve) == len(losses) == 21
    assert [x for x, _ in curve] == sorted(x for x, _ in curve)
    assert np.array_equal(np.sign(np.diff([y for _, y in curve])), -np.sign(np.diff(losses)))
    assert f">{losses[-1]:.3g}</text>" in drawn.read_text()
    assert "Loss over 20 epochs" in drawn.read_text()


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5], "linear"),
        ([1.0, 1e-3], "logarithmic"),
        ([1.0, 0.0], "linear"),
        ([3.0], "linear"),
        ([1e-300, 1e300], "linear"),
        ([2.0, 2.0, 2.0], "linear"),
        ([-1.0, -5.0], "linear"),
    ],
)
def test_the_scale_fits_the_losses(losses: list[float], scale: str) -> None:
    """Logarithmic where the loss falls far, linear where it cannot be; every point is inside the picture."""
    svg = picture.curve(losses, "Loss")

    assert ("logarithmic" in svg) is (scale == "logarithmic")
    assert all(0 < x < picture.WIDTH and 0 < y < picture.HEIGHT for x, y in points(svg))


def test_a_long_curve_is_thinned() -> None:
    """A million losses are a thousand points, the last among them."""
    curve = points(picture.curve(list(np.linspace(2, 1, 1_000_001)), "Loss"))

    assert 900 <= len(curve) <= 1001
    assert curve[-1][0] == pytest.approx(picture.WIDTH - picture.RIGHT, abs=1)


def test_a_png_needs_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the command says so before it trains; with it, the picture is handed over."""
    monkeypatch.setattr("chainruler.cli.pictures.losses.find_spec", lambda _: None)
    without = piped("train", NAME, "--plot", tmp_path / "loss.png")
    monkeypatch.undo()
    (tmp_path / "cairosvg.py").write_text(
        "from pathlib import Path\n"
        "def svg2png(bytestring, write_to, scale):\n"
        "    Path(write_to).write_bytes(b'PNG of ' + bytestring)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with_one = piped("train", NAME, "--epochs", "1", "--plot", tmp_path / "loss.png")

    assert without.code == 2
    assert "pip install cairosvg, or name it " in without.err
    assert with_one.code == 0
    assert (tmp_path / "loss.png").read_bytes().startswith(b"PNG of <!-- generated by `chainruler train`")


@pytest.mark.parametrize(
    ("losses", "line"),
    [([1.0, 0.0], "█▁"), ([2.0, 2.0], "▁▁"), ([0.0, 1.0, 2.0], "▁▅█"), ([7.0], "▁")],
)
def test_the_course_of_losses_fits_into_a_line(losses: list[float], line: str) -> None:
    """High is high and low is low."""
    assert progress.sparkline(losses) == line


def test_a_long_course_has_forty_signs() -> None:
    """The first and the last loss are among them."""
    line = progress.sparkline(list(np.linspace(1, 0, 1000)))

    assert (len(line), line[0], line[-1]) == (40, "█", "▁")


def test_who_counts_steps_is_told_of_epochs() -> None:
    """As `step` counts them."""
    seen = piped("train", "two_two_two", "--steps", "3")

    assert seen.code == 2
    assert "training counts --epochs" in seen.err
