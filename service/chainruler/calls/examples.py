"""Examples of requests by name; every one is posted by a test."""

from __future__ import annotations

from typing import Any

from chainruler import textbook

Examples = dict[str, dict[str, Any]]

LAYERS = [{"type": "linear"}, {"type": "relu"}, {"type": "linear"}]
PARAMETERS = {
    "W1": [[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]],
    "b1": [0.1, 0.0, -0.1],
    "W2": [[0.3, -0.1, 0.2], [-0.2, 0.5, 0.1]],
    "b2": [0.0, 0.1],
}
DATA = {"x": [[1.0, 2.0], [0.5, -1.5], [-1.0, 0.5]], "y": [0, 1, 1]}
MODEL = {"model": {"layers": LAYERS}, "parameters": PARAMETERS}
CLASSIFIER = {**MODEL, "loss": {"type": "cross_entropy"}, "regularization": {"l2": 0.05}, "data": DATA}
INPUTS = {"x": DATA["x"]}
NORMALISED = {
    "model": {"layers": [{"type": "batch_norm"}, {"type": "dropout"}, {"type": "linear"}]},
    "parameters": {"gamma1": [1.0, 1.0], "beta1": [0.0, 0.1], "W2": [[0.5, -0.2]], "b2": [0.1]},
    "data": INPUTS,
    "mode": "inference",
    "statistics": {"running_mean1": [0.2, 0.1], "running_var1": [1.5, 0.8]},
}
TEXTBOOK = textbook.problem("two_two_two")

FORWARD: Examples = {
    "outputs": {**MODEL, "data": INPUTS},
    "every line": {**MODEL, "data": INPUTS, "include": ["intermediates"]},
    "the loss": CLASSIFIER,
    "inference": NORMALISED,
}
GRADIENTS: Examples = {
    "a classifier": CLASSIFIER,
    "a worked system": TEXTBOOK,
    "everything": {
        **CLASSIFIER,
        "include": ["outputs", "intermediates", "intermediate_gradients", "input_gradients", "per_sample"],
    },
    "drawn parameters": {
        "model": {"layers": [{"type": "linear", "units": 4}, {"type": "tanh"}, {"type": "linear", "units": 2}]},
        "loss": {"type": "cross_entropy"},
        "initialize": {"type": "xavier_uniform", "seed": 0},
        "data": DATA,
    },
}
STEP: Examples = {
    "one step": {**CLASSIFIER, "optimizer": {"type": "sgd", "learning_rate": 0.1}},
    "ten steps of Adam": {**CLASSIFIER, "optimizer": {"type": "adam", "learning_rate": 0.01}, "steps": 10},
    "a step for each batch": {
        **{key: value for key, value in CLASSIFIER.items() if key != "data"},
        "optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        "batches": [DATA, {"x": [[0.0, 1.0], [2.0, 0.5]], "y": [1, 0]}],
    },
}
JACOBIAN: Examples = {
    "of the outputs by the inputs": {**MODEL, "data": INPUTS, "of": "Z2", "with_respect_to": "X"},
    "one block": {**MODEL, "data": INPUTS, "of": "Z2", "with_respect_to": "A1", "form": "block"},
}
JVP: Examples = {
    "along one weight": {
        **MODEL,
        "data": INPUTS,
        "of": "Z2",
        "vectors": {"W1": [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]},
    }
}
VJP: Examples = {
    "of the outputs": {
        **MODEL,
        "data": INPUTS,
        "of": "Z2",
        "with_respect_to": ["W1", "X"],
        "vector": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
    }
}
HVP: Examples = {"along one bias": {**CLASSIFIER, "vectors": {"b2": [1.0, 0.0]}}}
GRADCHECK: Examples = {
    "our own": CLASSIFIER,
    "a claimed gradient": {**CLASSIFIER, "gradients": {"b2": [0.1, -0.1]}},
}
DERIVATION: Examples = {"a classifier": CLASSIFIER, "a worked system": TEXTBOOK}
DIFFERENTIATE: Examples = {
    "least squares": {
        "formula": "sum((W @ x - y)**2)",
        "variables": {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, -1.0], "y": [0.5, 0.5]},
        "with_respect_to": ["W", "x"],
    },
    "only shapes": {"formula": "sum(log(1 + exp(A @ v)))", "variables": {"A": {"shape": [3, 2]}, "v": {"shape": [2]}}},
}
GRADE: Examples = {
    "a forgotten mean": {
        "problem": CLASSIFIER,
        "answers": {"W2": {"formula": "(softmax(Z2) - Y).T @ A1 + 2 * lam * W2"}},
    },
    "arrays, formulas and typed numbers": {
        "problem": TEXTBOOK,
        "answers": {
            "W2": {"array": [[0.08216704, 0.08266763], [-0.02260254, -0.02274024]]},
            "W1": {"formula": "dz_1 x^\\top", "syntax": "latex"},
            "b1": {"text": "0.0088, 0.0100"},
        },
        "rubric": {"points": {"W2": 4, "W1": 2}, "credit": {"missing_mean": 0.8}},
        "hints": 3,
    },
}
PROBLEMS: Examples = {
    "a classifier of sizes that tell": {
        "model": {"layers": LAYERS},
        "loss": {"type": "cross_entropy"},
        "regularization": {"l2": 0.05},
        "seed": 7,
    },
    "samples in columns": {
        "model": {"layers": [{"type": "linear"}, {"type": "tanh"}, {"type": "linear"}], "samples": "columns"},
        "loss": {"type": "cross_entropy"},
        "answers": ["W1", "b1"],
    },
}
PREVIEW: Examples = {
    "a LaTeX formula": {
        "problem": CLASSIFIER,
        "answer": "W2",
        "formula": "\\frac1N (\\operatorname{softmax}(Z_2) - Y)^\\top A_1",
        "syntax": "latex",
    },
}
MUED: Examples = {
    "a formula": {
        "submission": {
            "submissionId": "s1",
            "type": "MATH",
            "format": "latex",
            "content": {"expression": "(\\operatorname{softmax}(Z_2) - Y)^\\top A_1"},
        },
        "configuration": {"vendorExtensions": {"x-chainruler": {"problem": CLASSIFIER, "with_respect_to": "W2"}}},
    },
    "several answers": {
        "submission": {
            "type": "OTHER",
            "content": {"answers": {"b2": {"array": [0.1, -0.1]}, "W2": {"formula": "dZ2.T @ A1 + 2 * lam * W2"}}},
        },
        "configuration": {"vendorExtensions": {"x-chainruler": {"problem": CLASSIFIER}}},
    },
}
LAMBDA_FEEDBACK: Examples = {
    "eval": {
        "response": "dZ2.T @ A1",
        "answer": "W2",
        "params": {
            "problem": CLASSIFIER,
            "cases": [{"answer": "dZ2.T @ A1", "feedback": "And the penalty?", "mark": 0.5}],
        },
    }
}
