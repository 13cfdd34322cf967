"""Orders of rows that the compiled engine draws are NumPy's, to the last bit."""

import numpy as np
import pytest

from clearprop.engines.compiled.engine import CompiledEngine


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.SFC64])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 64, 65, 150, 70_000])
@pytest.mark.parametrize("before", [0, 1])
def test_as_numpy_shuffles(rows, before, kind):
    """From any place in the stream, which goes on from the same place."""
    ours, theirs = (np.random.Generator(kind(3)) for _ in range(2))
    for rng in (ours, theirs):
        rng.integers(0, 9, before, np.uint32)
    found, expected = (np.tile(np.arange(rows), (3, 1)) for _ in range(2))
    CompiledEngine().shuffle(found, ours)
    theirs.permuted(expected, axis=1, out=expected)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(ours.random(3), theirs.random(3))
