"""Into how many pieces a batch is divided, and among how many threads."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import Plan
from clearprop.engines.threads import allowed_threads


@dataclass(frozen=True)
class Division:
    """Threads, pieces of a batch's rows and chunks of the parameters.

    Results depend on pieces and chunks, never on the threads that happen to take them.
    """

    threads: int = 1
    pieces: int = 1
    chunks: int = 1


WORTH_SHARING = 1_000_000
"""Below so many weights times rows a batch, threads wait for each other longer than they save."""

ROWS_A_PIECE = 32
"""Products of fewer rows cost more than their share."""

CHUNKS_A_THREAD = 4
"""Chunks of parameters are taken as threads come: smaller ones even out who comes late."""


def division_of(plan: Plan, rows: int, parameters: int) -> Division:
    """Return how to divide batches of so many rows.

    Statistics over the batch's rows, BatchNorm's, need all rows in one piece.
    """
    if rows * parameters < WORTH_SHARING or (plan.ops[:, c.KIND] == c.BATCH_NORM).any():
        return Division()
    threads = min(allowed_threads(), rows // ROWS_A_PIECE)
    if threads < 2:
        return Division()
    return Division(threads, threads, CHUNKS_A_THREAD * threads)
