"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from chainruler.engine import Expression, show_shape
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.layers.layer import Layer, Parametrised
from chainruler.networks.reading import Count

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Linear(Parametrised):
    """Weighted sums of the features, Z = X Wᵀ + b; with layout "in_out", Z = X W + b.

    `parameters` names its arrays, as in `{"weight": "W"}`. Layers that name the same array share it, whose gradient is
    then the sum over all of them; `"W.T"` is its transpose, as in an autoencoder with tied weights.
    """

    type: ClassVar[str] = "linear"
    also_called: ClassVar[tuple[str, ...]] = (
        "Dense",
        "dense",
        "fully_connected",
        "fc",
        "affine",
        "Gemm",
        "InnerProduct",
    )
    fields_also_called: ClassVar[dict[str, str]] = {"out_features": "units", "size": "units", "use_bias": "bias"}

    units: Count | None = None
    bias: bool = True
    activation: str | None = None

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(4), cls(4, bias=False), cls(4, activation="tanh"), cls(4, name="classes")]

    def unfolded(self) -> tuple[Layer, ...]:
        if self.activation is None:
            return (self,)
        try:
            after = Layer.read({"type": self.activation})
        except SpecError as error:
            raise SpecError(error.code, "/activation", error.message, error.hint) from None
        return (replace(self, activation=None), after)

    def wanted_input(self, site: Site) -> tuple[int, ...] | None:
        given = site.given("weight", "W")
        return None if given is None or len(given) != 2 else (_known(given[self._axis(site, outputs=False)]),)

    def outputs(self, x: Expression, site: Site) -> Expression:
        inputs = site.plan.features(x)
        units = self._units(inputs, site)
        self._check_data(x, inputs, units, site)
        shape = (units, inputs) if site.plan.layout == "out_in" else (inputs, units)
        gives = f"{site.Title.partition(' (')[0]} gets {inputs} values and gives {units}, so"
        why = f'{gives} with layout "{site.plan.layout}"'
        weight = site.parameter("weight", "W", shape, why, role="weight", fans=(inputs, units))
        flat = (units, 1) if site.plan.samples == "columns" else (units,)
        bias = site.parameter("bias", "b", flat, gives, fans=(inputs, units)) if self.bias else None
        sums = site.plan.affine(x, weight, bias)
        site.plan.affine_of[sums] = (x, weight, bias)
        return sums

    def _axis(self, site: Site, *, outputs: bool) -> int:
        return 0 if outputs == (site.plan.layout == "out_in") else 1

    def _units(self, inputs: int, site: Site) -> int:
        """How many values the layer gives: as it says, or as the weights that were sent say."""
        if self.units is not None:
            return self.units
        given = site.given("weight", "W")
        name = site.parameter_name("weight", "W")
        if given is None:
            hint = f'Give the layer "units", or send parameters.{name}.'
            raise site.refuse("missing_field", f"How many values {site.title} gives is not said.", hint)
        if len(given) != 2:
            message = f"parameters.{name} has shape {show_shape(given)}, but a matrix is needed."
            raise SpecError("wrong_shape", pointer("parameters", name), message)
        into, out = _known(given[self._axis(site, outputs=False)]), _known(given[self._axis(site, outputs=True)])
        return into if into != inputs and out == inputs else out

    def _check_data(self, x: Expression, inputs: int, units: int, site: Site) -> None:
        """Refuses data whose rows are not as wide as the first weights, unless the weights look transposed."""
        given = site.given("weight", "W")
        if given is None or not site.plan.is_data(x) or len(given) != 2 or inputs in given:
            return
        needs, gives = given[self._axis(site, outputs=False)], given[self._axis(site, outputs=True)]
        row = "column" if site.plan.samples == "columns" else "row"
        raise SpecError(
            "wrong_shape",
            "/data/x",
            f"x has {inputs} features per {row}, but {site.title} has weights of shape {show_shape(given)}: "
            f"{gives} outputs, {needs} inputs. Each {row} of x needs {needs} numbers.",
        )


def _known(dim: int | str) -> int:
    return int(dim)
