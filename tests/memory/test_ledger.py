"""The budget of a worker: which part caches may take, and what requests may hold."""

import ast

import pytest

from chainruler.app import create_app
from chainruler.memory import LEDGER, Account, Cache, Full, Ledger, NeverFits
from chainruler.memory.account import current
from chainruler.memory.ledger import LEAST, MB, SHARES
from tests.support.repository import ROOT

UNBOUNDED = {"lru_cache", "cache"}
SAFE = {"str", "int", "np.dtype[Any]", "type[Any]"}
"""Of such parameters a cache that is bounded by number keeps nothing alive: texts, numbers and our own classes."""


def ledger(most: int) -> Ledger:
    """A ledger with so many bytes for requests."""
    one = Ledger({})
    one.for_requests = most
    return one


def test_the_table_of_shares_is_that_of_the_caches() -> None:
    """Each name of the table is a cache of the service, and together they take no more than there is for caches."""
    create_app()

    assert set(LEDGER.caches) == set(SHARES)
    assert sum(SHARES.values()) <= 1
    assert sum(cache.most for cache in LEDGER.caches.values()) <= LEDGER.for_caches


def test_a_worker_is_held_to_its_memory() -> None:
    """What it takes already, what is set aside, caches and requests together are nine tenths of what it may have."""
    one = Ledger({"some": 0.5})
    cache: Cache[int, str] = one.cache("some", lambda _key, value: len(value))
    one.set_aside("table", 10 * MB)
    one.open(500 * MB, 100 * MB)

    assert 100 * MB + 10 * MB + one.for_caches + one.for_requests == 450 * MB
    assert cache.most == one.for_caches // 2
    one.open(100 * MB, 100 * MB)
    assert one.for_caches + one.for_requests == LEAST


def test_what_fits_is_held_until_it_is_given_back() -> None:
    """Beside what others hold there may be no room now; alone there may be none ever, which is another refusal."""
    one = ledger(100)
    with one.reserve(60):
        with pytest.raises(Full), one.reserve(41):
            pass
        with pytest.raises(NeverFits, match="0 MB for requests"), one.reserve(101):
            pass
        with one.reserve(40):
            assert one.held == 100

    assert one.held == 0


def test_an_account_holds_each_part_once_and_gives_all_of_it_back() -> None:
    """A part is set, up or down; a peak only rises; a request that would not fit by itself is told so beside others."""
    one = ledger(100)
    other = Account(one)
    other.hold("body", 30)
    with Account(one) as account:
        account.hold("body", 50)
        account.hold("body", 20)
        account.need("programs", 30)
        account.need("programs", 10)
        assert (account.held, one.held) == (50, 80)
        with pytest.raises(Full):
            account.need("programs", 60)
        with pytest.raises(NeverFits):
            account.need("programs", 90)
        assert (account.held, one.held) == (50, 80)

    assert one.held == 30


def test_programs_are_charged_to_the_request_of_their_thread() -> None:
    """Outside of any request nothing is charged, and a request inside another is itself."""
    one = ledger(100)
    with Account(one) as outer, Account(one) as inner:
        assert current() is None
        with outer.charged():
            with inner.charged():
                assert current() is inner
            assert current() is outer
        assert current() is None


def decorators(function: ast.FunctionDef) -> set[str]:
    """The names of a function's decorators."""
    called = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return {d.id if isinstance(d, ast.Name) else getattr(d, "attr", "") for d in called}


def test_no_cache_that_is_bounded_by_number_holds_an_object_of_the_domain() -> None:
    """`lru_cache` would keep networks, keys and programs alive that the ledger has dropped."""
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "service").rglob("*.py"))]
    trees = [ast.parse(text) for text in texts if any(name in text for name in UNBOUNDED)]
    for node in [node for tree in trees for node in ast.walk(tree)]:
        if isinstance(node, ast.FunctionDef) and decorators(node) & UNBOUNDED:
            arguments = [ast.unparse(one.annotation) for one in node.args.args if one.annotation]

            assert len(arguments) == len(node.args.args)
            assert set(arguments) <= SAFE, f"{node.name} belongs into the ledger"
