"""The gate of a ReLU: left out, or opened by something else."""

from __future__ import annotations

from collections.abc import Iterator

from chainruler.engine import Expression, substitute
from chainruler.engine.primitives.arithmetic import Multiply
from chainruler.engine.primitives.gates import Compare
from chainruler.grading.lines import Line
from chainruler.grading.mistakes.mistake import Change, Changes, Mistake
from chainruler.grading.mistakes.partial import definitions_in_part
from chainruler.grading.occurrences import operands, places


class MissingGate(Mistake):
    """The gradient passed through a ReLU as if it were not there."""

    code = "missing_gate"
    title = "The gate of the ReLU is missing"
    credit = 0.5
    habit = True
    question = "What does a ReLU do to the gradient where its input is negative?"
    step = "The gate of the ReLU is missing in {line}."
    explanation = "Where its input is negative a ReLU gives 0 whatever the input is, so that no gradient passes there."

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for place, i, factor in operands(line.data, Multiply):
            if factor.kind == "gate" and factor not in line.context.targets:
                yield Change(line.with_data(place.without(i)), "the gate is left out")


class WrongGate(Mistake):
    """The gate opened by other numbers than the input of the ReLU."""

    code = "wrong_gate"
    title = "The gate of the ReLU looks at the wrong numbers"
    credit = 0.5
    question = "Which quantity decides whether a ReLU is open: its input, the gradient, or something else?"
    step = "The gate in {line} is opened by the wrong numbers."
    explanation = (
        "A ReLU is open where its own whole input is positive; neither the gradient nor another layer matters."
    )

    @classmethod
    def changes(cls, line: Line) -> Changes:
        for gate in dict.fromkeys(_gates(line)):
            for opener, evidence in _openers(line, gate):
                yield Change(line.with_data(substitute([line.data], {gate: opener})[0]), evidence)


def _gates(line: Line) -> Iterator[Expression]:
    """The gates in the derivative of an activation."""
    whole = not line.slopes and line.activation is not None
    for place in places(line.data):
        if isinstance(place.node.primitive, Compare) and place.node.shape and (whole or line.in_slope(place)):
            yield place.node


def _openers(line: Line, gate: Expression) -> Iterator[tuple[Expression, str]]:
    """What else might open a gate."""
    inner = gate.args[0]
    yield gate.primitive(*reversed(gate.args)), "the gate is open where it should be closed"
    for name, other in line.context.alike(inner, line):
        if other.kind == "real":
            yield other > 0, f"the gate looks at {name}"
    for part in definitions_in_part(inner, line.context):
        yield part > 0, "the gate looks at a part of the pre-activation only"
