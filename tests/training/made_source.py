"""A source of rows in memory, and what its order says of itself."""

import numpy as np

from clearprop.training.blocks import HeldOut, Pieces, SourceBlocks


class MadeSource:
    """Rows cut into pieces; each row's number is its first input."""

    def __init__(self, sizes, width=2, block_bytes=1000, readers=1, seed=0):
        rng = np.random.default_rng(seed)
        total = sum(sizes)
        self.x = rng.standard_normal((total, width))
        self.t = (self.x.sum(axis=1) > 0).astype(float)
        self.pieces, self.width = list(sizes), width
        self.block_bytes, self.readers = block_bytes, readers
        self.reads = []

    def numbered(self):
        self.x[:, 0] = np.arange(len(self.x))
        return self

    def read(self, piece, dtype):
        self.reads.append(piece)
        first = sum(self.pieces[:piece])
        some = slice(first, first + self.pieces[piece])
        return self.x[some].astype(dtype), self.t[some]

    def where(self, piece):
        return f"piece {piece}"

    def facts(self):
        return {"made": str(self.pieces)}


def blocks_of(source, batch_size, shuffle=True, key=1, epochs=3, held=0.0):
    pieces = Pieces(source, lambda raw: raw[:, None], np.float64, HeldOut(held, key))
    return SourceBlocks(pieces, batch_size, shuffle, key, epochs)


def rows_in_order(block):
    """Return the numbers of a block's rows as they are trained on."""
    return block.rows.x[block.order, 0].astype(int).tolist()
