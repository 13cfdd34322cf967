"""The limit: only the matrix products of a step, written where they are wanted.

Forward x W, backward xᵀ dy and, but for the first layer, dy Wᵀ; nothing else of a step is done.
"""

from __future__ import annotations

import numpy as np

from cases import Case
from contenders.base import Contender


class MatrixProducts(Contender):
    """NumPy's matmul with out=, that is BLAS and the price of calling it."""

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        super().__init__(case, variant, threads)
        self.w = case.start()[:: 4 if case.layer_norm else 2]
        self.dw = [np.empty_like(w) for w in self.w]
        rng = np.random.default_rng(0)
        self.values, self.signals = (
            [rng.standard_normal((case.batch, width)).astype(case.dtype) for width in case.widths]
            for _ in range(2)
        )

    def reset(self) -> None:
        pass

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            start = 0
            for rows in self.case.batch_sizes:
                self._step(self.x[start : start + rows], rows)
                start += rows

    def weights(self) -> None:
        return None

    def _step(self, x: np.ndarray, rows: int) -> None:
        values = [x, *(array[:rows] for array in self.values[1:])]
        signals = [array[:rows] for array in self.signals]
        for layer, w in enumerate(self.w):
            np.matmul(values[layer], w, out=values[layer + 1])
        for layer in range(len(self.w) - 1, -1, -1):
            np.matmul(values[layer].T, signals[layer + 1], out=self.dw[layer])
            if layer:
                np.matmul(signals[layer + 1], self.w[layer].T, out=signals[layer])


CONTENDER = MatrixProducts
