"""Activations: values and slopes to the last digits, and the slope at each kink."""

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp
from clearprop.readings import numpy as xp
from tests import exact

POINTS = [-1e4, -700.0, -40.0, -5.5, -1.0, -1e-3, -1e-9, 1e-9, 1e-3, 0.5, 1.0, 5.5, 40.0, 1e4]
SCALE, ALPHA = mp.mpf(cp.SELU.scale), mp.mpf(cp.SELU.alpha)


def elu(alpha):
    alpha = mp.mpf(alpha)
    return lambda z: z if z > 0 else alpha * mp.expm1(z)


def elu_slope(alpha):
    alpha = mp.mpf(alpha)
    return lambda z: mp.mpf(1) if z > 0 else alpha * mp.exp(z)


def mish_slope(z):
    w = mp.tanh(exact.softplus(z))
    return w + z * (1 - w * w) * exact.sigmoid(z)


def normal(z):
    """Return Φ(z), in the far tail too."""
    return mp.erfc(-z / mp.sqrt(2)) / 2


EXACT = {
    cp.Identity(): (lambda z: z, lambda z: mp.mpf(1)),
    cp.Sigmoid(): (exact.sigmoid, lambda z: exact.sigmoid(z) * exact.sigmoid(-z)),
    cp.Tanh(): (mp.tanh, lambda z: mp.sech(z) ** 2),
    cp.ReLU(): (lambda z: max(z, mp.mpf(0)), lambda z: mp.mpf(z > 0)),
    cp.LeakyReLU(0.125): (lambda z: z if z > 0 else z / 8, lambda z: mp.mpf(1 if z > 0 else 0.125)),
    cp.ELU(): (elu(1), elu_slope(1)),
    cp.ELU(0.3): (elu(0.3), elu_slope(0.3)),
    cp.SELU(): (lambda z: SCALE * elu(ALPHA)(z), lambda z: SCALE * elu_slope(ALPHA)(z)),
    cp.GELU(): (lambda z: z * normal(z), lambda z: normal(z) + z * mp.npdf(z)),
    cp.SiLU(): (
        lambda z: z * exact.sigmoid(z),
        lambda z: exact.sigmoid(z) * (1 + z * exact.sigmoid(-z)),
    ),
    cp.Softplus(): (exact.softplus, exact.sigmoid),
    cp.Mish(): (lambda z: z * mp.tanh(exact.softplus(z)), mish_slope),
}
every_activation = pytest.mark.parametrize("layer", EXACT, ids=repr)


def test_every_activation_has_its_exact_value():
    kinds = {type(layer) for layer in EXACT}
    assert {cls for cls in cp.Activation.__subclasses__() if "clearprop" in cls.__module__} == kinds


@every_activation
def test_value_is_exact_to_the_last_digits(layer):
    z = np.array([POINTS])
    a, _ = layer.forward(xp, {}, z)
    exactly, _ = EXACT[layer]
    for ours, point in zip(a[0], POINTS, strict=True):
        assert exact.in_spacings(ours, exactly(mp.mpf(point))) <= 12, f"at z = {point}"


@every_activation
def test_slope_is_exact_to_the_last_digits_of_one(layer):
    """Slopes are computed from a, which rounds near its limits: errors are beside 1."""
    z = np.array([POINTS])
    _, saved = layer.forward(xp, {}, z)
    slope, _ = layer.pullback(xp, {}, saved, np.ones_like(z))
    _, exactly = EXACT[layer]
    for ours, point in zip(slope[0], POINTS, strict=True):
        assert exact.in_spacings(ours, exactly(mp.mpf(point)), 1.0) <= 8, f"at z = {point}"


@every_activation
def test_far_values_overflow_nowhere(layer):
    z = np.array([[-1e10, -1e5, 1e5, 1e10]], dtype=np.float32)
    a, saved = layer.forward(xp, {}, z)
    slope, _ = layer.pullback(xp, {}, saved, np.ones_like(z))
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize(
    ("layer", "left"),
    [
        (cp.ReLU(), 0.0),
        (cp.LeakyReLU(), 0.01),
        (cp.LeakyReLU(0.3), 0.3),
        (cp.ELU(), 1.0),
        (cp.ELU(0.25), 0.25),
        (cp.SELU(), cp.SELU.scale * cp.SELU.alpha),
    ],
    ids=repr,
)
def test_slope_at_the_kink_is_the_one_from_the_left(layer, left, zero):
    z = np.array([[zero]])
    a, saved = layer.forward(xp, {}, z)
    slope, _ = layer.pullback(xp, {}, saved, np.ones_like(z))
    assert a[0, 0] == 0.0
    assert slope[0, 0] == left


@every_activation
def test_a_value_that_is_no_number_stays_none(layer):
    a, _ = layer.forward(xp, {}, np.array([[np.nan]]))
    assert np.isnan(a[0, 0])


def test_selu_keeps_mean_zero_and_variance_one():
    """The property its two constants are made for: Klambauer et al. 2017, equation 3."""
    z, step = np.linspace(-12.0, 12.0, 48001, retstep=True)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) * step
    a = cp.SELU().forward(xp, {}, z[None, :])[0][0]
    assert np.sum(a * density) == pytest.approx(0.0, abs=1e-7)
    assert np.sum(a * a * density) == pytest.approx(1.0, abs=1e-6)
