"""Rows of a stream with weights: the steps of the same rows in memory, and of rows repeated."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.readings import numpy as xp
from clearprop.training.sources import HeldOut, Pieces
from tests.training.made_source import MadeSource
from tests.training.test_checkpoint import CutOffError, same
from tests.training.test_checkpoint_within import dies_at_save, kept

SIZES = (23, 0, 40, 11, 31)
ENGINES = ["compiled", "numpy", "jax"]
NET = cp.Chain(cp.Dense(3, 5), cp.Tanh(), cp.Dense(5, 1))
LOSS = cp.BinaryCrossEntropy()


def weights_of(rows, seed=3):
    """Whole numbers, some of them 0."""
    return np.random.default_rng(seed).integers(0, 4, rows).astype(float)


def source(weights=None, **how):
    weights = weights_of(sum(SIZES)) if weights is None else weights
    return MadeSource(SIZES, width=3, block_bytes=32 * 32, weights=weights, **how)


def trained(rows, t=None, **how):
    asked = {"optimizer": cp.Adam(0.02), "epochs": 4, "batch_size": 16, "seed": 5, "l2": 0.01}
    start = NET.init(np.random.default_rng(0), how.pop("dtype", np.float64))
    return cp.train(NET, LOSS, start, rows, t, **asked | how)


def vectors(result):
    return np.concatenate([part.ravel() for layer in result.params.values()
                           for part in layer.values()])  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_steps_are_those_of_weighed_rows_in_memory(engine, dtype):
    rows = source()
    how = {"engine": engine, "shuffle": False, "dtype": dtype}
    block = trained(rows, **how)
    whole = trained(rows.x, rows.t, sample_weight=rows.weights, **how)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(vectors(block), vectors(whole), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(block.history.loss, whole.history.loss, rtol=tolerance)
    unweighed = trained(rows.x, rows.t, **how)
    assert np.abs(vectors(block) - vectors(unweighed)).max() > 1e-3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_of_weight_2_is_the_row_twice(engine):
    """With all rows in one batch, whose order plays no part."""
    rows = source()
    how = {"engine": engine, "optimizer": cp.SGD(0.3), "epochs": 6, "batch_size": 10_000}
    block = trained(rows, **how)
    times = rows.weights.astype(int)
    twice = trained(np.repeat(rows.x, times, axis=0), np.repeat(rows.t, times), **how)
    np.testing.assert_allclose(vectors(block), vectors(twice), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(block.history.loss, twice.history.loss, rtol=1e-12)


def test_weights_of_1_change_no_bit():
    plain = MadeSource(SIZES, width=3, block_bytes=32 * 32)
    same(trained(source(np.ones(105))), trained(plain))


def test_rows_held_out_have_weights_and_do_not_count_in_the_mean():
    rows = source()
    result = trained(rows, validation_fraction=0.3)
    split = np.random.SeedSequence(5).spawn(2)[1]
    out = HeldOut(0.3, int(split.generate_state(1, np.uint64)[0])).mask(0, 105)
    assert 15 < out.sum() < 50
    outputs, _ = NET.forward(xp, result.params, rows.x[out], None)
    losses = LOSS.value(xp, outputs, rows.t[out][:, None])
    expected = (rows.weights[out] * losses).sum() / rows.weights[out].sum()
    assert result.history.metrics["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)
    pieces = Pieces(rows, lambda raw: raw[:, None], np.float64, HeldOut(0.3, 9))
    kept_rows = ~HeldOut(0.3, 9).mask(0, 105)
    assert pieces.mean_weight == pytest.approx(rows.weights[kept_rows].mean(), rel=1e-15)


@pytest.mark.parametrize("number", [1, 3, 6])
def test_it_goes_on_to_the_same_bits(tmp_path, monkeypatch, number):
    path, how = tmp_path / "run.checkpoint", {"validation_fraction": 0.2, "epochs": 6}
    with monkeypatch.context() as patch:
        dies_at_save(patch, number)
        with pytest.raises(CutOffError):
            trained(source(), **how, **kept(path))
    same(trained(source(readers=3), **how, **kept(path)), trained(source(), **how))


def test_weights_that_cannot_be_used():
    with pytest.raises(ValueError, match="every row to train on has the weight 0"):
        trained(source(np.zeros(105)))
    with pytest.raises(ValueError, match="sum of the weights is too large for float32"):
        trained(source(np.full(105, 1e37)), dtype=np.float32)
