"""JUnit XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from chainruler.grading import platforms
from tests.grading.platforms.reports import WITH_UNREADABLE, any_graded_report


def suite(text: str) -> ET.Element:
    """The one suite of a document."""
    (found,) = ET.fromstring(text)  # noqa: S314  (written by us)
    return found


@any_graded_report
def test_readers_of_junit_know_everything_in_it(told: dict[str, Any]) -> None:
    """Counts that agree with the cases, and each case with one outcome."""
    found = suite(platforms.formatted(told, "junit"))
    cases = found.findall("testcase")

    assert len(cases) == int(found.attrib["tests"]) == len(told["results"])
    assert len(found.findall("testcase/failure")) == int(found.attrib["failures"])
    assert len(found.findall("testcase/error")) == int(found.attrib["errors"])
    assert {child.tag for child in found} <= {"properties", "testcase"}
    assert {child.tag for case in cases for child in case} <= {"properties", "failure", "error", "system-out"}
    assert all(len([child for child in case if child.tag != "properties"]) == 1 for case in cases)


def test_each_verdict_has_its_element() -> None:
    """A right answer passes, a wrong one fails with its diagnosis, and what cannot be read is an error."""
    right, wrong, unread = suite(platforms.formatted(WITH_UNREADABLE, "junit", suite="hw2")).findall("testcase")

    assert [case.attrib["name"] for case in (right, wrong, unread)] == ["b1", "W1", "Z2"]
    assert {case.attrib["classname"] for case in (right, wrong, unread)} == {"hw2"}
    assert right.find("failure") is right.find("error") is None
    failure, error = wrong.find("failure"), unread.find("error")
    assert failure is not None
    assert error is not None
    assert failure.attrib == {"type": "missing_mean", "message": "Wrong: the mean over the samples is missing."}
    assert error.attrib["type"] == "not_gradable"
    assert [prop.attrib for prop in wrong.iter("property")] == [
        {"name": "score", "value": "3"},
        {"name": "max_score", "value": "4"},
    ]


def test_a_failure_is_an_error_and_no_failed_answer() -> None:
    """One case, in error."""
    found = suite(platforms.failure("The service is <down>.", "junit"))

    assert (found.attrib["failures"], found.attrib["errors"]) == ("0", "1")
    assert "<down>" in "".join(found.itertext())
