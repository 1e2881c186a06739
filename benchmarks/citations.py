"""`python -m benchmarks.citations` renews the figures in documents, which stand between comments.

`<!-- figure: engine; Loss and all gradients; S; chainruler; ratio -->1.06<!-- /figure -->` is one cell: the part, the
table's title, the first cells of a row as far as they are needed, the column. `<!-- table: engine; Every layer -->` and
`<!-- /table -->`, each on a line of its own, hold a whole table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.report import Table

HERE = Path(__file__).parent
ROOT = HERE.parent
FIGURE = re.compile(r"(<!-- figure: (?P<place>[^>]*) -->)[^<]*(<!-- /figure -->)")
TABLE = re.compile(r"(<!-- table: (?P<place>[^>]*) -->\n).*?(<!-- /table -->)", re.DOTALL)


class NotMeasured(Exception):
    """A document cites what is in no results: the message says what is there."""


def documents() -> list[Path]:
    """Every document that may cite."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def renew() -> None:
    """Write every document with the figures as they are now."""
    for document in documents():
        text = document.read_text(encoding="utf-8")
        if (current := renewed(text)) != text:
            document.write_text(current, encoding="utf-8")


def renewed(text: str, results: Path = HERE) -> str:
    """A document's text with every citation as the results have it."""
    text = FIGURE.sub(lambda cited: f"{cited[1]}{_cell(results, cited['place'])}{cited[3]}", text)
    return TABLE.sub(lambda cited: f"{cited[1]}\n{_table(results, cited['place'])[0].grid()}\n\n{cited[3]}", text)


def without(text: str) -> str:
    """A document's text with nothing of what is cited."""
    return TABLE.sub("", FIGURE.sub("", text))


def _cell(results: Path, place: str) -> str:
    """The one cell that a place names."""
    table, (*keys, column) = _table(results, place)
    rows = list(table.rows)
    for i, key in enumerate(keys):
        rows = [row for row in rows if _plain(row[i]) == key] or [row for row in rows if _begins(row[i], key)]
    if len(rows) != 1 or column not in table.columns:
        raise NotMeasured(f"{place!r} names {len(rows)} rows of «{table.title}»; its columns are {table.columns}.")
    return _plain(rows[0][list(table.columns).index(column)])


def _table(results: Path, place: str) -> tuple[Table, Sequence[str]]:
    """The table that a place names, and the rest of the place."""
    part, title, *rest = (piece.strip() for piece in place.split(";"))
    measured = report.load(results, part)
    tables = {table.title: table for table in (measured.tables if measured else ())}
    if title not in tables:
        raise NotMeasured(f"{place!r}: the part {part!r} has {', '.join(tables) or 'no results'}.")
    return tables[title], rest


def _begins(cell: str, key: str) -> bool:
    """Whether the key is the first words of a cell."""
    return _plain(cell).startswith(f"{key} ")


def _plain(cell: str) -> str:
    """A cell without emphasis."""
    return cell.strip("*`")


if __name__ == "__main__":
    renew()
