"""Targets: what each loss takes, and one clear sentence about what it does not."""

import numpy as np
import pytest

import clearprop as cp

ANY, COUNT, ANSWER, CLASS = (
    cp.SquaredError(),
    cp.Poisson(),
    cp.BinaryCrossEntropy(),
    cp.CrossEntropy(),
)


def test_one_column_may_be_given_flat():
    expected = np.array([[1.0], [2.0]])
    for t in ([1, 2], [[1], [2]], np.array([1, 2], np.int8), np.array([1, 2], np.float32)):
        made = ANY.targets(t, 1)
        np.testing.assert_array_equal(made, expected)
        assert made.dtype == np.float64


def test_targets_have_the_dtype_of_training():
    for loss, t in [(ANY, [[1, 2]]), (COUNT, [[1, 2]]), (ANSWER, [[True, False]]), (CLASS, [1])]:
        assert loss.targets(t, 2, np.float32).dtype == np.float32


def test_class_indices_become_rows_of_zeros_and_one():
    expected = [[0, 0, 1], [1, 0, 0]]
    for t in ([2, 0], [2.0, 0.0], np.array([[2], [0]]), np.array([2, 0], np.uint8)):
        np.testing.assert_array_equal(CLASS.targets(t, 3), expected)
    np.testing.assert_array_equal(CLASS.targets([True, False], 2), [[0, 1], [1, 0]])


def test_probabilities_are_taken_as_they_are():
    t = [[0.25, 0.75], [1.0, 0.0]]
    np.testing.assert_array_equal(CLASS.targets(t, 2), t)


@pytest.mark.parametrize(
    ("loss", "t", "outputs", "error", "message"),
    [
        (ANY, ["a", "b"], 1, TypeError, "targets must be numbers, got an array of <U1"),
        (ANY, [1j], 1, TypeError, "targets must be numbers, got an array of complex128"),
        (ANY, [None, 1], 1, TypeError, "targets must be numbers, got an array of object"),
        (ANY, [1, 2, 3], 2, ValueError, "network has 2 outputs, but the targets have shape 3$"),
        (ANY, np.ones((4, 3)), 2, ValueError, "2 outputs, but the targets have shape 4 x 3"),
        (ANY, np.ones((2, 2, 2)), 2, ValueError, "but the targets have shape 2 x 2 x 2"),
        (ANY, [[1, 2], [3, np.nan]], 2, ValueError, "be finite; row 1, column 1 is nan .1 such"),
        (ANY, [np.inf, 1, -np.inf], 1, ValueError, "finite; row 0, column 0 is inf .2 such"),
        (COUNT, [1, 0, -2], 1, ValueError, "not be negative for the Poisson loss; row 2, col"),
        (COUNT, [1, np.nan], 1, ValueError, "must be finite; row 1, column 0 is nan"),
        (ANSWER, [0, 1, 1.5], 1, ValueError, "lie between 0 and 1 for cross-entropy; row 2, col"),
        (ANSWER, [0, -0.1], 1, ValueError, "lie between 0 and 1 .*; row 1, column 0 is -0.1"),
        (CLASS, [0, 3], 3, ValueError, r"lie in 0..2, one for each output; row 1 is 3"),
        (CLASS, [0, -1], 3, ValueError, r"lie in 0..2, one for each output; row 1 is -1"),
        (CLASS, [0.5, 1.0], 3, TypeError, "whole numbers from 0 .* got float64. Number the labels"),
        (CLASS, [np.nan, 1.0], 3, TypeError, "whole numbers from 0"),
        (CLASS, ["cat", "dog"], 2, TypeError, "got <U3. Number the labels first: np.unique"),
        (CLASS, [[0.5, 0.6]], 2, ValueError, "must sum to 1; row 0 sums to 1.1"),
        (CLASS, [[1.5, -0.5]], 2, ValueError, "lie between 0 and 1"),
        (CLASS, [[1.0, 0.0]], 3, ValueError, "3 outputs, but the targets have shape 1 x 2"),
    ],
)
def test_wrong_targets_are_refused_with_the_place(loss, t, outputs, error, message):
    with pytest.raises(error, match=message):
        loss.targets(t, outputs)


def test_target_too_large_for_float32_is_refused_without_a_warning():
    with pytest.raises(ValueError, match="must be finite; row 0, column 0 is inf"):
        ANY.targets([1e300], 1, np.float32)


def test_targets_given_are_left_alone():
    t = np.array([[0.25, 0.75]])
    t.flags.writeable = False
    for loss in (ANY, COUNT, ANSWER, CLASS):
        loss.targets(t, 2, np.float32)
        np.testing.assert_array_equal(loss.targets(t, 2), [[0.25, 0.75]])
