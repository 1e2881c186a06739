"""The page on which staff see what their class got wrong: what to teach first, then every way with an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from json import dumps

from chainruler.grading.classroom.report import AnswerCount, ClassReport, MistakeGroup, Unread
from chainruler.grading.classroom.ways import Way
from chainruler.html.document import document
from chainruler.html.element import Content, Element, element
from chainruler.html.mathematics import formula
from chainruler.html.pieces import card, counted, folded, header, listed, names, share, stacked, written
from chainruler.notation import mathml_symbol

MOST_TAUGHT = 3
"""Causes that the page begins with."""
MOST_WAYS = 100
"""Ways that a list shows: nobody reads more, and where everybody has numbers of their own there may be thousands."""
LONGEST_SYMBOL = 16
"""Characters of an answer's name that is set as mathematics, which breaks into no lines."""
STATES = {
    "correct": ("✓", "right"),
    "convention": ("≈", "right but for a convention"),
    "follows": ("↳", "follows from a wrong step"),
    "explained": ("✗", "wrong by a known mistake"),
    "unexplained": ("?", "wrong and unexplained"),
    "not_graded": ("–", "not graded"),
}
Examples = Mapping[Way, str]
"""The numbers of an example, as a line of text."""


def class_page(report: ClassReport, title: str = "What the class got wrong", examples: Examples | None = None) -> str:
    """The whole page."""
    parts = [_summary(report, title), _answers(report), _unexplained(report, examples or {}), _causes(report)]
    main = element("main", parts, _unread(report))
    return document(title, header("class report"), main)


def _summary(report: ClassReport, title: str) -> Element:
    figures = [
        (f"{report.submissions:,}", "submission" if report.submissions == 1 else "submissions"),
        (f"{report.graded:,}", "graded"),
        (f"{report.correct:,}", "all right"),
        ("–" if report.mean is None else f"{100 * report.mean:.0f} %", "of the points, on average"),
    ]
    tiles = element("ul", (element("li", element("strong", n), element("span", what)) for n, what in figures))
    tiles.attributes["class"] = "tiles"
    return element("section", element("h1", title), tiles, _to_teach(report), class_="card")


def _to_teach(report: ClassReport) -> Content:
    """What most got wrong, in order; and what nobody can say yet."""
    rows: list[Content] = [
        element(
            "li",
            element("a", cause.title, href=f"#{_anchor(cause.code)}"),
            element("span", f"{_those(cause)} of {report.graded:,}", class_="amount"),
            element("p", cause.explanation, f" {_places(cause)}"),
        )
        for cause in report.causes[:MOST_TAUGHT]
    ]
    if not report.graded:
        return element("p", "Nothing could be graded." if report.submissions else "Nothing was submitted.")
    if not rows and not report.unexplained:
        return element("p", "✓ Nothing was wrong.", class_="calm")
    teach = (element("h2", "Teach first"), element("ol", rows, class_="teach")) if rows else None
    return teach, _to_name(report)


def _to_name(report: ClassReport) -> Content:
    ways = report.unexplained
    if not ways:
        return None
    most = counted(len(ways[0].who), "submission")
    told = f"{counted(len(ways), 'way')} of being wrong without an explanation"
    share = f"; the most frequent in {most}. Of {counted(report.wrong, 'wrong answer')} {report.without_cause:,}"
    share += f" ({report.without_cause / report.wrong:.0%}) have no known cause."
    return element("p", element("a", told, href="#unexplained"), share, class_="note")


def _answers(report: ClassReport) -> Content:
    if not report.answers:
        return None
    heads = element("tr", element("th", "answer", scope="col"), element("th", "share of submissions", scope="col"))
    marks = [
        element("th", key(state), scope="col", title=STATES[state][1], aria_label=STATES[state][1]) for state in STATES
    ]
    row = element("tr", *heads.content, marks, element("th", "points", scope="col"))
    body = element("tbody", (_answer(one) for one in report.answers))
    legend = element("ul", (element("li", key(state), f" {words}") for state, (_, words) in STATES.items()))
    legend.attributes["class"] = "legend"
    note = "In percent, the part of the points, on average over those that were graded."
    wide = element("div", element("table", element("thead", row), body), class_="wide")
    return card("Points by answer", wide, legend, id_="answers", note=note)


def key(state: str) -> Element:
    """The sign of a state, in its colour."""
    return element("span", STATES[state][0], class_=f"key {state}")


def _answer(one: AnswerCount) -> Element:
    counts = {state: int(getattr(one, state)) for state in STATES}
    said = listed([f"{count:,} {STATES[state][1]}" for state, count in counts.items() if count])
    bar = stacked(list(counts.items()), f"{one.answer}: {said}")
    cells = [
        element("td", key(state), f"{count:,}" if count else "·", class_=_cell(count))
        for state, count in counts.items()
    ]
    mean = element("td", "–" if one.mean is None else f"{100 * one.mean:.0f} %", class_="n mean")
    name = element("th", symbol(one.answer), scope="row")
    return element("tr", name, element("td", bar, class_="picture"), cells, mean)


def _cell(count: int) -> str:
    return "n" if count else "n none"


def symbol(answer: str) -> Content:
    """The name of an answer as mathematics."""
    return (formula(mathml_symbol(answer)) if len(answer) <= LONGEST_SYMBOL else None) or answer


def _unexplained(report: ClassReport, examples: Examples) -> Content:
    if not report.unexplained:
        return None
    note = (
        "No known mistake gives these. Equal answers are one way, however they are written. "
        "Where you see what it is, name it in the rubric: the next run counts it as a cause, with your feedback."
    )
    return card("Unexplained", _listed_ways(report.unexplained, examples), id_="unexplained", note=note)


def _listed_ways(ways: Sequence[Way], examples: Examples) -> Iterator[Element]:
    """The first of these ways, and how many more there are."""
    yield element("ul", (_way(way, examples.get(way)) for way in ways[:MOST_WAYS]), class_="ways")
    if len(ways) > MOST_WAYS:
        yield element(
            "p", f"And {counted(len(ways) - MOST_WAYS, 'more way')}: --report class.json has all.", class_="note"
        )


def _causes(report: ClassReport) -> Content:
    if not report.causes:
        return None
    note = "A submission counts once for each mistake, however many of its answers it spoils."
    return card("Causes", (_cause(cause, report) for cause in report.causes), id_="causes", note=note)


def _places(cause: MistakeGroup) -> str:
    """In which answers, and in how many of each."""
    return f"In {listed([f'{answer} ({count:,})' for answer, count in cause.answers.items()])}."


def _cause(cause: MistakeGroup, report: ClassReport) -> Element:
    ways = [way for way in report.ways if cause.code in way.causes]
    sure, perhaps = len(cause.who), len(cause.possible)
    others = max(report.graded - sure - perhaps, 0)
    part = stacked(
        [("explained", sure), ("unexplained", perhaps), ("rest", others)], f"{_those(cause)} of {report.graded:,}"
    )
    many = element("span", f"{_those(cause)}, {share(sure + perhaps, report.graded)}")
    folds = (
        folded(counted(len(ways), "way"), _listed_ways(ways, {})),
        folded(counted(sure + perhaps, "submission"), names([*cause.who, *cause.possible])),
    )
    return element(
        "div",
        element("h3", cause.title, " ", element("code", cause.code)),
        element("p", part, many, class_="amount"),
        element("p", cause.explanation),
        element("p", _places(cause), class_="note"),
        element("div", folds, class_="folds"),
        id=_anchor(cause.code),
        class_="cause",
    )


def _those(cause: MistakeGroup) -> str:
    """How many: those that are sure, and those that may be."""
    sure = f"{len(cause.who):,}" if cause.who or not cause.possible else ""
    perhaps = f"perhaps {len(cause.possible):,}" if cause.possible else ""
    return ", ".join(filter(None, (sure, perhaps)))


def _anchor(code: str) -> str:
    return f"cause-{code}"


def _way(way: Way, numbers: str | None = None) -> Element:
    """One way to be wrong, with an example."""
    head = element("p", element("strong", f"{len(way.who):,} ×"), " ", symbol(way.answer), _points(way), class_="head")
    shown = written(way.read_as) if way.read_as is not None else None if numbers is None else element("code", numbers)
    return element("li", head, shown, _about(way), _folds(way))


def _points(way: Way) -> Element:
    told = [] if way.credit is None else [f"{100 * way.credit:.0f} % of the points"]
    told += ["right but for a convention"] if way.verdict != "wrong" else []
    return element("span", ", ".join(told), class_="note")


def _about(way: Way) -> Iterator[Element]:
    """What is known of it."""
    if way.evidence:
        either = "" if way.certain else "One of several explanations. "
        yield element("p", f"{either}{way.evidence}")
    if way.read_as is None and way.is_unexplained:
        far = f": {way.error_band}" if way.error_band else ""
        yield element("p", f"Numbers, for example those of {way.example}{far}.", class_="note")
    if way.repair is not None:
        yield element("p", "Right would be ", element("code", str(way.repair["numpy"])), class_="note")


def _folds(way: Way) -> Element:
    who = folded(counted(len(way.who), "submission"), names(way.who))
    if way.entry is None:
        return element("div", who, class_="folds")
    entry = element("pre", dumps(way.entry, ensure_ascii=False, indent=1))
    return element("div", who, folded("Name it: an entry for “mistakes” of the rubric", entry), class_="folds")


def _unread(report: ClassReport) -> Content:
    if not report.unread:
        return None
    note = "These count in no average. A blank is no zero: look at them yourself."
    rows = element("ul", (_reason(one) for one in report.unread), class_="ways")
    return card("Not graded", rows, id_="unread", note=note)


def _reason(one: Unread) -> Element:
    what = "whole submission" if one.answer is None else symbol(one.answer)
    head = element("p", element("strong", f"{len(one.who):,} ×"), " ", what, class_="head")
    return element("li", head, element("p", one.why), folded(counted(len(one.who), "submission"), names(one.who)))
