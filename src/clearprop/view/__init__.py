"""Pages and pictures of training steps, for files and notebooks.

The functions take a step as data from ``step.to_dict()`` and depend on nothing else of it. The
page's program is written in TypeScript in ``view/`` and built into ``static/``.
"""

from clearprop.view.notebook import mimebundle
from clearprop.view.page import save_html, to_html

__all__ = ["to_html", "save_html", "mimebundle"]
