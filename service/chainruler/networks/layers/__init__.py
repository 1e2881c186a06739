"""Layers: one file each, registered by existing. A layer builds expressions and states no derivative."""

from chainruler.networks.layers.layer import Layer, Parametrised
from chainruler.networks.registry import import_all

__all__ = ["Layer", "Parametrised"]

import_all(__name__, __path__)
