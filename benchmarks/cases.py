"""What is measured: networks, their rows, and the weights that everybody starts from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import load_npz

LEARNING_RATES = {"adam": 0.001, "sgd": 0.01}
MOMENTUM = 0.9


@dataclass(frozen=True)
class Case:
    """One network, its batches and its optimizer; plain values, so that it travels as JSON.

    Attributes
    ----------
    widths
        Inputs, hidden units, outputs.
    loss
        "classes": softmax with cross-entropy; "labels": independent yes-or-no outputs with binary
        cross-entropy; "numbers": half the squared error.
    epsilon_hat
        Which form of Adam: see ``clearprop.Adam``. Only clearprop has both.
    data
        A folder with x.npy, or x.npz for sparse rows, and t.npy; rows are made up without one.
    """

    widths: tuple[int, ...]
    batch: int
    rows: int
    activation: str = "relu"
    layer_norm: bool = False
    loss: str = "classes"
    dtype: str = "float32"
    optimizer: str = "adam"
    epsilon_hat: bool = False
    shuffle: bool = False
    data: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))  # JSON has lists only

    @property
    def name(self) -> str:
        """The widths: 784-128-10."""
        return "-".join(map(str, self.widths))

    @property
    def learning_rate(self) -> float:
        """The optimizer's."""
        return LEARNING_RATES[self.optimizer]

    @property
    def batch_sizes(self) -> list[int]:
        """The rows of each step of an epoch; the last may be shorter."""
        full, rest = divmod(self.rows, self.batch)
        return [self.batch] * full + ([rest] if rest else [])

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each dense layer."""
        return list(zip(self.widths, self.widths[1:], strict=False))

    def __str__(self) -> str:
        hidden = f"layer norm and {self.activation}" if self.layer_norm else self.activation
        return (
            f"{self.name}, {hidden}, {self.loss}, batch {self.batch}, {self.rows:,} rows, "
            f"{self.optimizer}, {self.dtype}"
        )

    def load(self) -> tuple[Any, np.ndarray]:
        """Return inputs (N, I) and targets: class indices (N,), else numbers (N, K)."""
        if self.data:
            folder = Path(self.data)
            sparse = (folder / "x.npz").exists()
            x = load_npz(folder / "x.npz") if sparse else np.load(folder / "x.npy")
            t = np.load(folder / "t.npy")
            t = t if self.loss == "classes" else t.astype(self.dtype)
            return x.astype(self.dtype, copy=False), t
        rng = np.random.default_rng(20)
        x = rng.standard_normal((self.rows, self.widths[0]))
        o = x @ rng.standard_normal((self.widths[0], self.widths[-1])) / self.widths[0] ** 0.5
        t = {"classes": o.argmax(axis=1), "labels": (o > 0) * 1.0, "numbers": np.sin(o)}[self.loss]
        return x.astype(self.dtype), t if self.loss == "classes" else t.astype(self.dtype)

    def target_rows(self, t: np.ndarray) -> np.ndarray:
        """Return targets as (N, K): classes as rows of 0 and 1."""
        return np.eye(self.widths[-1], dtype=self.dtype)[t] if self.loss == "classes" else t

    def start(self) -> list[np.ndarray]:
        """Return fresh first weights, layer by layer: W (I, O), b, and after it scale and shift.

        They are drawn as Glorot and Bengio 2010, eq. 16, has them; the last layer has no
        normalization.
        """
        rng = np.random.default_rng(10)
        arrays: list[np.ndarray] = []
        for number, (inputs, outputs) in enumerate(self.layers, 1):
            bound = (6 / (inputs + outputs)) ** 0.5
            arrays += [rng.uniform(-bound, bound, (inputs, outputs)), np.zeros(outputs)]
            if self.layer_norm and number < len(self.layers):
                arrays += [np.ones(outputs), np.zeros(outputs)]
        return [array.astype(self.dtype) for array in arrays]

    def dense_and_norms(self, arrays: list) -> Iterator[tuple[list, list]]:
        """Yield [W, b] and [scale, shift] of each layer; the second is [] without normalization."""
        rest = list(arrays)
        while rest:
            dense, rest = rest[:2], rest[2:]
            take = 2 if self.layer_norm and rest else 0
            yield dense, rest[:take]
            rest = rest[take:]


SHAPES = (
    Case((4, 16, 3), 32, 150),
    Case((6, 24, 4), 16, 600),
    Case((30, 64, 2), 32, 569, loss="labels"),  # scikit-learn has no softmax over two classes
    Case((64, 100, 10), 200, 1797),
    Case((784, 128, 10), 128, 12_800),
    Case((784, 512, 512, 10), 256, 2_560),
    Case((100, 256, 256, 256, 1), 256, 10_240, "tanh", layer_norm=True, loss="numbers"),
)

DTYPES = ("float64", "float32")


def cases(names: list[str], dtypes: list[str], optimizer: str) -> list[Case]:
    """Return the cases with these widths, each in these dtypes, one after the other."""
    chosen = [shape for shape in SHAPES if shape.name in names]
    return [
        replace(shape, dtype=dtype, optimizer=optimizer) for shape in chosen for dtype in dtypes
    ]
