"""A training report: data, settings, curves, figures and the rows with the largest loss."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearprop.files.atomic import write_atomically
from clearprop.reporting.headline import headline
from clearprop.reporting.page import page_of
from clearprop.view.notebook import HEIGHT, frame

if TYPE_CHECKING:
    import os

    from clearprop.explaining.opened import Step

FORMAT, VERSION = "clearprop.report", 1


@dataclass(frozen=True, eq=False)
class Report:
    """A report of a training, as data and as a page; :func:`clearprop.report` makes it.

    Attributes
    ----------
    document : dict
        Everything except the steps, as plain values that strict JSON can hold.
    steps : dict of int to Step
        The training step on some of the rows with the largest loss, by row number.
    """

    document: dict[str, Any]
    steps: dict[int, Step]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with steps as :meth:`clearprop.explaining.Step.to_dict` has them."""
        steps = {str(number): step.to_dict() for number, step in self.steps.items()}
        return {**self.document, "steps": steps}

    def to_json(self) -> str:
        """Return the report as strict JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the report as one self-contained page, and write it if a path is given.

        Parameters
        ----------
        path : path-like, optional
            The file to create or to replace. A failed write leaves the old file as it was.
        """
        page = page_of(self.to_dict())
        if path is not None:
            write_atomically(path, [page.encode()])
        return page

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the page, and the text where it shows no pages."""
        html = frame(self.to_html(), HEIGHT, "clearprop: a training report")
        return {"text/plain": repr(self), "text/html": html}

    def __str__(self) -> str:
        return f"{self.document['title']['network']}: {headline(self.document)}"

    def __repr__(self) -> str:
        return f"<Report: {self}>"
