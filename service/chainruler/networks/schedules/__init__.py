"""Learning-rate schedules: one file each, registered by existing. A bare number is a schedule too, the constant one."""

from chainruler.networks.registry import import_all
from chainruler.networks.schedules.schedule import LearningRate, Schedule, rate_at

__all__ = ["LearningRate", "Schedule", "rate_at"]

import_all(__name__, __path__)
