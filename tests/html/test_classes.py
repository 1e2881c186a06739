"""The page on a class: valid, self-contained and escaped whatever is in the reports; it says what to teach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainruler.grading.classroom.report import ClassSubmission, class_report
from chainruler.html.classes import MOST_WAYS, STATES, class_page
from tests.grading.classroom.classes import NOTHING, RIGHT, Have, drawn, entry, result, submitted
from tests.grading.platforms.reports import REPORTS, TEXTS
from tests.support.markup import Markup
from tests.support.sampling import examples

ASKING = {"script", "img", "link", "iframe", "object", "embed", "form", "base", "video", "audio", "source", "use"}


def page(people: list[ClassSubmission], **options: Any) -> Markup:
    """The page, read back; it has no faults and asks for nothing."""
    read = Markup(class_page(class_report(people), **options))

    assert read.faults == []
    assert read.tags.isdisjoint(ASKING)
    assert not [
        name for _, found in read.elements for name in found if name.startswith("on") or name in {"src", "style"}
    ]
    assert all(target.startswith("#") for target in read.attributes("href"))
    assert {target[1:] for target in read.attributes("href")} <= set(read.attributes("id"))
    return read


def hostile(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The report with all members that a report has, and some text in each that holds any."""
    formula = {"numpy": text, "latex": text, "mathml": f"<math><mi>{text}</mi></math>"}
    told = {**NOTHING, "read_as": formula, "repair": formula, "error_band": text}
    results = []
    for one in document["results"]:
        diagnosis = [
            {**entry(d["code"], certain=True), "evidence": text, "explanation": text} for d in one["diagnosis"]
        ]
        results.append({**told, **one, "read_as": formula, "diagnosis": diagnosis})
    return {**document, "results": results}


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(TEXTS, REPORTS, TEXTS), max_size=4), TEXTS)
def test_no_text_of_a_student_is_markup(people: list[tuple[str, dict[str, Any], str]], title: str) -> None:
    """Names, formulas, feedback, codes and reasons: whatever they hold, the page is valid and asks for nothing."""
    read = page(
        [ClassSubmission(id_, hostile(one, text)) for id_, one, text in people] + [ClassSubmission(title, None, title)],
        title=title,
    )

    assert read.tags <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "h3", "p", "div"),
        *("span", "strong", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a"),
        *("details", "summary", "svg", "rect", "path", "math", "mi", "msub", "mn", "mrow", "mo"),
    }


@pytest.mark.parametrize("seed", range(10))
def test_every_number_of_a_class_is_on_its_page(seed: int) -> None:
    """How many there are, each cause with how many made it, each way, and everybody who is wrong by name."""
    people = submitted(drawn(seed, 60), seed)
    found, read = class_report(people), page(people)

    for cause in found.causes:
        assert cause.title in read.text
        assert all(name in read.text for name in (*cause.who, *cause.possible))
    assert read.text.count(" ×") == len(found.unexplained) + len(found.unread) + sum(
        len([way for way in found.ways if cause.code in way.causes]) for cause in found.causes
    )
    assert f"{found.graded} graded" in read.text


def test_the_picture_says_in_words_what_it_shows() -> None:
    """Each bar has the numbers of its answer as its label, and each column a sign beside its colour."""
    read = page(submitted([{"W2": RIGHT}, {"W2": RIGHT}, {"W2": Have("wrong", 0.0)}]))

    assert "W2: 2 right and 1 wrong and unexplained" in read.attributes("aria-label")
    assert all(sign in read.text and words in read.text for sign, words in STATES.values())


def test_the_widths_of_a_bar_are_the_shares() -> None:
    """A part that is half of the class is half as long as the bar."""
    read = page(submitted([{"W2": RIGHT}, {"W2": RIGHT}, {"W2": Have("wrong", 0.0)}, {"W2": Have("wrong", 0.0)}]))
    widths = [(found["class"], found["width"]) for tag, found in read.elements if tag == "rect"]

    assert widths == [("correct", "50"), ("unexplained", "50")]


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([], "Nothing was submitted."),
        ([None, None], "Nothing could be graded."),
        ([{"W2": RIGHT}], "✓ Nothing was wrong."),
        ([{"W2": Have("wrong", 0.0, (), 5)}] * 3, "1 way of being wrong without an explanation"),
        ([{"W2": Have("wrong", 3.0, ("missing_mean",), 2)}] * 3, "3 of 3"),
        ([{"W2": Have("wrong", 3.0, ("missing_mean",), 2, certain=False)}], "perhaps 1 of 1"),
    ],
    ids=["nobody", "unread", "right", "unexplained", "one cause", "perhaps"],
)
def test_classes_of_every_kind_have_their_first_words(people: list[dict[str, Have] | None], said: str) -> None:
    """Nobody, nothing read, nothing wrong, everything wrong: the page begins with what is to be said."""
    assert said in page(submitted(people)).text


def test_of_thousands_of_ways_the_page_shows_as_many_as_anybody_reads() -> None:
    """Where everybody is wrong in another way, the page says how many more there are, and where."""
    read = page(submitted([{"W2": Have("wrong", 0.0, (), 5 + n)} for n in range(MOST_WAYS + 20)]))

    assert read.text.count(" ×") == MOST_WAYS
    assert f"{MOST_WAYS + 20} ways of being wrong without an explanation" in read.text
    assert "And 20 more ways" in read.text


def test_a_way_that_can_be_named_has_its_entry_and_its_formula() -> None:
    """An unexplained formula is there as mathematics and as code, with what the rubric takes to name it."""
    formula = {"numpy": "2 * W2 < 3", "latex": "", "mathml": "<math><mn>2</mn><mi>W</mi></math>"}
    one = result("W2", Have("wrong", 0.0)) | {"read_as": formula}
    read = page([ClassSubmission("ada", {"fraction": 0.0, "results": [one]})])

    assert '"formula": "2 * W2 < 3"' in read.text
    assert '"code": "own_w2_1"' in read.text
    assert "math" in read.tags
