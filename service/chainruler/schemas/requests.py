"""What is asked: one model for each call. The parts of a network are read by the networks themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

from chainruler.grading.styles import Style
from chainruler.networks import Layer, Loss, Model, Regularization
from chainruler.networks.blueprint import Mode
from chainruler.networks.initializers import Initializer
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.schedules import Schedule
from chainruler.notation.courses import Course
from chainruler.notation.hands import Hand
from chainruler.schemas.arrays import ARRAY_SCHEMA, Array, as_array
from chainruler.schemas.parts import components

ModelSpec = Annotated[dict[str, Any], WithJsonSchema(Model.reference())]
LossSpec = Annotated[dict[str, Any], WithJsonSchema(Loss.reference())]
RegularizationSpec = Annotated[dict[str, Any], WithJsonSchema(Regularization.reference())]
InitializerSpec = Annotated[dict[str, Any], WithJsonSchema(Initializer.reference())]
OptimizerSpec = Annotated[dict[str, Any], WithJsonSchema(Optimizer.reference())]
StateDocument = Annotated[
    dict[str, Any], WithJsonSchema({"title": "OptimizerState", "type": "object", "additionalProperties": True})
]
Arrays = dict[str, Array]


class VariableShape(BaseModel):
    """A variable whose numbers are not sent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    shape: list[Annotated[int, Field(ge=1)]] = Field(max_length=8, description="Its size along each axis.")


def _variable(value: object) -> object:
    """A shape if it is one, and otherwise an array."""
    if isinstance(value, Mapping) and "base64" not in value:
        return VariableShape.model_validate(value)
    return as_array(value)


VariableSpec = Annotated[
    VariableShape | NDArray[Any],
    PlainValidator(_variable),
    WithJsonSchema({"anyOf": [{"$ref": "#/components/schemas/VariableShape"}, ARRAY_SCHEMA]}),
]
DType = Literal["float64", "float32"]
Part = Literal["outputs", "intermediates", "intermediate_gradients", "input_gradients", "per_sample"]


def part_schemas() -> dict[str, dict[str, Any]]:
    """The schemas of everything that a problem and an optimiser can be made of, by name."""
    return components(Layer, Loss, Initializer, Optimizer, Schedule, single=(Model, Regularization))


class Request(BaseModel):
    """What every request is: no field that is not known, nothing converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class TextbookEntryRequest(Request):
    """One of the worked systems."""

    name: str = Field(description="Its name in the list.", examples=["two_two_two"])


class SystemRequest(Request):
    """A model and what it is trained for, without numbers."""

    model: ModelSpec = Field(description="The layers, and how their arrays lie.")
    loss: LossSpec | None = Field(None, description="What is differentiated; not needed to go forward.")
    regularization: RegularizationSpec | None = Field(None, description="What the objective adds for large weights.")
    mode: Mode = Field(
        "train",
        description="In inference, dropout is off, and batch_norm takes the running statistics for the batch's.",
    )

    def described(self) -> dict[str, Any]:
        """The members that describe the system, as a document; what is at its default is not in it."""
        document: dict[str, Any] = {"model": self.model, "loss": self.loss, "regularization": self.regularization}
        document |= {"mode": self.mode} if self.mode != "train" else {}
        return {key: part for key, part in document.items() if part is not None}


class ProblemRequest(SystemRequest):
    """A problem: a model, what it is trained for, its parameters and data."""

    parameters: Arrays | None = Field(None, description="The parameters by name: W1, b1, W2, b2, …")
    initialize: InitializerSpec | None = Field(None, description="How to draw parameters that are not sent.")
    data: Arrays = Field(default_factory=dict, description="`x`, rows are samples, and the targets `y`.")
    statistics: Arrays | None = Field(
        None, description="Running statistics of batch_norm, as training answers them; at first there are none."
    )
    dtype: DType = Field("float64", description="The numbers that are computed with.")


class ForwardRequest(ProblemRequest):
    """A problem; where it has a loss and targets, the loss is answered too."""

    include: list[Literal["intermediates"]] = Field(default_factory=list, description="What to answer besides.")


class ObjectiveRequest(ProblemRequest):
    """A problem with a loss: there is something to differentiate."""

    loss: LossSpec = Field(description='What is differentiated, as in {"type": "cross_entropy"}.')


class GradientsRequest(ObjectiveRequest):
    """A problem with a loss, and what to answer besides the gradients of its parameters."""

    include: list[Part] = Field(default_factory=list, max_length=5, description="What to answer besides.")


class JacobianRequest(ProblemRequest):
    """A problem and two of its lines."""

    of: str = Field(description="The line that is differentiated: Z1, A1, …")
    with_respect_to: str = Field(description="The line, parameter or input it is differentiated by.")
    form: Literal["dense", "block"] = Field("dense", description="All entries, or one block and where it stands.")


class JvpRequest(ProblemRequest):
    """A problem, a line, and a direction for what it is differentiated by."""

    of: str = Field(description="The line that is differentiated.")
    vectors: Arrays = Field(min_length=1, description="A direction for each parameter, line or input, by its name.")


class VjpRequest(ProblemRequest):
    """A problem, a line, and a vector to multiply its derivatives with."""

    of: str = Field(description="The line that is differentiated.")
    with_respect_to: list[str] = Field(min_length=1, description="What it is differentiated by.")
    vector: Array = Field(description="The upstream gradient, shaped like the line.")


class HvpRequest(ObjectiveRequest):
    """A problem with a loss, and a direction for some of its parameters."""

    vectors: Arrays = Field(min_length=1, description="A direction for each parameter, by its name.")


class StepRequest(ObjectiveRequest):
    """A problem with a loss, an optimiser, and its state after the last step."""

    mode: Literal["train"] = Field("train", description="A step is always one of training.")

    optimizer: OptimizerSpec = Field(description="The rule by which parameters move.")
    optimizer_state: StateDocument | None = Field(None, description="What the last step answered; none at first.")
    steps: int | None = Field(None, ge=1, description="How many steps; 1, or as many as there are batches.")
    batches: list[Arrays] | None = Field(
        None, min_length=1, max_length=10_000, description="Data for each step in turn, instead of `data`."
    )


class GradcheckRequest(ObjectiveRequest):
    """A problem with a loss, and gradients to compare with."""

    gradients: Arrays | None = Field(
        None, min_length=1, description="Claimed gradients by name; without them, this service's own."
    )
    entries: int = Field(200, ge=1, le=10_000, description="The most entries of each parameter that are probed.")
    seed: int = Field(0, ge=0, lt=2**53, description="Which entries are probed, where not all are.")


_COURSE = TypeAdapter(Course)
_NAMES = TypeAdapter(Annotated[dict[str, Annotated[str, Field(max_length=60)]], Field(max_length=1000)])


def _style(value: object) -> object:
    """A course, or names by name; told apart here, so that an error is about the one it is."""
    if not isinstance(value, str | Mapping):
        raise PydanticCustomError("wrong_type", "must be the name of a course, or an object with a name for each name")
    return _COURSE.validate_python(value) if isinstance(value, str) else _NAMES.validate_python(value)


class DerivationRequest(ObjectiveRequest):
    """A problem with a loss; neither parameters nor data are needed where the model says its sizes."""

    hand: Hand | None = Field(None, description="How each line is written besides, as `written`.", examples=["einsum"])
    style: Annotated[Style, BeforeValidator(_style)] | None = Field(
        None,
        description='In whose names it is `written`: those of a course, or your own: {"Z1": "u1"}.',
        examples=["ufldl"],
    )


class DifferentiateRequest(Request):
    """A formula, its variables, and what it is differentiated by."""

    formula: str = Field(min_length=1, max_length=2000, description="The formula: sum((W @ x - y)**2)")
    syntax: Literal["numpy", "latex"] | None = Field(
        None, description="How the formula is written; told from the text unless said."
    )
    variables: dict[str, VariableSpec] = Field(
        min_length=1, max_length=100, description='Arrays, or only shapes: {"shape": [3, 2]}.'
    )
    with_respect_to: list[str] | None = Field(
        None, min_length=1, description="Variables; all that do not pick entries unless said."
    )
