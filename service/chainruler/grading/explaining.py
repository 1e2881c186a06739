"""What explains wrong answers: mistakes behind all arrays together, and behind each formula by itself."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from chainruler.engine import Evaluation
from chainruler.grading.context import DerivationContext
from chainruler.grading.explanation import Explanation
from chainruler.grading.formulas import EXACT, SubmittedFormula
from chainruler.grading.key import AnswerKey, Structure
from chainruler.grading.search import Allowance, Search
from chainruler.grading.states import SearchState
from chainruler.grading.submitted import SubmittedArray

MOST_MISTAKES = 2
"""How many mistakes at once are looked for."""
MOST_TOLD = 3
"""How many explanations are told, where several are possible."""


@dataclass(frozen=True)
class LineDiagnosis:
    """The explanations of one wrong line."""

    explanations: list[Explanation]
    premises: list[str]
    """The wrong submitted lines that it starts from, with no other wrong one between."""
    follows: bool = False
    """Whether it follows from them in a right step, and is wrong for no fault of its own."""
    together: bool = False
    """Whether the explanations are those of everything that was submitted, and not of this line alone."""


SMALL = 20_000
"""Of problems whose lines have no more numbers than this, what mistakes lead to is kept for the next submission."""


def start_of(key: AnswerKey) -> SearchState | None:
    """The right derivation at the posed point; None if the problem has no numbers."""
    return None if key.at_problem_values is None else _start_at(key, key.structure, key.at_problem_values)


def _start_at(key: AnswerKey, structure: Structure, point: Evaluation) -> SearchState:
    """The right derivation at a point, where searches start for every submission."""
    if point not in key.starts:
        context = structure.context
        numbers = sum(point(symbol).size for symbol in context.gradients)
        key.starts[point] = SearchState((point,), remembers=numbers <= SMALL)
    return key.starts[point]


def arrays_explained(
    key: AnswerKey, start: SearchState, submitted: Mapping[str, SubmittedArray], *, follow_through: bool
) -> dict[str, LineDiagnosis]:
    """The diagnosis of each wrong line: from all submitted lines together, or else from the line by itself."""
    structure, wrong = key.structure, [name for name, one in submitted.items() if not (one.right or one.given)]
    submitted = {name: _as_zero(one, name, key) for name, one in submitted.items()}
    stop = submitted if follow_through else {}
    allowance = Allowance()
    together = _explained(structure, start, submitted, allowance, doubles=True)
    if together:
        return {name: _about(name, together, submitted, structure.context, stop, together=True) for name in wrong}
    alone = {name: _by_itself(name, submitted, structure.context) for name in wrong}
    own = {
        name: Search(structure, start, alone[name], allowance, hidden=False).explanations(MOST_MISTAKES)
        for name in wrong
    }
    if not all(own.values()):
        own = {name: found or _explained(structure, start, alone[name], allowance) for name, found in own.items()}
    return {name: _about(name, found, submitted, structure.context, stop) for name, found in own.items()}


def _as_zero(one: SubmittedArray, name: str, key: AnswerKey) -> SubmittedArray:
    """A right array of a line that is 0, which stays right under mistakes that leave other rounding there."""
    return replace(one, faint=key.faint(name)) if one.right and key.is_zero(name) else one


def formula_explained(formula: SubmittedFormula, allowance: Allowance) -> list[Explanation]:
    """What explains a wrong formula, as a step that starts from the lines it uses."""
    key = formula.key
    structure, point = key.written, key.home
    start = _start_at(key, structure, point)
    symbols = structure.context.symbols
    submitted = {name: SubmittedArray(point(symbols[name]), EXACT, right=True) for name in formula.starts_from}
    submitted[formula.line.name] = SubmittedArray(formula.value(point), EXACT, right=False, copied=formula.is_copied)
    found = _explained(structure, start, submitted, allowance)
    return [explanation for explanation in found if _gives_formula(explanation, formula)][:MOST_TOLD]


def _gives_formula(explanation: Explanation, formula: SubmittedFormula) -> bool:
    """Whether the mistakes give the formula at every point."""
    for point in (*formula.usual, *formula.beyond):
        values = point
        for variant in explanation:
            values = variant.made(values)
        if not SubmittedArray(formula.value(point), EXACT, right=False).matches(values(formula.line.symbol)):
            return False
    return True


def _explained(
    structure: Structure,
    start: SearchState,
    submitted: Mapping[str, SubmittedArray],
    allowance: Allowance,
    *,
    doubles: bool = False,
) -> list[Explanation]:
    """The explanations by the fewest mistakes, of which two may be in one hidden line where `doubles`."""
    for budget in range(1, MOST_MISTAKES + 1):
        found = Search(structure, start, submitted, allowance).explanations(budget, doubles=doubles)
        if found:
            return found
    return []


def _by_itself(
    name: str, submitted: Mapping[str, SubmittedArray], context: DerivationContext
) -> dict[str, SubmittedArray]:
    """One line to explain, with those before it taken as they are."""
    before = _before(name, context, {})
    kept = {n: one for n, one in submitted.items() if n == name or n in before}
    return {n: one if n == name or one.right else replace(one, given=True) for n, one in kept.items()}


def _about(
    name: str,
    found: list[Explanation],
    submitted: Mapping[str, SubmittedArray],
    context: DerivationContext,
    stop: Mapping[str, SubmittedArray],
    *,
    together: bool = False,
) -> LineDiagnosis:
    """The part of each explanation that is about a line: mistakes in it, and in lines before it that nobody marks."""
    hidden = _before(name, context, stop)
    parts: dict[tuple[tuple[str, str], ...], Explanation] = {}
    for explanation in found:
        part = tuple(v for v in explanation if v.line.name == name or v.line.name in hidden)
        parts.setdefault(tuple((v.line.name, v.mistake.code) for v in part), part)
    premises = _premises(name, submitted, context)
    if () in parts:
        return LineDiagnosis([], premises, bool(premises), together)
    return LineDiagnosis(list(parts.values())[:MOST_TOLD], premises, together=together)


def _premises(name: str, submitted: Mapping[str, SubmittedArray], context: DerivationContext) -> list[str]:
    """The wrong submitted lines that a line starts from: those that are reached from it first."""
    wrong = {n for n, one in submitted.items() if n != name and not one.right}
    reached = {name, *_before(name, context, wrong)} if wrong else set()
    used = {symbol for label in reached for symbol in context.uses(label)}
    return [n for n in submitted if n in wrong and context.symbols[n] in used]


def _before(name: str, context: DerivationContext, stop: Container[str]) -> set[str]:
    """The lines that a line is made of; nothing is looked at behind those where it stops."""
    labels = {symbol: label for label, symbol in context.symbols.items() if label in context.lines}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for symbol in context.uses(waiting.pop()):
            label = labels.get(symbol)
            if label is not None and label not in found and label not in stop:
                found.add(label)
                waiting.append(label)
    return found
