"""Arrays that are refused from their shapes, and in which words: one table of changes to a good request."""

import numpy as np
import pytest

from tests.networks.requests import Change, both, good, loss, refused, regression, run, sent, without

REFUSALS: dict[str, tuple[Change, str, str, str]] = {
    "transposed weights": (
        sent("parameters", W2=np.ones((8, 3))),
        "wrong_shape",
        "/parameters/W2",
        (
            'parameters.W2 has shape (8, 3). Layer 3 gets 8 values and gives 3, so with layout "out_in" it '
            "must be (3, 8). "
            'It looks transposed: send (3, 8), or set "layout": "in_out".'
        ),
    ),
    "transposed first weights": (
        sent("parameters", W1=np.ones((4, 8))),
        "wrong_shape",
        "/parameters/W1",
        (
            'parameters.W1 has shape (4, 8). Layer 1 gets 4 values and gives 8, so with layout "out_in" it '
            "must be (8, 4). "
            'It looks transposed: send (8, 4), or set "layout": "in_out".'
        ),
    ),
    "bias as a column": (
        sent("parameters", b1=np.zeros((8, 1))),
        "wrong_shape",
        "/parameters/b1",
        (
            "parameters.b1 has shape (8, 1). Layer 1 gets 4 values and gives 8, so it must be (8,). "
            "Send it flat, with shape (8,)."
        ),
    ),
    "weights as a list": (
        sent("parameters", W2=np.zeros(24)),
        "wrong_shape",
        "/parameters/W2",
        "parameters.W2 has shape (24,), but a matrix is needed.",
    ),
    "missing bias": (
        without("parameters", "b2"),
        "missing_parameter",
        "/parameters/b2",
        'parameters.b2 is missing: layer 3 ("linear") needs it, with shape (3,). Or give the layer "bias": false.',
    ),
    "unknown parameter": (
        sent("parameters", W3=np.zeros((3, 3))),
        "unknown_parameter",
        "/parameters/W3",
        "parameters.W3 is not a parameter of this model, which has W1, b1, W2, b2.",
    ),
    "empty parameter": (
        sent("parameters", W1=np.zeros((0, 4))),
        "empty_array",
        "/parameters/W1",
        "parameters.W1 has shape (0, 4): it is empty.",
    ),
    "rows of another width": (
        sent("data", x=np.zeros((20, 3))),
        "wrong_shape",
        "/data/x",
        (
            'x has 3 features per row, but layer 1 ("linear") has weights of shape (8, 4): 8 outputs, 4 inputs. '
            "Each row of x needs 4 numbers."
        ),
    ),
    "one sample as a flat list": (
        sent("data", x=np.zeros(4)),
        "wrong_shape",
        "/data/x",
        "x is a list of numbers, shape (4,). One sample is a list with one row: [[…]]. Send x with shape (1, 4).",
    ),
    "no samples": (
        sent("data", x=np.zeros((0, 4))),
        "empty_array",
        "/data/x",
        "x has shape (0, 4): there is nothing in it.",
    ),
    "fewer targets than samples": (
        sent("data", y=np.zeros(19, int)),
        "wrong_shape",
        "/data/y",
        "y has shape (19,), so 19 samples, but x has shape (20, 4), so 20.",
    ),
    "one target for all samples": (
        sent("data", y=np.zeros(1, int)),
        "wrong_shape",
        "/data/y",
        "y has shape (1,), so 1 sample, but x has shape (20, 4), so 20.",
    ),
    "labels that start at 1": (
        sent("data", y=np.arange(20) % 3 + 1),
        "class_out_of_range",
        "/data/y",
        (
            "y contains the class 3, but the last layer has 3 outputs: classes are 0, 1, 2. "
            "If your labels start at 1, subtract 1."
        ),
    ),
    "negative class": (
        sent("data", y=np.arange(20) % 3 - 1),
        "class_out_of_range",
        "/data/y",
        "y contains the class -1, but the last layer has 3 outputs: classes are 0, 1, 2.",
    ),
    "classes that are not whole": (
        sent("data", y=np.full(20, 0.5)),
        "not_whole",
        "/data/y",
        "y must be whole numbers: the classes.",
    ),
    "classes as a column": (
        sent("data", y=np.zeros((20, 1), int)),
        "wrong_shape",
        "/data/y",
        "y has shape (20, 1). Class indices are a flat list, shape (20,). Send [0, 2, 1] instead of [[0], [2], [1]].",
    ),
    "one-hot rows of another width": (
        sent("data", y=np.eye(4)[np.arange(20) % 3]),
        "wrong_shape",
        "/data/y",
        "y has shape (20, 4) and the outputs have shape (20, 3). Send y with shape (20, 3).",
    ),
    "targets that do not sum to 1": (
        sent("data", y=np.eye(3)[np.arange(20) % 3] * np.where(np.arange(20) == 4, 0.5, 1.0)[:, None]),
        "not_probabilities",
        "/data/y/4",
        "y[4] sums to 0.5. One-hot and soft targets must sum to 1.",
    ),
    "soft targets with something negative": (
        sent("data", y=np.where(np.arange(20)[:, None] == 4, [[-0.5, 0.5, 1.0]], [[0.0, 0.0, 1.0]])),
        "not_probabilities",
        "/data/y/4/0",
        "y[4, 0] is -0.5. Targets are probabilities here: from 0 to 1.",
    ),
    "soft targets with something above 1": (
        sent("data", y=np.where(np.arange(20)[:, None] == 3, [[0.0, 1.00001, -0.00001]], [[0.0, 0.0, 1.0]])),
        "not_probabilities",
        "/data/y/3/1",
        "y[3, 1] is 1.00001. Targets are probabilities here: from 0 to 1.",
    ),
    "binary targets of -1 and 1": (
        both(loss(type="binary_cross_entropy"), sent("data", y=np.where(np.arange(60).reshape(20, 3) % 2, 1, -1))),
        "not_probabilities",
        "/data/y/0/0",
        "y[0, 0] is -1. Targets are probabilities here: from 0 to 1. If your labels are -1 and 1, send (y + 1) / 2.",
    ),
    "soft targets for a hinge": (
        both(loss(type="hinge"), sent("data", y=np.full((20, 3), [0.0, 0.5, 0.5]))),
        "not_one_hot",
        "/data/y/0/1",
        (
            "y[0, 1] is 0.5. Rows of targets are one-hot here: 1 at the class, 0 elsewhere. "
            "Send the class of each sample, as in [0, 2, 1]."
        ),
    ),
    "targets (N,) against outputs (20, 1)": (
        regression(np.zeros(20)),
        "wrong_shape",
        "/data/y",
        (
            "y has shape (20,) and the outputs have shape (20, 1). NumPy would broadcast this to (20, 20); "
            "that is almost never meant. Send y with shape (20, 1)."
        ),
    ),
    "a number for the targets": (
        sent("data", y=np.float64(2)),
        "wrong_shape",
        "/data/y",
        "y is a number. The target of one sample is a list with one entry: [2] or [[…]].",
    ),
    "no targets": (
        without("data", "y"),
        "missing_data",
        "/data/y",
        "data.y is missing: the classes, with shape (20,).",
    ),
    "unknown data": (
        sent("data", weigths=np.ones(20)),
        "unknown_field",
        "/data/weigths",
        '"weigths" is not among the data of this problem.',
    ),
    "the regularization's factor as data": (
        sent("data", lam=np.float64(3)),
        "unknown_field",
        "/data/lam",
        '"lam" is not among the data of this problem.',
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_request_is_refused_in_words(case: str) -> None:
    """Code, pointer, message and hint of every refusal."""
    change, *wanted = REFUSALS[case]
    code, pointer, words = refused(change)

    assert [code, pointer] == wanted[:2]
    assert words.startswith(wanted[2])


def test_the_good_request_is_not_refused() -> None:
    """The table changes one thing each: without the change everything is right."""
    run(good())
