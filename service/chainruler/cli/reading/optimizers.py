"""By what rule parameters move: that of the problem, unless the command line says another."""

from __future__ import annotations

import argparse
from typing import Any

from chainruler.cli.complaints import Complaint

EXAMPLE = '--optimizer sgd --learning-rate 0.1, or in the problem "optimizer": {"type": "sgd", "learning_rate": 0.1}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say it."""
    parser.add_argument("--optimizer", metavar="TYPE", help="sgd, adam, …; otherwise the problem's own")
    parser.add_argument("--learning-rate", metavar="RATE", type=float, help="in the place of the optimiser's own")


def optimizer_of(options: argparse.Namespace, problem: dict[str, Any]) -> dict[str, Any]:
    """The optimiser's description."""
    said = problem.get("optimizer") if options.optimizer is None else {"type": options.optimizer}
    if said is None:
        raise Complaint("Nothing says by what rule the parameters move.", pointer="/optimizer", hint=EXAMPLE)
    if options.learning_rate is not None and isinstance(said, dict):
        return {**said, "learning_rate": options.learning_rate}
    optimizer: dict[str, Any] = said
    return optimizer
