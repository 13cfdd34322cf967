"""Every row of a stream comes once an epoch, in an order that seed and epoch alone decide."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.training.sources import HeldOut
from tests.training.made_source import MadeSource, MadeSparse, blocks_of, rows_in_order

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(any)


def epoch_of(blocks, epoch):
    return [rows_in_order(blocks.take(epoch, number)) for number in range(blocks.number)]


@given(
    sizes=SIZES, batch=st.integers(1, 30), block_bytes=st.integers(1, 2000),
    readers=st.integers(1, 3), shuffle=st.booleans(), held=st.sampled_from([0.0, 0.3]),
    key=st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_every_row_comes_once(sizes, batch, block_bytes, readers, shuffle, held, key):
    total = sum(sizes)
    out = HeldOut(held, key).mask(0, total)
    if out.all():
        return
    source = MadeSource(sizes, block_bytes=block_bytes, readers=readers).numbered()
    blocks = blocks_of(source, batch, shuffle, key, epochs=2, held=held)
    try:
        for epoch in range(2):
            found = epoch_of(blocks, epoch)
            assert sorted(chain(*found)) == np.flatnonzero(~out).tolist()
            lengths = [len(block) for block in found]
            assert all(length == blocks.block_rows for length in lengths[:-1])
            assert blocks.block_rows % batch == 0
            if not shuffle:
                assert list(chain(*found)) == np.flatnonzero(~out).tolist()
    finally:
        blocks.close()


@given(sizes=SIZES, batch=st.integers(1, 10), key=st.integers(0, 2**32), at=st.integers(0, 30))
def test_any_block_is_read_alone(sizes, batch, key, at):
    """So a training goes on from the middle; and how many threads read makes no difference."""
    one, three = (MadeSource(sizes, block_bytes=300, readers=n).numbered() for n in (1, 3))
    whole, alone = blocks_of(one, batch, key=key), blocks_of(three, batch, key=key)
    try:
        number = at % whole.number
        expected = [epoch_of(whole, epoch) for epoch in range(2)]
        assert rows_in_order(alone.take(1, number)) == expected[1][number]
        block = alone.take(1, number)
        numbers = block.rows.x[:, 0].astype(int)
        np.testing.assert_array_equal(block.rows.t[:, 0], three.t[numbers])
    finally:
        whole.close()
        alone.close()


def test_epochs_and_seeds_have_orders_of_their_own():
    source = MadeSource([50] * 8, block_bytes=3000).numbered()
    first, second = blocks_of(source, 10, key=1), blocks_of(source, 10, key=2)
    one, two, other = (list(chain(*found)) for found in (
        epoch_of(first, 0), epoch_of(first, 1), epoch_of(second, 0)
    ))  # fmt: skip
    assert one != two and one != other
    orders = [blocks.order(epoch).tolist() for blocks in (first, second) for epoch in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4
    # Rows of several pieces, and no piece as it lies in its file.
    pieces = {row // 50 for row in one[: first.block_rows]}
    assert len(pieces) > 1
    assert np.mean(np.abs(np.diff(one)) == 1) < 0.1
    first.close()
    second.close()


def test_the_next_block_is_read_ahead_and_none_after_the_last():
    source = MadeSource([30] * 4, block_bytes=24 * 30).numbered()
    blocks = blocks_of(source, 30, shuffle=False, epochs=1)
    blocks.take(0, 0)
    blocks._next[1].result()
    assert source.reads == [0, 1]
    for number in range(4):
        blocks.take(0, number)
    blocks.close()
    assert source.reads == [0, 1, 2, 3]


def test_a_piece_that_a_block_cuts_is_read_once():
    source = MadeSource([100], block_bytes=24 * 30).numbered()
    blocks = blocks_of(source, 30, shuffle=False, epochs=1)
    epoch_of(blocks, 0)
    assert source.reads == [0]
    blocks.close()


@pytest.mark.parametrize("zeros", [0.5, 0.999])
def test_sparse_blocks_take_the_bytes_asked_for(zeros):
    """As they are, and written out no more than 16 times as many."""
    source = MadeSparse([500, 500], width=400, block_bytes=100_000)
    source.x = np.random.default_rng(0).random((1000, 400)).round(3) + 1
    source.x[np.random.default_rng(1).random((1000, 400)) < zeros] = 0.0
    source.sparse_row = float((source.x != 0).sum(axis=1).mean())
    blocks = blocks_of(source, 10, shuffle=False)
    x = blocks.take(0, 0).rows.x
    taken = x.data.nbytes + x.indices.nbytes, x.shape[0] * x.shape[1] * 8 / 16
    blocks.close()
    assert 0.85 * 100_000 < max(taken) < 1.05 * 100_000 and blocks.number > 1


def test_about_the_fraction_is_held_out():
    for key in range(5):
        mask = HeldOut(0.2, key).mask(0, 20_000)
        assert abs(mask.mean() - 0.2) < 0.015
        # Whether a row is held out does not depend on the rows that are asked for beside it.
        np.testing.assert_array_equal(mask[777:900], HeldOut(0.2, key).mask(777, 123))


def test_wrong_targets_name_their_piece():
    source = MadeSource([20, 20], block_bytes=10**6)
    source.t[33] = 7.0
    net = cp.Chain(cp.Dense(2, 2))
    with pytest.raises(ValueError, match=r"piece 1: class targets must lie in 0..1.*row 13 is 7"):
        cp.train(net, cp.CrossEntropy(), net.init(np.random.default_rng(0)), source)


NET = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dropout(0.1), cp.Dense(3, 1))
LOSS = cp.BinaryCrossEntropy()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"t": [1.0]}, "a stream has its targets and weights"),
        ({"sample_weight": [1.0]}, r"leave out t and sample_weight. Stream\(..., weights='column'"),
        ({"optimizer": cp.LBFGS()}, "L-BFGS needs all rows"),
        ({"restarts": 2}, "leave out restarts"),
        ({"validation_fraction": 1e-9}, "leaves no rows on one side"),
    ],
)
def test_what_a_stream_does_not_take(wrong, message):
    start = NET.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        cp.train(NET, LOSS, start, MadeSource([20, 30]), **wrong)
