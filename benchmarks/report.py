"""Tables: aligned for the terminal, Markdown for the file beside the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass
class Table:
    """Rows of text under headers; the first column is aligned left, the others right."""

    title: str
    headers: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        """Add a row; None becomes an empty cell."""
        self.rows.append(["" if cell is None else str(cell) for cell in cells])

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.headers, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in [list(self.headers), *self.rows]
        ]
        return "\n".join([self.title, lines[0], "-" * len(lines[0]), *lines[1:], ""])

    def markdown(self) -> str:
        """Return the table as Markdown, the title as a heading."""
        marks = [":--", *["--:"] * (len(self.headers) - 1)]
        lines = [f"| {' | '.join(row)} |" for row in [self.headers, marks, *self.rows]]
        return "\n".join([f"## {self.title}", "", *lines, ""])


@dataclass
class Report:
    """The tables of one run and the numbers they are made of."""

    title: str
    settings: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)

    def add(self, table: Table, records: Sequence[dict[str, Any]]) -> None:
        """Add a table, and show it at once."""
        self.tables.append(table)
        self.records += records
        print(table, flush=True)

    def write(self, name: str, machine: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        """Write the numbers to results/`name`.json and the tables to `name`.md, last one first."""
        RESULTS.mkdir(exist_ok=True)
        settings = {**settings, **self.settings}
        lines = ",\n".join(map(json.dumps, self.records))
        (RESULTS / f"{name}.json").write_text(
            f'{{"machine": {json.dumps(machine, indent=1)},\n"settings": {json.dumps(settings)},\n'
            f'"results": [\n{lines}\n]}}\n'
        )
        told = {**machine, **machine["versions"], **settings}
        del told["versions"]
        facts = "; ".join(f"{what} {value}" for what, value in told.items())
        tables = [table.markdown() for table in [self.tables[-1], *self.tables[:-1]]]
        text = "\n".join([f"# {self.title}", "", f"{facts}.", "", *tables])
        (RESULTS / f"{name}.md").write_text(text)
        print(f"Written: {RESULTS.name}/{name}.json and {name}.md\n")


def number(value: float | None, digits: int = 3) -> str | None:
    """Return a number with so many significant digits, 1,234 with all that it has."""
    if value is None:
        return None
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".rstrip(".")
