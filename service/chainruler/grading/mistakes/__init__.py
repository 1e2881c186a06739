"""The mistakes that people make in gradients: one class each, a file for each family, registered by existing."""

from chainruler.grading.mistakes.mistake import Change, Changes, Instead, Mistake
from chainruler.networks.registry import import_all

__all__ = ["Change", "Changes", "Instead", "Mistake"]

import_all(__name__, __path__)
