"""Refusals below the application, counted: a line of the log for each would be a flood of its own."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from chainruler.api.metrics import Metrics

logger = logging.getLogger("chainruler")

SECONDS = 1.0
"""From the first refusal to the line that tells how many there were."""


class Refusals:
    """Counts the connections and requests that no application has seen, by the code of their problem."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.unlogged: Counter[str] = Counter()

    def count(self, code: str) -> None:
        """Count one; the metrics show it at once, the log within a second."""
        self.metrics.refused(code)
        if not self.unlogged:
            asyncio.get_running_loop().call_later(SECONDS, self.log)
        self.unlogged[code] += 1

    def log(self) -> None:
        """Write a line for each code that was counted since the last line."""
        for code, count in self.unlogged.items():
            logger.warning("refused %d connections or requests before they were read: %s", count, code)
        self.unlogged.clear()
