"""The calls of the service: what each takes, where it goes, and what it answers.

Each is described once, by a function that says what to send. The clients are made of these functions: both have the
same methods with the same arguments, one waits for the result and the other is awaited.
"""

from chainruler_client.calls.call import Call, Description, Loop, Numbers, Problem, ProblemParts
from chainruler_client.calls.catalogue import (
    layers,
    live,
    losses,
    mistakes,
    optimizers,
    ready,
    textbook,
    textbook_entry,
)
from chainruler_client.calls.computing import (
    derivation,
    differentiate,
    forward,
    gradcheck,
    gradients,
    hvp,
    jacobian,
    jvp,
    step,
    vjp,
)
from chainruler_client.calls.grading import grade, preview, problems

__all__ = [
    "Call",
    "Description",
    "Loop",
    "Numbers",
    "Problem",
    "ProblemParts",
    "derivation",
    "differentiate",
    "forward",
    "gradcheck",
    "grade",
    "gradients",
    "hvp",
    "jacobian",
    "jvp",
    "layers",
    "live",
    "losses",
    "mistakes",
    "optimizers",
    "preview",
    "problems",
    "ready",
    "step",
    "textbook",
    "textbook_entry",
    "vjp",
]
