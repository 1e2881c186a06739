"""One ledger of a worker's memory: caches, bodies, answers and running programs share one budget.

>>> from chainruler.memory import LEDGER
>>> cache = LEDGER.caches["networks"]
>>> cache.weight <= cache.most
True
"""

from chainruler.memory.account import Account, accounted, room_for
from chainruler.memory.cache import Cache
from chainruler.memory.ledger import LEDGER, Full, Ledger, NeverFits

__all__ = ["LEDGER", "Account", "Cache", "Full", "Ledger", "NeverFits", "accounted", "room_for"]
