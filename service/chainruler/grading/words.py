"""What students and staff read: verdicts, hints at three levels, and where a mistake is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainruler.grading.credit import Earned
from chainruler.grading.explanation import Explanation
from chainruler.grading.formulas import read_by_convention
from chainruler.grading.judging import Judged
from chainruler.grading.lines import Line
from chainruler.grading.mistakes import Mistake
from chainruler.grading.variants import Variant
from chainruler.notation import to_numpy

QUESTION, STEP, ANSWER = 1, 2, 3
LONGEST_QUOTE = 80
ONLY_HERE = "Right for the sizes and factors of this problem; written with N and lam it would be right for any."

ROUNDED = "Right, as far as the numbers in it are written out."
NOT_ASKED = " It was not asked for, and counts nothing."


def hint(mistake: type[Mistake], line: Line, level: int) -> str:
    """The mistake's hint at a level; `line` is the right one."""
    words = {QUESTION: mistake.question, STEP: mistake.step, ANSWER: mistake.answer}[level]
    right = to_numpy(line.right) if "{right" in words else ""
    return words.format(line=line.name, of=line.of, right=right)


def message(one: Judged, level: int, *, convention: bool, earned: Earned) -> str:
    """One sentence about an answer and what it earns, with no more than the level of the hints tells."""
    if one.trouble is not None:
        return one.trouble.message
    read = "" if one.formula is None else read_by_convention(one.formula)
    return " ".join(filter(None, [_verdict(one, level, convention=convention, earned=earned), read, _of_chain(one)]))


def _of_chain(one: Judged) -> str:
    """Where a chain of equations breaks, whether its last member is right or not."""
    broken = "" if one.formula is None else one.formula.broken_step
    return f'The = before "{shortened(broken)}" does not hold.' if broken else ""


def shortened(text: str) -> str:
    """A piece of an answer, as long as a message can take it."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_QUOTE else f"{plain[: LONGEST_QUOTE - 1]}…"


def _verdict(one: Judged, level: int, *, convention: bool, earned: Earned) -> str:
    if one.right:
        return ROUNDED if one.rounded else "Right." if one.any_size else ONLY_HERE
    if one.convention is not None and one.submitted is not None and one.submitted.digits:
        return f"Right to {one.submitted.digits} digits: more are needed to tell right from nearly right."
    if one.convention is not None:
        return f"Right but for a convention: {one.convention.title.lower()}."
    if convention:
        return f"Right but for a convention: {_listed([_sentence(v, one) for v in one.explanations[0]])}."
    return one.own.feedback if one.own is not None else _of_wrong(one, level, earned)


def _of_wrong(one: Judged, level: int, earned: Earned) -> str:
    if one.follows:
        step = ", but the step is right: it" if earned.share == 1 else ": it"
        return f"Wrong{step} follows from {_listed(one.follows)}."
    if not one.explanations or level == QUESTION:
        return "Wrong."
    told = [_listed([_sentence(v, one) for v in explanation]) for explanation in one.explanations]
    causes = told[0] if len(told) == 1 else f"either {', or '.join(told)}"
    limit = f" It starts from {_listed(one.premises)}, and earns no more than that." if earned.is_limited else ""
    return f"Wrong: {causes}.{limit}"


def _sentence(variant: Variant, one: Judged) -> str:
    title = variant.mistake.title
    where = "" if variant.line.name == one.line.name else f" in {variant.line.name}"
    return f"{title[0].lower()}{title[1:]}{where}"


def evidence(explanation: Explanation, variant: Variant, submitted: Sequence[str]) -> str:
    """What shows that it is this mistake."""
    names = _listed(submitted)
    alone = "with this alone" if len(explanation) == 1 else "with these mistakes together"
    comes = "comes" if len(submitted) == 1 else "come"
    return f"In {variant.line.name}, {variant.evidence}; {alone} {names} {comes} out exactly as submitted."


def where(variant: Variant, one: Judged) -> dict[str, Any]:
    """The place of a mistake: in the formula, or else the line as somebody who makes the mistake has it."""
    if one.formula is not None and one.repair is not None:
        start, stop = one.repair.span
        return {"numpy": one.formula.reading.text[start:stop], "span": [start, stop]}
    if variant.unrecognised:
        return {"numpy": variant.line.name, "span": None}
    return {"numpy": f"{variant.line.name} = {variant.numpy}", "span": None}


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
