"""Training: what an epoch does, held against a loop written out by hand."""

import numpy as np
import pytest
import scipy.sparse as sp

import clearprop as cp
from clearprop.backprop import mean_loss
from clearprop.readings import numpy as xp
from tests.spies import Recording, Seen, linear, train
from tests.trees import difference, frozen, random_like, same_bits


def by_hand(params, x, t, *, batch_size, epochs, rate=0.1, weights=None, l2=0.0):
    """Return the parameters and the loss of each epoch of gradient descent on a linear network."""
    W, b = (params["dense1"][name].copy() for name in ("W", "b"))
    weights = np.ones(len(x)) if weights is None else weights
    losses = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            size = len(x[rows])
            error = x[rows] @ W + b - t[rows]
            share = weights[rows, None] / (size * weights.mean())
            total += size * (np.sum(share * error**2) / 2 + l2 / 2 * np.sum(W**2))
            dW, db = x[rows].T @ (share * error) + l2 * W, (share * error).sum(axis=0)
            W, b = W - rate * dW, b - rate * db
        losses.append(total / len(x))
    return {"dense1": {"W": W, "b": b}}, losses


@pytest.mark.parametrize("batch_size", [1, 4, 5, 11, 12, 100])
def test_training_is_the_loop_written_by_hand(batch_size):
    """The short last batch is the mean over its own rows, and counts so in the epoch's loss."""
    net, params, x, t = linear()
    result = train(net, params, x, t, batch_size=batch_size, epochs=3, shuffle=False)
    expected, losses = by_hand(params, x, t, batch_size=batch_size, epochs=3)
    assert difference(result.params, expected, 1e-3) <= 1e-12
    np.testing.assert_allclose(result.history.loss, losses, rtol=1e-12)
    assert result.reason == "epochs"


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_row_weights_hold_between_batches(l2):
    """Weights 100 : 1 in batches of their own: the heavy batch's step is 100 times longer."""
    net, params, x, t = linear()
    weights = np.repeat([100.0, 1.0, 1.0], 4)
    result = train(
        net, params, x, t, batch_size=4, epochs=2, shuffle=False, sample_weight=weights, l2=l2
    )
    expected, losses = by_hand(params, x, t, batch_size=4, epochs=2, weights=weights, l2=l2)
    assert difference(result.params, expected, 1e-3) <= 1e-12
    np.testing.assert_allclose(result.history.loss, losses, rtol=1e-12)

    spy = Recording(1e-9)
    train(net, params, x, t, optimizer=spy, batch_size=4, shuffle=False, sample_weight=weights)
    plain = Recording(1e-9)
    train(net, params, x, t, optimizer=plain, batch_size=4, shuffle=False)
    for step, factor in enumerate([100 / 34, 1 / 34, 1 / 34]):
        expected = factor * plain.gradients[step]
        np.testing.assert_allclose(spy.gradients[step], expected, rtol=1e-6)


def test_penalty_per_row_is_divided_by_the_batch():
    net, params, x, t = linear()
    per_row = train(net, params, x, t, batch_size=6, shuffle=False, l2=cp.L2(0.6, per_row=True))
    expected, _ = by_hand(params, x, t, batch_size=6, epochs=1, l2=0.1)
    assert difference(per_row.params, expected, 1e-3) <= 1e-12


def test_every_row_is_seen_once_an_epoch_in_a_new_order():
    _, _, _, t = linear()
    spy = Seen()
    net = cp.Chain(spy, cp.Dense(1, 2))
    x = np.arange(12.0)[:, None]
    train(net, net.init(np.random.default_rng(0)), x, t, batch_size=5, epochs=3)
    assert [len(batch) for batch in spy.passes] == [5, 5, 2] * 3
    epochs = [np.concatenate(spy.passes[k : k + 3]).ravel() for k in (0, 3, 6)]
    for order in epochs:
        np.testing.assert_array_equal(np.sort(order), np.arange(12.0))
    assert len({tuple(order) for order in epochs}) == 3


def test_without_shuffling_rows_come_as_they_are():
    spy = Seen()
    net = cp.Chain(spy, cp.Dense(1, 1))
    x = np.arange(7.0)[:, None]
    train(net, net.init(np.random.default_rng(0)), x, x, batch_size=3, epochs=2, shuffle=False)
    np.testing.assert_array_equal(np.concatenate(spy.passes).ravel(), np.tile(np.arange(7.0), 2))


def deep_problem(dtype=float):
    rng = np.random.default_rng(5)
    net = cp.Chain(
        cp.Dense(3, 6), cp.BatchNorm(6), cp.ReLU(), cp.Dropout(0.3), cp.Dense(6, 2),
    )  # fmt: skip
    params = net.init(rng, dtype)
    return net, params, rng.standard_normal((30, 3)), rng.integers(0, 2, 30)


def deep_run(seed, **options):
    net, params, x, t = deep_problem()
    options = {"optimizer": cp.Adam(0.01), "epochs": 3, "batch_size": 8, **options}
    return train(
        net, params, x, t, cp.CrossEntropy(), seed=seed, validation_fraction=0.2, **options
    )


def test_same_seed_gives_the_same_bits():
    one, again, other = deep_run(1), deep_run(1), deep_run(2)
    assert same_bits((one.params, one.state), (again.params, again.state))
    assert one.history.loss == again.history.loss
    assert one.history.metrics == again.history.metrics
    assert not same_bits(one.params, other.params)
    assert not same_bits(deep_run(None).params, deep_run(None).params)


def test_numpys_global_random_numbers_are_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the state a user may rely on
    deep_run(1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_nothing_given_is_changed():
    net, *arrays = linear()
    params, x, t = map(frozen, arrays)
    weights = frozen(np.ones(12))
    for optimizer in (cp.Adam(), cp.SGD(0.1, momentum=0.9), cp.LBFGS()):
        train(net, params, x, t, optimizer=optimizer, sample_weight=weights, epochs=2)
    assert same_bits((params, x, t), tuple(arrays))


@pytest.mark.parametrize(
    "optimizer",
    [
        cp.SGD(np.float64(0.1), momentum=np.float64(0.9)), cp.RMSProp(), cp.Adam(np.float64(0.01)),
        cp.AdamW(), cp.LBFGS(),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)  # fmt: skip
def test_training_keeps_the_dtype_of_the_parameters(optimizer):
    """NumPy's float64 scalars among the settings do not widen it."""
    net, params, x, t = linear(dtype=np.float32)
    extra = {} if isinstance(optimizer, cp.LBFGS) else {"clip_norm": np.float64(0.1)}
    result = train(net, params, x, t, optimizer=optimizer, l2=np.float64(0.1), epochs=2, **extra)
    assert {array.dtype for array in result.params["dense1"].values()} == {np.dtype(np.float32)}
    assert result.predict(x).dtype == np.float32


def test_sparse_rows_train_as_dense_rows_do():
    net, params, x, t = linear()
    x = x * (np.random.default_rng(1).uniform(size=x.shape) > 0.5)
    options = {"epochs": 3, "batch_size": 5, "validation_fraction": 0.25}
    dense, sparse = (train(net, params, one, t, **options) for one in (x, sp.csr_matrix(x)))
    assert difference(sparse.params, dense.params, 1e-3) <= 1e-12
    np.testing.assert_allclose(
        sparse.history.metrics["validation_loss"], dense.history.metrics["validation_loss"]
    )
    np.testing.assert_allclose(sparse.predict(sp.csr_array(x)), dense.predict(x), rtol=1e-12)


def test_predictions_are_the_link_of_the_outputs():
    net, params, x, _ = linear()
    result = train(net, params, x, np.arange(12) % 2, cp.CrossEntropy())
    outputs = x @ result.params["dense1"]["W"] + result.params["dense1"]["b"]
    np.testing.assert_allclose(result.outputs(x), outputs, rtol=1e-14)
    np.testing.assert_allclose(result.predict(x), cp.CrossEntropy().link(xp, outputs), rtol=1e-14)
    many = np.tile(x, (1000, 1))
    np.testing.assert_allclose(result.outputs(many), np.tile(outputs, (1000, 1)), rtol=1e-12)


def test_validation_part_is_held_out_and_measured():
    spy = Seen()
    net = cp.Chain(spy, cp.Dense(1, 1))
    params = random_like(net.init(np.random.default_rng(0)), np.random.default_rng(1))
    x = np.arange(20.0)[:, None] / 20
    weights = np.arange(1.0, 21.0)
    result = train(
        net, params, x, 3 * x, validation_fraction=0.25, batch_size=6, epochs=2,
        sample_weight=weights,
    )  # fmt: skip
    training = np.unique(np.concatenate([*spy.passes[:3], *spy.passes[4:7]]))
    held_out = np.unique(np.concatenate([spy.passes[3], spy.passes[7]]))
    assert [len(training), len(held_out)] == [15, 5]
    assert set(training) | set(held_out) == set(x.ravel())
    errors = (result.predict(held_out[:, None]) - 3 * held_out[:, None])[:, 0] ** 2 / 2
    rows = np.rint(held_out * 20).astype(int)
    expected = np.average(errors, weights=weights[rows])
    assert result.history.metrics["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)


def test_given_validation_rows_are_measured_after_each_epoch():
    net, params, x, t = linear()
    x_val, t_val, w_val = x[:4] + 1, t[:4], np.array([1.0, 2.0, 0.0, 4.0])
    seen, asked = [], []

    def metric(targets, predictions):
        asked.append((targets, predictions))
        return np.abs(targets - predictions).max()

    result = train(
        net, params, x, t, epochs=3, validation_data=(x_val, t_val, w_val),
        metrics={"worst": metric}, on_epoch=lambda report: seen.append(report.position.params),
    )  # fmt: skip
    losses = []
    for vector in seen:
        outputs = x_val @ vector[:6].reshape(3, 2) + vector[6:]
        losses.append(mean_loss(xp, cp.SquaredError(), outputs, t_val, w_val))
    np.testing.assert_allclose(result.history.metrics["validation_loss"], losses, rtol=1e-12)
    expected = [np.abs(targets - predictions).max() for targets, predictions in asked]
    assert result.history.metrics["worst"] == expected
    assert len(asked) == 3


def test_metrics_get_targets_as_given_and_predictions():
    net, params, x, _ = linear()
    labels = np.arange(12) % 2
    asked = []

    def accuracy(targets, predictions):
        asked.append(targets)
        np.testing.assert_allclose(predictions.sum(axis=1), 1.0)
        return np.mean(predictions.argmax(axis=1) == targets)

    result = train(
        net, params, x, labels, cp.CrossEntropy(), validation_data=(x, labels),
        metrics={"accuracy": accuracy},
    )  # fmt: skip
    np.testing.assert_array_equal(asked[0], labels)
    expected = np.mean(result.predict(x).argmax(axis=1) == labels)
    assert result.history.metrics["accuracy"] == [expected]


def test_history_has_one_number_an_epoch():
    net, params, x, t = linear()
    history = train(net, params, x, t, epochs=4, validation_fraction=0.3).history
    assert len(history) == 4
    lists = [history.loss, history.learning_rate, history.seconds, *history.metrics.values()]
    assert [len(one) for one in lists] == [4] * 4
    assert list(history.metrics) == ["validation_loss"]
    assert history.best_epoch == 0
    assert min(history.seconds) > 0
    assert history.loss == sorted(history.loss, reverse=True)


def test_result_says_how_training_went():
    net, params, x, t = linear()
    result = train(net, params, x, t, epochs=2)
    assert str(result) == f"2 epochs, loss {result.history.loss[-1]:.6g}, ended: epochs"
