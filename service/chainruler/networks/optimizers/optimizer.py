"""What an optimiser is: settings that are its JSON, and a rule from parameters, gradients and state to new ones.

A rule is written for one block of entries and works in place, on arrays that are the step's own. The step hands it
blocks that stay in the processor's cache with all their slots, because a rule passes over them a dozen times: a
million parameters take 0.6 of the time of the same rule written plainly over whole arrays.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from chainruler.networks.optimizers.clipping import clipping_factor
from chainruler.networks.optimizers.state import Array, Arrays, Slot, State, accepted, initial
from chainruler.networks.part import Part
from chainruler.networks.reading import NonNegative, Positive
from chainruler.networks.schedules import LearningRate, rate_at

BLOCK_BYTES = 256 * 1024
"""Measured: half or double is as good; a quarter pays for calls, and 16 times this for memory."""


class Now(NamedTuple):
    """What is the same for all parameters in one step: t counts from 1, η is the learning rate."""

    t: int
    rate: float
    clipping: float


@dataclass(frozen=True, kw_only=True)
class Optimizer(Part):
    """θ, state ← step(θ, ∇J(θ), state).

    `clip_norm` scales all gradients together so that their norm is at most that, before anything else is done.
    `weight_decay` λ is coupled, g ← g + λθ, unless the optimiser says otherwise; it applies to every parameter.
    """

    kind: ClassVar[str] = "optimizer"
    fields_also_called: ClassVar[Mapping[str, str]] = {
        "lr": "learning_rate",
        "eta": "learning_rate",
        "alpha": "learning_rate",
        "l2": "weight_decay",
        "max_norm": "clip_norm",
        "max_grad_norm": "clip_norm",
        "global_clipnorm": "clip_norm",
    }

    learning_rate: LearningRate
    weight_decay: NonNegative = 0.0
    clip_norm: Positive | None = None

    @property
    def slots(self) -> Sequence[Slot]:
        """What is remembered about each parameter under these settings."""
        return ()

    @property
    def decouples_weight_decay(self) -> bool:
        """Whether weight decay is θ ← θ − ηλθ, beside the gradient and not in it (Loshchilov & Hutter 2019)."""
        return False

    @abstractmethod
    def update(self, p: Array, g: Array, slots: Sequence[Array], spare: Array, now: Now) -> None:
        """The rule on one block, in place on `p` and `slots`; `spare` is scratch, and `g` is only read."""

    def initial_state(self, parameters: Arrays) -> State:
        """The state before the first step."""
        return initial(self.slots, parameters)

    def accepted_state(self, parameters: Arrays, document: object) -> State:
        """A state from outside, checked; the initial one for None. A SpecError's pointer starts at the state."""
        return self.initial_state(parameters) if document is None else accepted(self.slots, parameters, document)

    def step(
        self, parameters: Arrays, gradients: Arrays, state: State, *, reuse: bool = False
    ) -> tuple[dict[str, Array], State]:
        """New parameters and new state; whether they are finite is for the caller to see.

        What is given stays as it was. With `reuse` it is overwritten and handed back instead: for the steps after the
        first in one call, whose arrays came from the step before and are nobody else's.
        """
        done = state["step"]
        clipping = clipping_factor([gradients[name] for name in parameters], self.clip_norm)
        now = Now(done + 1, rate_at(self.learning_rate, done), clipping)
        slots = {slot.name: state[slot.name] for slot in self.slots}
        moved: dict[str, Array] = {}
        following: dict[str, dict[str, Array]] = {name: {} for name in slots}
        with np.errstate(all="ignore"):
            for key, p in parameters.items():
                old = [p, *(arrays[key] for arrays in slots.values())]
                moved[key], *rest = self._advanced(old, gradients[key], now, reuse=reuse)
                for arrays, array in zip(following.values(), rest, strict=True):
                    arrays[key] = array
        return moved, {"step": now.t, **following}

    def _advanced(self, old: Sequence[Array], g: Array, now: Now, *, reuse: bool) -> Sequence[Array]:
        """The next values of one parameter and its slots; large ones block by block, each copied just before."""
        if old[0].nbytes <= BLOCK_BYTES:
            new = old if reuse else [np.array(array, order="C") for array in old]
            self._move(new, g, now)
            return new
        in_place = reuse and all(array.flags.c_contiguous for array in old)  # or flattening would copy, unnoticed
        new = old if in_place else [np.empty(array.shape, array.dtype) for array in old]
        sources, targets, g = [a.reshape(-1) for a in old], [a.reshape(-1) for a in new], g.reshape(-1)
        length = BLOCK_BYTES // old[0].itemsize
        for start in range(0, g.size, length):
            block = slice(start, start + length)
            here = [target[block] for target in targets]
            if not in_place:
                for source, target in zip(sources, here, strict=True):
                    target[:] = source[block]
            self._move(here, g[block], now)
        return new

    def _move(self, arrays: Sequence[Array], g: Array, now: Now) -> None:
        """Updates a parameter and its slots, after clipping and weight decay; `g` is not written to."""
        p, *slots = arrays
        if now.clipping != 1:
            g = g * now.clipping
        if self.weight_decay and self.decouples_weight_decay:
            p *= 1 - now.rate * self.weight_decay
        elif self.weight_decay:
            g = g + self.weight_decay * p
        self.update(p, g, slots, np.empty(p.shape, p.dtype), now)
