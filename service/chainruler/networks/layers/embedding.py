"""The embedding layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from chainruler.engine import Expression, gather, show_shape
from chainruler.networks.errors import SpecError, pointer
from chainruler.networks.layers.layer import Parametrised
from chainruler.networks.reading import Count

if TYPE_CHECKING:
    from chainruler.networks.site import Site


@dataclass(frozen=True)
class Embedding(Parametrised):
    """The rows of a table that the whole numbers of x pick: Z = E[X]."""

    type: ClassVar[str] = "embedding"
    takes: ClassVar[Literal["real", "index"]] = "index"
    rows_only: ClassVar[bool] = True
    letters: ClassVar[dict[str, str]] = {"weight": "E"}
    fields_also_called: ClassVar[dict[str, str]] = {
        "input_dim": "num_embeddings",
        "output_dim": "embedding_dim",
        "units": "embedding_dim",
    }
    example_input: ClassVar[tuple[int, ...]] = (3,)

    num_embeddings: Count | None = None
    embedding_dim: Count | None = None

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(6, 4)]

    def outputs(self, x: Expression, site: Site) -> Expression:
        given = site.given("weight", "E")
        name = site.parameter_name("weight", "E")
        if x.kind != "index":
            raise site.refuse(
                "wrong_order", f"{site.Title} picks rows by whole numbers, so it can only be the first layer."
            )
        if given is not None and len(given) != 2:
            message = f"parameters.{name} has shape {show_shape(given)}, but a table of rows is needed."
            raise SpecError("wrong_shape", pointer("parameters", name), message)
        rows, width = self.num_embeddings or (given and given[0]), self.embedding_dim or (given and given[1])
        if not isinstance(rows, int) or not isinstance(width, int):
            hint = f'Give "num_embeddings" and "embedding_dim", or send parameters.{name}.'
            raise site.refuse("missing_field", f"How large the table of {site.title} is is not said.", hint)
        why = f"{site.Title} has {rows} rows of {width} numbers, so"
        table = site.parameter("weight", "E", (rows, width), why, role="weight", fans=(rows, width))
        site.plan.limit(x, rows)
        return gather(table, x)
