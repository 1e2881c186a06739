"""Optimisers as JSON: defaults, and refusals with a place and a hint."""

from __future__ import annotations

import pytest

from chainruler.networks.errors import SpecError
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.optimizers.adagrad import Adagrad
from chainruler.networks.optimizers.adam import Adam
from chainruler.networks.optimizers.adamw import AdamW
from chainruler.networks.optimizers.rmsprop import RmsProp
from chainruler.networks.optimizers.sgd import Sgd

RATE = {"learning_rate": 0.1}


def test_defaults_are_pytorchs() -> None:
    """Where PyTorch has a default that anyone relies on, ours is the same."""
    assert Adam() == Adam(learning_rate=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False)
    assert AdamW() == AdamW(learning_rate=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=False)
    assert RmsProp() == RmsProp(learning_rate=0.01, alpha=0.99, eps=1e-8, momentum=0, centered=False)
    assert Adagrad() == Adagrad(learning_rate=0.01, eps=1e-10)
    assert Sgd(learning_rate=1) == Sgd(learning_rate=1, momentum=0, dampening=0, nesterov=False)


REFUSALS: dict[str, tuple[dict[str, object], str, str, str | None]] = {
    "type misspelt": ({"type": "adamm"}, "unknown_type", "/type", 'Did you mean "adam"?'),
    "type with capitals": ({"type": "AdamW"}, "unknown_type", "/type", 'Did you mean "adamw"?'),
    "lr": ({"type": "sgd", "lr": 0.1}, "unknown_field", "/lr", 'Did you mean "learning_rate"?'),
    "rmsprop rho": ({"type": "rmsprop", "rho": 0.9}, "unknown_field", "/rho", 'Did you mean "alpha"?'),
    "no rate": ({"type": "sgd"}, "missing_field", "/learning_rate", None),
    "negative rate": ({"type": "sgd", "learning_rate": -1}, "out_of_range", "/learning_rate", None),
    "rate is text": ({"type": "sgd", "learning_rate": "1"}, "wrong_type", "/learning_rate", None),
    "rate is true": ({"type": "sgd", "learning_rate": True}, "wrong_type", "/learning_rate", None),
    "rate is infinite": ({"type": "sgd", "learning_rate": float("inf")}, "not_finite", "/learning_rate", None),
    "momentum of one": ({"type": "sgd", **RATE, "momentum": 1}, "out_of_range", "/momentum", None),
    "negative decay": ({"type": "adam", "weight_decay": -0.1}, "out_of_range", "/weight_decay", None),
    "clipping to nothing": ({"type": "adam", "clip_norm": 0}, "out_of_range", "/clip_norm", None),
    "one beta": ({"type": "adam", "betas": [0.9]}, "wrong_length", "/betas", None),
    "beta of one": ({"type": "adam", "betas": [0.9, 1]}, "out_of_range", "/betas/1", None),
    "eps of zero": ({"type": "rmsprop", "eps": 0}, "out_of_range", "/eps", None),
    "nesterov without momentum": (
        {"type": "sgd", **RATE, "nesterov": True},
        "conflict",
        "/nesterov",
        "Set momentum to 0.9, say, and dampening to 0.",
    ),
    "nesterov with dampening": (
        {"type": "sgd", **RATE, "nesterov": True, "momentum": 0.9, "dampening": 0.1},
        "conflict",
        "/nesterov",
        "Set momentum to 0.9, say, and dampening to 0.",
    ),
    "schedule misspelt": (
        {"type": "sgd", "learning_rate": {"type": "cosin"}},
        "unknown_type",
        "/learning_rate/type",
        'Did you mean "cosine"?',
    ),
    "schedule inside a schedule": (
        {
            "type": "sgd",
            "learning_rate": {"type": "warm_up", "steps": 3, "then": {"type": "step", "initial": 1, "every": 0}},
        },
        "out_of_range",
        "/learning_rate/then/every",
        None,
    ),
}


@pytest.mark.parametrize(("document", "code", "pointer", "hint"), REFUSALS.values(), ids=list(REFUSALS))
def test_refusals(document: dict[str, object], code: str, pointer: str, hint: str | None) -> None:
    """What cannot be is refused where it stands, before any arithmetic."""
    with pytest.raises(SpecError) as refused:
        Optimizer.read(document)

    assert (refused.value.code, refused.value.pointer, refused.value.hint) == (code, pointer, hint)
