"""How far a training has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from chainruler_client.results import Step


@dataclass
class TrainingProgress:
    """The losses of a training, and where it stands."""

    per_epoch: int
    """Steps of one epoch."""
    seen: list[float] = field(default_factory=list)
    """The loss before each step."""
    last: Step | None = None

    @property
    def steps(self) -> int:
        """How many were taken."""
        return len(self.seen)

    @property
    def epoch(self) -> int:
        """How many epochs are over."""
        return self.steps // self.per_epoch

    @property
    def losses(self) -> list[float]:
        """A loss for each epoch: the mean over its batches, or before and after each where all data are one batch."""
        if self.per_epoch == 1:
            return [*self.seen, *([self.last.loss] if self.last is not None else [])]
        whole = self.seen[: self.epoch * self.per_epoch] or self.seen
        means: list[float] = np.reshape(whole, (max(1, self.epoch), -1)).mean(axis=1).tolist()
        return means

    def over(self, turns: Iterable[Step]) -> Iterator[TrainingProgress]:
        """This course after each turn of a training."""
        for done in turns:
            self.seen += done.losses.tolist()
            self.last = done
            yield self
