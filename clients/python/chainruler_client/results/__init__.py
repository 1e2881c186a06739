"""What calls answer: one type each, with the members of the answer as attributes and arrays as NumPy arrays."""

from chainruler_client.results.batch import Batch, BatchLine
from chainruler_client.results.catalogue import (
    Layers,
    Listed,
    Live,
    Losses,
    Optimizers,
    Part,
    Ready,
    Textbook,
    TextbookEntry,
)
from chainruler_client.results.derivations import Derivation, Differentiated, Formula, InHand, Line
from chainruler_client.results.derivatives import Checked, Entry, Gradcheck, Hvp, Jacobian, Jvp, Kink, Vjp
from chainruler_client.results.gradients import Forward, Gradients, Step
from chainruler_client.results.grading import Diagnosis, Graded, Marked
from chainruler_client.results.issued import Hidden, Issued, Mistake, Mistakes, Preview, Shown
from chainruler_client.results.result import Array, Arrays, Result

__all__ = [
    "Array",
    "Arrays",
    "Batch",
    "BatchLine",
    "Checked",
    "Derivation",
    "Diagnosis",
    "Differentiated",
    "Entry",
    "Formula",
    "Forward",
    "Gradcheck",
    "Graded",
    "Gradients",
    "Hidden",
    "Hvp",
    "InHand",
    "Issued",
    "Jacobian",
    "Jvp",
    "Kink",
    "Layers",
    "Line",
    "Listed",
    "Live",
    "Losses",
    "Marked",
    "Mistake",
    "Mistakes",
    "Optimizers",
    "Part",
    "Preview",
    "Ready",
    "Result",
    "Shown",
    "Step",
    "Textbook",
    "TextbookEntry",
    "Vjp",
]
