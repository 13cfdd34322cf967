"""The complex reading: NumPy's values, and derivatives that are those of the calculus book."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from clearprop.readings import complex_step
from clearprop.readings import numpy as numpy_reading

STEP = 1e-100
POINTS = np.array([-1e4, -700.0, -30.0, -2.5, -1.0, -1e-3, 1e-3, 0.5, 1.0, 4.0, 30.0, 700.0, 1e4])
SMALL = POINTS[np.abs(POINTS) < 50]
POSITIVE = POINTS[POINTS > 0]

DERIVATIVES = {
    "exp": (SMALL, np.exp),
    "expm1": (SMALL, np.exp),
    "log": (POSITIVE, lambda z: 1 / z),
    "sqrt": (POSITIVE, lambda z: 0.5 / np.sqrt(z)),
    "tanh": (SMALL, lambda z: 1 / np.cosh(z) ** 2),
    "absolute": (POINTS, np.sign),
    "sign": (POINTS, np.zeros_like),
    "expit": (POINTS, lambda z: expit(z) * expit(-z)),
    "softplus": (POINTS, expit),
    "ndtr": (SMALL, norm.pdf),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_function_of_one_number(name):
    points, derivative = DERIVATIVES[name]
    moved = getattr(complex_step, name)(points + 1j * STEP)
    value = getattr(numpy_reading, name)(points)
    # Only the imaginary part is used: NumPy's complex log1p is not exact near zero.
    np.testing.assert_allclose(np.real(moved), value, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.imag(moved) / STEP, derivative(points), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_larger_and_smaller_are_so_by_the_real_part(name):
    a, b = np.array([1.0, 2.0]) + 1j * STEP, np.array([2.0, 1.0]) + 5j * STEP
    moved = getattr(complex_step, name)(a, b)
    np.testing.assert_array_equal(np.real(moved), getattr(np, name)(a.real, b.real))
    expected = [5.0, 1.0] if name == "maximum" else [1.0, 5.0]
    np.testing.assert_array_equal(np.imag(moved) / STEP, expected)


@pytest.mark.parametrize("o", [[0.3, -1.0, 2.0], [1e4, 0.0, -1e4], [5.0, 5.0, -5.0]])
def test_softmax_and_its_logarithm(o):
    o = np.array([o])
    p = numpy_reading.softmax(o)
    for entry in range(3):
        moved = o + 1j * STEP * (np.arange(3) == entry)
        jacobian = p * ((np.arange(3) == entry) - p[0, entry])
        softmax, logarithm = complex_step.softmax(moved), complex_step.log_softmax(moved)
        np.testing.assert_allclose(np.real(softmax), p, rtol=1e-14)
        np.testing.assert_allclose(np.imag(softmax) / STEP, jacobian, atol=1e-15)
        np.testing.assert_allclose(np.real(logarithm), numpy_reading.log_softmax(o), rtol=1e-14)
        row = (np.arange(3) == entry) - p[0, entry]
        np.testing.assert_allclose(np.imag(logarithm)[0] / STEP, row, atol=1e-15)


def test_softmax_rows_sum_to_one_far_out():
    o = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [700.0, 710.0, -700.0]])
    np.testing.assert_allclose(numpy_reading.softmax(o).sum(axis=1), 1.0, rtol=1e-15)
    assert np.isfinite(numpy_reading.log_softmax(o)).all()
