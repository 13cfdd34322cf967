"""Initial parameters: distributions scaled by the number of values that enter a unit.

Every initializer is called with a random source (NumPy's ``Generator`` or ``RandomState``), the
shape, and a dtype. The fans are those of a weight matrix of shape ``(inputs, outputs)``; a bias
is given the fans of its layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

RandomSource: TypeAlias = np.random.Generator | np.random.RandomState


class Initializer(Protocol):
    """Draws an array of a shape; see :class:`VarianceScaling` for the usual ones."""

    def __call__(
        self,
        rng: RandomSource,
        shape: tuple[int, ...],
        dtype: Any = float,
        fans: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Return an array of `shape`; `fans` is (inputs, outputs) of the layer."""
        ...


_FAN = {
    "in": lambda inputs, outputs: inputs,
    "out": lambda inputs, outputs: outputs,
    "average": lambda inputs, outputs: (inputs + outputs) / 2,
}


@dataclass(frozen=True)
class VarianceScaling:
    """Zero-mean weights of variance ``scale / n``, where n is the chosen fan.

    ``uniform``: U(-r, r) with r = sqrt(3 scale / n). ``normal``: N(0, scale / n), not truncated.

    Examples
    --------
    >>> import numpy as np
    >>> W = GlorotUniform()(np.random.default_rng(0), (2, 4))
    >>> bool(abs(W).max() <= 1.0), W.shape     # r = sqrt(6 / (2 + 4)) = 1
    (True, (2, 4))
    """

    scale: float = 1.0
    fan: Literal["in", "out", "average"] = "average"
    distribution: Literal["uniform", "normal"] = "uniform"

    def __call__(
        self,
        rng: RandomSource,
        shape: tuple[int, ...],
        dtype: Any = float,
        fans: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Return an array of `shape` drawn from `rng`."""
        spread = float(self.spread(np, *(fans or _fans_of(shape))))
        if self.distribution == "uniform":
            return rng.uniform(-spread, spread, shape).astype(dtype, copy=False)
        return (spread * rng.standard_normal(shape)).astype(dtype, copy=False)

    def spread(self, xp: Any, inputs: Any, outputs: Any) -> Any:
        """Return r of U(-r, r), or the standard deviation of the normal distribution."""
        variance = self.scale / _FAN[self.fan](inputs, outputs)
        return xp.sqrt(3.0 * variance if self.distribution == "uniform" else variance)


def GlorotUniform(scale: float = 1.0) -> VarianceScaling:  # noqa: N802 - stands for a class
    """Return U(-r, r), r = sqrt(6 scale / (inputs + outputs)): Glorot and Bengio 2010, eq. 16."""
    return VarianceScaling(scale, "average", "uniform")


def GlorotNormal() -> VarianceScaling:  # noqa: N802
    """Return N(0, 2 / (inputs + outputs)): Glorot and Bengio 2010, eq. 12."""
    return VarianceScaling(1.0, "average", "normal")


def HeUniform() -> VarianceScaling:  # noqa: N802
    """Return U(-r, r), r = sqrt(6 / inputs): He et al. 2015, eq. 10, for rectifiers."""
    return VarianceScaling(2.0, "in", "uniform")


def HeNormal() -> VarianceScaling:  # noqa: N802
    """Return N(0, 2 / inputs): He et al. 2015, eq. 10, for rectifiers."""
    return VarianceScaling(2.0, "in", "normal")


def LeCunUniform() -> VarianceScaling:  # noqa: N802
    """Return U(-r, r), r = sqrt(3 / inputs): LeCun et al. 1998, section 4.6."""
    return VarianceScaling(1.0, "in", "uniform")


def LeCunNormal() -> VarianceScaling:  # noqa: N802
    """Return N(0, 1 / inputs): LeCun et al. 1998, eq. 16; the one SELU asks for."""
    return VarianceScaling(1.0, "in", "normal")


@dataclass(frozen=True)
class Orthogonal:
    """A matrix with orthonormal rows or columns, times `gain`, uniform among these.

    Q of a Gaussian matrix's QR decomposition, its columns' signs set by R's diagonal; without
    that the distribution would not be uniform. Source: Saxe, McClelland and Ganguli 2014;
    Mezzadri 2007 for the signs.
    """

    gain: float = 1.0

    def __call__(
        self,
        rng: RandomSource,
        shape: tuple[int, ...],
        dtype: Any = float,
        fans: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Return a matrix of `shape`; raise ValueError unless it has two dimensions."""
        if len(shape) != 2:
            raise ValueError(
                f"Orthogonal makes matrices, not shape {shape}; give a bias another initializer"
            )
        q, r = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
        q = q * np.sign(np.diagonal(r))
        return (self.gain * (q if shape[0] >= shape[1] else q.T)).astype(dtype)


@dataclass(frozen=True)
class TruncatedNormal:
    """N(0, sd²) truncated at ±1/sqrt(inputs): values outside are drawn again.

    With the default ``sd=1`` the course's ``NeuralNetwork`` class starts from it. The truncation is
    much narrower than the normal distribution, so the result is nearly uniform.
    """

    sd: float = 1.0

    def __call__(
        self,
        rng: RandomSource,
        shape: tuple[int, ...],
        dtype: Any = float,
        fans: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Return an array of `shape` with every value inside the truncation."""
        from scipy.special import ndtr, ndtri

        bound = 1.0 / math.sqrt((fans or _fans_of(shape))[0])
        low, high = ndtr(-bound / self.sd), ndtr(bound / self.sd)
        values = self.sd * ndtri(rng.uniform(low, high, shape))
        # The inverse of the distribution function may round to just past the bound.
        return np.clip(values, -bound, bound).astype(dtype)


@dataclass(frozen=True)
class Filled:
    """An array with the same value everywhere."""

    value: float

    def __call__(
        self,
        rng: RandomSource | None,
        shape: tuple[int, ...],
        dtype: Any = float,
        fans: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """Return an array of `shape` filled with the value; draws nothing."""
        return np.full(shape, self.value, dtype)


def Zeros() -> Filled:  # noqa: N802
    """Return zeros: the usual start of biases. Weights that start equal stay equal."""
    return Filled(0.0)


def Ones() -> Filled:  # noqa: N802
    """Return ones: the start of a normalization layer's scale."""
    return Filled(1.0)


def _fans_of(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) == 2:
        return shape[0], shape[1]
    raise ValueError(f"a weight matrix has two dimensions, got shape {shape}; pass fans")
