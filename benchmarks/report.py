"""Tables: aligned for the terminal, Markdown for the file beside the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine

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


def write(
    name: str,
    what: str,
    tables: Sequence[Table],
    settings: Mapping[str, Any],
    numbers: Sequence[Any],
) -> None:
    """Write `name`.json with all numbers and `name`.md with the tables to the results folder."""
    RESULTS.mkdir(exist_ok=True)
    where = machine.description()
    json_path, markdown_path = (RESULTS / f"{name}.{suffix}" for suffix in ("json", "md"))
    lines = ",\n".join(json.dumps(result) for result in numbers)
    json_path.write_text(
        f'{{"machine": {json.dumps(where, indent=1)},\n"settings": {json.dumps(settings)},\n'
        f'"results": [\n{lines}\n]}}\n'
    )
    versions = ", ".join(f"{package} {found}" for package, found in where["versions"].items())
    heading = [
        f"# {what}",
        "",
        (
            f"{where['date']}, commit {where['commit']}. {where['processor']}, "
            f"{where['usable cores']} of {where['cores']} cores, {where['system']}, "
            f"Python {where['python']}, {where['blas']}, {versions}."
        ),
        "",
        "Settings: " + ", ".join(f"{key} {value}" for key, value in settings.items()) + ".",
        "",
    ]
    markdown_path.write_text("\n".join([*heading, *(table.markdown() for table in tables)]))
    print(f"written: {json_path.relative_to(RESULTS.parent.parent)} and {markdown_path.name}\n")


def number(value: float | None, digits: int = 3) -> str | None:
    """Return a number with so many significant digits, never in scientific form above 1."""
    if value is None:
        return None
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}"
