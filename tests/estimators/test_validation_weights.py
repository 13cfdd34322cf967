"""What is measured on validation rows heeds their weights."""

import numpy as np
import pytest

from clearprop import MLPClassifier, MLPRegressor

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((60, 3)), RNG.integers(0, 2, 60)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_measured_on_validation_rows_counts_them_by_their_weights(solver):
    """The loss on weighted rows is that on rows repeated."""
    repeats = np.arange(60) % 4
    estimators = [
        MLPClassifier((4,), solver=solver, random_state=0, max_iter=6).fit(
            X, Y, validation_data=rows
        )
        for rows in ((X, 1 - Y, repeats), (np.repeat(X, repeats, 0), np.repeat(1 - Y, repeats)))
    ]
    weighted, repeated = (e.validation_loss_curve_ for e in estimators)
    assert weighted == pytest.approx(repeated, rel=1e-12)
    plain = MLPClassifier((4,), solver=solver, random_state=0, max_iter=6).fit(
        X, Y, validation_data=(X, 1 - Y)
    )
    differences = np.abs(np.array(plain.validation_loss_curve_) - weighted)
    assert (differences > 1e-4).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_split_off_for_validation_keep_their_weights():
    """Rows of weight 0 change neither what is trained on, nor what is measured."""
    weights = np.where(np.arange(60) % 3 == 0, 0.0, 2.0)
    fits = [
        MLPRegressor(
            hidden_layer_sizes=(4,), random_state=0, max_iter=6, early_stopping="validation_loss",
            validation_fraction=0.4,
        ).fit(X, np.where(weights > 0, X[:, 0], wrong), sample_weight=weights)
        for wrong in (0.0, 3.0)
    ]  # fmt: skip
    assert fits[0].validation_loss_curve_ == pytest.approx(fits[1].validation_loss_curve_)
    assert len(fits[0].validation_loss_curve_) >= 2
