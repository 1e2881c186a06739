"""Reading the command line, handing it to a subcommand, and ending with its exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from chainruler import __version__

COMMANDS = {
    "demo": "start the service, and walk through it with an example",
    "serve": "start the service",
    "grad": "the loss and the gradient of every parameter",
    "forward": "the outputs, and the loss",
    "predict": "what a trained model says of samples",
    "derive": "the derivation, line by line",
    "step": "take training steps",
    "train": "train, and see the loss fall",
    "check": "check gradients against numeric ones",
    "grade": "mark answers, and tell the mistakes in them",
    "forget": "remove what is kept of one student",
    "preview": "see how a formula is read",
    "problem": "problems to grade with, on whose numbers mistakes show",
    "mistakes": "the mistakes that the grader knows",
    "textbook": "worked systems to begin with",
    "layers": "the layers that a model can be made of",
    "losses": "the losses, and what each measures",
    "optimizers": "the optimisers, and their rules",
    "key": "keys that let callers in, each for what it is meant for",
    "completion": "have your shell complete this command",
    "version": "print the version",
}
"""The subcommands in the order in which people meet them: each is a module of `commands`, with `add_arguments(parser)`
and `run(options)`, which is imported when it is called. So `chainruler --help` does not wait for NumPy."""

TOGETHER = dict.fromkeys(("layers", "losses", "optimizers"), "catalogue")
"""Subcommands that are one module."""

CODES = """exit codes:
  0  all is right
  1  a gradient or an answer is wrong
  2  what was asked for cannot be
  3  the service cannot be reached, or cannot answer now
"""

INTERRUPTED = 130
"""As a shell has it for what Ctrl-C ended."""


class Subcommand(argparse.ArgumentParser):
    """The parser of a subcommand, which has its arguments once it is used."""

    module: Any = None

    def filled(self, name: str) -> argparse.ArgumentParser:
        """This parser with the arguments of the subcommand."""
        if self.module is None:
            self.module = import_module(f"chainruler.cli.commands.{TOGETHER.get(name, name)}")
            self.set_defaults(command=name, run=self.module.run)
            self.description = (self.module.__doc__ or "").partition("\n\n")[2].strip() or None
            self.module.add_arguments(self)
        return self

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What argparse calls for the subcommand that is named, and for no other."""
        self.filled(self.prog.rpartition(" ")[2])
        return super().parse_known_args(args, namespace)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that the arguments name; its exit code is returned, 2 for arguments that make no sense."""
    root = parser()
    options = root.parse_args(arguments)
    if options.run is None:  # nothing is asked for
        root.print_help()
        return 0
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has enough, as `head` has; the rest must not be written again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told in words, and `--debug` has the traceback)
        from chainruler.cli.failures import tell  # noqa: PLC0415 (what goes well does not wait for it)

        return tell(error, debug=getattr(options, "debug", False))
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of the command line, which knows the subcommands by name."""
    return _with_subcommands()[0]


def whole_parser() -> argparse.ArgumentParser:
    """The same, with the arguments of all subcommands, each described in a few words."""
    root, subcommands = _with_subcommands()
    for name, subcommand in subcommands.items():
        subcommand.filled(name).description = COMMANDS[name]
    return root


def _with_subcommands() -> tuple[argparse.ArgumentParser, dict[str, Subcommand]]:
    root = argparse.ArgumentParser(
        prog="chainruler",
        description="What is the gradient, and is mine right?",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.set_defaults(run=None)
    root.add_argument("--version", action="version", version=__version__)
    made = root.add_subparsers(title="commands", metavar="COMMAND", parser_class=Subcommand)
    return root, {name: made.add_parser(name, help=told) for name, told in COMMANDS.items()}
