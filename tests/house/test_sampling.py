"""Sampled tests: a share of their cases, the same in each process, others on another day."""

import pytest

from tests.support import sampling

TESTS = """
import pytest

@pytest.mark.sampled(0.1)
@pytest.mark.parametrize("case", range(100))
def test_many(case): pass

@pytest.mark.sampled(0.1)
def test_one(): pass

@pytest.mark.parametrize("case", range(3))
def test_all(case): pass

@pytest.mark.sampled(0.55)
@pytest.mark.parametrize("two", ["a", "b"])
@pytest.mark.parametrize("ten", range(10))
def test_pairs(two, ten): pass
"""


CONFTEST = "from tests.conftest import pytest_generate_tests"


def cases(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, sample: str) -> list[str]:
    """The tests that run under a sample, by name."""
    monkeypatch.setenv(sampling.VARIABLE, sample)
    pytester.makeconftest(CONFTEST)
    items, _ = pytester.inline_genitems(pytester.makepyfile(TESTS))
    return [item.name for item in items]


@pytest.mark.filterwarnings("ignore:Unknown pytest.mark.sampled")
def test_a_share_of_the_cases_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of a hundred cases, other ones on another day, one at least; and every test that is not sampled."""
    today, again, tomorrow, every = (cases(pytester, monkeypatch, s) for s in ("2026-01-01", "2026-01-01", "x", "all"))

    assert sum(name.startswith("test_many") for name in today) == 10
    assert [name for name in today if not name.startswith(("test_many", "test_pairs"))] == [
        "test_one", "test_all[0]", "test_all[1]", "test_all[2]",
    ]  # fmt: skip
    assert today == again
    assert today != tomorrow
    assert len(every) == 124


@pytest.mark.filterwarnings("ignore:Unknown pytest.mark.sampled")
@pytest.mark.parametrize("day", range(3))
def test_every_value_is_there_each_day(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    """Of the pairs of two values and ten, those that run have every value of both: their share has room for all."""
    pairs = [name for name in cases(pytester, monkeypatch, str(day)) if name.startswith("test_pairs")]

    assert len(pairs) == 11
    assert {name[-2] for name in pairs} == {"a", "b"}
    assert {name[len("test_pairs[")] for name in pairs} == set("0123456789")
