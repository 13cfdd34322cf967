"""The mean loss of all rows in shards, and its gradient: those that NumPy reads."""

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop.engines import get_objective
from tests import jax_reading  # noqa: F401 - compiles fast
from tests.engines.compiled.test_full_batch import _problem, _vector
from tests.engines.compiled.test_same_as_reference import NETWORKS

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["layer norm", "batch norm", "residual in residual"])
@pytest.mark.parametrize("count, weighted", [(50, True), (64, False), (3, False)])
@pytest.mark.one_in(3)
def test_loss_and_gradient_are_those_of_the_reference(name, count, weighted, dtype):
    problem = _problem(NETWORKS[name], dtype, count, weighted=weighted)
    value, gradient = get_objective("numpy", *problem)(_vector(problem))
    mine, slopes = get_objective(cp.Jax(devices=1), *problem)(_vector(problem))
    assert mine == pytest.approx(value, rel=TOLERANCE[dtype])
    assert slopes.dtype == np.float64
    assert abs(slopes - gradient).max() <= TOLERANCE[dtype] * abs(gradient).max()


def test_sparse_rows_are_written_out():
    network, loss, layout, rows, dtype = _problem(NETWORKS["layer norm"])
    sparse = type(rows).of(scipy.sparse.csr_array(rows.x), rows.t, None)
    vector = _vector((network, loss, layout, rows, dtype))
    value, gradient = get_objective("numpy", network, loss, layout, rows, dtype)(vector)
    sharded = get_objective(cp.Jax(devices=1), network, loss, layout, sparse, dtype)
    assert sharded(vector)[0] == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(sharded(vector)[1], gradient, atol=1e-12)
