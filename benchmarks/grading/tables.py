"""The grader's tables: how often it is right, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from benchmarks.grading import accuracy, speed
from benchmarks.grading.accuracy import Tally
from benchmarks.grading.problems import GENERATED, Graded, systems
from benchmarks.report import Table
from benchmarks.timing import QUICK, Effort


def measure(effort: Effort) -> list[Table]:
    """Both tables."""
    quick = effort is QUICK
    problems = list(systems(2 if quick else GENERATED, 1 if quick else 3))
    return [
        causes(problems[:3] if quick else problems, 4 if quick else 30),
        verdicts(problems[:3] if quick else problems, quick=quick),
        times(quick=quick),
    ]


def causes(problems: Sequence[Graded], of_each: int) -> Table:
    """Whether the true cause of a wrong answer is found."""
    rows = []
    for what, tally, targets in (
        ("single mistakes", accuracy.singles(problems), ("≥ 99 %", "≥ 95 %")),
        ("pairs of mistakes", accuracy.pairs(problems, of_each), ("≥ 90 %", "")),
    ):
        rows.append(_row(what, tally, targets))
    reading = (
        "The textbook systems and generated networks, each with numbers that the service issues, three seeds; every "
        "mistake of the library at every place where it changes an answer, and pairs of them at random. All gradients "
        "are handed in together. A cause counts as found if it, or one that is the same function of all numbers, is "
        "among those named; it is found uniquely if no other is."
    )
    columns = ["what", "made", "that show", "cause named", "target", "uniquely", "target", "nothing named", "passed"]
    return Table("Causes of wrong answers", reading, columns, rows)


def _row(what: str, tally: Tally, targets: tuple[str, str]) -> list[str]:
    found = [tally.percent(tally.named), targets[0], tally.percent(tally.unique), targets[1]]
    return [what, f"{tally.made:,}", f"{tally.shown:,}", *found, tally.percent(tally.unknown), str(tally.accepted)]


def verdicts(problems: Sequence[Graded], *, quick: bool) -> Table:
    """Whether right is right and wrong is wrong."""
    tried, accepted = accuracy.right_formulas(problems, 1 if quick else 10)
    wrong, passed = accuracy.wrong_answers(problems, 50 if quick else 10_000)
    rows = [
        ["right formulas, rewritten", f"{tried:,}", f"{accepted:,}", "all"],
        ["wrong answers, arrays and formulas", f"{wrong:,}", f"{passed:,}", "0"],
    ]
    reading = (
        "Right formulas are rewritten by rules of algebra: terms and factors exchanged, products transposed, named "
        "gradients written out, gates turned round, signs pulled out."
    )
    return Table("Verdicts", reading, ["what", "handed in", "taken for right", "target"], rows)


def times(*, quick: bool) -> Table:
    """How long it takes."""
    problem, count = speed.small(), 20 if quick else 1000
    single = [problem.broken(v) for v in problem.mistakes()]
    wrong = list(speed.a_class(problem, count))
    both = [answers for number, answers in enumerate(wrong) if number % 10 in (7, 8)]
    rows = [
        [
            "one mistake, in a problem never seen",
            _ms(speed.first_seconds(problem, single[0])),
            "",
        ],
        ["one mistake", _ms(speed.seconds_of(problem, single)), "≤ 5 ms"],
        ["two mistakes", _ms(speed.seconds_of(problem, both)), "≤ 50 ms"],
        [f"a batch of {count:,} wrong submissions", f"{speed.batch_seconds(problem, wrong):.2f} s", "≤ 20 s"],
        [f"a batch of {count:,} right ones", f"{speed.batch_seconds(problem, [problem.right] * count):.2f} s", "≤ 3 s"],
    ]
    reading = (
        "A 4-10-3 network, seven samples, all four gradients as arrays; CPU time of one core, median and 99th "
        "percentile of a submission. In the batch, of ten wrong submissions seven have one mistake, two have two, and "
        "one is noise."
    )
    return Table("Time to grade", reading, ["what", "CPU", "target"], rows)


def _ms(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return f"{seconds[0] * 1e3:.1f} ms"
    return f"{median(seconds) * 1e3:.2f} ms, {quantiles(seconds, n=100)[-1] * 1e3:.1f} ms"
