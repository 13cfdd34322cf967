"""Into how many pieces a batch is divided, and among how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import Plan
from clearprop.engines.compiled.threads import allowed_threads


@dataclass(frozen=True)
class Division:
    """Threads, pieces of a batch's rows and chunks of the parameters.

    Results depend on pieces and chunks, never on the threads that happen to take them.
    """

    threads: int = 1
    pieces: int = 1
    chunks: int = 1


def division_of(plan: Plan, rows: int, parameters: int) -> Division:
    """Return how to divide batches of so many rows."""
    t = int(os.environ.get("T", "0")) or allowed_threads()
    p = int(os.environ.get("P", "0")) or t
    ch = int(os.environ.get("C", "0")) or t
    return Division(t, p, ch)
