"""Which entries a cache keeps, and for how long."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from chainruler.memory import Cache

Asked = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)))


def weigh(_key: int, value: str) -> int:
    """A text weighs what it is long."""
    return len(value)


@given(asked=Asked)
def test_the_weight_is_that_of_what_is_kept_and_has_an_end(asked: list[tuple[int, int]]) -> None:
    """Whatever is asked for in whatever order: the latest that fit together, and no others."""
    kept: Cache[int, str] = Cache(10, weigh)
    model: dict[int, str] = {}
    for key, length in asked:
        known = model.pop(key, None)
        value = kept.find(key, lambda length=length: "x" * length)  # type: ignore[misc]

        assert value == (known or "x" * length)
        if len(value) <= 10:
            model[key] = value
        while sum(map(len, model.values())) > 10:
            del model[next(iter(model))]
        assert {key: kept.get(key) for key in range(10) if kept.get(key)} == model
        assert (kept.weight, len(kept)) == (sum(map(len, model.values())), len(model))
        for known_key in model:  # to have asked has made them young: once more in their order
            kept.get(known_key)

    kept.clear()
    assert (kept.weight, len(kept)) == (0, 0)


def test_many_threads_at_once_lose_nothing() -> None:
    """The weight is right after threads have fought over few keys."""
    kept: Cache[int, str] = Cache(20, weigh)

    def work(seed: int) -> None:
        for turn in range(2_000):
            key = (seed * 7 + turn * 3) % 11
            assert kept.find(key, lambda: "x" * (key % 5 + 1)) == "x" * (key % 5 + 1)  # noqa: B023  (at once)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert kept.hits + kept.misses <= 8_000
    assert kept.weight == sum(len(value) for key in range(11) if (value := kept.get(key))) <= 20


def test_an_entry_that_grew_is_weighed_again_when_the_next_one_is_used() -> None:
    """What a value gets while it is used counts, and drops the oldest entries where it is too much."""
    cache: Cache[str, list[int]] = Cache(10, lambda _key, value: len(value), grows=True)
    old, growing = cache.find("old", lambda: [1] * 4), cache.find("growing", lambda: [1])
    growing.extend([1] * 6)

    assert cache.weight == 5
    assert cache.get("growing") is growing
    assert cache.weight == 5
    cache.find("next", lambda: [1])
    assert cache.get("old") is None
    assert cache.weight == cache.settle() == 8
    del old


def test_a_lower_limit_holds_at_once() -> None:
    """Entries beyond a limit that is set later are dropped, those used longest ago first."""
    cache: Cache[int, str] = Cache(10, weigh)
    for key in range(5):
        cache.find(key, lambda: "xx")
    cache.limit(5)

    assert [key for key in range(5) if cache.get(key)] == [3, 4]
