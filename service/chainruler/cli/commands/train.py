"""`chainruler train`.

Train for some epochs and see the loss fall: over all data in each step, or in batches. What is trained can be saved as
a problem, which every subcommand takes, or as arrays.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType

from chainruler.cli import asking
from chainruler.cli.complaints import Complaint
from chainruler.cli.pictures import losses as picture
from chainruler.cli.reading import documents, optimizers
from chainruler.cli.reading.arrays import SUFFIXES, write_arrays
from chainruler.cli.showing import consoles
from chainruler.cli.showing.progress import sparkline, watched
from chainruler.cli.showing.tables import ArrayTable, facts
from chainruler.cli.training import TrainingProgress
from chainruler_client.results import Step

INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, how long to train, and what to keep of it."""
    documents.add_arguments(parser)
    parser.add_argument("--epochs", type=_count, default=100, metavar="N", help="times through all data; 100")
    parser.add_argument("--steps", action=Steps, help=argparse.SUPPRESS)
    parser.add_argument("--batch-size", type=_count, metavar="N", help="samples of a step; otherwise all of them")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="have batches of other samples in each epoch")
    optimizers.add_arguments(parser)
    kinds = "in .svg, or in .png with the package cairosvg"
    parser.add_argument("--plot", metavar="FILE", type=Path, help=f"the loss as a curve, {kinds}")
    parser.add_argument(
        "--save",
        metavar="FILE",
        type=Path,
        help="the problem with its new parameters, in .json, or the parameters alone, in .npz or .safetensors",
    )
    asking.add_arguments(parser)
    consoles.add_arguments(parser)


class Steps(argparse.Action):
    """Says what there is in place of `--steps`, which `step` has."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.error("argument --steps: training counts --epochs; without --batch-size, each is one step")


def run(options: argparse.Namespace) -> int:
    """Train, and write what came of it, also if Ctrl-C ends it."""
    _check_kept(options)
    with asking.client(options) as client:
        problem = documents.problem_of(options, client, documents.TRAINING - {"steps", "batches"})
        problem["optimizer"] = optimizers.optimizer_of(options, problem)
        try:
            turns = client.train(
                problem, epochs=options.epochs, batch_size=options.batch_size, seed=options.shuffle, every=None
            )
        except ValueError as error:
            raise Complaint(str(error)) from error
        course = TrainingProgress(_steps_of_an_epoch(problem, options.batch_size))
        interrupted = _ended_early(watched(course.over(turns), options.epochs))
    if course.last is not None:
        _keep(options, problem, course, course.last)
    return INTERRUPTED if interrupted else 0


def _steps_of_an_epoch(problem: dict[str, Any], batch_size: int | None) -> int:
    return 1 if batch_size is None else -(-len(problem["data"]["x"]) // batch_size)


def _count(text: str) -> int:
    """A number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_count.__name__ = "count"  # what argparse calls it in its complaint


def _check_kept(options: argparse.Namespace) -> None:
    if options.plot is not None:
        picture.check_writable(options.plot)
    if options.save is not None and options.save.suffix not in {".json", *SUFFIXES}:
        raise Complaint(f"{options.save} ends neither in .json nor in .npz or .safetensors.")


def _ended_early(turns: Iterator[TrainingProgress]) -> bool:
    """Go through a training; whether Ctrl-C ended it."""
    try:
        deque(turns, maxlen=0)
    except KeyboardInterrupt:
        return True
    return False


def _keep(options: argparse.Namespace, problem: dict[str, Any], course: TrainingProgress, last: Step) -> None:
    """Write the answer, the curve and the parameters."""
    if options.plot is not None:
        picture.write(options.plot, course.losses, f"Loss over {course.epoch:,} epochs")
    if options.save is not None and options.save.suffix == ".json":
        options.save.write_bytes(consoles.json(trained(problem, last)))
    elif options.save is not None:
        write_arrays(options.save, last.parameters)
    formats: dict[str, consoles.Written] = {
        "table": lambda: shown(course, last),
        "json": lambda: consoles.json(told(course, last)),
    }
    consoles.write(options, formats)


def trained(problem: dict[str, Any], last: Step) -> dict[str, Any]:
    """The problem as it stands after the training."""
    kept = {key: value for key, value in problem.items() if key != "initialize"}
    kept |= {} if last.statistics is None else {"statistics": last.statistics}
    return {**kept, "parameters": last.parameters, "optimizer_state": last.optimizer_state}


def told(course: TrainingProgress, last: Step) -> dict[str, Any]:
    """The answer in JSON."""
    counted = {"epochs": course.epoch, "steps": course.steps, "loss": last.loss, "losses": course.losses}
    return counted | {"parameters": last.parameters, "optimizer_state": last.optimizer_state}


def shown(course: TrainingProgress, last: Step) -> RenderableType:
    """How the loss went, and where the parameters are."""
    losses = course.losses or course.seen
    rows = {
        "epochs": f"{course.epoch:,}",
        "steps": f"{course.steps:,}",
        "first loss": losses[0],
        "last loss": losses[-1],
    }
    return Group(facts({**rows, "": sparkline(losses)}), "", ArrayTable("parameter", last.parameters, "after"))
