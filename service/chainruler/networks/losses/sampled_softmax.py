"""The cheap cross-entropy for very many classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from chainruler.engine import (
    Expression,
    concatenate,
    equal,
    gather,
    label_of,
    log,
    logsumexp,
    reshape,
    softmax,
    sum_of,
    where,
)
from chainruler.networks.errors import SpecError
from chainruler.networks.losses.loss import Loss
from chainruler.networks.losses.sampling import Sampler, chances, drawn
from chainruler.networks.part import AT_RUN_TIME
from chainruler.networks.reading import Count, Many, Natural, NonNegative, Positive
from chainruler.networks.streams import Stream

if TYPE_CHECKING:
    from chainruler.networks.losses.site import LossSite

FAR_BELOW = -1e30
"""A logit whose exp is 0 beside any other."""


@dataclass(frozen=True)
class SampledSoftmax(Loss):
    """−log p̃_c with p̃_c = e^{z_c} / Z̃ and Z̃ = e^{z_c} + 1/K Σ_{j∈S} e^{z_j}/q_j, for K classes S drawn from q.

    Only the rows of the last linear layer that belong to the classes of the batch and to S are read. `accidental_hits:
    remove` leaves out the j that are the sample's own class.
    """

    type: ClassVar[str] = "sampled_softmax"
    fields_also_called: ClassVar[dict[str, str]] = {"sampled_q": "sampled_probabilities", "num_sampled": "sampler"}
    targets: ClassVar[Literal["classes"]] = "classes"
    contains: ClassVar[str] = "softmax"

    sampled: Many[Natural] | None = field(default=None, metadata=AT_RUN_TIME)
    sampled_probabilities: Many[Positive] | None = field(default=None, metadata=AT_RUN_TIME)
    sampler: Sampler | None = None
    count: Count | None = None
    seed: Natural = field(default=0, metadata=AT_RUN_TIME)
    frequencies: Many[NonNegative] | None = field(default=None, metadata=AT_RUN_TIME)
    accidental_hits: Literal["keep", "remove"] = "keep"

    def check(self) -> None:
        if (self.sampled is None) == (self.sampler is None) or (self.sampler is None) != (self.count is None):
            message = 'Give either "sampled" with "sampled_probabilities", or a "sampler" with a "count".'
            raise SpecError("missing_field", "/sampled", message)
        if self.sampled is not None and len(self.sampled) != len(self.sampled_probabilities or ()):
            message = f'"sampled_probabilities" must be a list of {len(self.sampled)}, one for each class in "sampled".'
            raise SpecError("wrong_length", "/sampled_probabilities", message)

    @classmethod
    def examples(cls) -> list[Self]:
        return [
            cls((2, 0, 2), (0.2, 0.5, 0.2)),
            cls((2, 0, 2), (0.2, 0.5, 0.2), accidental_hits="remove"),
            cls(sampler="log_uniform", count=4, seed=3),
            cls(sampler="unigram", count=2, frequencies=(3, 1, 2)),
        ]

    def terms(self, out: Expression, site: LossSite) -> Expression:
        known = site.plan.affine_of.get(site.plan.lines.get(label_of(out), out))
        if known is None or site.plan.samples == "columns":
            message = "sampled_softmax reads rows of the last layer, which must be linear, with samples in rows."
            raise SpecError("unsupported_loss", "/loss", message)
        x, weight, bias = known
        y = site.class_indices(out)
        classes = site.plan.features(out)
        count, random = self.count or len(self.sampled or ()), self.sampler is not None
        chosen = site.given("S", (count,), "sampled", "index", limit=classes, drawn=random)
        chance = site.given("q", (count,), "sampled_probabilities", limit=classes, drawn=random)
        own = site.plan.line("z_c", self._scores_of_own(x, weight, bias, y, site))
        others = site.plan.line("z_S", self._scores_of_drawn(x, weight, bias, chosen, site))
        corrected = others - log(count * chance)
        if self.accidental_hits == "remove":
            corrected = where(equal(chosen, reshape(y, (*y.shape, 1))), FAR_BELOW, corrected)
        logits = site.plan.line("U", concatenate([reshape(own, (*own.shape, 1)), corrected]))
        site.plan.line("P", softmax(logits))
        return logsumexp(logits) - own

    def _scores_of_own(
        self, x: Expression, weight: Expression, bias: Expression | None, y: Expression, site: LossSite
    ) -> Expression:
        rows = site.plan.line("W_c", self._rows(weight, y, site))
        score = rows @ x if x.ndim == 1 else sum_of(rows * x, -1)
        return score if bias is None else score + site.plan.line("b_c", gather(bias, y))

    def _scores_of_drawn(
        self, x: Expression, weight: Expression, bias: Expression | None, drawn: Expression, site: LossSite
    ) -> Expression:
        rows = site.plan.line("W_S", self._rows(weight, drawn, site))
        score = rows @ x if x.ndim == 1 else x @ rows.T
        return score if bias is None else score + site.plan.line("b_S", gather(bias, drawn))

    @staticmethod
    def _rows(weight: Expression, index: Expression, site: LossSite) -> Expression:
        """The weights of the classes that the indices name."""
        return gather(weight if site.plan.layout == "out_in" else weight.T, index)

    def default_value(self, role: str, shape: tuple[int, ...], limit: int, stream: Stream) -> NDArray[np.generic]:
        if self.sampler is None or self.count is None:
            chosen = self.sampled if role == "sampled" else self.sampled_probabilities
            return np.array(chosen, np.intp if role == "sampled" else np.float64)
        classes = drawn(self.sampler, self.count, stream(self.seed), limit, self.frequencies)
        return classes if role == "sampled" else chances(self.sampler, classes, limit, self.frequencies)
