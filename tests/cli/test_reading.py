"""Problems from files, pipes and names, and arrays from binary files, lead to the same numbers."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest
from safetensors.numpy import load_file, save_file

from chainruler import textbook
from chainruler.cli.complaints import Complaint
from chainruler.cli.reading.arrays import Arrays, arrays_of, place, read_arrays, write_arrays
from chainruler_client import Client
from chainruler_client.encoding import encoded
from tests.support.terminal import piped

PROBLEM = textbook.problem("two_two_two")
ARRAYS = {name: np.array(values) for name, values in {**PROBLEM["parameters"], **PROBLEM["data"]}.items()}
SAVERS: dict[str, Callable[[Path, Arrays], None]] = {
    ".npz": lambda path, arrays: np.savez(path, allow_pickle=False, **arrays),
    ".safetensors": lambda path, arrays: save_file(arrays, path),
}


def loss(seen: str) -> float:
    """The loss in an answer."""
    value: float = orjson.loads(seen)["loss"]
    return value


def test_a_problem_comes_from_a_file_a_pipe_or_the_textbook(tmp_path: Path) -> None:
    """Whichever way, it is the same problem; so is a worked system as `textbook show` writes it."""
    file = tmp_path / "problem.json"
    file.write_bytes(orjson.dumps(PROBLEM))
    entry = tmp_path / "entry.json"
    piped("textbook", "show", "two_two_two", "-o", entry)

    expected = piped("grad", "two_two_two").out

    assert loss(expected) == 0.2983711087600027
    assert piped("grad", file).out == expected
    assert piped("grad", "-", stdin=file.read_bytes()).out == expected
    assert piped("grad", entry).out == expected
    assert piped("grad", "-", stdin=entry.read_bytes()).out == expected


def test_a_file_wins_over_a_worked_system_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody has made is meant, rather than what came with the package."""
    monkeypatch.chdir(tmp_path)
    Path("two_two_two").write_bytes(orjson.dumps({**PROBLEM, "loss": {"type": "squared_error"}}))

    assert loss(piped("grad", "two_two_two").out) != 0.2983711087600027


@pytest.mark.parametrize("suffix", SAVERS)
@pytest.mark.parametrize("paths", [False, True], ids=["names", "paths"])
def test_arrays_come_from_binary_files(tmp_path: Path, suffix: str, paths: bool) -> None:
    """By the names of parameters and data, or by paths; they take the place of the document's own."""
    file, problem = tmp_path / f"arrays{suffix}", tmp_path / "problem.json"
    of = {name: "data" if name in {"x", "y"} else "parameters" for name in ARRAYS}
    SAVERS[suffix](file, {f"{of[name]}.{name}" if paths else name: array for name, array in ARRAYS.items()})
    problem.write_bytes(orjson.dumps({"model": PROBLEM["model"], "loss": PROBLEM["loss"], "data": {"x": [[9, 9]]}}))

    assert piped("grad", problem, "--arrays", file).out == piped("grad", "two_two_two").out


def test_several_files_of_arrays_are_taken_in_turn(tmp_path: Path) -> None:
    """One file has parameters, another data, and the last that has an array wins."""
    np.savez(tmp_path / "a.npz", allow_pickle=False, b1=np.zeros(2), b2=np.zeros(2))
    np.savez(tmp_path / "b.npz", allow_pickle=False, b2=ARRAYS["b2"])

    both = piped("grad", "two_two_two", "--arrays", tmp_path / "a.npz", "--arrays", tmp_path / "b.npz").out

    changed = {**PROBLEM, "parameters": {**PROBLEM["parameters"], "b1": [0.0, 0.0]}}
    assert loss(both) == Client.local().gradients(changed).loss


def test_a_whole_request_in_safetensors_is_a_problem(tmp_path: Path) -> None:
    """A body as the wire carries it, its document in the header, can be read from a file."""
    file = tmp_path / "problem.safetensors"
    file.write_bytes(encoded(PROBLEM, "safetensors").content)

    assert piped("grad", file).out == piped("grad", "two_two_two").out


def test_nothing_that_could_run_is_read(tmp_path: Path) -> None:
    """An object array in .npz is a pickle: it is refused, and nothing in it runs."""
    trace, file = tmp_path / "ran", tmp_path / "a.npz"

    class Bomb:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(trace),)

    np.savez(file, W1=np.array([Bomb()], dtype=object))

    with pytest.raises(Complaint, match=r'"W1" in .* holds Python objects'):
        arrays_of(file)
    assert not trace.exists()
    np.load(file, allow_pickle=True)["W1"]
    assert trace.exists()  # or the bomb was a dud


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no .npz file"),
        (b"W1 = 3", "is no .npz file"),
        (b"\x80\x04N.", "is no .npz file"),
        (b"PK\x05\x06" + b"\0" * 18, ""),
    ],
    ids=["empty", "text", "pickle", "empty archive"],
)
def test_what_is_no_npz_is_told_without_advice_to_trust_it(tmp_path: Path, content: bytes, words: str) -> None:
    """NumPy takes anything else for a pickle, and recommends to allow it."""
    (tmp_path / "a.npz").write_bytes(content)
    seen = piped("grad", "two_two_two", "--arrays", tmp_path / "a.npz")

    assert words in seen.err
    assert seen.code == (2 if words else 0)
    assert "pickle" not in seen.err


@pytest.mark.parametrize("suffix", SAVERS)
def test_arrays_are_written_as_they_are_read(tmp_path: Path, suffix: str) -> None:
    """What `train --save` writes, `--arrays` reads, with shape and dtype."""
    arrays = {"W1": np.arange(6.0).reshape(2, 3).T, "b1": np.array([1, 2], np.float32), "n": np.array([3, 4])}

    write_arrays(tmp_path / f"a{suffix}", arrays)
    read = arrays_of(tmp_path / f"a{suffix}")

    assert {name: (array.dtype, array.tolist()) for name, array in read.items()} == {
        name: (array.dtype, array.tolist()) for name, array in arrays.items()
    }


def test_the_safetensors_library_reads_what_is_written(tmp_path: Path) -> None:
    """`train --save` writes a file of named arrays as any other program writes it, whatever is in the names."""
    arrays = {
        "b1": np.array([1, 2], np.float32),
        "layers.0.weight": np.arange(6.0).reshape(2, 3).T,
        "none": np.zeros(0),
    }

    write_arrays(tmp_path / "a.safetensors", arrays)
    read = load_file(tmp_path / "a.safetensors")

    assert read.keys() == arrays.keys()
    assert all(np.array_equal(read[name], array) and read[name].dtype == array.dtype for name, array in arrays.items())


def test_a_tensor_that_is_not_finite_costs_no_other(tmp_path: Path) -> None:
    """What is wrong with one tensor is said in its place."""
    save_file({"W1": np.array([[1.0, np.nan]]), "b1": np.ones(2)}, tmp_path / "a.safetensors")

    read = read_arrays(tmp_path / "a.safetensors")

    assert isinstance(read["W1"], Complaint)
    assert re.fullmatch(r'"W1" in .*a\.safetensors holds nan at index \[0, 1\]: .*', str(read["W1"]))
    assert isinstance(read["b1"], np.ndarray)


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("W1", ["parameters", "W1"]),
        ("x", ["data", "x"]),
        ("y", ["data", "y"]),
        ("data.mask", ["data", "mask"]),
        ("optimizer_state.m.W1", ["optimizer_state", "m", "W1"]),
        ("/parameters/a.b", ["parameters", "a.b"]),
    ],
)
def test_a_key_says_where_an_array_belongs(key: str, where: list[str]) -> None:
    """A name alone is that of a parameter, but for x and y; with dots it is a path, and with a slash a pointer."""
    document: dict[str, object] = {"model": {}}
    place(document, key, np.zeros(1))

    inner: object = document
    for name in where:
        assert isinstance(inner, dict)
        inner = inner[name]
    assert isinstance(inner, np.ndarray)


def test_an_array_without_a_place_is_refused() -> None:
    """A path through something that is no object leads nowhere."""
    with pytest.raises(Complaint, match="has no place"):
        place({"data": 3}, "x", np.zeros(1))


@pytest.mark.parametrize("suffix", [".json", ".npz", ".safetensors"])
@pytest.mark.parametrize(("factor", "code"), [(1.0, 0), (1.001, 1)], ids=["right", "wrong"])
def test_claimed_gradients_come_from_any_file(tmp_path: Path, suffix: str, factor: float, code: int) -> None:
    """An answer of `grad` as it was written, or arrays by name; one that is off by a thousandth is wrong."""
    gradients = Client.local().gradients(PROBLEM).gradients
    claimed = {name: array * factor for name, array in gradients.items()}
    file = tmp_path / f"claimed{suffix}"
    if suffix == ".json":
        file.write_bytes(orjson.dumps({"loss": 1.0, "gradients": claimed}, option=orjson.OPT_SERIALIZE_NUMPY))
    else:
        SAVERS[suffix](file, claimed)

    seen = piped("check", "two_two_two", "--gradients", file)

    assert seen.code == code
    assert orjson.loads(seen.out)["correct"] is (code == 0)


def test_one_file_serves_every_subcommand(tmp_path: Path) -> None:
    """An optimiser in a problem does not trouble `grad`, and a claimed gradient does not trouble `train`."""
    file = tmp_path / "problem.json"
    optimizer = {"type": "sgd", "learning_rate": 0.5}
    file.write_bytes(orjson.dumps({**PROBLEM, "optimizer": optimizer, "gradients": {"b1": [0, 0]}, "steps": 3}))

    assert piped("grad", file).code == 0
    assert piped("derive", file).code == 0
    assert piped("train", file, "--epochs", "1").code == 0
    assert orjson.loads(piped("step", file).out)["steps"] == 3
    assert piped("check", file).code == 1


def test_a_claim_that_is_no_object_is_refused(tmp_path: Path) -> None:
    """With the place and the file."""
    (tmp_path / "claimed.json").write_bytes(b'{"gradients": 3}')

    seen = piped("check", "two_two_two", "--gradients", tmp_path / "claimed.json")

    assert seen.code == 2
    assert "gradients must be an object with an array for each name.\n  at /gradients\n  in " in seen.err
