"""Keys that the command makes."""

from hashlib import sha256
from pathlib import Path

import pytest

from chainruler.calls.permissions import permissions_in
from chainruler.cli.main import main


def test_a_new_key_is_printed_once_and_listed_by_its_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each key is added to those before it, and no file holds the key itself."""
    file = tmp_path / "keys.json"
    assert main(["key", "new", str(file), "--name", "one"]) == 0
    assert main(["key", "new", str(file), "--name", "two", "--calls", "grade,preview", "--rate", "5"]) == 0
    one, two = capsys.readouterr().out.split()
    listed = {permission.name: permission for permission in permissions_in(str(file))}

    assert one != two
    assert [listed[name].sha256 for name in ("one", "two")] == [sha256(key.encode()).hexdigest() for key in (one, two)]
    assert listed["one"].calls is None
    assert listed["two"].calls == frozenset({"grade", "preview"})
    assert listed["two"].rate == 5
    assert two not in file.read_text()


@pytest.mark.parametrize(
    "options",
    [["--name", "one"], ["--name", "a b"], ["--name", "two", "--rate", "-1"], ["--name", "two", "--calls", "nope"]],
)
def test_a_key_that_cannot_be_is_not_written(tmp_path: Path, options: list[str]) -> None:
    """A name twice, a name that is none, a rate below 0, a call that there is not: the file stays as it was."""
    file = tmp_path / "keys.json"
    main(["key", "new", str(file), "--name", "one"])
    before = file.read_bytes()

    assert main(["key", "new", str(file), *options]) == 2
    assert file.read_bytes() == before
