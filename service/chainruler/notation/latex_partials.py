r"""The ways to write a derivative as a fraction or with a nabla: ∂J/∂z, \frac{dJ}{dz}, \pdv{J}{z}, \nabla_z J."""

from __future__ import annotations

import re

_ARGUMENT = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})"
_PARTIAL = r"\\partial(?![A-Za-z])\s*"
_D = r"(?:\\(?:mathrm|rm|text)\s*(?:\{\s*d\s*\}|d)|d)\s*"
GIVEN = r"\((?:[^()]|\([^()]*\))*\)"
"""What the loss is given in parentheses, which may have parentheses in it."""
DATA = re.compile(r"[(;,]\s*x(?:_\{?(?P<below>[a-z])\}?|\^\{?\((?P<above>[a-z])\)\}?)?\s*(?=[,;)])")
"""A sample among that: it is the loss of this one."""
_COUNTED = re.compile(
    r"(?P<loss>.*?)\s*(?:_\s*\{?\s*(?P<below>[a-z])\s*\}?|\^\s*\{?\s*\(\s*(?P<above>[a-z])\s*\)\s*\}?)\s*"
)
_LOSS = (
    r"(?:\\mathcal\s*(?:\{\s*[A-Z]\s*\}|[A-Z])|\\ell(?![A-Za-z])|[A-Z](?![A-Za-z]))(?:_\{?[A-Z]+\}?)?"
    rf"(?:\s*{GIVEN})?"
)
_NAME = r"\\?[A-Za-z]+(?:\s*[_^]\s*(?:\{[^{}]*\}|[A-Za-z0-9]))*"
PHYSICS = re.compile(rf"\\p?dv\s*\{{(?P<first>{_ARGUMENT}*)\}}(?:\s*\{{(?P<second>{_ARGUMENT}*)\}})?")
"""The command of the physics package for a derivative, by itself or of something."""

PARTIALS = (
    rf"\\p?dv\s*\{{(?P<physics>{_ARGUMENT}*)\}}\s*\{{(?P<other>{_ARGUMENT}*)\}}(?!\s*\{{)"
    rf"|\\p?dv\s*\{{(?P<variable>{_ARGUMENT}*)\}}\s*(?P<objective>{_LOSS})"
    rf"|\\[tdc]?frac\s*\{{\s*{_PARTIAL}(?P<of>{_ARGUMENT}*)\}}\s*\{{\s*{_PARTIAL}(?P<by>{_ARGUMENT}*)\}}"
    rf"|\\[tdc]?frac\s*\{{\s*{_D}(?P<total>{_LOSS})\s*\}}\s*\{{\s*{_D}(?P<wrt>{_ARGUMENT}+)\}}"
    rf"|\\nabla\s*_\s*(?:\{{(?P<at>{_ARGUMENT}+)\}}|(?P<one>\\?[A-Za-z]))\s*(?P<loss>{_LOSS})"
    rf"|{_PARTIAL}(?P<above>\\mathcal\s*\{{[A-Z]\}}|{_NAME})\s*/\s*{_PARTIAL}(?P<below>{_NAME})"
)


def of_and_by(match: re.Match[str]) -> tuple[str, str]:
    """What a matched derivative is of, and what it is by."""
    of = ("of", "total", "loss", "above", "physics", "objective")
    by = ("by", "wrt", "at", "one", "below", "other", "variable")
    found = [next((match[group] for group in groups if match[group]), "") for groups in (of, by)]
    return found[0], found[1]


def of_sample(of: str) -> tuple[str, str]:
    r"""A loss without the number of its sample, and that: L and i for L_i and for L^{(i)}; nothing if it has none.

    >>> of_sample("L_{i}"), of_sample("J^{(n)}"), of_sample("L")
    (('L', 'i'), ('J', 'n'), ('L', ''))
    """
    match = _COUNTED.fullmatch(of)
    return (of, "") if match is None else (match["loss"], match["below"] or match["above"])


def in_full(match: re.Match[str]) -> str:
    """A derivative of the physics package, as it is written without."""
    of, by = ("", match["first"]) if match["second"] is None else (match["first"], match["second"])
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"
