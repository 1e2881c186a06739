"""What is changed in a good request, and how it is refused: one table for each call."""

import math
from typing import Any, NamedTuple

import numpy as np

from tests.handlers.calls import GOOD


class Refusal(NamedTuple):
    """A change at a place of the good request, and the refusal that it brings."""

    place: str
    value: Any
    code: str
    pointer: str
    words: str
    """What message and hint say, among other things; parts of it are separated by `…`."""


PROBLEM = {
    "no model": Refusal("model", ..., "missing_field", "/model", "model is missing."),
    "model of the wrong type": Refusal("model", [], "wrong_type", "/model", "model must be an object, not a list."),
    "null model": Refusal("model", None, "wrong_type", "/model", "must be an object, not null."),
    "unknown field": Refusal("modl", {}, "unknown_field", "/modl", '"modl" is not known here.…Did you mean "model"?'),
    "unknown field of the model": Refusal(
        "model.layer", [], "unknown_field", "/model/layer", '"layer" is not a field…Did you mean "layers"?'
    ),
    "unknown field of a layer": Refusal(
        "model.layers.0.unit", 3, "unknown_field", "/model/layers/0/unit", 'field of layer "linear".…mean "units"?'
    ),
    "unknown layer": Refusal(
        "model.layers.1.type", "tahn", "unknown_type", "/model/layers/1/type", 'not known.…Did you mean "tanh"?'
    ),
    "layer that is a string": Refusal("model.layers.1", "tanh", "wrong_type", "/model/layers/1", "not a string."),
    "units as a string": Refusal("model.layers.0.units", "3", "wrong_type", "/model/layers/0/units", "whole number"),
    "units as true": Refusal("model.layers.0.units", True, "wrong_type", "/model/layers/0/units", "not true or false"),
    "units of 400 digits": Refusal(
        "model.layers.0.units", 10**400, "out_of_range", "/model/layers/0/units", "must be below"
    ),
    "symbol that is no name": Refusal(
        "model.symbols", {"Z1": "z\x00"}, "bad_name", "/model/symbols/Z1", "a letter, then letters"
    ),
    "symbol that is a word of Python": Refusal(
        "model.symbols", {"lam": "lambda"}, "bad_name", "/model/symbols/lam", "no word of Python"
    ),
    "symbol that stands for a gradient": Refusal("model.symbols", {"Z1": "dA1"}, "duplicate_name", "/model", "dA1"),
    "missing parameter": Refusal("parameters.b2", ..., "missing_parameter", "/parameters/b2", "with shape (2,)"),
    "unknown parameter": Refusal(
        "parameters.W3", [[1.0]], "unknown_parameter", "/parameters/W3", "which has W1, b1, W2, b2.…Known are"
    ),
    "parameter with a strange name": Refusal(
        "parameters.a/~\x00💥", [1.0], "unknown_parameter", "/parameters/a~1~0\x00💥", "is not a parameter"
    ),
    "transposed parameter": Refusal(
        "parameters.W2", np.ones((3, 2)).tolist(), "wrong_shape", "/parameters/W2", "(3, 2)…(2, 3)…transposed"
    ),
    "true among numbers": Refusal("parameters.W1.0.0", True, "wrong_type", "/parameters/W1", "hold numbers only"),
    "string among numbers": Refusal("parameters.W1.0.0", "1.5", "wrong_type", "/parameters/W1", "hold numbers only"),
    "object among numbers": Refusal("parameters.W1.0.0", {}, "wrong_type", "/parameters/W1", "hold numbers only"),
    "object for an array": Refusal("parameters.W1", {"a": 1}, "wrong_type", "/parameters/W1", "must be an array"),
    "ragged": Refusal("data.x.1", [1.0, 2.0], "ragged_array", "/data/x", "all rows need the same length"),
    "NaN": Refusal("data.x.0.0", math.nan, "not_finite", "/data/x", "no NaN"),
    "infinity": Refusal("data.x.0.0", -math.inf, "not_finite", "/data/x", "no infinity"),
    "400 digits": Refusal("data.x.0.0", 10**400, "out_of_range", "/data/x", "64 bits"),
    "no data": Refusal("data", {}, "missing_data", "/data/x", "data.x is missing"),
    "data of the wrong type": Refusal("data", [1], "wrong_type", "/data", "data must be an object, not a list."),
    "one sample as a flat list": Refusal(
        "data.x", [1.0] * 4, "wrong_shape", "/data/x", "shape (4,)…Send x with shape (1, 4)"
    ),
    "a number for the samples": Refusal("data.x", 3.0, "wrong_shape", "/data/x", "x is a number"),
    "no samples": Refusal("data.x", [], "wrong_shape", "/data/x", "shape (0,)"),
    "samples without features": Refusal("data.x", [[]] * 5, "empty_array", "/data/x", "(5, 0)"),
    "rows of another width": Refusal(
        "data.x", np.ones((5, 6)).tolist(), "wrong_shape", "/data/x", "6 features…(3, 4)…4 numbers"
    ),
    "unknown dtype": Refusal(
        "dtype", "float46", "unknown_value", "/dtype", 'must be "float64" or "float32".…Did you mean "float64"?'
    ),
    "dtype as a number": Refusal("dtype", 32, "unknown_value", "/dtype", 'must be "float64" or "float32".'),
    "too many parameters": Refusal(
        "model.layers",
        [{"type": "linear", "units": 10**9}, {"type": "linear", "units": 2}],
        "wrong_shape",
        "/parameters/W1",
        "1000000000",
    ),
}
LOSS = {
    "no loss": Refusal("loss", ..., "missing_field", "/loss", "loss is missing.…What is differentiated"),
    "null loss": Refusal("loss", None, "wrong_type", "/loss", "must be an object, not null."),
    "unknown loss": Refusal(
        "loss.type", "CrossEntropyLoss", "unknown_type", "/loss/type", 'Did you mean "cross_entropy"?'
    ),
    "unknown field of the loss": Refusal(
        "loss.reducton", "sum", "unknown_field", "/loss/reducton", 'Did you mean "reduction"?'
    ),
    "unknown reduction": Refusal("loss.reduction", "avg", "unknown_value", "/loss/reduction", 'must be "mean", '),
    "scale of 400 digits": Refusal("loss.scale", 10**400, "not_finite", "/loss/scale", "finite number"),
    "unknown field of the regularization": Refusal(
        "regularization.weight_decay", 0.1, "unknown_field", "/regularization/weight_decay", 'Did you mean "l2"?'
    ),
    "negative penalty": Refusal("regularization.l2", -1, "out_of_range", "/regularization/l2", "at least 0"),
}
TARGETS = {
    "no targets": Refusal("data.y", ..., "missing_data", "/data/y", "the classes, with shape (5,)"),
    "fewer targets": Refusal("data.y", [0, 1], "wrong_shape", "/data/y", "(2,)…(5, 4)"),
    "a class that there is not": Refusal(
        "data.y", [0, 1, 2, 0, 1], "class_out_of_range", "/data/y", "classes are 0, 1"
    ),
    "a class beyond integers": Refusal("data.y", [2**63, 0, 0, 0, 0], "not_whole", "/data/y", "whole numbers"),
    "booleans for classes": Refusal("data.y", [True] * 5, "wrong_type", "/data/y", "hold numbers only"),
    "fractions for classes": Refusal("data.y", [0.5] * 5, "not_whole", "/data/y", "whole numbers"),
    "unknown data": Refusal("data.wieghts", [1.0] * 5, "unknown_field", "/data/wieghts", "is not among the data"),
}
INCLUDE = {
    "unknown part": Refusal("include", ["output"], "unknown_value", "/include/0", 'must be "…Did you mean "outputs"?'),
    "one part": Refusal("include", "outputs", "wrong_type", "/include", "must be a list, not a string."),
    "a number for a part": Refusal("include", [3], "unknown_value", "/include/0", "must be"),
    "too many parts": Refusal("include", ["outputs"] * 6, "wrong_length", "/include", "at most 5"),
}
OF = {
    "no line": Refusal("of", ..., "missing_field", "/of", "of is missing.…The line"),
    "unknown line": Refusal("of", "Z9", "unknown_name", "/of", 'called "Z9"…Known are'),
    "line that is a number": Refusal("of", 2, "wrong_type", "/of", "must be a string, not a whole number."),
    "strange line": Refusal("of", "\x00" * 99, "unknown_name", "/of", "Nothing in this problem"),
}
WRONG_VECTORS = {
    "no vector": Refusal("vectors", {}, "wrong_length", "/vectors", "at least 1"),
    "unknown name": Refusal("vectors.W9", [1.0], "unknown_name", "/vectors/W9", 'called "W9"…Known are'),
    "another shape": Refusal("vectors.W1", [1.0], "wrong_shape", "/vectors/W1", "(1,)…W1 has (3, 4)"),
    "by whole numbers": Refusal("vectors.y", [0] * 5, "not_differentiable", "/vectors/y", "whole numbers"),
    "list of vectors": Refusal("vectors", [[1.0]], "wrong_type", "/vectors", "must be an object, not a list."),
}
JACOBIAN = OF | {
    "unknown name": Refusal("with_respect_to", "w1", "unknown_name", "/with_respect_to", 'Did you mean "W1"?'),
    "by whole numbers": Refusal("with_respect_to", "y", "not_differentiable", "/with_respect_to", "whole numbers"),
    "unknown form": Refusal("form", "sparse", "unknown_value", "/form", 'must be "dense" or "block"'),
}
VJP = OF | {
    "vector of another shape": Refusal("vector", [1.0, 2.0], "wrong_shape", "/vector", "(2,)…Z2 has (5, 2)"),
    "no vector": Refusal("vector", ..., "missing_field", "/vector", "vector is missing."),
    "nothing to differentiate by": Refusal("with_respect_to", [], "wrong_length", "/with_respect_to", "at least 1"),
    "unknown name": Refusal("with_respect_to.1", "w1", "unknown_name", "/with_respect_to/1", 'Did you mean "W1"?'),
    "by whole numbers": Refusal("with_respect_to.0", "y", "not_differentiable", "/with_respect_to/0", "whole numbers"),
}
STEP = {
    "no optimizer": Refusal("optimizer", ..., "missing_field", "/optimizer", "optimizer is missing.…rule"),
    "unknown optimizer": Refusal("optimizer.type", "sdg", "unknown_type", "/optimizer/type", 'Did you mean "sgd"?'),
    "unknown field": Refusal("optimizer.lr", 0.1, "unknown_field", "/optimizer/lr", 'Did you mean "learning_rate"?'),
    "no learning rate": Refusal("optimizer.learning_rate", ..., "missing_field", "/optimizer/learning_rate", "needs"),
    "negative learning rate": Refusal(
        "optimizer.learning_rate", -1, "out_of_range", "/optimizer/learning_rate", "at least 0"
    ),
    "unknown schedule": Refusal(
        "optimizer.learning_rate",
        {"type": "cosin"},
        "unknown_type",
        "/optimizer/learning_rate/type",
        'Did you mean "cosine"?',
    ),
    "no steps": Refusal("steps", 0, "out_of_range", "/steps", "at least 1"),
    "half a step": Refusal("steps", 0.5, "wrong_type", "/steps", "must be a whole number, not a number."),
    "true steps": Refusal("steps", True, "wrong_type", "/steps", "must be a whole number, not true or false."),
    "too many steps": Refusal("steps", 10**12, "too_many_steps", "/steps", "at most"),
    "steps of 400 digits": Refusal("steps", 10**400, "too_many_steps", "/steps", "at most"),
    "data and batches": Refusal("batches", [GOOD["step"]["data"]], "wrong_combination", "/batches", "not both"),
    "no batches": Refusal("batches", [], "wrong_length", "/batches", "at least 1"),
    "state of another optimizer": Refusal("optimizer_state.m", {}, "unknown_field", "/optimizer_state/m", "not kept"),
    "state without a parameter": Refusal(
        "optimizer_state.velocity.b2", ..., "missing_parameter", "/optimizer_state/velocity/b2", "with step 1"
    ),
    "state of another shape": Refusal(
        "optimizer_state.velocity.b2", [1.0], "wrong_shape", "/optimizer_state/velocity/b2", "(1,)…(2,)"
    ),
    "state that is ragged": Refusal(
        "optimizer_state.velocity.W2.0", [1.0], "wrong_type", "/optimizer_state/velocity/W2", "array of numbers"
    ),
    "state that is not finite": Refusal(
        "optimizer_state.velocity.b2.0", math.inf, "not_finite", "/optimizer_state/velocity/b2", "finite"
    ),
    "steps of the state": Refusal("optimizer_state.step", -1, "out_of_range", "/optimizer_state/step", "at least 0"),
    "state that is a list": Refusal(
        "optimizer_state", [], "wrong_type", "/optimizer_state", "must be an object, not a list."
    ),
}
GRADCHECK = {
    "no claim": Refusal("gradients", {}, "wrong_length", "/gradients", "at least 1 entry, but has 0."),
    "unknown parameter": Refusal("gradients.B1", [1.0], "unknown_parameter", "/gradients/B1", 'Did you mean "b1"?'),
    "another shape": Refusal("gradients.b1", [1.0], "wrong_shape", "/gradients/b1", "(1,)…b1 has (3,)"),
    "no entries": Refusal("entries", 0, "out_of_range", "/entries", "at least 1"),
    "too many entries": Refusal("entries", 10**9, "out_of_range", "/entries", "at most 10000"),
    "negative seed": Refusal("seed", -1, "out_of_range", "/seed", "at least 0"),
    "seed beyond JSON": Refusal("seed", 2**53, "out_of_range", "/seed", "below 9007199254740992"),
}
DIFFERENTIATE = {
    "no formula": Refusal("formula", ..., "missing_field", "/formula", "formula is missing.…The formula"),
    "empty formula": Refusal("formula", "", "wrong_length", "/formula", "formula must not be empty"),
    "long formula": Refusal("formula", "x+" * 1001 + "x", "wrong_length", "/formula", "at most 2000 characters"),
    "formula that is a number": Refusal("formula", 3, "wrong_type", "/formula", "must be a string"),
    "unfinished formula": Refusal("formula", "sum(W @ x", "invalid_formula", "/formula", "column 4"),
    "unknown symbol": Refusal("formula", "sum(W @ z)", "invalid_formula", "/formula", "column 9…z…Known are"),
    "shapes that do not fit": Refusal(
        "formula", "sum(concatenate((x, y)) + x)", "invalid_formula", "/formula", "column 5"
    ),
    "a call of what is no function": Refusal("formula", "__import__('os')", "invalid_formula", "/formula", "column 1"),
    "no number": Refusal("formula", "W @ x", "not_a_scalar", "/formula", "(2,)…Sum it: sum(W @ x)"),
    "unknown syntax": Refusal("syntax", "tex", "unknown_value", "/syntax", 'must be "numpy" or "latex"'),
    "no variables": Refusal("variables", {}, "wrong_length", "/variables", "at least 1"),
    "null variable": Refusal("variables.x", None, "wrong_type", "/variables/x", "must be an array"),
    "variable without numbers": Refusal("variables.x", [], "empty_array", "/variables/x", "(0,)"),
    "name that formulas spell otherwise": Refusal(
        "variables.θ", [1.0], "bad_name", "/variables/θ", 'is not a name…Call it "theta"'
    ),
    "name of a lambda": Refusal("variables.lambda", [1.0], "bad_name", "/variables/lambda", 'Call it "lam"'),
    "word of Python for a name": Refusal("variables.class", [1.0], "bad_name", "/variables/class", "no word of Python"),
    "strange name": Refusal("variables.a b", [1.0], "bad_name", "/variables/a b", "is not a name"),
    "wrong shape": Refusal("variables.y", {"shape": ["2"]}, "wrong_type", "/variables/y/shape/0", "whole number"),
    "negative shape": Refusal("variables.y", {"shape": [-2]}, "out_of_range", "/variables/y/shape/0", "at least 1"),
    "shape of nine axes": Refusal("variables.y", {"shape": [1] * 9}, "wrong_length", "/variables/y/shape", "at most 8"),
    "misspelt shape": Refusal(
        "variables.y", {"shpe": [2], "shape": [2]}, "unknown_field", "/variables/y/shpe", 'mean "shape"?'
    ),
    "unknown name": Refusal("with_respect_to", ["w"], "unknown_name", "/with_respect_to/0", 'Did you mean "W"?'),
    "nothing to differentiate by": Refusal("with_respect_to", [], "wrong_length", "/with_respect_to", "at least 1"),
}
REFUSALS: dict[str, dict[str, Refusal]] = {
    "forward": PROBLEM
    | {"unknown part": Refusal("include", ["outputs"], "unknown_value", "/include/0", '"intermediates"')},
    "gradients": PROBLEM | LOSS | TARGETS | INCLUDE,
    "jacobian": PROBLEM | JACOBIAN,
    "jvp": PROBLEM | OF | WRONG_VECTORS,
    "vjp": PROBLEM | VJP,
    "hvp": PROBLEM | LOSS | TARGETS | WRONG_VECTORS,
    "step": PROBLEM | LOSS | TARGETS | STEP,
    "gradcheck": PROBLEM | LOSS | TARGETS | GRADCHECK,
    "derivation": LOSS,
    "differentiate": DIFFERENTIATE,
}
