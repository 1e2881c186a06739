"""The optimisers' recurrences for one number, typed in from PyTorch's documented algorithm boxes and the papers.

θ: the number; gs: its gradients, one a step; ηs: the learning rates. Each yields θ after every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt


def sgd(
    θ: float, gs: Sequence[float], ηs: Sequence[float], *, μ: float, τ: float, λ: float, nesterov: bool, decoupled: bool
) -> Iterator[float]:
    """torch.optim.SGD; decoupled weight decay as in SGDW (Loshchilov & Hutter 2019, algorithm 1)."""
    b = None
    for gradient, η in zip(gs, ηs, strict=True):
        g = gradient if decoupled else gradient + λ * θ
        θ = θ - η * λ * θ if decoupled else θ
        if μ != 0:
            b = g if b is None else μ * b + (1 - τ) * g
            g = g + μ * b if nesterov else b
        θ = θ - η * g
        yield θ


def adagrad(θ: float, gs: Sequence[float], ηs: Sequence[float], *, λ: float, ε: float) -> Iterator[float]:
    """torch.optim.Adagrad."""
    total = 0.0
    for gradient, η in zip(gs, ηs, strict=True):
        g = gradient + λ * θ
        total = total + g * g
        θ = θ - η * g / (sqrt(total) + ε)
        yield θ


def rmsprop(
    θ: float, gs: Sequence[float], ηs: Sequence[float], *, α: float, μ: float, λ: float, ε: float, centered: bool
) -> Iterator[float]:
    """torch.optim.RMSprop."""
    v = b = g_ave = 0.0
    for gradient, η in zip(gs, ηs, strict=True):
        g = gradient + λ * θ
        v = α * v + (1 - α) * g * g
        ṽ = v
        if centered:
            g_ave = α * g_ave + (1 - α) * g
            ṽ = v - g_ave * g_ave
        if μ > 0:
            b = μ * b + g / (sqrt(ṽ) + ε)
            θ = θ - η * b
        else:
            θ = θ - η * g / (sqrt(ṽ) + ε)
        yield θ


def adam(
    θ: float,
    gs: Sequence[float],
    ηs: Sequence[float],
    *,
    β: tuple[float, float],
    λ: float,
    ε: float,
    amsgrad: bool,
    decoupled: bool,
) -> Iterator[float]:
    """torch.optim.Adam, and torch.optim.AdamW if decoupled."""
    m = v = v_max = 0.0
    for t, (gradient, η) in enumerate(zip(gs, ηs, strict=True), start=1):
        g = gradient if decoupled else gradient + λ * θ
        θ = θ - η * λ * θ if decoupled else θ
        m = β[0] * m + (1 - β[0]) * g
        v = β[1] * v + (1 - β[1]) * g * g
        m̂ = m / (1 - β[0] ** t)
        v_max = max(v_max, v)
        v̂ = (v_max if amsgrad else v) / (1 - β[1] ** t)
        θ = θ - η * m̂ / (sqrt(v̂) + ε)
        yield θ
