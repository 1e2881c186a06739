"""What may stand in a formula for a line of a problem: the problem's own names, and those of the staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chainruler.engine import Expression, ExpressionError, softmax, substitute, variables
from chainruler.engine.primitives.elementwise import Elementwise
from chainruler.grading.context import DerivationContext
from chainruler.grading.errors import NotGradable
from chainruler.grading.key import Structure
from chainruler.grading.lines import Line
from chainruler.networks.blueprint import BATCH, GRADIENT
from chainruler.notation import (
    Asked,
    Conventions,
    FormulaError,
    FormulaLimits,
    Function,
    Reading,
    Symbols,
    read_answer,
    spelling,
)
from chainruler.notation.formula import OBJECTIVES
from chainruler.notation.latex_names import symbol_in
from chainruler.notation.vocabulary import stems


def symbols_for(
    structure: Structure, line: Line | None, aliases: Mapping[str, str], *, upstream: bool
) -> dict[str, Expression | Function]:
    """What may stand in a formula for a line: everything that is known before it, and the model's own functions."""
    context = structure.context
    known: dict[str, Expression | Function] = {}
    barred = set() if line is None else _depending_on(line, context) | _parts_of_loss(line, context)
    allowed = context.gradients - barred if upstream else frozenset()
    usable = {name: s for name, s in context.symbols.items() if s not in context.gradients or s in allowed}
    known |= {name: symbol for name, symbol in usable.items() if symbol not in barred}
    if context.network.view == "batch":
        known.setdefault(BATCH, context.batch)
    for name, function in _functions(context):
        known.setdefault(name, function)
    meant = {name_of(alias): _meant(text, structure, known) for alias, text in aliases.items()}
    named = {alias: meaning for alias, meaning in meant.items() if meaning is not None}
    usual = {alias: known[name] for alias, name in _usual(context).items() if name in known}
    return usual | known | named


def name_of(alias: str) -> str:
    r"""A name as formulas have it, for `p` as for `\\delta^{(2)}`; nothing for what can be none."""
    if spelling(alias) == alias:
        return alias
    found = symbol_in(alias) if "\\" in alias or "^" in alias or "_{" in alias else None
    return spelling(f"{found[0]}{found[1].layer}{found[1].text}") if found is not None else ""


def labels_of(aliases: Mapping[str, str], structure: Structure) -> dict[str, str]:
    """By the staff's own names for lines of a problem, and for the gradients by these, what the problem calls them."""
    lines = structure.context.symbols
    named = {name_of(alias): text for alias, text in aliases.items() if text in lines}
    gradients = {f"{GRADIENT}{name}": f"{GRADIENT}{text}" for name, text in named.items()}
    return {name: text for name, text in gradients.items() if text in lines and name not in lines} | named


def _meant(text: str, structure: Structure, known: Mapping[str, Expression | Function]) -> Expression | Function | None:
    """What a name of the staff's own means; None where it is made of what may not stand in this formula."""
    if text in known:
        return known[text]
    context = structure.context
    everything = {**context.symbols, **known}
    try:
        expression = read_own(text, everything, context).expression
    except NotGradable:
        return None
    return expression if set(variables([expression])) <= set(known.values()) else None


def read_own(text: str, symbols: Symbols, context: DerivationContext) -> Reading:
    """What a name of the staff's own is to mean: a formula of the problem's symbols."""
    try:
        return read_answer(text, None, symbols, FormulaLimits(), conventions_of(context), Asked(""))
    except FormulaError as error:
        raise NotGradable(str(error), error.pointed()) from None
    except ExpressionError:
        raise NotGradable("This cannot be read as a formula.") from None


def _depending_on(line: Line, context: DerivationContext) -> set[Expression]:
    """The line's own symbol, and those of all lines that are made of it."""
    found = {line.symbol}
    for name in context.lines:
        if not found.isdisjoint(context.uses(name)):
            found.add(context.symbols[name])
    return found


def _parts_of_loss(line: Line, context: DerivationContext) -> set[Expression]:
    """Where the loss itself is asked for, the numbers that it is the sum of: naming them is no work."""
    if line.is_gradient:
        return set()
    return {context.symbols[name] for name in context.network.system.lines if not context.symbols[name].shape}


def _functions(context: DerivationContext) -> Iterator[tuple[str, Function]]:
    """`phi`, the activation that all hidden layers share, and `psi`, what makes outputs of the last scores."""
    hidden = {}
    for name, line in context.network.system:
        if line.args and isinstance(line.primitive, Elementwise) and len(context.uses(name)) == 1 and line.shape:
            hidden[line.primitive] = _function(line, *context.uses(name))
    if len(hidden) == 1:
        yield "phi", next(iter(hidden.values()))
    loss = context.network.problem.loss
    if loss is not None and loss.contains == "softmax":
        yield "psi", lambda z: softmax(z, -1)


def _function(line: Expression, place: Expression) -> Function:
    return lambda z: substitute([line], {place: z})[0]


def _usual(context: DerivationContext) -> dict[str, str]:
    """Other names that are in use: Delta for the one-hot rows."""
    rows = [name for symbol, name in context.targets.items() if symbol.kind != "index"]
    return {"Delta": rows[0]} if len(rows) == 1 else {}


def conventions_of(context: DerivationContext) -> Conventions:
    """How names of the problem are meant that mean something else by themselves."""
    lines = {context.symbols[name]: line for name, line in context.network.system}
    weights = [p.variable for p in context.network.parameters.values() if p.role == "weight"]
    matrices = [weight for weight in weights if weight.ndim == 2]
    units = int(context.network.problem.model.layout == "in_out")
    columns = frozenset(w for w in matrices if (w.shape[units] != 1) == units)
    objectives = OBJECTIVES | {context.network.objective or ""}
    return Conventions(
        context.rows, objectives=objectives, stems=stems(), lines=lines, layers=len(matrices), second_axes=columns
    )
