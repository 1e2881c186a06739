"""What is answered, for the documentation: the answers themselves stay plain dictionaries with arrays, for speed.

A test holds real answers against these models.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chainruler.schemas.arrays import Array
from chainruler.schemas.requests import Arrays, DType

Layout = Literal["out_in", "in_out"]


class Answer(BaseModel):
    """What every answer is: no field that is not told of."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Drawn(Answer):
    """What was drawn at random, or moves with the data, so that it can be sent back."""

    drawn: Arrays | None = Field(None, description="What was drawn at random, under the names to send it by.")
    statistics: Arrays | None = Field(
        None, description="Running statistics after this batch, to be sent as `statistics`; in training only."
    )
    layout: Layout = Field(description="How weights lie.")
    dtype: DType = Field(description="The numbers that were computed with.")


class Computed(Drawn):
    """What an answer repeats of the request."""

    parameters: Arrays | None = Field(None, description="The parameters, if they were drawn here.")


class ForwardAnswer(Computed):
    """The outputs, the loss where there are targets, and on request every line before them."""

    outputs: Array = Field(description="The last line of the model.")
    loss: Array | None = Field(None, description="The loss, where the request has one, and targets.")
    data_loss: Array | None = Field(None, description="The loss without the penalty.")
    penalty: Array | None = Field(None, description="The penalty; 0 without regularization.")
    intermediates: Arrays | None = Field(None, description="Every line between the data and the outputs.")


class GradientsAnswer(Computed):
    """The loss, its parts, and the gradient of every parameter."""

    loss: Array = Field(description="What is differentiated; one number a sample where the reduction is none.")
    data_loss: Array = Field(description="The loss without the penalty.")
    penalty: Array = Field(description="The penalty; 0 without regularization.")
    gradients: Arrays = Field(description="The gradient by each parameter, shaped like it.")
    outputs: Array | None = Field(None, description="The last line of the model.")
    intermediates: Arrays | None = Field(None, description="Every line between the data and the objective.")
    intermediate_gradients: Arrays | None = Field(None, description="The gradient by each of these lines.")
    input_gradients: Arrays | None = Field(None, description="The gradient by the samples.")
    per_sample: Arrays | None = Field(None, description="The gradient of each sample's part of the data loss.")


class StepAnswer(Drawn):
    """Everything that the next step takes."""

    parameters: Arrays = Field(description="The parameters after the last step.")
    optimizer_state: dict[str, Any] = Field(description="What the next step takes as `optimizer_state`.")
    losses: Array = Field(description="The loss before each step.")
    loss: float = Field(description="The loss after the last step, on that step's data.")
    steps: int = Field(description="How many steps were taken.")


class JacobianAnswer(Answer):
    """A Jacobian, whole or as its one block."""

    of: str
    with_respect_to: str
    form: Literal["dense", "block"]
    jacobian: Array | None = Field(None, description="All entries: the axes of the line, then those of the other.")
    block: Array | None = Field(None, description="The entries that are not zero.")
    matched: list[Any] | None = Field(None, description="The axes along which everything else is zero.")


class JvpAnswer(Answer):
    """The derivative of a line along a direction."""

    of: str
    jvp: Array


class VjpAnswer(Answer):
    """An upstream gradient times the derivatives of a line."""

    of: str
    vjp: Arrays


class HvpAnswer(Answer):
    """The Hessian times a direction."""

    hvp: Arrays


class Entry(Answer):
    """One entry of a parameter, where gradient and number are farthest apart."""

    index: list[int]
    analytic: float
    numeric: float


class Checked(Answer):
    """How far the gradient of one parameter is from the numeric one."""

    correct: bool
    error: float = Field(description="The largest difference, relative to the largest numeric entry.")
    worst: Entry
    checked: int = Field(description="How many entries were probed.")
    entries: int = Field(description="How many entries there are.")


class Kink(Answer):
    """A line with an entry near a kink, where numeric gradients may be of the wrong side."""

    line: str
    distance: float


class GradcheckAnswer(Answer):
    """Whether the gradients are right, parameter by parameter."""

    correct: bool
    method: Literal["complex step", "central differences"]
    tolerance: float
    parameters: dict[str, Checked]
    kinks: list[Kink]


class InHand(Answer):
    """A line in the hand that was asked for: in what this hand is written, or the reason why it cannot be."""

    text: str | None = Field(None, description="As code, with its left side.")
    latex: str | None = None
    mathml: str | None = None
    reason: str | None = None


class Line(Answer):
    """One line of a derivation."""

    symbol: str
    shape: list[int | str] = Field(description="Its sizes; N is the number of samples.")
    numpy: str
    latex: str
    mathml: str
    because: str = Field(description="The rule that gives it.")
    written: InHand | None = Field(None, description="The line in the `hand` and the `style` that were asked for.")


class DerivationAnswer(Answer):
    """The objective, and all lines in the order of the chain rule."""

    objective: Line
    steps: list[Line]
    names: dict[str, str] | None = Field(
        None,
        description="Which names of the `style` stand for which of the problem: they are `symbols` for a rubric.",
    )


class Written(Answer):
    """A formula in three notations."""

    numpy: str
    latex: str
    mathml: str


class DifferentiateAnswer(Answer):
    """A formula's gradients, and their values where all variables have numbers."""

    read_as: Written
    value: float | None = None
    gradients: Arrays | None = None
    formulas: dict[str, Written]


class Described(Answer):
    """A layer, loss or optimiser."""

    type: str
    description: str
    json_schema: dict[str, Any] = Field(alias="schema", description="The JSON schema of its description.")
    examples: list[dict[str, Any]]


class LayersAnswer(Answer):
    """Every layer."""

    layers: list[Described]


class LossesAnswer(Answer):
    """Every loss."""

    losses: list[Described]


class OptimizersAnswer(Answer):
    """Every optimiser."""

    optimizers: list[Described]


class Listed(Answer):
    """A worked system by its name."""

    name: str
    title: str
    about: str


class TextbookAnswer(Answer):
    """The worked systems."""

    textbook: list[Listed]


class TextbookEntryAnswer(Listed):
    """A worked system: a problem that can be posted as it stands, and the training that its course does."""

    problem: dict[str, Any]
    training: dict[str, Any] | None = None
