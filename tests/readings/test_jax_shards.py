"""A batch in shards, read as a whole: the layers' numbers are those of the batch in one piece."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.jax.shard_by_shard import each_shard, over_all_shards
from clearprop.engines.jax.sums import added_pairwise
from clearprop.readings import numpy as numpy_reading
from clearprop.readings.jax_shards import ENTRYWISE, ShardedBatch, WholeBatchError
from tests import jax_reading  # noqa: F401 - compiles fast
from tests.jax_reading import to_numpy
from tests.registry import LAYERS, LOSSES
from tests.test_conformance import layer_pass, loss_pass
from tests.test_jax_agreement import functions_of
from tests.trees import difference

ROWS, WIDTH, SHARDS, PART = 5, 4, 4, 2
THERE = np.arange(SHARDS * PART).reshape(SHARDS, PART) < ROWS

every_layer = pytest.mark.parametrize("example", LAYERS, ids=lambda example: example.name)
every_loss = pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)


def in_shards(array):
    """Return rows in shards; what fills them up is far from all rows."""
    filled = np.full((SHARDS * PART, *array.shape[1:]), 1e3, array.dtype)
    filled[:ROWS] = array
    return filled.reshape(SHARDS, PART, *array.shape[1:])


class Counted:
    """Adds the parts of all shards; counts how often it is asked to."""

    def __init__(self):
        self.times = 0

    def __call__(self, parts):
        self.times += 1
        return [added_pairwise(part) for part in parts]


def batch(there=None):
    return ShardedBatch(ROWS, there, over_all_shards)


def whole(function, *of_rows, added=None):
    """Return what a function of `xp` and rows gives for the whole batch, compiled."""

    def of_shard(there, *arrays):
        xp = batch(there)
        return jax.tree.map(xp.whole, function(xp, *map(xp.rows, arrays)))

    @jax.jit
    def compiled(count, *arrays):
        return each_shard(of_shard, (THERE, *arrays), count, added or Counted())

    return to_numpy(compiled(SHARDS, *map(in_shards, of_rows)))


def test_it_offers_every_primitive():
    reductions = {"sum", "mean", "softmax", "log_softmax"}
    assert {*ENTRYWISE, *reductions} == functions_of(numpy_reading)
    assert all(callable(getattr(batch(), name)) for name in functions_of(numpy_reading))
    with pytest.raises(AttributeError, match="xp has no 'cumsum'"):
        batch().cumsum(1.0)


@every_layer
@pytest.mark.one_in(4)
def test_every_layer_sees_the_whole_batch(example):
    layer, params, x, drawn, dy = layer_pass(example, ROWS, WIDTH, seed=3)
    y, saved = layer.forward(numpy_reading, params, x, drawn)
    dx, gradients = layer.pullback(numpy_reading, params, saved, dy)
    masks = [leaf for leaf in jax.tree.leaves(drawn) if leaf.ndim == 2 and len(leaf) == ROWS]
    # What belongs to rows is seen in its products with other rows.
    weights, slopes = np.random.default_rng(0).standard_normal((2, ROWS, 7))

    def both(xp, x, dy, weights, slopes, *masks):
        left = iter(masks)
        given = jax.tree.map(
            lambda leaf: next(left) if leaf.ndim == 2 and len(leaf) == ROWS else leaf, drawn
        )
        y, saved = layer.forward(xp, params, x, given)
        dx, gradients = layer.pullback(xp, params, saved, dy)
        assert (y.shape, dx.shape) == ((ROWS, dy.shape[1]), (ROWS, WIDTH))
        return weights.T @ y, slopes.T @ dx, gradients

    ours = whole(both, x, dy, weights, slopes, *masks)
    assert difference(ours, (weights.T @ y, slopes.T @ dx, gradients), 1.0) <= 1e-12


@every_loss
@pytest.mark.one_in(2)
def test_every_loss_sees_the_whole_batch(example):
    loss, o, t = loss_pass(example, ROWS, 3, seed=3)
    weights = np.random.default_rng(0).standard_normal((ROWS, 7))

    def both(xp, o, t, weights):
        return xp.mean(loss.value(xp, o, t)), weights.T @ loss.gradient(xp, o, t)

    mean, gradient = whole(both, o, t, weights)
    np.testing.assert_allclose(mean, loss.value(numpy_reading, o, t).mean(), rtol=1e-13)
    theirs = weights.T @ loss.gradient(numpy_reading, o, t)
    np.testing.assert_allclose(gradient, theirs, rtol=1e-12, atol=1e-13)


CASES = {
    "sum of all": lambda xp, x: xp.sum(x),
    "mean of all": lambda xp, x: xp.mean(x),
    "mean of all, with its axes": lambda xp, x: xp.mean(x, keepdims=True),
    "mean of rows": lambda xp, x: xp.mean(x, axis=0),
    "mean of columns": lambda xp, x: xp.mean(x.T, axis=1, keepdims=True),
    "lengths of rows": lambda xp, x: xp.sum(xp.sqrt(xp.sum(x * x, axis=1)), axis=0),
    "the same of the transpose": lambda xp, x: xp.sum(xp.sqrt(xp.sum(x.T * x.T, axis=0))),
    "rows of one number each": lambda xp, x: xp.sum(xp.sum(x, axis=1)[:, None] * x, axis=0),
    "numbers of rows beside columns": lambda xp, x: xp.sum(xp.sum(x, axis=1) * x.T, axis=1),
    "product": lambda xp, x: x.T @ xp.tanh(x),
    "product with a vector": lambda xp, x: x.T @ xp.mean(x, axis=1),
    "product of vectors": lambda xp, x: xp.mean(x, axis=1) @ xp.sum(x, axis=1),
    "columns times a matrix": lambda xp, x: xp.sum(MATRIX @ x.T, axis=1),
    "a vector times columns": lambda xp, x: xp.sum(MATRIX[0] @ x.T),
    "rows times a vector": lambda xp, x: xp.sum(x @ MATRIX[1]),
    "totals of totals": lambda xp, x: xp.sqrt(xp.sum(xp.sum(x, axis=0) ** 2)) + 2.0,
    "a sum of centred cubes": lambda xp, x: xp.mean((x - xp.mean(x, axis=0)) ** 3, axis=0),
    "a number of rows": lambda xp, x: xp.sum(x, axis=0) / x.shape[0] + x.shape[1],
    "choices": lambda xp, x: xp.sum(xp.where(x > 0.1, x, 2 - x), axis=0) * (xp.sum(x) > 0.5),
    "constants": lambda xp, x: xp.sum(xp.ones_like(x) / 4 ** (1 + x), axis=0),
}  # fmt: skip

MATRIX = np.random.default_rng(1).standard_normal((3, WIDTH))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.one_in(2)
def test_what_is_taken_over_rows_is_that_of_all(name):
    x = np.random.default_rng(0).uniform(0.1, 1.0, (ROWS, WIDTH))
    ours, theirs = whole(CASES[name], x), CASES[name](numpy_reading, x)
    assert np.shape(ours) == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


REFUSED = {
    "multiplies rows": lambda xp, x: x @ x.T,
    "multiplies rows with": lambda xp, x: np.ones((2, ROWS)) @ x,
    "single rows": lambda xp, x: x[0],
    "NumPy's functions": lambda xp, x: np.asarray(x),
    "uses 'reshape'": lambda xp, x: x.reshape(-1),
    "uses 'max'": lambda xp, x: np.max(x),
    "branches": lambda xp, x: x if x > 0 else -x,
    "softmax over rows": lambda xp, x: xp.softmax(x.T),
    "rows with columns": lambda xp, x: x + xp.sum(x, axis=1),
    "an entry for each row": lambda xp, x: x + np.ones((ROWS, 1)),
    "among its gradients": lambda xp, x: x,
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_done_by_shards_is_refused(said):
    with pytest.raises(WholeBatchError, match=f"a layer of this network .*{said}.*leave out"):
        whole(REFUSED[said], np.ones((ROWS, WIDTH)))


def test_a_batch_norm_adds_three_times_over_devices():
    """Mean, variance, and backwards both means with the gradients: each costs a message."""
    layer, added = cp.BatchNorm(WIDTH), Counted()
    params = layer.init(None)

    def both(xp, rows):
        _, saved = layer.forward(xp, params, rows)
        return layer.pullback(xp, params, saved, rows)[1]

    whole(both, np.random.default_rng(0).random((ROWS, WIDTH)), added=added)
    assert added.times == 3


@pytest.mark.parametrize("shards", [1, 3])
def test_pieces_of_a_function_run_for_each_shard(shards):
    """Also what depends on no shard, and what depends on sums only."""
    x, factor = np.arange(2.0 * shards).reshape(shards, 2), jnp.asarray(3.0)

    def function(own):
        double = factor + factor
        (total,) = over_all_shards([own.sum()])
        again, largest = over_all_shards([(own - total) ** 2, own.max() * double])
        return {"again": again, "more": total + largest, "as it is": double}

    @jax.jit
    def run(count):
        return each_shard(function, (jnp.asarray(x),), count, Counted())

    done = run(shards)
    total = x.sum()
    np.testing.assert_allclose(done["again"], ((x - total) ** 2).sum(axis=0))
    np.testing.assert_allclose(done["more"], total + 6.0 * x.max(axis=1).sum())
    np.testing.assert_allclose(done["as it is"], 6.0)
