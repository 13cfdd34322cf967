"""Noise: the published generator's numbers, wherever and in whichever order they are asked for."""

import numpy as np
import pytest
from scipy import stats

from clearprop.definitions.noise import Noise

# SplitMix64 from seed 1234567, as published beside Vigna's reference implementation.
REFERENCE = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def test_stream_is_splitmix64():
    expected = [(word >> 11) * 2.0**-53 for word in REFERENCE]
    assert Noise(1234567).uniform((5,)).tolist() == expected


def test_a_number_depends_on_its_place_alone():
    noise = Noise(42)
    long = noise.uniform((1000,))
    np.testing.assert_array_equal(noise.uniform((10,)), long[:10])
    np.testing.assert_array_equal(noise.uniform((50, 20)).ravel(), long)
    np.testing.assert_array_equal(Noise(42).uniform((1000,)), long)


@pytest.mark.parametrize("key", [0, 1, 2**63, 2**64 - 1])
def test_numbers_are_uniform(key):
    numbers = Noise(key).uniform((20000,))
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.03


def test_children_are_streams_of_their_own():
    parent = Noise(7)
    streams = [parent, *(parent.child(label) for label in range(50)), parent.child(0).child(0)]
    assert len({stream.key for stream in streams}) == len(streams)
    numbers = np.array([stream.uniform((20000,)) for stream in streams])
    correlations = np.corrcoef(numbers) - np.eye(len(streams))
    assert np.abs(correlations).max() < 0.04  # standard deviation 0.007, 1,326 pairs
    # The first numbers of a thousand children are as uniform as one child's thousand.
    first = [parent.child(label).uniform((1,))[0] for label in range(2000)]
    assert stats.kstest(first, "uniform").pvalue > 1e-3


def test_children_are_a_function_of_parent_and_label():
    assert Noise(7).child(3) == Noise(7).child(3)
    assert Noise(7).child(1).child(2) != Noise(7).child(2).child(1)
    assert 0 <= Noise(2**64 - 1).child(2**40).key < 2**64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mask_is_zero_or_the_inverse_of_what_is_kept(dtype):
    mask = Noise(5).mask((300, 100), 0.3, dtype)
    assert mask.dtype == dtype
    np.testing.assert_array_equal(np.unique(mask), np.array([0.0, 1 / 0.7], dtype))
    assert np.mean(mask == 0) == pytest.approx(0.3, abs=0.012)
    assert mask.mean() == pytest.approx(1.0, abs=0.02)


def test_mask_is_the_same_in_either_precision():
    narrow, wide = (Noise(5).mask((40, 40), 0.5, dtype) for dtype in (np.float32, np.float64))
    np.testing.assert_array_equal(narrow, wide)
