"""The record of each epoch: gradients held against JAX's, rates against scikit-learn's formula."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import ThreadpoolController, threadpool_limits

from clearprop import EpochRecorder, MLPClassifier, MLPRegressor
from clearprop.engines.compiled.engine import CompiledEngine
from clearprop.engines.compiled.prediction import predicted
from clearprop.engines.threads import one_threaded_blas
from clearprop.estimators import recorder as recording
from tests.estimators.data import classes, numbers

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def norms_by_jax(clf, X, y, weights):
    """Return the norm of each layer's gradient of the weighted mean cross-entropy."""
    one_hot = (y[:, None] == clf.classes_).astype(float)

    def loss(params):
        hidden = jnp.tanh(X @ params[0][0] + params[0][1])
        log_p = jax.nn.log_softmax(hidden @ params[1][0] + params[1][1])
        return jnp.sum(weights * -jnp.sum(one_hot * log_p, axis=1)) / jnp.sum(weights)

    with jax.enable_x64(True):
        params = [
            tuple(map(jnp.asarray, pair))
            for pair in zip(clf.coefs_, clf.intercepts_, strict=True)
        ]  # fmt: skip
        found = jax.grad(loss)(params)
        return [float(jnp.sqrt(jnp.sum(dW**2) + jnp.sum(db**2))) for dW, db in found]


@pytest.mark.parametrize("weighted", [False, True])
def test_norms_are_those_of_the_weights_an_epoch_ends_with(weighted):
    X, y = classes()
    weight = np.linspace(0.5, 2, len(y)) if weighted else np.ones(len(y))
    recorder = EpochRecorder(rows=1000)
    clf = MLPClassifier((6,), "tanh", max_iter=4, random_state=0, alpha=1.0, dropout=0.2)
    clf.set_callbacks(recorder).fit(X, y, sample_weight=weight if weighted else None)
    assert list(recorder.gradient_norms) == ["dense1", "dense2"]
    assert [len(norms) for norms in recorder.gradient_norms.values()] == [4, 4]
    last = [norms[-1] for norms in recorder.gradient_norms.values()]
    assert last == pytest.approx(norms_by_jax(clf, X, y, weight), rel=1e-9)
    assert recorder.measured == 150


def test_class_weights_count():
    X, y = classes(2)
    recorder = EpochRecorder(rows=1000)
    clf = MLPClassifier((6,), "tanh", max_iter=2, random_state=0, class_weight={0: 1.0, 1: 9.0})
    clf.set_callbacks(recorder).fit(X, y)
    sigmoid = 1 / (1 + np.exp(-(np.tanh(X @ clf.coefs_[0] + clf.intercepts_[0]) @ clf.coefs_[1]
                                + clf.intercepts_[1]).ravel()))  # fmt: skip
    weights = np.where(y == 1, 9.0, 1.0)
    delta = weights * (sigmoid - y) / weights.sum()
    hidden = np.tanh(X @ clf.coefs_[0] + clf.intercepts_[0])
    expected = np.sqrt(np.sum((hidden.T @ delta) ** 2) + delta.sum() ** 2)
    assert recorder.gradient_norms["dense2"][-1] == pytest.approx(expected, rel=1e-9)


def test_recording_changes_nothing_of_the_training():
    X, y = classes()
    plain, watched = (
        MLPClassifier((6,), max_iter=5, random_state=0, dropout=0.2, class_weight="balanced")
        for _ in range(2)
    )
    plain.fit(X, y)
    watched.set_callbacks(EpochRecorder()).fit(X, y)
    for one, other in zip(plain.coefs_, watched.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    assert plain.loss_curve_ == watched.loss_curve_


def test_rates_follow_scikit_learns_inverse_scaling():
    X, y = numbers()
    recorder = EpochRecorder()
    net = MLPRegressor(
        hidden_layer_sizes=(4,), solver="sgd", learning_rate="invscaling", power_t=0.3,
        learning_rate_init=0.01, max_iter=4, random_state=0,
    )  # fmt: skip
    net.set_callbacks(recorder).fit(X, y)
    expected = [0.01 / (epoch * len(y) + 1) ** 0.3 for epoch in range(4)]
    assert recorder.learning_rates == pytest.approx(expected)
    assert len(recorder.seconds) == 4
    assert min(recorder.seconds) >= 0


def test_many_rows_are_sampled_and_sparse_ones_are_the_same():
    X, y = classes(rows=700)
    dense, sparse = EpochRecorder(rows=50), EpochRecorder(rows=50)
    MLPClassifier((4,), max_iter=2, random_state=0).set_callbacks(dense).fit(X, y)
    MLPClassifier((4,), max_iter=2, random_state=0).set_callbacks(sparse).fit(
        scipy.sparse.csr_matrix(X), y
    )
    assert dense.measured == sparse.measured == 50
    assert sparse.gradient_norms["dense1"] == pytest.approx(dense.gradient_norms["dense1"])


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_kernels_that_predict_validation_rows_are_ready_before_the_first_epoch(monkeypatch, solver):
    calls = []

    class Told(EpochRecorder):
        def on_fit_task_begin(self, estimator, context):
            calls.append(context.task_name)

    def predicting(*arguments):
        calls.append("kernels")
        return predicted(*arguments)

    monkeypatch.setattr("clearprop.engines.by_size.WORTH_LOADING", 1)
    monkeypatch.setattr("clearprop.engines.compiled.engine.predicted", predicting)
    X, y = classes()
    clf = MLPClassifier((4,), max_iter=1, random_state=0, solver=solver)
    clf.set_callbacks(Told()).fit(X[:90], y[:90], validation_data=(X[90:], y[90:]))
    assert calls.index("kernels") < calls.index("epoch")
    assert len(calls) >= 4


def test_preparing_the_kernels_is_no_part_of_the_first_epochs_seconds(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    clock.perf_counter = lambda: clock.now

    def preparing(*arguments):
        clock.now += 30

    monkeypatch.setattr("clearprop.estimators.recorder.time", clock)
    monkeypatch.setattr(CompiledEngine, "prepare", preparing)
    X, y = classes()
    recorder = EpochRecorder()
    MLPClassifier((4,), max_iter=2, random_state=0).set_callbacks(recorder).fit(X, y)
    assert (clock.now, recorder.seconds) == (30, [0, 0])


def test_a_fit_begins_the_record_anew_and_lbfgs_has_no_rate():
    X, y = classes()
    recorder = EpochRecorder()
    clf = MLPClassifier((4,), max_iter=3, random_state=0).set_callbacks(recorder).fit(X, y)
    clf.set_params(solver="lbfgs", max_iter=5).fit(X, y)
    assert len(recorder.seconds) == clf.n_iter_
    assert np.isnan(recorder.learning_rates).all()


def test_blas_is_given_back_if_another_fit_ends_while_gradients_are_measured(monkeypatch):
    blas = ThreadpoolController().select(user_api="blas")
    measure, other_fit = recording.gradient_norms, one_threaded_blas()

    def ends_meanwhile(*arguments):
        assert {library.num_threads for library in blas.lib_controllers} == {1}
        other_fit.__exit__(None, None, None)
        return measure(*arguments)

    monkeypatch.setattr(recording, "gradient_norms", ends_meanwhile)
    X, y = classes()
    with threadpool_limits(2, user_api="blas"):
        other_fit.__enter__()
        MLPClassifier((6,), max_iter=1).set_callbacks(EpochRecorder()).fit(X, y)
        assert {library.num_threads for library in blas.lib_controllers} == {2}
