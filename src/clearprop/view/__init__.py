"""Training steps to look at: a page of its own, or inside a notebook.

The functions take a step as data, as ``step.to_dict()`` returns it, and know nothing of how it was
made. The page's program is written in TypeScript in ``view/`` and built into ``static/``.
"""

from clearprop.view.notebook import mimebundle
from clearprop.view.page import save_html, to_html

__all__ = ["to_html", "save_html", "mimebundle"]
