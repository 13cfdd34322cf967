"""Training steps to look at, as a page of its own or inside a notebook; and reports of trainings.

The functions take a step as data, as ``step.to_dict()`` returns it, and know nothing of how it was
made. The page's program is written in TypeScript in ``view/`` and built into ``static/``.
"""

from clearprop.view.notebook import mimebundle
from clearprop.view.page import save_html, to_html
from clearprop.view.report import report_to_html, save_report

__all__ = ["to_html", "save_html", "mimebundle", "report_to_html", "save_report"]
