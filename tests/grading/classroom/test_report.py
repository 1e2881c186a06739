"""What is counted of a class, against counting by hand what the class was made of."""

from __future__ import annotations

from collections import Counter

import pytest

from chainruler.grading.classroom.report import ClassReport, ClassSubmission, class_report
from tests.grading.classroom.classes import KINDS, RIGHT, UNREAD, Have, drawn, report, result, submitted

SEEDS = range(40)


def of(seed: int) -> tuple[dict[str, dict[str, Have]], ClassReport, int]:
    """Those of a random class who could be read, the report on it, and how many there are in all."""
    people = drawn(seed, 60)
    read = {f"s{n}": dict(haves) for n, haves in enumerate(people) if haves is not None}
    return read, class_report(submitted(people, seed)), len(people)


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("seed", SEEDS)
def test_each_submission_counts_once(seed: int) -> None:
    """How many there are, were graded, and are right; the mean is over those with any verdict."""
    read, found, size = of(seed)
    graded = [haves for haves in read.values() if any(have != UNREAD for have in haves.values())]
    shares = [sum(have.score for have in haves.values()) / 12 for haves in graded]

    assert (found.submissions, found.graded) == (size, len(graded))
    assert found.correct == sum(all(have.verdict.startswith("correct") for have in haves.values()) for haves in graded)
    assert found.mean == pytest.approx(sum(shares) / len(shares))


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("seed", SEEDS)
def test_answers_are_counted_by_what_became_of_them(seed: int) -> None:
    """The six numbers of an answer add up to all who could be read; its mean is over those that were graded."""
    read, found, _ = of(seed)
    for one in found.answers:
        haves = [person[one.answer] for person in read.values()]
        graded = [have.score for have in haves if have != UNREAD]
        wrong = [have for have in haves if have.verdict == "wrong"]

        assert one.correct == haves.count(RIGHT)
        assert one.convention == sum(have.verdict == "correct_up_to_convention" for have in haves)
        assert one.follows == sum(bool(have.follows) for have in wrong)
        assert one.explained == sum(bool(have.codes) for have in wrong)
        assert one.unexplained == len(wrong) - one.follows - one.explained
        assert one.not_graded == haves.count(UNREAD)
        assert one.mean == (pytest.approx(sum(graded) / 4 / len(graded)) if graded else None)
    every = [have for person in read.values() for have in person.values() if have.verdict == "wrong"]
    assert found.wrong == len(every)
    assert found.without_cause == sum(not have.codes and not have.follows for have in every)


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("seed", SEEDS)
def test_causes_count_people_and_not_answers(seed: int) -> None:
    """Somebody who makes a mistake in three answers makes it once; what is sure somewhere is not told as perhaps."""
    read, found, _ = of(seed)
    told = {have.codes: have for person in read.values() for have in person.values()}
    codes = {code for have in told.values() for code in have.codes}

    assert {cause.code for cause in found.causes} == codes
    assert [len(cause.who) for cause in found.causes] == sorted((len(c.who) for c in found.causes), reverse=True)
    for cause in found.causes:
        those = {i: [h for h in p.values() if cause.code in h.codes] for i, p in read.items()}
        sure = {id_ for id_, haves in those.items() if any(have.certain for have in haves)}

        assert set(cause.who) == sure
        assert len(cause.who) == len(sure)
        assert set(cause.possible) == {id_ for id_, haves in those.items() if haves} - sure
        assert cause.answers == Counter(a for p in read.values() for a, have in p.items() if cause.code in have.codes)


@pytest.mark.sampled(0.25)
@pytest.mark.parametrize("seed", SEEDS)
def test_ways_are_the_different_wrong_answers(seed: int) -> None:
    """One way for each value of an answer with the same explanation; the unexplained first, then the more frequent."""
    read, found, _ = of(seed)
    wanted: dict[tuple[str, Have], list[str]] = {}
    for id_, person in read.items():
        for answer, have in person.items():
            if have.value:
                wanted.setdefault((answer, have), []).append(id_)
    order = [(not way.is_unexplained, -len(way.who)) for way in found.ways]

    assert Counter((way.answer, way.causes, way.who) for way in found.ways) == Counter(
        (answer, have.codes, tuple(who)) for (answer, have), who in wanted.items()
    )
    assert order == sorted(order)
    assert all(way.example == way.who[0] for way in found.ways)


def test_a_class_of_nobody_and_one_that_cannot_be_read_have_no_mean() -> None:
    """Nothing is divided by nothing, and nothing unread is a zero."""
    nobody = class_report([])
    unread = class_report([ClassSubmission("a", None, "It is not JSON."), ClassSubmission("b", report({"W2": UNREAD}))])

    assert (nobody.submissions, nobody.graded, nobody.mean, nobody.answers) == (0, 0, None, ())
    assert (unread.submissions, unread.graded, unread.mean) == (2, 0, None)
    assert [(one.answer, one.why, one.who) for one in unread.unread] == [
        (None, "It is not JSON.", ("a",)),
        ("W2", "not_gradable", ("b",)),
    ]


def of_one(one: dict[str, object]) -> dict[str, object]:
    """The report on a submission of one answer."""
    return {"score": 3.0, "max_score": 4.0, "fraction": 0.75, "results": [one]}


def test_a_mistake_at_a_line_is_one_way_whatever_numbers_it_starts_from() -> None:
    """Everybody has numbers of their own, or goes on from a wrong step: the line as they have it says what they did."""
    people = []
    for n, line in enumerate(["dW2 = dZ2.T @ A1", "dW2 = dZ2.T @ A1", "dW2 = dZ2.T"]):
        one = result("W2", Have("wrong", 3.0, ("missing_regularization",), value=100 + n))
        one["diagnosis"][0]["where"] = {"numpy": line, "span": None}
        people.append(ClassSubmission(f"s{n}", of_one(one)))

    assert [way.who for way in class_report(people).ways] == [("s0", "s1"), ("s2",)]


def test_mistakes_of_the_rubric_have_its_feedback_for_an_explanation() -> None:
    """Those that share a code are one cause, with all that the rubric says of them."""
    people = []
    for n, feedback in enumerate(["Twice.", "Half.", "Twice."]):
        one = result("W2", Have("wrong", 0.0, ("own",), value=100 + n))
        one["diagnosis"][0]["explanation"] = feedback
        people.append(ClassSubmission(f"s{n}", of_one(one)))
    (cause,) = class_report(people).causes

    assert (cause.title, cause.explanation) == ("A mistake that the rubric names", "Twice. Half.")
    assert cause.who == ("s0", "s1", "s2")


def test_without_signatures_formulas_are_compared_as_they_were_read() -> None:
    """Without any, equal formulas are one way still; unexplained numbers stay apart, and explained ones do not."""
    people = []
    for n, (codes, numpy) in enumerate([((), "2 * W2"), ((), "2 * W2"), ((), None), ((), None), (("x",), None)] * 2):
        one = result("W2", Have("wrong", 0.0, codes)) | {"read_as": numpy and {"numpy": numpy}, "signature": None}
        people.append(ClassSubmission(f"s{n}", of_one(one)))

    assert sorted(len(way.who) for way in class_report(people).ways) == [1, 1, 1, 1, 2, 4]


def test_kinds_are_all_there() -> None:
    """The classes above are made of everything that an answer can be."""
    assert {kind.verdict for kind in KINDS} == {"correct", "correct_up_to_convention", "wrong", "not_gradable"}
