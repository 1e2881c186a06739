"""Answers graded: the problem, what was submitted, and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from chainruler.grading.errors import NotGradable
from chainruler.grading.formulas import conventions_in
from chainruler.grading.judging import Judge, RawAnswer
from chainruler.grading.key import AnswerKey
from chainruler.grading.mistakes import Mistake
from chainruler.grading.reading import read, results_of
from chainruler.grading.report import ReportWriter
from chainruler.grading.rubric import OwnMistake, Rubric
from chainruler.grading.symbols import name_of, read_own, symbols_for
from chainruler.handlers.context import Context
from chainruler.handlers.errors import NotRevealed
from chainruler.handlers.issued import bound
from chainruler.handlers.posing import PosedProblem, key_to
from chainruler.handlers.reports import report_of
from chainruler.networks import SpecError
from chainruler.networks.blueprint import GRADIENT
from chainruler.networks.errors import did_you_mean, pointer
from chainruler.notation import spelling, to_latex, to_mathml, to_numpy
from chainruler.notation.left_sides import gradient_named
from chainruler.schemas.grading import GradeRequest, PreviewRequest, Reveal, RubricSpec, TokenSpec
from chainruler.schemas.requests import ObjectiveRequest, Request
from chainruler.schemas.submitted import AnswerSpec, UnreadAnswer

Answer = dict[str, Any]
LONGEST_NAME = 200
"""Letters of a name that is told again as it came."""


def grade(request: GradeRequest, context: Context) -> Answer:
    """Verdict, score and diagnosis of each answer."""
    _check_revealed(request.reveal, context)
    request = bound(request, context)
    posed = key_to(request.problem, context)
    return report_of(posed.sha256, request, context.budget, lambda: _report(request, posed))


def _report(request: GradeRequest, posed: PosedProblem) -> Answer:
    rubric = _rubric(request.rubric)
    submitted = request.answers if isinstance(request.answers, str) else dict(_named(request.answers, posed.key))
    answers = _given(submitted, posed.key, rubric)
    _check_known(posed.key, rubric.points, "rubric", "points")
    _require_symbols(posed.key, rubric.symbols)
    judge = Judge(posed.key, rubric, single=posed.single)
    _check_own_mistakes(judge)
    unread = {} if isinstance(submitted, str) else dict(_unread(posed.key, submitted))
    judged = judge.judged({name: one for name, one in answers.items() if name not in unread})
    unread = {name if len(name) <= LONGEST_NAME else f"{name[:40]}…": why for name, why in unread.items()}
    report = ReportWriter(posed.key, rubric, request.reveal, request.hints, request.signatures)
    return report.document(judged, posed.sha256, unread)


def _named(answers: Mapping[str, AnswerSpec], key: AnswerKey) -> Iterator[tuple[str, AnswerSpec]]:
    """The answers by the problem's names: dW2, grad_W2 and grads["W2"] mean W2.

    Where several names mean one answer, to choose would be a guess.
    """
    known = {name.removeprefix(GRADIENT) for name in key.gradients}
    spelled: dict[str, list[str]] = {}
    for name in answers:
        plain = name.strip()
        of = plain if plain in {*known, "loss", "x"} else gradient_named(plain, known)
        spelled.setdefault(of or name, []).append(name)
    for meant, names in spelled.items():
        several = UnreadAnswer.model_construct(reason=_several(meant, names)) if len(names) > 1 else None
        yield meant, several or answers[names[0]]


def _several(meant: str, names: Sequence[str]) -> str:
    listed = " and ".join(f'"{name[:40]}"' for name in names[:3])
    return f"{listed} all mean {meant}: one answer is wanted."


def _unread(key: AnswerKey, answers: Mapping[str, AnswerSpec]) -> Iterator[tuple[str, str]]:
    """The answers that there is nothing to judge of, each with the reason."""
    for name, spec in answers.items():
        try:
            key.line_of(name)
        except SpecError as error:
            yield name, error.message if error.hint is None else f"{error.message} {error.hint}"
        else:
            if isinstance(spec, UnreadAnswer):
                yield name, spec.reason


def _check_revealed(reveal: Reveal, context: Context) -> None:
    order = get_args(Reveal)
    if order.index(reveal) > order.index(context.reveal):
        message = f'The key of this caller has answers graded up to "reveal": "{context.reveal}".'
        raise NotRevealed("not_allowed", "/reveal", message)


def preview(request: PreviewRequest, context: Context) -> Answer:
    """How a formula is read, and nothing of whether it is right."""
    key = key_to(request.problem, context).key
    if request.answer is not None:
        _check_known(key, [request.answer], "answer")
    line = None if request.answer is None else key.written.line(key.line_of(request.answer))
    symbols = symbols_for(key.written, line, {}, upstream=True)
    answer: Answer = {"gradable": True, "symbols": sorted(symbols)}
    try:
        reading = read(request.formula, request.syntax, key, symbols, line)
    except NotGradable as trouble:
        return answer | {"gradable": False, "message": trouble.message, "shown": trouble.shown or None}
    meant = reading.expression
    written = {"numpy": to_numpy(meant), "latex": to_latex(meant), "mathml": to_mathml(meant)}
    told: Answer = {"syntax": reading.syntax} if request.syntax is None else {}
    notes = [reading.doubt] if reading.doubt else conventions_in(reading, key.written.context)
    told |= {"notes": notes} if notes else {}
    return answer | {"read_as": written, **told, "shape": list(meant.shape)}


def mistakes(_request: Request, _context: Context) -> Answer:
    """Every mistake that is known, with its hints and the credit that it leaves."""
    told = ("code", "title", "credit", "question", "step", "answer", "explanation")
    listed = sorted(Mistake.registry.values(), key=lambda mistake: mistake.code)
    return {"mistakes": [{key: getattr(mistake, key) for key in told} for mistake in listed]}


def _given(answers: Mapping[str, AnswerSpec] | str, key: AnswerKey, rubric: Rubric) -> dict[str, RawAnswer]:
    """Each answer; in one text it is each that is named there, or if none is, each that is asked for."""
    if isinstance(answers, str):
        named = results_of(answers, key, rubric.symbols, upstream=rubric.upstream)
        wanted = named or list(rubric.points) or list(key.structure.context.network.parameters)
        return {name: RawAnswer(formula=answers, by_name=True) for name in wanted}
    return {name: RawAnswer(one.array, one.formula, one.syntax, text=one.text) for name, one in answers.items()}


def _rubric(spec: RubricSpec) -> Rubric:
    for code in spec.credit:
        if code not in Mistake.registry:
            message = f'There is no mistake "{code[:40]}".'
            hint = did_you_mean(code, Mistake.registry)
            raise SpecError("unknown_name", pointer("rubric", "credit", code), message, hint)
    return Rubric(
        points=spec.points,
        credit=spec.credit,
        follow_through=spec.follow_through,
        rtol=None if spec.tolerance is None else spec.tolerance.rtol,
        mistakes=tuple(OwnMistake(**own.model_dump()) for own in spec.mistakes),
        symbols=spec.symbols,
        upstream=spec.upstream,
    )


def check_known(problem: ObjectiveRequest | TokenSpec, answers: Iterable[str], context: Context) -> None:
    """Refuses answers to what a problem has no gradient by."""
    _check_known(key_to(problem, context).key, answers, "answers")


def _check_known(key: AnswerKey, answers: Iterable[str], *where: str) -> None:
    """Refuses an answer to what the problem has no gradient by."""
    for answer in answers:
        try:
            key.line_of(answer)
        except SpecError as error:
            place = pointer(*where) if where == ("answer",) else pointer(*where, answer)
            raise SpecError(error.code, place, error.message, error.hint) from None


def _require_symbols(key: AnswerKey, symbols: Mapping[str, str]) -> None:
    """Refuses another name that would do nothing: for what there is none of, or one that no formula can have."""
    if not symbols:
        return
    lines = key.written.context
    known = {**lines.symbols, **symbols_for(key.written, None, {}, upstream=True)}
    for alias, text in symbols.items():
        where = pointer("rubric", "symbols", alias)
        name = name_of(alias)
        if not name or name == text:
            reason = "is its own name" if name else "can stand in no formula: use letters and digits"
            raise SpecError("unknown_name", where, f'"{alias[:40]}" {reason}.', None)
        if text in known:
            continue
        if spelling(text) == text:
            message = f'There is no symbol "{text[:40]}" in this problem.'
            raise SpecError("unknown_name", where, message, did_you_mean(text, known))
        try:
            read_own(text, known, lines)
        except NotGradable as trouble:
            raise SpecError("invalid_formula", where, trouble.message, trouble.shown or None) from None


def _check_own_mistakes(judge: Judge) -> None:
    for number, own in enumerate(judge.rubric.mistakes):
        try:
            judge.formula_of(own)
        except NotGradable as trouble:
            where = pointer("rubric", "mistakes", number, "formula")
            raise SpecError("invalid_formula", where, trouble.message, trouble.shown or None) from None
        except SpecError as error:
            where = pointer("rubric", "mistakes", number, "answer")
            raise SpecError(error.code, where, error.message, error.hint) from None
