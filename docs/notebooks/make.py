"""Write the notebooks from their sources, one .py each: python docs/notebooks/make.py."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MARKDOWN, CODE = "# %% [markdown]", "# %%"


def sources() -> list[Path]:
    """Return the sources, in the order of the chapter."""
    return sorted(path for path in FOLDER.glob("*.py") if path != Path(__file__))


def notebook_of(source: str) -> dict[str, Any]:
    """Return the notebook of a source, as its cells stand there, without outputs."""
    cells: list[dict[str, Any]] = []
    for line in source.splitlines():
        if line in (MARKDOWN, CODE):
            kind = "markdown" if line == MARKDOWN else "code"
            cells.append({"cell_type": kind, "id": f"cell-{len(cells) + 1}", "lines": []})
        else:
            cells[-1]["lines"].append(line)
    return {
        "cells": [_finished(cell) for cell in cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def text_of(source: str) -> str:
    """Return the file of a notebook."""
    return json.dumps(notebook_of(source), ensure_ascii=False, indent=1) + "\n"


def _finished(cell: dict[str, Any]) -> dict[str, Any]:
    lines = "\n".join(cell.pop("lines")).strip("\n").split("\n")
    cell["metadata"] = {}
    if cell["cell_type"] == "markdown":
        lines = [line.removeprefix("#").removeprefix(" ") for line in lines]
    else:
        cell |= {"execution_count": None, "outputs": []}
    cell["source"] = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    return cell


if __name__ == "__main__":
    for path in sources():
        path.with_suffix(".ipynb").write_text(
            text_of(path.read_text(encoding="utf-8")), encoding="utf-8"
        )
