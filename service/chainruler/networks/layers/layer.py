"""What a layer is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from chainruler.engine import Expression
from chainruler.networks.errors import SpecError, did_you_mean, pointer
from chainruler.networks.part import Part
from chainruler.networks.reading import Name, ParameterNames
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Layer(Part):
    """A step from the values of one line to those of the next, sample by sample unless it says otherwise."""

    kind: ClassVar[str] = "layer"
    symbol: ClassVar[str] = "A"
    """The letter of the line it defines."""
    takes: ClassVar[Literal["real", "index"]] = "real"
    """Whether it is fed numbers or whole numbers that select."""
    rows_only: ClassVar[bool] = False
    """Whether samples must be rows: it has no form with a sample in each column."""
    letters: ClassVar[dict[str, str]] = {}
    """The letter of each of its parameters; a layer that has any takes the next number for its symbols."""
    example_input: ClassVar[tuple[int, ...]] = (5,)
    """The shape of a sample that the examples can be fed."""

    name: Name | None = field(default=None, kw_only=True)

    def outputs(self, x: Expression, site: Site) -> Expression:
        """The expression of its output, given the symbol of its input."""
        raise NotImplementedError

    def unfolded(self) -> tuple[Layer, ...]:
        """The layers that it stands for: itself, and the activation that it names."""
        return (self,)

    def wanted_input(self, site: Site) -> tuple[int, ...] | None:
        """The shape of a sample as the parameters that were sent have it; None if they do not say."""
        return None

    def explicit_parameter_names(self, path: tuple[str | int, ...]) -> ParameterNames:
        """The names that the description gives its parameters, by role."""
        del path
        return ParameterNames()

    @property
    def couples_samples(self) -> bool:
        """Whether one sample's output depends on the others in the batch."""
        return False

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        """The numbers of an array that it asked for and that was not sent; what is random is drawn from the stream."""
        raise NotImplementedError


@dataclass(frozen=True)
class Parametrised(Layer):
    """A layer that learns: `parameters` names its arrays, as in `{"weight": "W", "bias": "b"}`.

    Layers that name the same parameter share it, and `"W.T"` is the transpose of a matrix that another layer has.
    """

    symbol: ClassVar[str] = "Z"
    letters: ClassVar[dict[str, str]] = {"weight": "W", "bias": "b"}

    parameters: ParameterNames | None = field(default=None, kw_only=True)

    def explicit_parameter_names(self, path: tuple[str | int, ...]) -> ParameterNames:
        for what in self.parameters or ():
            if what not in self.letters:
                message = f'{self.title().capitalize()} has no parameter "{what[:40]}".'
                raise SpecError(
                    "unknown_field", pointer(*path, "parameters", what), message, did_you_mean(what, self.letters)
                )
        return self.parameters or ParameterNames()
