"""The gradient service: what is the gradient, and is mine right."""

__version__ = "0.1.0"

__all__ = ["__version__"]
