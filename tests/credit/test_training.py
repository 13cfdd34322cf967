"""Training by rule: the exact one is plain training, the others learn, failures are told."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import clearprop as cp
from clearprop.credit import (
    DirectFeedbackAlignment,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    TransposedWeights,
)
from tests.trees import difference, frozen


def task(seed=0, rows=120):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 2))
    t = np.stack([x[:, 0] > x[:, 1], x[:, 0] <= x[:, 1]], axis=1).astype(float)
    net = cp.Chain(cp.Dense(2, 6), cp.Sigmoid(), cp.Dense(6, 2), cp.Sigmoid())
    return net, cp.SquaredError(), frozen(net.init(rng)), x, t


def test_exact_is_train_with_plain_steps():
    arguments = task()
    ours = cp.credit.train(*arguments, Exact(), rate=0.5, epochs=4, batch_size=7, shuffle=False)
    theirs = cp.train(
        *arguments, optimizer=cp.SGD(0.5), epochs=4, batch_size=7, shuffle=False, engine="numpy"
    )
    assert difference(ours.params, theirs.params, 1.0) <= 1e-14
    assert len(ours.losses) == 5
    np.testing.assert_allclose(ours.predict(arguments[3]), theirs.predict(arguments[3]), rtol=1e-12)


def test_losses_are_those_of_all_rows():
    net, loss, params, x, t = task()
    run = cp.credit.train(net, loss, params, x, t, Even(), epochs=2, seed=0)
    for tree, told in ((params, run.losses[0]), (run.params, run.losses[-1])):
        assert cp.backprop(net, loss, tree, x, t)[0] == pytest.approx(told, rel=1e-14)


@pytest.mark.parametrize(
    "rule",
    [
        Exact(),
        TransposedWeights(),
        TransposedWeights(after_update=True),
        FeedbackAlignment(),
        DirectFeedbackAlignment(),
    ],
    ids=str,
)
def test_rules_learn_easy_data(rule):
    net, loss, params, x, t = task()
    run = cp.credit.train(net, loss, params, x, t, rule, rate=2.0, epochs=60, seed=1)
    assert run.stopped == ""
    assert run.losses[-1] < 0.2 * run.losses[0]
    assert (run.predict(x).argmax(axis=1) == t.argmax(axis=1)).mean() > 0.95


def test_even_spreading_tells_the_hidden_layer_nothing_of_opposite_errors():
    """Two outputs that mirror each other: one is too high by as much as the other is too low."""
    net, loss, params, x, t = task()
    W = params["dense2"]["W"][:, :1]
    start = {"dense1": params["dense1"], "dense2": {"W": np.hstack([W, -W]), "b": np.zeros(2)}}
    run = cp.credit.train(net, loss, start, x, t, Even(), rate=2.0, seed=0)
    np.testing.assert_allclose(run.params["dense1"]["W"], start["dense1"]["W"], atol=1e-12)
    assert run.losses[-1] < run.losses[0]  # the last layer learns with what there is


def test_the_same_seed_gives_the_same_run():
    arguments = task()
    one, same, other = (
        cp.credit.train(*arguments, Exact(), epochs=2, seed=seed) for seed in (3, 3, 4)
    )
    assert one.losses == same.losses != other.losses


def test_cancelling_weights_stop_training_and_say_where():
    net, loss, params, x, t = task()
    W = params["dense2"]["W"].copy()
    W[:, 0] = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5]
    start = {**params, "dense2": {**params["dense2"], "W": W}}
    run = cp.credit.train(net, loss, start, x, t, Proportional(), seed=0)
    assert run.stopped.startswith("epoch 1: dense2: the weights into output 0 sum to 0")
    assert difference(run.params, start, 1.0) == 0
    assert len(run.losses) == 2
    assert str(run).startswith(
        f"proportional: loss {run.losses[0]:#.4g} → {run.losses[0]:#.4g} in 1 e"
    )
    assert "; stopped in epoch 1: dense2: the weights" in str(run)


def test_weights_that_run_away_stop_training_and_stay_finite():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(2, 3), cp.Dense(3, 1))
    x, t = 10 * rng.standard_normal((50, 2)), rng.standard_normal((50, 1))
    run = cp.credit.train(net, cp.SquaredError(), net.init(rng), x, t, Exact(), rate=10.0, seed=0)
    assert "ran away to infinity" in run.stopped
    assert all(np.isfinite(own["W"]).all() for own in run.params.values())


def test_sparse_rows_are_the_dense_ones():
    net, loss, params, x, t = task()
    x = np.where(np.abs(x) < 0.5, 0.0, x)
    runs = [
        cp.credit.train(net, loss, params, rows, t, rule, epochs=2, seed=0)
        for rule in (Even(), FeedbackAlignment())
        for rows in (x, csr_array(x))
    ]
    for dense, sparse in (runs[:2], runs[2:]):
        assert difference(dense.params, sparse.params, 1.0) <= 1e-13
    late = cp.Chain(cp.Tanh(), *net.layers)
    with pytest.raises(TypeError, match="sparse x needs a Dense layer first"):
        cp.credit.train(late, loss, late.init(np.random.default_rng(0)), csr_array(x), t, Even())


def test_counts_are_checked():
    with pytest.raises(ValueError, match="at least 1, got 0 and 32"):
        cp.credit.train(*task(), Exact(), epochs=0)
