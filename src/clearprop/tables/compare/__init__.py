"""Models compared on the same splits of one table; `docs/compare.md` tells how."""

from clearprop.tables.compare.comparing import compare
from clearprop.tables.compare.result import Comparison

__all__ = ["compare", "Comparison"]
