"""Networks: layers, losses, penalties and optimisers, each described by plain data; they build expressions.

>>> from chainruler.networks import prepared, problem_of
>>> problem = problem_of({"model": {"layers": [{"type": "linear"}]}, "loss": {"type": "squared_error"}})
>>> parameters, data = {"W1": [[2.0, 1.0]], "b1": [0.0]}, {"x": [[1.0, 3.0]], "y": [[4.0]]}
>>> network, values = prepared(problem, parameters, data)
>>> network.program(["J", "dW1"])(values.arrays)
(np.float64(1.0), array([[2., 6.]]))
"""

from chainruler.networks.cost import Budget, Cost, cost_of, refuse_over
from chainruler.networks.errors import SpecError, TooLarge
from chainruler.networks.kinks import margins
from chainruler.networks.layers import Layer
from chainruler.networks.losses import Loss
from chainruler.networks.network import Network, network_of, program_of
from chainruler.networks.penalties import Regularization
from chainruler.networks.problem import Model, Problem, problem_of
from chainruler.networks.shapes import Shapes, shapes_of
from chainruler.networks.values import Values, prepared, values_of

__all__ = [
    "Budget",
    "Cost",
    "Layer",
    "Loss",
    "Model",
    "Network",
    "Problem",
    "Regularization",
    "Shapes",
    "SpecError",
    "TooLarge",
    "Values",
    "cost_of",
    "margins",
    "network_of",
    "prepared",
    "problem_of",
    "program_of",
    "refuse_over",
    "shapes_of",
    "values_of",
]
