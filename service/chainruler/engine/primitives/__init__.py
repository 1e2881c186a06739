"""What expressions are made of: one family of primitives a file. A new file here is picked up by existing."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
