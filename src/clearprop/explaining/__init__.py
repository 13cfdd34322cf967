"""Opening a training step: equations with their numbers, provenance, and checking one's own work.

Nothing here knows a formula of a layer, loss or optimizer. `symbol` runs their definitions on
values that remember how they were made; the rest reads what those remember.
"""

from clearprop.explaining.checkwork import CheckReport, check_work
from clearprop.explaining.opened import Step, explain
from clearprop.explaining.provenance import Why

__all__ = ["CheckReport", "Step", "Why", "check_work", "explain"]
