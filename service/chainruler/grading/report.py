"""The neutral report of a graded submission: what every platform's format is made from.

A wrong answer's report never holds the right values unless `reveal` says so, and no distance from them: whether a
number came nearer is all that a search for it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from chainruler import __version__
from chainruler.engine import ExpressionError
from chainruler.grading import words
from chainruler.grading.comparing import first_off
from chainruler.grading.credit import Credit, Earned
from chainruler.grading.explanation import Explanation
from chainruler.grading.isolation import NOT_GRADED, isolated
from chainruler.grading.judging import Judged
from chainruler.grading.key import AnswerKey
from chainruler.grading.mistakes import Mistake
from chainruler.grading.mistakes.unknown import Unknown
from chainruler.grading.rubric import Rubric
from chainruler.grading.signature import signature_of
from chainruler.notation import to_latex, to_mathml, to_numpy

Reveal: TypeAlias = Literal["score", "diagnosis", "index", "values"]
Verdict: TypeAlias = Literal["correct", "correct_up_to_convention", "wrong", "not_gradable"]
Document: TypeAlias = dict[str, Any]
CLOSE = "close (looks rounded)"
"""All that is told of how far an answer is off."""


@dataclass(frozen=True)
class ReportWriter:
    """Writes the report of judged answers."""

    key: AnswerKey
    rubric: Rubric
    reveal: Reveal
    level: int
    """1 to 3: a question, the step, or the answer is told as a hint."""
    signatures: bool = False
    """Whether wrong answers come with what equal ones are recognised by."""

    def document(self, judged: Sequence[Judged], sha256: str, unread: Mapping[str, str]) -> Document:
        """The whole report; answers that are `unread` come with the reason."""
        credit = Credit(self.key, self.rubric, {one.answer: one for one in judged})
        results = [self._isolated_result(one, judged, credit) for one in judged]
        results += [self._nothing(answer, reason) for answer, reason in unread.items()]
        missing = [answer for answer in self.rubric.points if answer not in credit.judged and answer not in unread]
        results += [self._nothing(answer, f"Nothing was submitted for {answer}.") for answer in missing]
        asked = [result for result in results if self.rubric.asks_for(result["answer"])]
        score, most = sum(r["score"] for r in results), sum(r["max_score"] for r in results)
        return {
            "score": score,
            "max_score": most,
            "fraction": score / most if most else 0.0,
            "gradable": all(result["verdict"] != "not_gradable" for result in asked),
            "correct": all(result["verdict"] == "correct" for result in asked),
            "results": results,
            "engine": {"version": __version__, "problem_sha256": sha256},
        }

    def _isolated_result(self, one: Judged, judged: Sequence[Judged], credit: Credit) -> Document:
        """The result of an answer; where it cannot be told, that it cannot be graded."""
        results: list[Document] = []
        with isolated(one.refuse):
            results.append(self._result(one, judged, credit.of(one)))
        return results[0] if results else self._nothing(one.answer, NOT_GRADED)

    def _result(self, one: Judged, judged: Sequence[Judged], earned: Earned) -> Document:
        verdict, points = self._verdict(one), self.rubric.points_of(one.answer)
        asked = "" if self.rubric.asks_for(one.answer) else words.NOT_ASKED
        message = words.message(one, self.level, convention=verdict == "correct_up_to_convention", earned=earned)
        result: Document = {
            "answer": one.answer,
            "verdict": verdict,
            "score": points * earned.share,
            "max_score": points,
            "message": message + asked,
            "hint": None,
            "read_as": _read_as(one),
            "error_band": None,
            "diagnosis": [],
            "repair": None,
            "follows": [],
        }
        if one.formula is not None and one.told_from_text:
            result["syntax"] = one.formula.reading.syntax
        if self.signatures and verdict in {"wrong", "correct_up_to_convention"}:
            result["signature"] = signature_of(one)
        if self.reveal == "score":
            return result | ({"message": "Wrong." + asked} if verdict == "wrong" else {})
        if verdict != "correct":
            result["error_band"] = CLOSE if one.submitted is not None and one.submitted.digits else None
            result["diagnosis"] = self._diagnosis(one, judged)
            result["hint"] = " ".join(dict.fromkeys(entry["hint"] for entry in result["diagnosis"])) or None
            result["repair"] = self._repair(one)
            result["follows"] = list(one.follows)
        return result | self._revealed(one, verdict)

    def _nothing(self, answer: str, message: str) -> Document:
        """The result of an answer that there is nothing to say about."""
        return {
            "answer": answer,
            "verdict": "not_gradable",
            "score": 0.0,
            "max_score": self.rubric.points_of(answer),
            "message": message,
            "hint": None,
            "read_as": None,
            "error_band": None,
            "diagnosis": [],
            "repair": None,
            "follows": [],
        }

    def _verdict(self, one: Judged) -> Verdict:
        if one.trouble is not None:
            return "not_gradable"
        if one.right:
            return "correct"
        if one.convention is not None or self._is_convention(one):
            return "correct_up_to_convention"
        return "wrong"

    def _is_convention(self, one: Judged) -> bool:
        """Whether nothing but conventions differ, among them what the staff do not mind."""
        explained = one.own is None and one.explanations
        return bool(explained) and all(self._is_free(v.mistake) for v in one.explanations[0])

    def _is_free(self, mistake: type[Mistake]) -> bool:
        return mistake.convention or self.rubric.credit_of(mistake) >= 1

    def _diagnosis(self, one: Judged, judged: Sequence[Judged]) -> list[Document]:
        """Every mistake that may be behind a wrong answer."""
        if one.own is not None:
            return [_entry(one.own.code, "unique", None, "", one.own.feedback, one.own.feedback, one.own.credit)]
        if one.convention is not None:
            return [self._of_mistake(one, one.convention)]
        if one.follows or (one.trouble is not None and not one.explanations):
            return []
        if not one.explanations:
            return [self._of_mistake(one, Unknown)]
        names = [other.answer for other in judged if other.submitted is not None] if one.together else [one.answer]
        entries: dict[tuple[str, str], Document] = {}
        for explanation in one.explanations:
            for entry in self._entries(one, explanation, names):
                entries.setdefault((entry["code"], entry["evidence"]), entry)
        return list(entries.values())

    def _entries(self, one: Judged, explanation: Explanation, names: Sequence[str]) -> list[Document]:
        structure = self.key.structure if one.formula is None else self.key.written
        confidence = "unique" if len(one.explanations) == 1 else "one_of"
        return [
            _entry(
                variant.mistake.code,
                confidence,
                words.where(variant, one) if self.level > words.QUESTION else None,
                words.evidence(explanation, variant, names) if self.level > words.QUESTION else "",
                words.hint(variant.mistake, structure.line(variant.line.name), self.level),
                variant.mistake.explanation,
                self.rubric.credit_of(variant.mistake),
            )
            for variant in explanation
        ]

    def _of_mistake(self, one: Judged, mistake: type[Mistake]) -> Document:
        told = words.hint(mistake, one.line, min(self.level, words.STEP) if mistake is Unknown else self.level)
        return _entry(mistake.code, "unique", None, "", told, mistake.explanation, self.rubric.credit_of(mistake))

    def _repair(self, one: Judged) -> Document | None:
        if one.repair is None or self.level == words.QUESTION:
            return None
        expression = one.repair.expression
        return {"numpy": to_numpy(expression), "latex": to_latex(expression), "span": list(one.repair.span)}

    def _revealed(self, one: Judged, verdict: Verdict) -> Document:
        """What else is told, if it may be: the first wrong entry, or the right values themselves."""
        posed = self.key.at_problem_values
        if verdict == "correct" or posed is None or self.reveal == "diagnosis":
            return {}
        right = posed(self.key.structure.line(self.key.line_of(one.answer)).symbol)
        told: Document = {}
        if one.submitted is not None and right.ndim and verdict == "wrong":
            rounding = self.key.rounding(one.line.name, one.submitted.tolerance.eps)
            told["worst_index"] = first_off(one.submitted.array, right, one.submitted.tolerance, rounding)
        return told | ({"expected": right} if self.reveal == "values" else {})


def _entry(
    code: str, confidence: str, place: Document | None, evidence: str, hint: str, explanation: str, credit: float
) -> Document:
    return {
        "code": code,
        "confidence": confidence,
        "where": place,
        "evidence": evidence,
        "hint": hint,
        "explanation": explanation,
        "credit": credit,
    }


def _read_as(one: Judged) -> Document | None:
    """How a formula was understood; nothing where that is too long to be written, as loops over numbers may make it."""
    if one.formula is None:
        return None
    expression = one.formula.expression
    try:
        return {"numpy": to_numpy(expression), "latex": to_latex(expression), "mathml": to_mathml(expression)}
    except ExpressionError:
        return None
