"""The gradient of a panel of weights, over all rows of a batch."""

import numba as nb

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.blocks import matrix
from clearprop.engines.compiled.kernels.tile import WIDEST
from clearprop.engines.compiled.kernels.tiles import TERMS, write_tiles
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES, panel_at
from clearprop.engines.compiled.vectormath import KERNEL


@nb.njit(**KERNEL)
def gradient_of_panel(
    index,  # in: place of the operation in the plan
    op,  # in (COLUMNS,): the operation
    start,  # in: first parameter of the panel
    rows,  # in: rows of the batch
    work,  # in: Workspace of all threads
    panel,  # out (n,)
):
    """Write xᵀ dE/dz for some rows of W to `panel`: the products left, and what pieces computed."""
    pieces, width, units = work.grads.shape[0], op[c.IN_WIDTH], op[c.OUT_WIDTH]
    target = matrix(panel, 0, panel.size // units, units)
    row, lanes, first = (start - op[c.WEIGHT]) // units, VECTOR_BYTES // panel.itemsize, 0
    while first < units:
        vectors, last = panel_at(first, units, lanes, WIDEST)
        # Of columns that two tiles share the second one's sums begin anew: all pieces come first.
        begun = False
        for piece in range(pieces):
            if not work.left[piece, index]:
                continue
            terms = (piece + 1) * rows // pieces - piece * rows // pieces
            room = piece * work.values.shape[1]
            x = matrix(work.values, room + op[c.IN] * work.room, terms, width)
            d = matrix(work.slopes, room + op[c.OUT] * work.room, terms, units)
            for begin in range(0, terms, TERMS):
                write_tiles(
                    x, row + begin * width, target.shape[0], 1, width, d, begin,
                    min(TERMS, terms - begin), begun, target, first, last, first, last, vectors,
                )  # fmt: skip
                begun = True
        if not begun:
            target[:, first : last + lanes] = 0.0
        first += vectors * lanes
    for piece in range(pieces):
        if not work.left[piece, index]:
            for i in range(panel.size):
                panel[i] += work.grads[piece, start + i]
