"""A source of rows in memory, and what its order says of itself."""

import numpy as np
import scipy.sparse as sp

from clearprop.training.blocks import SourceBlocks
from clearprop.training.sources import HeldOut, LazyRows, Pieces


class MadeSource:
    """Rows cut into pieces; each row's number is its first input."""

    sparse_row = None

    def __init__(self, sizes, width=2, block_bytes=1000, readers=1, seed=0, weights=None):
        rng = np.random.default_rng(seed)
        total = sum(sizes)
        self.x = rng.standard_normal((total, width))
        self.t = (self.x.sum(axis=1) > 0).astype(float)
        self.pieces, self.width = list(sizes), width
        self.block_bytes, self.readers = block_bytes, readers
        self.weights, self.mean_weight = weights, 1.0 if weights is None else None
        self.reads = []

    def numbered(self):
        self.x[:, 0] = np.arange(len(self.x))
        return self

    def read(self, piece, dtype):
        self.reads.append(piece)
        first = sum(self.pieces[:piece])
        some = slice(first, first + self.pieces[piece])
        return self.x[some].astype(dtype), *self.read_targets(piece)

    def read_targets(self, piece):
        first = sum(self.pieces[:piece])
        some = slice(first, first + self.pieces[piece])
        return self.t[some], None if self.weights is None else self.weights[some]

    def where(self, piece):
        return f"piece {piece}"

    def facts(self):
        return {"made": str(self.pieces)}


class MadeSparse(MadeSource):
    """The same rows, sparse, and made where a block needs them."""

    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self.x[np.abs(self.x) < 0.8] = 0.0
        self.sparse_row = float((self.x != 0).sum(axis=1).mean())

    def read(self, piece, dtype):
        x, t, weights = super().read(piece, dtype)
        return MadeRows(sp.csr_array(x)), t, weights


class MadeRows(LazyRows):
    def __init__(self, x):
        self.x = x

    def __len__(self):
        return self.x.shape[0]

    def write(self, out, start, stop):
        raise AssertionError("sparse rows are not written out")

    def sparse(self, start, stop):
        return self.x[start:stop]


def blocks_of(source, batch_size, shuffle=True, key=1, epochs=3, held=0.0):
    pieces = Pieces(source, lambda raw: raw[:, None], np.float64, HeldOut(held, key))
    return SourceBlocks(pieces, batch_size, shuffle, key, epochs)


def rows_in_order(block):
    """Return the numbers of a block's rows as they are trained on."""
    return block.rows.x[block.order, 0].astype(int).tolist()
