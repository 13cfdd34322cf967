"""Training: everything wrong gets one clear sentence, before the first step."""

import numpy as np
import pytest
import scipy.sparse as sp

import clearprop as cp
from tests.spies import linear, train

HELD = (np.ones((3, 3)), np.ones((3, 2)))


def score(targets, predictions):
    return 0.0


BAD = {
    "no epochs": ({"epochs": 0}, "epochs must be at least 1, got 0"),
    "no batch": ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    "all rows held out": (
        {"validation_fraction": 1.0}, r"validation_fraction must be in \[0, 1\), got 1.0",
    ),
    "negative part": ({"validation_fraction": -0.1}, r"must be in \[0, 1\), got -0.1"),
    "part of no row": (
        {"validation_fraction": 0.01}, "validation_fraction=0.01 of 12 rows leaves no rows on one",
    ),
    "both": (
        {"validation_fraction": 0.1, "validation_data": HELD},
        "give validation_data or validation_fraction, not both",
    ),
    "one array": ({"validation_data": (HELD[0],)}, "must be .x, t. or .x, t, sample_weight."),
    "wide": ({"validation_data": (np.ones((3, 4)), HELD[1])}, "takes 3 values a row, gets 4"),
    "uneven": (
        {"validation_data": (HELD[0], np.ones((2, 2)))}, "validation x has 3 rows, but t has 2",
    ),
    "narrow": ({"validation_data": (HELD[0], np.ones(3))}, "2 outputs, but the targets have shape"),
    "weights": ({"validation_data": (*HELD, [1, 2])}, r"must have shape \(3,\), got \(2,\)"),
    "not finite": (
        {"validation_data": (np.full((3, 3), np.nan), HELD[1])}, "NaN or infinity at row 0, col",
    ),
    "clipped to nothing": ({"clip_norm": 0.0}, "clip_norm must be above 0, got 0.0"),
    "clipped to no number": ({"clip_norm": np.nan}, "clip_norm must be above 0, got nan"),
    "nothing to watch": (
        {"early_stopping": True},
        r"watches 'validation_loss', but only \['loss'\] are measured; give validation_data",
    ),
    "unknown to watch": (
        {"early_stopping": cp.EarlyStopping("f1"), "validation_data": HELD},
        r"watches 'f1', but only \['loss', 'validation_loss'\] are measured",
    ),
    "nothing to measure on": (
        {"metrics": {"m": score}}, "measured on validation rows: give validation_data or valid",
    ),
    "taken name": (
        {"metrics": {"loss": score}, "validation_data": HELD},
        "'loss' is measured anyway; give the metric another name",
    ),
    "engine": ({"engine": "warp"}, "engine must be among .*, got 'warp'"),
    "penalty": ({"l2": -1.0}, "L2: strength must be a number of at least 0, got -1.0"),
    "row weights": ({"sample_weight": np.ones(3)}, r"must have shape \(12,\), got \(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_impossible_settings_are_refused_in_words(case):
    options, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        train(*linear(), **options)


def test_rows_that_do_not_fit_are_refused():
    net, params, x, t = linear()
    with pytest.raises(ValueError, match="dense1: Dense takes 3 values a row, gets 2"):
        train(net, params, x[:, :2], t)
    with pytest.raises(ValueError, match="x has 12 rows, but t has 11"):
        train(net, params, x, t[:11])
    with pytest.raises(ValueError, match="NaN or infinity at row 2, column 1"):
        train(net, params, np.where(np.arange(36).reshape(12, 3) == 7, np.nan, x), t)
    with pytest.raises(ValueError, match="targets must be finite; row 0, column 1 is inf"):
        train(net, params, x, np.where(np.arange(24).reshape(12, 2) == 1, np.inf, t))
    with pytest.raises(TypeError, match=r"parameter dense1.W must hold floats, got int64"):
        train(net, {"dense1": {"W": np.ones((3, 2), int), "b": np.ones(2)}}, x, t)


def test_sparse_rows_need_a_dense_layer_first():
    net = cp.Chain(cp.Tanh(), cp.Dense(3, 2))
    _, _, x, t = linear()
    with pytest.raises(TypeError, match=r"sparse x needs a Dense layer first, not Tanh; or give"):
        train(net, net.init(np.random.default_rng(0)), sp.csr_array(x), t)


def test_prediction_for_rows_of_another_width_is_refused():
    result = train(*linear())
    for ask in (result.predict, result.outputs):
        with pytest.raises(ValueError, match="dense1: Dense takes 3 values a row, gets 5"):
            ask(np.ones((2, 5)))
        with pytest.raises(ValueError, match="x must have rows and columns"):
            ask(np.ones(3))


def test_batch_larger_than_the_rows_is_all_rows():
    net, params, x, t = linear()
    large, whole = (train(net, params, x, t, batch_size=size) for size in (1000, 12))
    np.testing.assert_array_equal(large.params["dense1"]["W"], whole.params["dense1"]["W"])
