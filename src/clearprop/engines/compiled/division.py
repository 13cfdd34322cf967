"""How many pieces a batch is divided into, and how many threads take them."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import KernelPlan
from clearprop.engines.threads import allowed_threads


@dataclass(frozen=True)
class Division:
    """Threads, pieces of a batch's rows and chunks of the parameters.

    Results depend on pieces, chunks and panels, never on the threads that happen to take them.

    Attributes
    ----------
    threads, pieces, chunks : int
        Threads, pieces of the rows, and chunks of the parameters apart from panels of weights.
    panels_from : float
        A Dense layer's dE/dW is summed over all rows, panel by panel, where a gradient for each
        piece would be more than so many numbers for each input and error of the batch.
    """

    threads: int = 1
    pieces: int = 1
    chunks: int = 1
    panels_from: float = 1.9


WORTH_SHARING = 1_000_000
"""Weights times rows of a batch, below which threads wait longer than they save.

Of a step with two phases, that is; each BatchNorm makes two more.
"""

ROWS_A_PIECE = 32
"""Products of fewer rows cost more time a row."""

CHUNKS_A_THREAD = 4
"""Each thread takes the next chunk of parameters: with smaller chunks a late thread delays less."""


def division_of(plan: KernelPlan, rows: int, parameters: int) -> Division:
    """Return how to divide batches of `rows` rows."""
    threads, norms = 1, int((plan.ops[:, c.KIND] == c.BATCH_NORM).sum())
    if rows * parameters >= WORTH_SHARING * (1 + norms):
        threads = max(1, min(allowed_threads(), rows // ROWS_A_PIECE))
    return Division(threads, threads, 1 if threads == 1 else CHUNKS_A_THREAD * threads)
