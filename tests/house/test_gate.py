"""What the gate takes for granted of its own tools."""

import os

import pytest


@pytest.mark.xdist_group("kept")
def test_tests_of_one_group_go_to_one_worker(request: pytest.FixtureRequest) -> None:
    """pytest-xdist knows a test's group by its name only; where that is lost, groups are torn apart unnoticed."""
    parallel = "PYTEST_XDIST_WORKER" in os.environ and request.config.getvalue("loadgroup")

    assert request.node.nodeid.endswith("@kept") or not parallel
