"""Fields are read strictly, by their annotations, from JSON and from Python alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainruler.networks import Layer, Loss, SpecError
from chainruler.networks.layers.conv2d import Conv2d
from chainruler.networks.layers.dropout import Dropout
from chainruler.networks.layers.linear import Linear
from chainruler.networks.losses.cross_entropy import CrossEntropy
from chainruler.networks.optimizers import Optimizer
from chainruler.networks.part import Part

TABLE: dict[str, tuple[type[Part], dict[str, Any], str, str, str]] = {
    "true": (Layer, {"type": "linear", "units": True}, "wrong_type", "/units", "a whole number, not true or false."),
    "a text": (Layer, {"type": "linear", "units": "3"}, "wrong_type", "/units", "a whole number, not a string."),
    "a float": (Layer, {"type": "linear", "units": 3.0}, "wrong_type", "/units", "a whole number, not a number."),
    "1 for true": (Layer, {"type": "linear", "bias": 1}, "wrong_type", "/bias", "true or false, not a whole number."),
    "NaN": (Loss, {"type": "huber", "scale": np.nan}, "not_finite", "/scale", '"scale" of loss "huber" must be a fin'),
    "400 digits": (Loss, {"type": "huber", "scale": 10**400}, "not_finite", "/scale", "must be a finite number."),
    "too large": (Layer, {"type": "linear", "units": 2**53}, "out_of_range", "/units", "below 9007199254740992."),
    "one of a pair": (
        Layer,
        {"type": "conv2d", "kernel_size": [3]},
        "wrong_length",
        "/kernel_size",
        '"kernel_size" of layer "conv2d" must be a list of 2, but has 1.',
    ),
    "three of a pair": (Layer, {"type": "conv2d", "padding": [1, 2, 3]}, "wrong_length", "/padding", "list of 2, but"),
    "a text in a pair": (
        Layer,
        {"type": "conv2d", "stride": [1, "a"]},
        "wrong_type",
        "/stride/1",
        '"stride.1" of layer "conv2d" must be a whole number, not a string.',
    ),
    "neither number nor pair": (
        Layer,
        {"type": "conv2d", "stride": {}},
        "wrong_type",
        "/stride",
        '"stride" of layer "conv2d" must be a whole number, not an object.',
    ),
    "neither number nor schedule": (
        Optimizer,
        {"type": "sgd", "learning_rate": "fast"},
        "wrong_type",
        "/learning_rate",
        '"learning_rate" of optimizer "sgd" must be a number, not a string.',
    ),
    "a part in a field": (
        Optimizer,
        {"type": "sgd", "learning_rate": {"type": "cosine", "initial": 1}},
        "missing_field",
        "/learning_rate/steps",
        'Schedule "cosine" needs "steps".',
    ),
    "what is not known, before what is missing": (
        Layer,
        {"type": "residual", "layer": [], "name": 3},
        "unknown_field",
        "/layer",
        '"layer" is not a field of layer "residual". Did you mean "layers"?',
    ),
    "what is missing, before what is wrong": (
        Layer,
        {"type": "residual", "name": 3},
        "missing_field",
        "/layers",
        'Layer "residual" needs "layers".',
    ),
}


@pytest.mark.parametrize(("kind", "document", "code", "pointer", "words"), TABLE.values(), ids=TABLE)
def test_a_wrong_field_is_refused_for_what_it_is(
    kind: type[Part], document: dict[str, Any], code: str, pointer: str, words: str
) -> None:
    """One error, about the form that the value has, whether it comes as JSON or as an argument."""
    with pytest.raises(SpecError) as refused:
        kind.read(document)

    error = refused.value
    assert (error.code, error.pointer) == (code, pointer)
    assert words in f"{error.message} {error.hint or ''}"
    if code not in {"unknown_field", "missing_field"}:
        fields = {name: value for name, value in document.items() if name != "type"}
        with pytest.raises(SpecError) as again:
            kind.registry[document["type"]](**fields)
        assert vars(again.value) == vars(error)


def test_numpys_numbers_are_read_as_pythons() -> None:
    """So that a part is equal to one that was read from JSON, and can be written as JSON."""
    assert type(Linear(units=np.int64(3), bias=np.bool_(False)).units) is int  # type: ignore[arg-type]
    assert type(Dropout(np.float32(0.5)).rate) is float  # type: ignore[arg-type]
    assert CrossEntropy(class_weights=np.array([1, 2])).document()["class_weights"] == [1.0, 2.0]  # type: ignore[arg-type]
    assert Conv2d(3, [np.int64(3), 2]).kernel_size == (3, 2)  # type: ignore[arg-type]
    assert repr(Dropout(rate=0, seed=np.int32(2))) == repr(Dropout(rate=0.0, seed=2))  # type: ignore[arg-type]
