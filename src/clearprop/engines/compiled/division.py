"""How many pieces a batch is divided into, and how many threads take them."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import KernelPlan
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
"""Weights times rows of a batch, below which threads wait longer than they save."""

ROWS_A_PIECE = 32
"""Products of fewer rows cost more time a row."""

SMALL_PRODUCT = 10_000
"""Weights of the widest layer up to which pieces of few rows are faster, on one thread too.

OpenBLAS multiplies without packing up to a million multiplications.
"""

ROWS_OF_SMALL = 64
"""Rows of such a piece: its buffers stay in the first cache."""

CHUNKS_A_THREAD = 4
"""Each thread takes the next chunk of parameters: with smaller chunks a late thread delays less."""


def division_of(plan: KernelPlan, rows: int, parameters: int) -> Division:
    """Return how to divide batches of `rows` rows.

    BatchNorm's statistics need all rows of a batch in one piece.
    """
    if (plan.ops[:, c.KIND] == c.BATCH_NORM).any():
        return Division()
    threads = 1
    if rows * parameters >= WORTH_SHARING:
        threads = max(1, min(allowed_threads(), rows // ROWS_A_PIECE))
    pieces = threads * small_pieces(plan, -(-rows // threads))
    return Division(threads, pieces, 1 if threads == 1 else CHUNKS_A_THREAD * threads)


def small_pieces(plan: KernelPlan, rows: int) -> int:
    """Return in how many pieces so many rows have small products; 1 where they never have."""
    dense = plan.ops[plan.ops[:, c.KIND] == c.DENSE]
    weights = int((dense[:, c.IN_WIDTH] * dense[:, c.OUT_WIDTH]).max(initial=0))
    return 1 if weights > SMALL_PRODUCT else max(1, rows // ROWS_OF_SMALL)
