"""Opening a training step: equations with their numbers, provenance, and checking one's own work.

Nothing here knows a formula of a layer, loss or optimizer. `symbol` runs their definitions on
values that remember how they were made; the rest reads what those remember.
"""

from clearprop.explain.build import explain
from clearprop.explain.provenance import Why
from clearprop.explain.step import Step

__all__ = ["Step", "Why", "explain"]
