"""Descriptions that are refused, and in which words: one table of changes to a good request."""

from typing import Any

import numpy as np
import pytest

from tests.networks.requests import LINEAR, RELU, Change, loss, model, refused


def nested(depth: int) -> dict[str, Any]:
    """A residual block in a residual block, and so on."""
    layer: dict[str, Any] = RELU
    for _ in range(depth):
        layer = {"type": "residual", "layers": [layer]}
    return layer


REFUSALS: dict[str, tuple[Change, str, str, str]] = {
    "unknown layer": (
        model({"type": "dense"}),
        "unknown_type",
        "/model/layers/0/type",
        'Layer type "dense" is not known. Did you mean "linear"?',
    ),
    "another framework's spelling": (
        model(LINEAR, {"type": "ReLU"}, LINEAR),
        "unknown_type",
        "/model/layers/1/type",
        'Layer type "ReLU" is not known. Did you mean "relu"?',
    ),
    "misspelt layer": (
        model({"type": "sigmoyd"}),
        "unknown_type",
        "/model/layers/0/type",
        'Layer type "sigmoyd" is not known. Did you mean "sigmoid"?',
    ),
    "layer without a type": (
        model({"units": 3}),
        "missing_field",
        "/model/layers/0/type",
        'A layer needs a "type", which is a string.',
    ),
    "another framework's field": (
        model({"type": "linear", "out_features": 3}),
        "unknown_field",
        "/model/layers/0/out_features",
        '"out_features" is not a field of layer "linear". Did you mean "units"?',
    ),
    "field of a layer without any": (
        model({"type": "relu", "alpha": 3}),
        "unknown_field",
        "/model/layers/0/alpha",
        '"alpha" is not a field of layer "relu".',
    ),
    "field of the wrong type": (
        model({"type": "linear", "units": "ten"}),
        "wrong_type",
        "/model/layers/0/units",
        '"units" of layer "linear" must be a whole number, not a string.',
    ),
    "boolean for a number": (
        model({"type": "linear", "units": True}),
        "wrong_type",
        "/model/layers/0/units",
        '"units" of layer "linear" must be a whole number, not true or false.',
    ),
    "number out of range": (
        model({"type": "dropout", "rate": 1.0}, LINEAR),
        "out_of_range",
        "/model/layers/0/rate",
        '"rate" of layer "dropout" must be below 1.',
    ),
    "unknown activation": (
        model({"type": "linear", "activation": "reul"}),
        "unknown_type",
        "/model/layers/0/activation",
        'Layer type "reul" is not known. Did you mean "relu"?',
    ),
    "nested in a residual block": (
        model({"type": "residual", "layers": [LINEAR, {"type": "tahn"}]}),
        "unknown_type",
        "/model/layers/0/layers/1/type",
        'Layer type "tahn" is not known. Did you mean "tanh"?',
    ),
    "no layers": (lambda r: r.update(model={}), "missing_field", "/model/layers", 'Model needs "layers".'),
    "no model": (
        lambda r: r.pop("model"),
        "missing_field",
        "/model",
        '"model" must be an object with "layers", not null.',
    ),
    "unknown layout": (
        model(LINEAR, RELU, LINEAR, layout="out-in"),
        "unknown_value",
        "/model/layout",
        '"layout" of model must be "out_in" or "in_out". Did you mean "out_in"?',
    ),
    "unknown loss": (
        loss(type="mse"),
        "unknown_type",
        "/loss/type",
        'Loss type "mse" is not known. Did you mean "squared_error"?',
    ),
    "unknown reduction": (
        loss(type="cross_entropy", reduction="average"),
        "unknown_value",
        "/loss/reduction",
        '"reduction" of loss "cross_entropy" must be "mean", "mean_all", "sum" or "none".',
    ),
    "regularization in other words": (
        lambda r: r.update(regularization={"weight_decay": 0.1}),
        "unknown_field",
        "/regularization/weight_decay",
        '"weight_decay" is not a field of regularization. Did you mean "l2"?',
    ),
    "empty regularization": (
        lambda r: r.update(regularization={"scale": 0.5}),
        "missing_field",
        "/regularization/l2",
        'A regularization needs "l2", "l1" or both.',
    ),
    "cross_entropy after a softmax": (
        model(LINEAR, RELU, LINEAR, {"type": "softmax"}),
        "already_normalised",
        "/loss",
        (
            'cross_entropy takes logits, but the last layer is "softmax". '
            'Remove it: cross_entropy contains the softmax, or use "loss": {"type": "nll"}.'
        ),
    ),
    "binary_cross_entropy after a sigmoid": (
        lambda r: (
            model(LINEAR, RELU, {**LINEAR, "activation": "sigmoid"})(r),
            r.update(loss={"type": "binary_cross_entropy"}),
            r["data"].update(y=np.zeros((20, 3))),
        ),
        "already_normalised",
        "/loss",
        (
            'binary_cross_entropy takes logits, but the last layer is "sigmoid". '
            "Remove it: binary_cross_entropy contains the sigmoid."
        ),
    ),
    "class weights of another number": (
        loss(type="cross_entropy", class_weights=[1.0, 2.0]),
        "wrong_shape",
        "/loss/class_weights",
        "class_weights has 2 numbers, but there are 3 classes.",
    ),
    "a sampled class that there is not": (
        loss(type="sampled_softmax", sampled=[0, 5], sampled_probabilities=[0.1, 0.1]),
        "class_out_of_range",
        "/loss/sampled",
        "sampled contains the class 5, but the last layer has 3 outputs: classes are 0, 1, 2.",
    ),
    "sampled softmax after an activation": (
        lambda r: (
            model(LINEAR, RELU, LINEAR, {"type": "tanh"})(r),
            r.update(loss={"type": "sampled_softmax", "sampled": [0], "sampled_probabilities": [0.1]}),
        ),
        "unsupported_loss",
        "/loss",
        "sampled_softmax reads rows of the last layer, which must be linear, with samples in rows.",
    ),
    "two symbols of one name": (
        model(LINEAR, RELU, LINEAR, symbols={"Z1": "W2"}),
        "duplicate_name",
        "/model",
        'Two things are called "W2". Every symbol needs one meaning.',
    ),
    "a symbol that is another's gradient": (
        model(LINEAR, RELU, LINEAR, symbols={"A1": "dZ1"}),
        "duplicate_name",
        "/model",
        '"dZ1" cannot be a symbol here: it stands for what belongs to "Z1".',
    ),
    "too many layers": (
        model(*[RELU] * 300, LINEAR),
        "too_many_layers",
        "/model/layers",
        "The model has more than 256 parts.",
    ),
    "nested without end": (
        model(nested(5000)),
        "too_deep",
        "/model",
        "The model is nested more than 24 levels deep.",
    ),
    "a symbol that is no name": (
        model(LINEAR, RELU, LINEAR, symbols={"Z1": "__import__"}),
        "bad_name",
        "/model/symbols/Z1",
        '"symbols.Z1" of model must be a name: a letter, then letters, digits and _, at most 40, and no word of',
    ),
    "a layer's parameter that it has not": (
        model(LINEAR, RELU, {"type": "linear", "parameters": {"wieght": "V"}}),
        "unknown_field",
        "/model/layers/2/parameters/wieght",
        'Layer "linear" has no parameter "wieght". Did you mean "weight"?',
    ),
    "images to a matrix layer's place": (
        model({"type": "conv2d", "out_channels": 2, "kernel_size": 2}, {"type": "flatten"}, LINEAR),
        "wrong_shape",
        "/model/layers/0",
        'Layer 1 ("conv2d") needs images (samples, channels, height, width), but gets (20, 4).',
    ),
    "columns where there are only rows": (
        lambda r: (model({"type": "flatten"}, LINEAR, samples="columns")(r), r["data"].update(x=np.zeros((4, 20)))),
        "unsupported_samples",
        "/model/layers/0",
        'Layer 1 ("flatten") needs samples in rows. Set "samples": "rows".',
    ),
    "a residual block that changes the width": (
        lambda r: (model({"type": "residual", "layers": [LINEAR]}, LINEAR)(r),),
        "wrong_shape",
        "/model/layers/0",
        (
            'Layer 1 ("residual") adds its input (20, 4) to what its layers give, (20, 8). '
            "The layers inside must give the shape that they get."
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_request_is_refused_in_words(case: str) -> None:
    """Code, pointer, message and hint of every refusal."""
    change, *wanted = REFUSALS[case]
    code, pointer, words = refused(change)

    assert [code, pointer] == wanted[:2]
    assert words.startswith(wanted[2])
