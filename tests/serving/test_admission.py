from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainruler.serving.admission import Admission, one_client

HOSTS = st.sampled_from(["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::2", "fe80::1%eth0"])


@given(st.lists(st.tuples(st.booleans(), HOSTS), max_size=60), st.integers(0, 6), st.integers(0, 3))
def test_no_more_are_admitted_than_may_be(events: list[tuple[bool, str]], most: int, most_of_one: int) -> None:
    """Whoever comes and goes: one is refused exactly when all, or those of its address, are as many as may be."""
    admission, inside = Admission(most, most_of_one), list[str]()
    for comes, host in events:
        clients = Counter(map(one_client, inside))
        full = (most and len(inside) >= most) or (most_of_one and clients[one_client(host)] >= most_of_one)
        if comes:
            assert admission.admit(host) is not bool(full)
            inside += [] if full else [host]
        elif host in inside:
            admission.leave(host)
            inside.remove(host)


def test_nothing_is_kept_of_who_has_gone() -> None:
    """An attacker with many addresses does not fill the memory."""
    admission = Admission(0, 1)
    for host in (f"192.0.2.{i}" for i in range(256)):
        assert admission.admit(host)
        admission.leave(host)

    assert admission.of == {}


@pytest.mark.parametrize(
    ("host", "client"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="IPv4"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7", id="IPv4 in IPv6"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", id="IPv6"),
        pytest.param("fe80::1%eth0", "fe80::", id="with a zone"),
    ],
)
def test_what_is_one_client(host: str, client: str) -> None:
    """An address of IPv4, a network of IPv6."""
    assert one_client(host) == client
