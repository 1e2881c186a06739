"""Training as a walk: forward, back to a checkpoint, on in another encoding; the same moment has the same bits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chainruler import wire
from chainruler.handlers.step import step
from chainruler.networks.optimizers import Optimizer
from chainruler.schemas.reading import read_request
from chainruler.schemas.requests import StepRequest
from tests.handlers.calls import CONTEXT, Document, two_layers
from tests.support.sampling import examples

SCHEDULES = [
    {"type": "warm_up", "steps": 3, "then": {"type": "cosine", "initial": 0.05, "steps": 6}},
    {"type": "step", "initial": 0.05, "every": 2, "factor": 0.5},
    0.05,
]
MOVING: list[Document] = [
    {"type": "batch_norm"},
    {"type": "dropout", "rate": 0.4, "seed": 3},
    {"type": "layer_norm"},
    {"type": "residual", "layers": [{"type": "tanh"}, {"type": "dropout", "rate": 0.3, "seed": 3}]},
]
ANSWERED = {"parameters", "optimizer_state", "statistics", "losses", "loss", "drawn"}
Moment = dict[str, Any]
"""What the next step is made from."""


class Walk(NamedTuple):
    """A problem without its numbers, and how they are counted."""

    document: Document
    dtype: str


def asked(document: Document, encoding: wire.Encoding) -> Document:
    """The answer to a request for steps; both travel in this encoding."""
    media_type, body = wire.encode(document, encoding)
    answer = step(read_request(StepRequest, wire.decode(body, media_type)), CONTEXT)
    media_type, body = wire.encode(answer, encoding)
    return wire.decode(body, media_type, arrays_under=ANSWERED)


def bits(value: Any, dtype: str) -> Any:
    """All numbers as the bytes that they have in this dtype."""
    if isinstance(value, dict):
        return {key: bits(inner, dtype) for key, inner in sorted(value.items())}
    return value if isinstance(value, int) else np.asarray(value, dtype).tobytes()


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """A network with whatever moves from step to step, an optimiser with a state, a schedule, a dtype."""
    layers = [{"type": "linear", "units": 5}, *draw(st.lists(st.sampled_from(MOVING), max_size=3)), {"type": "tanh"}]
    kind = draw(st.sampled_from(sorted(Optimizer.registry)))
    optimizer = draw(st.sampled_from(Optimizer.registry[kind].examples())).document()
    if "learning_rate" in optimizer:
        optimizer["learning_rate"] = draw(st.sampled_from(SCHEDULES))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    document = two_layers(model={"layers": [*layers, {"type": "linear", "units": 2}]}, optimizer=optimizer, dtype=dtype)
    del document["parameters"]
    return Walk(document | {"initialize": {"type": "he_normal", "seed": draw(st.integers(0, 9))}}, dtype)


class Training(RuleBasedStateMachine):
    """Knows nothing of training but that a moment is made of the one before, whoever asks and however."""

    @initialize(walk=walks())
    def begin(self, walk: Walk) -> None:
        """The first step draws the parameters."""
        self.walk = walk
        self.bits: dict[int, Any] = {}
        """What every moment that was reached is, as it was first."""
        self.losses: dict[int, bytes] = {}
        self.checkpoints: dict[int, tuple[str, bytes]] = {}
        self.at, self.moment = 0, {"initialize": walk.document["initialize"]}

    @rule(steps=st.integers(1, 5), encoding=st.sampled_from(list(wire.Encoding)))
    def go_on(self, steps: int, encoding: wire.Encoding) -> None:
        """Some steps in one request."""
        self._arrive(self.at + steps, self._ask(self.moment, steps, encoding), self.at)

    @rule(encoding=st.sampled_from(list(wire.Encoding)))
    @precondition(lambda self: self.at)
    def go_all_the_way_at_once(self, encoding: wire.Encoding) -> None:
        """From the beginning to here in one request."""
        start = {"initialize": self.walk.document["initialize"]}
        self._arrive(self.at, self._ask(start, self.at, encoding), 0)

    @rule(encoding=st.sampled_from(list(wire.Encoding)))
    @precondition(lambda self: self.at)
    def write_a_checkpoint(self, encoding: wire.Encoding) -> None:
        """As a client would: what was answered, as bytes."""
        self.checkpoints[self.at] = wire.encode(self.moment, encoding)

    @rule(data=st.data())
    @precondition(lambda self: self.checkpoints)
    def go_back(self, data: st.DataObject) -> None:
        """To one of the checkpoints."""
        self.at = data.draw(st.sampled_from(sorted(self.checkpoints)))
        media_type, body = self.checkpoints[self.at]
        self.moment = wire.decode(body, media_type)

    @invariant()
    def a_moment_is_always_the_same(self) -> None:
        """Parameters, optimiser state and running statistics, bit for bit."""
        if self.at:
            assert bits(self.moment, self.walk.dtype) == self.bits.setdefault(
                self.at, bits(self.moment, self.walk.dtype)
            )

    def _ask(self, moment: Moment, steps: int, encoding: wire.Encoding) -> Document:
        document = {key: value for key, value in self.walk.document.items() if key != "initialize"}
        return asked({**document, **moment, "steps": steps}, encoding)

    def _arrive(self, at: int, answer: Document, start: int) -> None:
        for place, loss in enumerate(answer["losses"], start):
            told = bits(loss, self.walk.dtype)
            assert self.losses.setdefault(place, told) == told
        assert answer["optimizer_state"]["step"] == at
        self.at, self.moment = at, {key: answer[key] for key in ("parameters", "optimizer_state")}
        if "statistics" in answer:
            self.moment["statistics"] = answer["statistics"]


TestTraining = Training.TestCase
TestTraining.settings = settings(max_examples=examples(25), stateful_step_count=12)


class LongTraining(Training):
    """The same for longer."""


TestLongTraining = pytest.mark.slow(LongTraining.TestCase)
TestLongTraining.settings = settings(max_examples=100, stateful_step_count=20)
