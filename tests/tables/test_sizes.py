"""Sizes of hidden layers that are none are refused by name."""

import numpy as np
import pytest

import clearprop as cp


@pytest.mark.parametrize("sizes", [["array", "x"], [0], [4, -1], [2.5], [None], [True], [[3]]])
@pytest.mark.parametrize("estimator", [cp.TableClassifier, cp.TableRegressor, cp.MLPClassifier])
def test_sizes_are_whole_numbers(estimator, sizes):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must be (> 0|whole numbers), got"):
        estimator(hidden_layer_sizes=sizes).fit(X, y)
