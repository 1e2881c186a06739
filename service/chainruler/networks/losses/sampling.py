"""Which classes are drawn for the sampled softmax, and with what chance; nothing here costs time for every class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from chainruler.networks.errors import SpecError

Sampler = Literal["uniform", "log_uniform", "unigram"]
Classes = NDArray[np.intp]


def drawn(
    sampler: Sampler, count: int, random: Generator, classes: int, frequencies: Sequence[float] | None
) -> Classes:
    """`count` classes drawn with replacement."""
    if sampler == "log_uniform":  # class k for exp(u log(C + 1)) from k + 1 to k + 2
        grown = np.floor(np.exp(random.random(count) * np.log(classes + 1))) - 1
        return np.array(np.clip(grown, 0, classes - 1), np.intp)
    chance = None if sampler == "uniform" else _unigram(classes, frequencies)
    return np.array(random.choice(classes, count, p=chance), np.intp)


def chances(sampler: Sampler, of: Classes, classes: int, frequencies: Sequence[float] | None) -> NDArray[np.float64]:
    """The chance with which each of these classes is drawn."""
    if sampler == "uniform":
        return np.full(of.shape, 1 / classes)
    if sampler == "log_uniform":
        return np.asarray(np.log((of + 2) / (of + 1)) / np.log(classes + 1))
    return np.asarray(_unigram(classes, frequencies)[of])


def _unigram(classes: int, frequencies: Sequence[float] | None) -> NDArray[np.float64]:
    known = np.array(frequencies or (), np.float64)
    if len(known) != classes or not known.sum() > 0:
        message = f'"frequencies" must be {classes} numbers, one for each class, that are not all 0.'
        raise SpecError("wrong_length", "/loss/frequencies", message)
    return np.asarray(known / known.sum())
