"""Optimisers: one file each, registered by existing. State is a value in and a value out; nothing is kept."""

from chainruler.networks.optimizers.optimizer import Optimizer
from chainruler.networks.optimizers.state import Array, Arrays, State
from chainruler.networks.registry import import_all

__all__ = ["Array", "Arrays", "Optimizer", "State"]

import_all(__name__, __path__)
