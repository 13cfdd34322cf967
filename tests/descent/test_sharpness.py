"""The ends of a Hessian's spectrum, held against NumPy's eigenvalues of the whole matrix."""

import numpy as np
import pytest
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.descent.sharpness import DENSE, CurvatureError, sharpness, spectrum_ends


class Bowl:
    """A quadratic loss ½ wᵀ H w: what `sharpness` asks of a network's loss."""

    def __init__(self, hessian):
        self.hessian = np.asarray(hessian, float)

    def height(self, weights):
        return float(0.5 * weights @ self.hessian @ weights)

    def slope(self, weights):
        return self.hessian @ weights


def symmetric(eigenvalues, seed=0):
    """Return a matrix with these eigenvalues, its axes turned at random."""
    size = len(eigenvalues)
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))
    return axes @ np.diag(eigenvalues) @ axes.T


@pytest.mark.parametrize("size", [2, DENSE, DENSE + 30])
@pytest.mark.parametrize("ends", [(-1.0, 1.0), (-3.0, 1.0), (-1.0, 3.0)])
def test_eigenvalues_of_opposite_signs_are_told_apart(ends, size):
    hessian = symmetric(np.linspace(*ends, size))
    found = sharpness(Bowl(hessian), np.ones(size))
    assert found.largest == pytest.approx(ends[1], rel=1e-4)
    assert found.smallest == pytest.approx(ends[0], rel=1e-4)
    assert found.largest_rate == pytest.approx(2 / ends[1], rel=1e-4)
    assert f"stable here up to η ≈ {2 / ends[1]:.4g} " in str(found)


@pytest.mark.parametrize("size", [2, DENSE + 30])
def test_a_loss_that_nowhere_bends_up_bounds_no_rate(size):
    found = sharpness(Bowl(-np.eye(size)), np.ones(size))
    assert (found.smallest, found.largest) == pytest.approx((-1, -1))
    assert found.largest_rate == float("inf")
    assert "stable" not in str(found)
    flat = sharpness(Bowl(np.zeros((size, size))), np.ones(size))
    assert (flat.smallest, flat.largest, flat.steepness) == (0, 0, 0)
    assert np.isnan(flat.along_gradient)


spectra = st.one_of(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6),
    # Few values, each many times: ties, opposite signs, and most of them near zero.
    st.lists(st.sampled_from([-2.0, -1.0, -1e-9, 0.0, 1e-12, 1.0, 2.0]), min_size=60, max_size=90),
    st.lists(st.floats(-1e3, 1e3), min_size=60, max_size=90),
)


@settings(max_examples=60, deadline=None)
@given(spectra, st.integers(0, 3))
def test_both_ends_are_those_of_the_whole_matrix(eigenvalues, seed):
    matrix = symmetric(eigenvalues, seed)
    expected = np.linalg.eigvalsh(matrix)
    size = max(float(np.abs(expected).max()), 1e-300)
    found = spectrum_ends(lambda v: matrix @ v, len(matrix), tolerance=1e-6, seed=seed)
    np.testing.assert_allclose(found, expected[[0, -1]], rtol=0, atol=2e-6 * size)


@pytest.mark.parametrize("size", [3, DENSE + 30])
def test_a_hessian_that_is_not_finite_is_one_clear_error(size):
    with pytest.raises(CurvatureError, match="not finite at these weights"):
        spectrum_ends(lambda v: np.full(size, np.nan), size)


def test_an_end_that_is_not_found_is_one_clear_error(monkeypatch):
    def gives_up(*_, **__):
        raise scipy.sparse.linalg.ArpackNoConvergence("No convergence (%s)", [], [])

    monkeypatch.setattr(scipy.sparse.linalg, "eigsh", gives_up)
    with pytest.raises(CurvatureError, match="was not found to 1e-05 of itself"):
        spectrum_ends(lambda v: v, DENSE + 30)
