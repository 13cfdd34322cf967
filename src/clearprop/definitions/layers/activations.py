"""Activations: functions of one number, applied to every pre-activation.

Each is two formulas: the value a = f(z), and the slope f'(z), which may use a where that is
shorter. The pullback is the same for all: dz = da · f'(z).

At a kink the slope is the one from the left (ReLU'(0) = 0), as in scikit-learn and PyTorch.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.sizes import plain_floats


class Activation(Layer):
    """An elementwise function: a = f(z), dz = da · f'(z); shapes (N, K) throughout."""

    @abstractmethod
    def value(self, xp: Namespace, z: Array) -> Array:
        """Return f(z)."""

    @abstractmethod
    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return f'(z), given also a = f(z)."""

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return a = f(z)."""
        a = self.value(xp, x)
        return a, (x, a)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dz = da · f'(z)."""
        z, a = saved
        return dy * self.slope(xp, z, a), {}


@dataclass(frozen=True)
class Identity(Activation):
    """The pre-activation itself: f(z) = z, f'(z) = 1."""

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z."""
        return z

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Sigmoid(Activation):
    """The logistic function: f(z) = 1 / (1 + e⁻ᶻ), f'(z) = a (1 - a).

    scikit-learn calls it "logistic". Source: Rumelhart, Hinton and Williams 1986, eq. 2.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> cp.Sigmoid().forward(cp.readings.numpy, {}, np.array([[-1e4, 0.0, 2.0]]))[0].round(4)
    array([[0.    , 0.5   , 0.8808]])
    """

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return σ(z)."""
        return xp.expit(z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return a (1 - a)."""
        return a * (1.0 - a)


@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent: f(z) = tanh z, f'(z) = 1 - a². Source: LeCun et al. 1998, 4.4."""

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return tanh z."""
        return xp.tanh(z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return 1 - a²; the formula is for a, not for z."""
        return 1.0 - a * a


@dataclass(frozen=True)
class ReLU(Activation):
    """The rectified linear unit: f(z) = max(z, 0), f'(z) = 1 where z > 0, else 0.

    Source: Nair and Hinton 2010. NaN stays NaN.
    """

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return max(z, 0)."""
        return xp.maximum(z, 0.0)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return 1 where z > 0, else 0."""
        return xp.where(z > 0, xp.ones_like(z), 0.0)


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """f(z) = z where z > 0, else `alpha` z. Source: Maas, Hannun and Ng 2013, eq. 2."""

    alpha: float = 0.01

    def __post_init__(self) -> None:
        plain_floats(self, "alpha")

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z or alpha z."""
        return xp.where(z > 0, z, self.alpha * z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return 1 where z > 0, else alpha."""
        return xp.where(z > 0, xp.ones_like(z), self.alpha)


@dataclass(frozen=True)
class ELU(Activation):
    """f(z) = z where z > 0, else `alpha` (eᶻ - 1); f'(z) = 1, else a + alpha.

    Source: Clevert, Unterthiner and Hochreiter 2016, eq. 13.
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        plain_floats(self, "alpha")

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z or alpha (eᶻ - 1)."""
        return xp.where(z > 0, z, self.alpha * xp.expm1(xp.minimum(z, 0.0)))

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return 1 where z > 0, else a + alpha."""
        return xp.where(z > 0, 1.0, a + self.alpha)


@dataclass(frozen=True)
class SELU(Activation):
    """ELU scaled so that values keep mean 0 and variance 1 from layer to layer.

    f(z) = λ z where z > 0, else λ α (eᶻ - 1), α = 1.6733, λ = 1.0507; f'(z) = λ, else a + λ α.
    Source: Klambauer et al. 2017, eq. 2 and 14. Start the weights with ``LeCunNormal``.
    """

    alpha = 1.6732632423543772848170429916717
    scale = 1.0507009873554804934193349852946

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return λ z or λ α (eᶻ - 1)."""
        return self.scale * xp.where(z > 0, z, self.alpha * xp.expm1(xp.minimum(z, 0.0)))

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return λ where z > 0, else a + λ α."""
        return xp.where(z > 0, self.scale, a + self.scale * self.alpha)


@dataclass(frozen=True)
class GELU(Activation):
    """f(z) = z Φ(z), f'(z) = Φ(z) + z φ(z), with Φ and φ the standard normal's.

    Source: Hendrycks and Gimpel 2016. Exact; the tanh approximation found elsewhere differs by up
    to 5e-4.
    """

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z Φ(z)."""
        return z * xp.ndtr(z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return Φ(z) + z φ(z)."""
        density = 0.3989422804014327 * xp.exp(-0.5 * z * z)
        return xp.ndtr(z) + z * density


@dataclass(frozen=True)
class SiLU(Activation):
    """f(z) = z σ(z), f'(z) = σ(z) (1 + z (1 - σ(z))); also called swish.

    Source: Elfwing, Uchibe and Doya 2018, eq. 9 and 10.
    """

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z σ(z)."""
        return z * xp.expit(z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return σ(z) (1 + z (1 - σ(z)))."""
        s = xp.expit(z)
        return s * (1.0 + z * (1.0 - s))


@dataclass(frozen=True)
class Softplus(Activation):
    """A smooth ReLU: f(z) = ln(1 + eᶻ), f'(z) = σ(z). Source: Dugas et al. 2001, eq. 1."""

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return ln(1 + eᶻ)."""
        return xp.softplus(z)

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return σ(z)."""
        return xp.expit(z)


@dataclass(frozen=True)
class Mish(Activation):
    """f(z) = z w, f'(z) = w + z (1 - w²) σ(z), with w = tanh(ln(1 + eᶻ)). Source: Misra 2020."""

    def value(self, xp: Namespace, z: Array) -> Array:
        """Return z tanh(ln(1 + eᶻ))."""
        return z * xp.tanh(xp.softplus(z))

    def slope(self, xp: Namespace, z: Array, a: Array) -> Array:
        """Return w + z (1 - w²) σ(z)."""
        w = xp.tanh(xp.softplus(z))
        return w + z * (1.0 - w * w) * xp.expit(z)
