"""`chainruler derive`.

The derivation of every gradient, line by line, as a textbook prints it. `--format latex` gives a block to paste into a
document, `--format numpy` lines that run; `--hand` says how each line is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import get_args

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from chainruler.cli import asking
from chainruler.cli.reading import documents
from chainruler.cli.showing import consoles, numbers
from chainruler.cli.showing.mathematics import derivative, formula, symbol
from chainruler_client import calls
from chainruler_client.calls.computing import Course, Hand
from chainruler_client.results import Derivation, InHand, Line

WIDE = 60
"""Columns of a terminal that has room for both names of a gradient."""
WIDEST = 100
"""Beyond it, the eye loses the line on its way to the shape."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A problem, and whether the reasons are wanted."""
    documents.add_arguments(parser)
    documents.add_mode_argument(parser)
    parser.add_argument("--brief", action="store_true", help="leave out the reasons")
    parser.add_argument("--hand", choices=get_args(Hand), help="how each line is written; see docs/notation.md")
    parser.add_argument(
        "--style", metavar="COURSE", choices=get_args(Course), help=f"in whose names: {', '.join(get_args(Course))}"
    )
    asking.add_arguments(parser)
    consoles.add_arguments(parser, "latex", "numpy")


def run(options: argparse.Namespace) -> int:
    """Derive, and write."""
    with asking.client(options) as client:
        problem = documents.problem_of(options, client)
        answer = asking.ask(client, calls.derivation(problem, hand=options.hand, style=options.style))
    derived = answer.result
    consoles.write(
        options,
        {
            "table": lambda: DerivationView(derived, brief=options.brief),
            "json": lambda: consoles.json(answer.document),
            "latex": lambda: latex(derived.steps).encode(),
            "numpy": lambda: code(derived.steps).encode(),
        },
    )
    return 0


class DerivationView:
    """The forward pass, and the backward pass with its reasons."""

    def __init__(self, derived: Derivation, *, brief: bool = False) -> None:
        self.loss, self.brief = derived.objective.symbol, brief
        self.called = {own: name for name, own in (derived.names or {}).items()}
        symbols = [step.symbol for step in derived.steps]
        turn = symbols.index(self.loss) + 1  # definitions come first, and the objective is the last of them
        self.there, self.back = derived.steps[:turn], derived.steps[turn:]
        self.scalars = [step.symbol for step in derived.steps if not step.shape]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("Forward", "bold")
        width = min(options.max_width, WIDEST)
        yield self._table(self.there, width, named=False)
        yield Text("\nBackward", "bold")
        yield self._table(self.back, width, named=options.max_width >= WIDE)

    def _table(self, steps: Sequence[Line], width: int, *, named: bool) -> Table:
        """The lines of one way; `named` has each gradient called by both of its names."""
        lines = Table.grid(padding=(0, 1), pad_edge=True, expand=True)
        lines.width = width
        lines.add_column(justify="right", no_wrap=True, style="bold")
        if named:
            lines.add_column(no_wrap=True)
        lines.add_column()
        lines.add_column(ratio=1)
        lines.add_column(justify="right", style="dim", no_wrap=True)
        for step in steps:
            own = step.symbol
            name = derivative(f"d{self.called.get(own[1:], own[1:])}" if own.startswith("d") else own, self.loss)
            names = [symbol(self.called.get(own, own)), f"= {name}"] if "/" not in own else [name, ""]
            written = formula(step.numpy, self.scalars) if step.written is None else right_side(step.written)
            lines.add_row(*(names if named else names[:1]), "=", written, numbers.shape(step.shape))
            if steps is self.back and not self.brief:
                lines.add_row(*[""] * (3 if named else 2), Text(step.because, "dim"), "")
        return lines


def latex(steps: Sequence[Line]) -> str:
    """One block of aligned equations, in the hand that was asked for where this has LaTeX."""
    texts = [(step.written and step.written.latex) or step.latex for step in steps]
    lines = " \\\\\n".join("  " + text.replace(" = ", " &= ", 1) for text in texts)
    return f"\\begin{{align*}}\n{lines}\n\\end{{align*}}\n"


def code(steps: Sequence[Line]) -> str:
    """Lines of code, in the hand that was asked for where this is code."""
    return "".join(f"{(step.written and step.written.text) or _numpy(step)}\n" for step in steps)


def _numpy(step: Line) -> str:
    """A line of NumPy; a Jacobian, whose symbol is no name, is told in a comment."""
    return f"# {step.symbol} = {step.numpy}" if "/" in step.symbol else f"{step.symbol} = {step.numpy}"


def right_side(written: InHand) -> str:
    """What stands on the right of a line in a hand."""
    return written.reason or str(written).rpartition(" = ")[2]
