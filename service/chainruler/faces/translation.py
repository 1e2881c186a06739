"""What other grading interfaces ask, told in the words of POST /v1/grade."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from chainruler.grading.cases import case_of, imported, syntax_of
from chainruler.handlers.context import Context
from chainruler.handlers.grading import check_known, grade, preview
from chainruler.networks import SpecError
from chainruler.schemas.grading import GradeRequest, PreviewRequest
from chainruler.schemas.reading import InvalidRequest, read_request

Document = dict[str, Any]
Settings = Mapping[str, Any]
"""What the teacher has set up: `problem`, `with_respect_to`, `rubric`, `hints`, `reveal`, `symbols`, `cases`."""

NUMBERS = re.compile(r"[-+\d.,;eE\s\[\]]*\d[-+\d.,;eE\s\[\]]*")
"""What is typed as numbers, and not as a formula."""
CASE = re.compile(r"/rubric/mistakes/(\d+)(/.*)?")


class Places(NamedTuple):
    """Where the parts of a request to grade stand in the request that came, as JSON pointers."""

    settings: str
    answers: str


class ReportWithWarnings(NamedTuple):
    """A report, and what was wrong with the teacher's cases."""

    report: Document
    warnings: list[Document]


def spec_of(response: Any, syntax: str) -> Document:
    """An answer as it is submitted here: typed numbers and formulas are told apart, and arrays are what is left."""
    if isinstance(response, Mapping):
        return dict(response)
    typed = _typed(response) if isinstance(response, list) and response else response
    if not isinstance(typed, str):
        return {"array": response}
    return {"text": typed} if NUMBERS.fullmatch(typed) else {"formula": typed, "syntax": syntax}


def _check_asked(answers: Mapping[str, Any], settings: Settings, places: Places, context: Context) -> None:
    """Refuses an answer to what the problem has no gradient by: where there is one, the teacher has named it."""
    try:
        asked = read_request(PreviewRequest, {"problem": settings.get("problem"), "formula": ""})
        check_known(asked.problem, answers, context)
    except (SpecError, InvalidRequest) as error:
        raise _moved(error, places) from None


def name_of(answer: Any, settings: Settings) -> str:
    """What the gradient is by: as the settings say, or else as the teacher's own answer does."""
    name = settings.get("with_respect_to", answer)
    if not isinstance(name, str) or not name.strip():
        message = "It is not said what the gradient is by."
        raise SpecError("missing_field", "/with_respect_to", message, 'Set "with_respect_to": "W1".')
    return name.strip()


def graded(answers: Mapping[str, Any], settings: Settings, places: Places, context: Context) -> ReportWithWarnings:
    """The report on answers; a case that cannot be used is told of, and is no reason to refuse."""
    cases = settings.get("cases")
    mistakes, warnings = imported(
        cases if isinstance(cases, list) else [], next(iter(answers), ""), syntax_of(settings)
    )
    if len(answers) == 1:
        _check_asked(answers, settings, places, context)
    while True:
        document = _request(answers, settings, mistakes)
        try:
            return ReportWithWarnings(grade(read_request(GradeRequest, document), context), warnings)
        except (SpecError, InvalidRequest) as error:
            number = _case_at_fault(error, settings, len(mistakes))
            if number is None:
                raise _moved(error, places) from None
            spoilt = mistakes.pop(number)
            warnings.append({"case": case_of(spoilt["code"]), "message": str(error)})


def previewed(formula: str, answer: str | None, settings: Settings, places: Places, context: Context) -> Document:
    """How a formula is read."""
    document = {
        "problem": settings.get("problem"),
        "answer": answer,
        "formula": formula,
        "syntax": syntax_of(settings),
    }
    try:
        return preview(read_request(PreviewRequest, document), context)
    except (SpecError, InvalidRequest) as error:
        raise _moved(error, places) from None


def _request(answers: Mapping[str, Any], settings: Settings, mistakes: list[Document]) -> Document:
    asked = {name: settings[name] for name in ("hints", "reveal") if settings.get(name) is not None}
    return {"problem": settings.get("problem"), "answers": answers, "rubric": _rubric(settings, mistakes), **asked}


def _rubric(settings: Settings, mistakes: list[Document]) -> Any:
    """The rubric with aliases and cases in it; what is wrong with it is said where it is read."""
    told = {} if settings.get("rubric") is None else settings["rubric"]
    if not isinstance(told, Mapping):
        return told
    symbols, own = told.get("symbols", {}), told.get("mistakes", [])
    if isinstance(symbols, Mapping):
        symbols = {**_aliases(settings.get("symbols")), **symbols}
    return {**told, "symbols": symbols, "mistakes": [*own, *mistakes] if isinstance(own, list) else own}


def _aliases(symbols: Any) -> dict[str, str]:
    """Other names of symbols: {"u": {"aliases": ["U"]}} makes U stand for u."""
    told = symbols if isinstance(symbols, Mapping) else {}
    return {
        alias: name
        for name, symbol in told.items()
        if isinstance(symbol, Mapping)
        if isinstance(symbol.get("aliases"), list)
        for alias in symbol["aliases"]
        if isinstance(alias, str) and alias != name
    }


def _case_at_fault(error: SpecError | InvalidRequest, settings: Settings, count: int) -> int | None:
    """Which of the imported mistakes an error is about, if it is about one; they stand behind the rubric's own."""
    rubric = settings.get("rubric")
    own = rubric.get("mistakes") if isinstance(rubric, Mapping) else None
    first = len(own) if isinstance(own, list) else 0
    for one in _all(error):
        found = CASE.fullmatch(one.pointer)
        if found and 0 <= int(found[1]) - first < count:
            return int(found[1]) - first
    return None


def _moved(error: SpecError | InvalidRequest, places: Places) -> InvalidRequest:
    """The error with pointers into the request that came."""
    return InvalidRequest([_moved_one(one, places) for one in _all(error)], getattr(error, "more", 0))


def _moved_one(error: SpecError, places: Places) -> SpecError:
    before = places.answers if error.pointer.startswith("/answers") else places.settings
    after = "" if before == places.answers else error.pointer
    return SpecError(error.code, before + after, error.message, error.hint)


def _all(error: SpecError | InvalidRequest) -> list[SpecError]:
    return error.errors if isinstance(error, InvalidRequest) else [error]


def _typed(fields: list[Any]) -> str | None:
    """The text of a table of input fields, in which numbers are typed; None if these are no fields."""
    rows = fields if all(isinstance(row, list) for row in fields) else [fields]
    if not all(isinstance(entry, str) for row in rows for entry in row):
        return None
    return "; ".join(", ".join(row) for row in rows)
