"""JUnit XML: for CodeGrade's Unit Test, and for whatever else reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from xml.etree import ElementTree as ET

from chainruler.grading.platforms.platform import Platform, Report
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet, points, refusal


@dataclass(frozen=True)
class JUnit(Platform):
    """A test case for each answer: wrong ones fail, and what could not be read is an error; scores are properties."""

    name: ClassVar[str] = "junit"
    suite: str = "gradients"

    def graded(self, report: Report) -> str:
        sheet = Sheet.of(report)
        suite = self._suite(
            tests=len(sheet.answers),
            failures=sum(answer.gradable and not answer.full for answer in sheet.answers),
            errors=sum(not answer.gradable for answer in sheet.answers),
        )
        _properties(suite, score=sheet.score, max_score=sheet.most)
        for answer in sheet.answers:
            self._case(suite, answer)
        return _written(suite)

    def failed(self, why: str, answers: Sequence[str]) -> str:
        suite = self._suite(tests=1, failures=0, errors=1)
        case = ET.SubElement(suite, "testcase", classname=self.suite, name="grading", time="0")
        _told(case, "error", "not_graded", refusal(why))
        return _written(suite)

    def _suite(self, **counts: int) -> ET.Element:
        counted = {name: str(count) for name, count in counts.items()}
        return ET.Element("testsuite", {"name": self.suite, "skipped": "0", "time": "0", **counted})

    def _case(self, suite: ET.Element, answer: MarkedAnswer) -> None:
        case = ET.SubElement(suite, "testcase", classname=self.suite, name=answer.name, time="0")
        _properties(case, score=answer.score, max_score=answer.most)
        if not answer.gradable:
            _told(case, "error", "not_gradable", answer.text)
        elif not answer.full:
            _told(case, "failure", ",".join(answer.codes) or answer.verdict, answer.text)
        else:
            ET.SubElement(case, "system-out").text = answer.text


def _properties(element: ET.Element, **values: float) -> None:
    properties = ET.SubElement(element, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=points(value))


def _told(case: ET.Element, element: str, kind: str, text: str) -> None:
    ET.SubElement(case, element, type=kind, message=text.partition("\n")[0]).text = text


def _written(suite: ET.Element) -> str:
    suites = ET.Element("testsuites")
    suites.append(suite)
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(suites, encoding="unicode")
