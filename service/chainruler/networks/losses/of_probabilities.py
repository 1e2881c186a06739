"""What losses share that compare a probability for each class, or its logarithm, with the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from chainruler.engine import Expression, log
from chainruler.networks.losses.loss import Loss


@dataclass(frozen=True)
class OfProbabilities(Loss):
    """A loss of probabilities, as a softmax gives them, or of their logarithms, as a log-softmax does."""

    targets: ClassVar[Literal["classes"]] = "classes"

    outputs: Literal["probabilities", "log_probabilities"] = "probabilities"

    @classmethod
    def examples(cls) -> list[Self]:
        return [cls(), cls("log_probabilities")]

    @property
    def follows(self) -> str:
        return "softmax" if self.outputs == "probabilities" else "log_softmax"

    def logarithms(self, out: Expression) -> Expression:
        """The logarithm of each probability."""
        return log(out) if self.outputs == "probabilities" else out
