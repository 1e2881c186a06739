"""Loss, gradients, outputs, steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chainruler_client.results.result import Array, Arrays, Number, Result, State

Layout = Literal["out_in", "in_out"]
DType = Literal["float64", "float32"]


@dataclass(frozen=True, repr=False, eq=False)
class Forward(Result):
    """The outputs, the loss if one was sent with targets, and on request every line before them."""

    outputs: Array
    layout: Layout
    dtype: DType
    loss: Number | None = None
    data_loss: Number | None = None
    """The loss without the penalty."""
    penalty: Number | None = None
    intermediates: Arrays | None = None
    parameters: Arrays | None = None
    """The parameters, if the service drew them."""
    drawn: Arrays | None = None
    """What was drawn at random, under the names to send it by."""
    statistics: Arrays | None = None
    """Running statistics after this batch, to be sent as `statistics`."""


@dataclass(frozen=True, repr=False, eq=False)
class Gradients(Result):
    """The loss, its parts, and the gradient of every parameter."""

    loss: Number
    data_loss: Number
    """The loss without the penalty."""
    penalty: Number
    gradients: Arrays
    """The gradient by each parameter, shaped like it."""
    layout: Layout
    dtype: DType
    outputs: Array | None = None
    intermediates: Arrays | None = None
    """Every line between the data and the objective."""
    intermediate_gradients: Arrays | None = None
    """The gradient by each of these lines."""
    input_gradients: Arrays | None = None
    per_sample: Arrays | None = None
    """The gradient of each sample's part of the data loss, samples in front."""
    parameters: Arrays | None = None
    """The parameters, if the service drew them."""
    drawn: Arrays | None = None
    """What was drawn at random, under the names to send it by."""
    statistics: Arrays | None = None
    """Running statistics after this batch, to be sent as `statistics`."""


@dataclass(frozen=True, repr=False, eq=False)
class Step(Result):
    """Everything that the next step takes."""

    loss: float
    """The loss after the last of these steps, on that step's data."""
    losses: Array
    """The loss before each of these steps."""
    parameters: Arrays
    optimizer_state: State
    """How many steps were ever taken under "step", and what else the optimiser remembers."""
    steps: int
    """How many steps this result is of."""
    layout: Layout
    dtype: DType
    statistics: Arrays | None = None
    """Running statistics after the last batch, to be sent as `statistics`."""
    drawn: Arrays | None = None
    """What the last step drew at random."""
