"""Clipping by global norm: one factor for all gradients, so that their direction stays (Pascanu et al. 2013)."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from chainruler.networks.optimizers.state import Array


def clipping_factor(gradients: Collection[Array], clip_norm: float | None) -> float:
    """min(1, clip_norm / ‖g‖); a gradient that is not a number is left for the caller to find."""
    if clip_norm is None:
        return 1.0
    norm = global_norm(gradients)
    return clip_norm / norm if norm > clip_norm else 1.0


def global_norm(arrays: Collection[Array]) -> float:
    """‖g‖ = √Σ gᵢ² over every entry of every array; it overflows only where the norm itself does."""
    total = sum(float(np.vdot(array, array)) for array in arrays)
    if total < math.inf:
        return math.sqrt(total)
    largest = max(float(np.abs(array).max()) for array in arrays if array.size)
    if not math.isfinite(largest):
        return largest
    return largest * global_norm([array / largest for array in arrays])
