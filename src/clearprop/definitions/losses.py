"""Losses: how wrong an output is, and the error signal that the backward pass starts from.

A loss is three formulas in one class. ``link`` turns the raw output o of the last layer into a
prediction; ``value`` is the loss of each row; ``gradient`` is its derivative with respect to o,
so that a link and its loss give one exact expression (softmax with cross-entropy: the error signal
of o is p - t). :mod:`clearprop.backprop` applies weights and takes the mean over rows, for all
losses:

    E = Σ_n w_n E_n / Σ_n w_n        δ_n = w_n / Σ w · dE_n/do_n

A value is finite wherever the true value is, and exact to rounding at raw outputs of ±10,000.
Poisson's value is a difference of large terms: it is exact to the rounding of the largest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from clearprop.definitions import targets
from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.layers.sizes import plain_floats


class Loss(ABC):
    """One loss: link, value of each row, gradient with respect to the raw output.

    A loss of your own needs ``value`` and ``gradient`` (and ``link`` where the prediction is not
    the raw output); training checks that one is the derivative of the other before the first step.

    Examples
    --------
    >>> import clearprop as cp
    >>> class LogCosh(cp.Loss):
    ...     formula = "Eₙ = Σⱼ ln cosh(oⱼ − tⱼ)"
    ...     def value(self, xp, o, t):
    ...         return xp.sum(xp.softplus(2 * (o - t)) - (o - t) - 0.6931471805599453, axis=1)
    ...     def gradient(self, xp, o, t):
    ...         return xp.tanh(o - t)
    """

    formula: ClassVar[str] = ""
    """The per-row formula as text, shown in all views."""

    link_name: ClassVar[str] = ""
    """What `link` is called in a network's title: softmax; "" where it is the identity."""

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the prediction for the raw output, shape (N, K)."""
        return o

    @abstractmethod
    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return each row's loss, shape (N,)."""

    @abstractmethod
    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return dE_n/do, shape (N, K)."""

    def targets(self, t: Any, outputs: int, dtype: Any = float) -> Any:
        """Return targets as an (N, outputs) array of `dtype`; raise ValueError on wrong ones."""
        return targets.real_targets(t, outputs, dtype)

    @property
    def convention(self) -> str:
        """The whole formula, with the mean over rows."""
        return f"E = mean over rows of Eₙ;  {self.formula}"


@dataclass(frozen=True)
class SquaredError(Loss):
    """Half the squared distance: E_n = ½ Σ_j (t_j - o_j)², dE_n/do = -(t - o).

    The half makes the gradient the plain difference. scikit-learn's MLP reports the mean over
    outputs but follows the sum's gradient; Keras and PyTorch take the mean over outputs and no
    half, a gradient 2 / K times this one.
    """

    formula = "Eₙ = ½ Σⱼ (tⱼ − oⱼ)²"

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return ½ Σ (t - o)²."""
        error = t - o
        return 0.5 * xp.sum(error * error, axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return -(t - o)."""
        return -(t - o)


@dataclass(frozen=True)
class AbsoluteError(Loss):
    """The absolute difference: E_n = Σ_j |t_j - o_j|, dE_n/do = -sign(t - o), 0 where t = o.

    The prediction with the least loss is the median, so outliers weigh less.
    """

    formula = "Eₙ = Σⱼ |tⱼ − oⱼ|"

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return Σ |t - o|."""
        return xp.sum(xp.absolute(t - o), axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return -sign(t - o)."""
        return -xp.sign(t - o)


@dataclass(frozen=True)
class Huber(Loss):
    """Squared error near the target, absolute error far from it.

    With e = t - o and threshold d:
    E_n = Σ_j (½ e² where |e| <= d, else d |e| - ½ d²), dE_n/do = -e, clipped to [-d, d].

    Source: Huber 1964, eq. 2.
    """

    threshold: float = 1.0

    formula = "Eₙ = Σⱼ (½ eⱼ² if |eⱼ| ≤ d else d |eⱼ| − ½ d²), e = t − o"

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise ValueError(f"Huber: threshold must be above 0, got {self.threshold!r}")
        plain_floats(self, "threshold")

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the sum of ½ e² or d |e| - ½ d²."""
        d, size = self.threshold, xp.absolute(t - o)
        near = xp.minimum(size, d)
        return xp.sum(near * (size - 0.5 * near), axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return -(t - o), clipped to [-d, d]."""
        return -xp.maximum(xp.minimum(t - o, self.threshold), -self.threshold)


@dataclass(frozen=True)
class Quantile(Loss):
    """The pinball loss, whose minimum is the given quantile.

    With e = t - o and level q:
    E_n = Σ_j max(q e, (q - 1) e), dE_n/do = -q where e > 0, 1 - q where e < 0, ½ - q at 0.

    Source: Koenker and Bassett 1978, eq. 1.5 and 2.1.
    """

    level: float = 0.5

    formula = "Eₙ = Σⱼ max(q eⱼ, (q − 1) eⱼ), e = t − o"

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"Quantile: level must lie between 0 and 1, got {self.level!r}")
        plain_floats(self, "level")

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return Σ max(q e, (q - 1) e)."""
        e = t - o
        return xp.sum(xp.maximum(self.level * e, (self.level - 1.0) * e), axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return -(q - ½) - ½ sign(t - o)."""
        return (0.5 - self.level) - 0.5 * xp.sign(t - o)


@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance, for counts; the prediction is e^o.

    E_n = Σ_j e^o - t o + t ln t - t, dE_n/do = e^o - t; 0 ln 0 is 0. The terms without o make the
    loss of a perfect prediction 0, as in scikit-learn; PyTorch leaves them out.
    Source: McCullagh and Nelder 1989, table 2.1.
    """

    formula = "Eₙ = Σⱼ exp(oⱼ) − tⱼ oⱼ + tⱼ ln tⱼ − tⱼ"
    link_name = "exp"

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return e^o."""
        return xp.exp(o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return Σ e^o - t o + t ln t - t."""
        t_or_1 = xp.where(t > 0, t, xp.ones_like(t))
        return xp.sum(xp.exp(o) - t * o + t * xp.log(t_or_1) - t, axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return e^o - t."""
        return xp.exp(o) - t

    def targets(self, t: Any, outputs: int, dtype: Any = float) -> Any:
        """Return the targets; raise ValueError where one is negative."""
        return targets.counts(t, outputs, dtype)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Minus the log-likelihood of independent yes-or-no outputs; the prediction is σ(o).

    E_n = -Σ_j t ln σ(o) + (1 - t) ln(1 - σ(o)), dE_n/do = σ(o) - t. Computed as
    t softplus(-o) + (1 - t) softplus(o), which neither overflows nor loses a small loss.
    Source: Bishop 2006, eq. 4.90 and 4.91. scikit-learn cuts probabilities at 2.2e-16 instead.
    """

    formula = "Eₙ = −Σⱼ (tⱼ ln pⱼ + (1 − tⱼ) ln(1 − pⱼ)), p = sigmoid(o)"
    link_name = "sigmoid"

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return σ(o)."""
        return xp.expit(o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return Σ t softplus(-o) + (1 - t) softplus(o)."""
        return xp.sum(t * xp.softplus(-o) + (1.0 - t) * xp.softplus(o), axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return σ(o) - t."""
        return xp.expit(o) - t

    def targets(self, t: Any, outputs: int, dtype: Any = float) -> Any:
        """Return the targets; raise ValueError where one is outside [0, 1]."""
        return targets.probabilities(t, outputs, dtype)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Minus the log-likelihood of one class of K; the prediction is softmax(o).

    E_n = -Σ_k t_k ln softmax(o)_k, dE_n/do = softmax(o) - t. Targets are class indices (N,) or
    probabilities (N, K). With label smoothing s, t becomes (1 - s) t + s / K.
    Source: Bishop 2006, eq. 4.108 and 4.109; Szegedy et al. 2016, section 7, for the smoothing.
    """

    label_smoothing: float = 0.0

    formula = "Eₙ = −Σₖ tₖ ln pₖ, p = softmax(o)"
    link_name = "softmax"

    def __post_init__(self) -> None:
        s = self.label_smoothing
        if not 0.0 <= s < 1.0:
            raise ValueError(f"CrossEntropy: label_smoothing must be in [0, 1), got {s!r}")
        plain_floats(self, "label_smoothing")

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return softmax(o)."""
        return xp.softmax(o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return -Σ t ln softmax(o)."""
        return -xp.sum(self._smoothed(t) * xp.log_softmax(o), axis=1)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return softmax(o) - t."""
        return xp.softmax(o) - self._smoothed(t)

    def targets(self, t: Any, outputs: int, dtype: Any = float) -> Any:
        """Return the targets as probabilities, (N, K); class indices become one-hot rows."""
        return targets.distributions(t, outputs, dtype)

    def _smoothed(self, t: Array) -> Array:
        s = self.label_smoothing
        return t if s == 0.0 else (1.0 - s) * t + s / t.shape[1]
