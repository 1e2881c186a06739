"""Which process runs which tests, where several run them: the cases of one test run in one, one after another.

They share what they set up and what is remembered of it; and pytest-xdist, which counts what is left of each unit of
work after each test, has a tenth of the units to count.
"""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling


class ByTest(LoadGroupScheduling):
    """Units of work are groups, as `xdist_group` marks them, and otherwise tests with all their cases."""

    def _split_scope(self, nodeid: str) -> str:
        group: str = super()._split_scope(nodeid)
        return group.partition("[")[0]
