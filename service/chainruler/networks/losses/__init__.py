"""Losses: one file each, registered by existing. A loss builds expressions and states no derivative."""

from chainruler.networks.losses.loss import Loss, Reduction
from chainruler.networks.registry import import_all

__all__ = ["Loss", "Reduction"]

import_all(__name__, __path__)
