"""Opening a training step: equations with their numbers, provenance, and checking one's own work.

Nothing here knows a formula of a layer, loss or optimizer. `symbol` runs their definitions on
values that remember how they were made; the rest reads what those remember.
"""

from clearprop.explaining.opened import Step, explain
from clearprop.explaining.provenance import Why
from clearprop.explaining.work import CheckReport, check_work
from clearprop.explaining.worksheet import Worksheet, worksheet

__all__ = ["CheckReport", "Step", "Why", "Worksheet", "check_work", "explain", "worksheet"]
