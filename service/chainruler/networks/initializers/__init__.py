"""Initialisers: one file each, registered by existing. Each parameter has its own stream, so layers do not mix."""

from chainruler.networks.initializers.initializer import Initializer
from chainruler.networks.registry import import_all

__all__ = ["Initializer"]

import_all(__name__, __path__)
