"""A training report: what was trained on what, how it went, how good it is, where it fails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearprop.files.atomic import write_atomically
from clearprop.reporting.page import page_of
from clearprop.writing.numbers import figure

if TYPE_CHECKING:
    import os

    from clearprop.explaining.opened import Step

FORMAT, VERSION = "clearprop.report", 1


@dataclass(frozen=True, eq=False)
class Report:
    """A report of a training, as data and as a page. Made by :func:`clearprop.report`.

    Attributes
    ----------
    document : dict
        Everything but the steps, as plain values that are safe for JSON.
    steps : dict of int to Step
        For some of the worst rows, by number, the training step they would give.
    """

    document: dict[str, Any]
    steps: dict[int, Step]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, its steps as :meth:`clearprop.Step.to_dict` gives."""
        steps = {str(number): step.to_dict() for number, step in self.steps.items()}
        return {**self.document, "steps": steps}

    def to_json(self) -> str:
        """Return the report as strict JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the report as one page that needs nothing else; write it, where a path is given.

        Parameters
        ----------
        path : path-like, optional
            The file to create or to replace, as a whole or not at all.
        """
        page = page_of(self.to_dict())
        if path is not None:
            write_atomically(path, [page.encode()])
        return page

    def __str__(self) -> str:
        title, figures = self.document["title"], self.document["figures"]
        measured = self.document["measured_on"]
        good = (
            f"accuracy {figures['accuracy']:.4f}"
            if "accuracy" in figures
            else f"RMSE {figure(figures['rmse'])}"
        )
        return f"{title['network']}: {good} on {figures['rows']:,} {measured} rows"

    def __repr__(self) -> str:
        return f"<Report: {self}>"
