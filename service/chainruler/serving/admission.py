"""How many connections a worker has at once: of all clients, and of one address."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_address


class Admission:
    """Counts the connections that a worker has, and refuses those beyond a limit; 0 is no limit."""

    def __init__(self, most: int, most_of_one_address: int) -> None:
        self.most = most
        self.most_of_one_address = most_of_one_address
        self.count = 0
        self.of: Counter[str] = Counter()

    def admit(self, host: str) -> bool:
        """Whether one more may come from here; if it may, `leave` is to be called when it goes."""
        if self.most and self.count >= self.most:
            return False
        if self.most_of_one_address:
            client = one_client(host)
            if self.of[client] >= self.most_of_one_address:
                return False
            self.of[client] += 1
        self.count += 1
        return True

    def leave(self, host: str) -> None:
        """Count out one that was admitted."""
        self.count -= 1
        if self.most_of_one_address:
            client = one_client(host)
            self.of[client] -= 1
            if not self.of[client]:
                del self.of[client]


def one_client(host: str) -> str:
    """What addresses of one client have in common: all of IPv4, and the network of IPv6, of which everybody has many.

    >>> one_client("192.0.2.7"), one_client("::ffff:192.0.2.7"), one_client("2001:db8:1:2:3:4:5:6")
    ('192.0.2.7', '192.0.2.7', '2001:db8:1:2::')
    """
    address = ip_address(host.partition("%")[0])
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
