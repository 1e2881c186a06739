"""What the layers share that have weighted sums of the features: how many units, and the arrays for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainruler.engine import Expression, show_shape
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Count

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Affine(Parametrised):
    """A layer with `units` weighted sums of its features, once or several times."""

    units: Count | None = None
    bias: bool = True

    def wanted_input(self, site: Site) -> tuple[int, ...] | None:
        given = site.given("weight", "W")
        return None if given is None or len(given) != 2 else (_known(given[self._axis(site, outputs=False)]),)

    def sums(self, x: Expression, site: Site, weight: str = "weight", bias: str = "bias") -> Expression:
        """X Wᵀ + b, or as layout and samples have it, with the parameters of these names."""
        inputs = site.plan.features(x)
        units = self._units(inputs, site)
        self._check_data(x, inputs, units, site)
        shape = (units, inputs) if site.plan.layout == "out_in" else (inputs, units)
        gives = f"{site.Title.partition(' (')[0]} gets {inputs} values and gives {units}, so"
        why = f'{gives} with layout "{site.plan.layout}"'
        fans = (inputs, units)
        matrix = site.parameter(weight, self.letters[weight], shape, why, role="weight", fans=fans)
        flat = (units, 1) if site.plan.samples == "columns" else (units,)
        shift = site.parameter(bias, self.letters[bias], flat, gives, fans=fans) if self.bias else None
        sums = site.plan.affine(x, matrix, shift)
        site.plan.affine_of[sums] = (x, matrix, shift)
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
