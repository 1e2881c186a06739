"""Registered by existing: a file in a folder of kinds is imported, and what it defines enters the folder's registry."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module


def import_all(package: str, path: Iterable[str]) -> None:
    """Imports every module of a package, in the order of their names."""
    for module in sorted(found.name for found in pkgutil.iter_modules(path)):
        import_module(f"{package}.{module}")
