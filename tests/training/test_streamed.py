"""Training on blocks makes the steps of training in memory, and goes on within an epoch."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.engines.compiled import engine as compiled
from clearprop.engines.jax import pieces
from clearprop.files.errors import DataError
from clearprop.training.checkpoint import CheckpointKeeper, read_checkpoint
from clearprop.training.orders import EpochNumbers
from tests.training.made_source import MadeSource, MadeSparse, blocks_of, rows_in_order
from tests.training.test_checkpoint import CutOffError, same
from tests.training.test_checkpoint_within import dies_at_save, kept

NET = cp.Chain(cp.Dense(3, 5), cp.BatchNorm(5), cp.Tanh(), cp.Dropout(0.2), cp.Dense(5, 1))
SPARSE_NET = cp.Chain(cp.Dense(3, 5), cp.Tanh(), cp.Dense(5, 1))
LOSS = cp.BinaryCrossEntropy()
SIZES = (23, 0, 40, 11, 31)
BLOCK_BYTES = 32 * 32
"""Two batches of 16 rows: four blocks of an epoch of 105 rows, 7 steps, the last of 9 rows."""

ENGINES = ["compiled", "numpy", "jax"]


def source(**how):
    return MadeSource(SIZES, width=3, block_bytes=BLOCK_BYTES, **how)


def trained(rows, t=None, net=NET, **how):
    asked = {"optimizer": cp.Adam(0.02), "epochs": 4, "batch_size": 16, "seed": 5, "l2": 0.01}
    asked |= how
    dtype = asked.pop("dtype", np.float64)
    return cp.train(net, LOSS, net.init(np.random.default_rng(0), dtype), rows, t, **asked)


def close(one, other, tolerance):
    for name in ("dense1", "dense2"):
        for part in ("W", "b"):
            np.testing.assert_allclose(
                one.params[name][part], other.params[name][part], rtol=tolerance, atol=tolerance
            )
    np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=tolerance)
    np.testing.assert_allclose(one.history.learning_rate, other.history.learning_rate)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
def test_the_steps_are_those_of_rows_in_memory(engine, dtype):
    """Where neither is shuffled both see the same batches."""
    rows = source()
    how = {"engine": engine, "shuffle": False, "dtype": dtype, "schedule": cp.Cosine()}
    block = trained(rows, **how)
    whole = trained(rows.x, rows.t, **how)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    close(block, whole, tolerance)
    if engine != "jax":
        np.testing.assert_array_equal(block.params["dense1"]["W"], whole.params["dense1"]["W"])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("block_bytes", [BLOCK_BYTES, 10**6])
def test_sparse_rows_make_the_steps_of_sparse_rows_in_memory(engine, block_bytes):
    """In several blocks, and in one, which is made once."""
    rows = MadeSparse(SIZES, width=3, block_bytes=block_bytes)
    how = {"engine": engine, "shuffle": False, "net": SPARSE_NET}
    block = trained(rows, **how)
    whole = trained(sp.csr_array(rows.x), rows.t, **how)
    close(block, whole, 1e-12)
    if engine != "jax":
        np.testing.assert_array_equal(block.params["dense1"]["W"], whole.params["dense1"]["W"])
    assert block_bytes == BLOCK_BYTES or sorted(rows.reads) == [0, 2, 3, 4]


def test_a_shuffled_epoch_is_that_order_in_memory():
    rows = source()
    seeds, _ = np.random.SeedSequence(5).spawn(2)
    key = int(seeds.generate_state(2, np.uint64)[1])
    numbered = source().numbered()
    blocks = blocks_of(numbered, 16, key=key)
    order = list(chain(*(rows_in_order(blocks.take(0, n)) for n in range(blocks.number))))
    blocks.close()
    assert order != sorted(order)
    one = trained(rows, epochs=1)
    close(one, trained(rows.x[order], rows.t[order], epochs=1, shuffle=False), 1e-12)


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=5).filter(lambda s: sum(s) > 1),
    batch=st.integers(2, 40), block_bytes=st.integers(1, 3000), readers=st.integers(1, 3),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_engines_agree(sizes, batch, block_bytes, readers, seed):
    net = cp.Chain(cp.Dense(2, 4), cp.Tanh(), cp.Dense(4, 1))

    def run(engine):
        rows = MadeSource(sizes, block_bytes=block_bytes, readers=readers, seed=seed)
        start = net.init(np.random.default_rng(seed))
        how = {"engine": engine, "epochs": 2, "batch_size": batch, "seed": seed}
        return cp.train(net, LOSS, start, rows, **how)

    one, other = run("numpy"), run("compiled")
    close(one, other, 1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_seed_gives_the_same_bits_with_any_readers(engine):
    how = {"engine": engine, "validation_fraction": 0.2}
    same(trained(source(), **how), trained(source(readers=3), **how))


@pytest.fixture
def one_step_at_a_time(monkeypatch):
    monkeypatch.setattr(compiled, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "FIRST_MULTIPLICATIONS", 1.0)
    monkeypatch.setattr(pieces, "PIECE_WORK", 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_cut_off_after_every_step(tmp_path, monkeypatch, engine, one_step_at_a_time):
    path, how, deaths = tmp_path / "run.checkpoint", {"engine": engine, "epochs": 3}, 0
    for _ in range(100):
        with monkeypatch.context() as patch:
            dies_at_save(patch, 1)
            try:
                last = trained(source(), **how, **kept(path))
            except CutOffError:
                deaths += 1
                continue
            break
    assert deaths >= 3 * 7
    same(last, trained(source(), **how))


@pytest.mark.parametrize("number", [1, 2, 3, 9, 17])
def test_it_goes_on_with_validation_and_stopping(tmp_path, monkeypatch, number, one_step_at_a_time):
    path = tmp_path / "run.checkpoint"
    how = {"validation_fraction": 0.3, "early_stopping": True, "epochs": 6}
    with monkeypatch.context() as patch:
        dies_at_save(patch, number)
        with pytest.raises(CutOffError):
            trained(source(), **how, **kept(path))
    same(trained(source(readers=2), **how, **kept(path)), trained(source(), **how))


@pytest.mark.parametrize("at", [1, 2, 7, 8, 11])
@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_loses_no_step(tmp_path, monkeypatch, engine, at, one_step_at_a_time):
    path, asked = tmp_path / "run.checkpoint", []

    def pressed(keeper):
        asked.append(1)
        if len(asked) == at:
            raise KeyboardInterrupt
        return False

    how = {"engine": engine, "checkpoint": cp.Checkpoint(path, every=100), "resume": True}
    with monkeypatch.context() as patch:
        patch.setattr(CheckpointKeeper, "is_due", pressed)
        try:
            reason = trained(source(), **how).reason
        except KeyboardInterrupt:  # before the end of the first epoch
            reason = "interrupted"
    assert reason == "interrupted"
    assert read_checkpoint(path)[1].position.steps >= at // 3  # it is asked up to thrice a step
    same(trained(source(), **how), trained(source(), engine=engine))


def test_other_rows_are_refused(tmp_path):
    path = tmp_path / "run.checkpoint"
    trained(source(), checkpoint=path)
    other = MadeSource((23, 40, 42), width=3, block_bytes=BLOCK_BYTES)
    with pytest.raises(cp.ResumeError, match=r"made: saved \[23, 0, 40, 11, 31\], now \[23, 40"):
        trained(other, checkpoint=path, resume=True)
    larger = MadeSource(SIZES, width=3, block_bytes=2 * BLOCK_BYTES)
    with pytest.raises(cp.ResumeError, match="block: saved 32 rows, now 64 rows"):
        trained(larger, checkpoint=path, resume=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_step_that_was_not_finite_is_opened(engine):
    rows = source()
    rows.x[70] = 1e200
    net = cp.Chain(cp.Dense(3, 1))
    with np.errstate(all="ignore"):
        result = cp.train(
            net, cp.SquaredError(), net.init(np.random.default_rng(0)), rows, engine=engine,
            batch_size=16, optimizer=cp.SGD(0.1), seed=0, shuffle=False,
        )  # fmt: skip
    assert result.reason == "not finite"
    assert result.failure.step == 70 // 16 + 1
    batch = result.incident.began.batch
    assert (batch.x == 1e200).any()
    assert "not finite" in str(result.incident)
    with np.errstate(all="ignore"):  # the change of the loss overflows, too
        assert "step 5" in str(result.incident.explain())


def test_a_jump_of_the_loss_is_told_but_not_opened():
    rows = source()
    net = cp.Chain(cp.Dense(3, 1))

    def faster(report):
        return cp.RateChange(300.0) if report.epoch == 3 else None

    result = cp.train(
        net, cp.SquaredError(), net.init(np.random.default_rng(0)), rows, batch_size=16, epochs=5,
        optimizer=cp.SGD(0.05), seed=0, on_epoch=faster,
    )  # fmt: skip
    assert result.incident.kind == "loss jumped"
    assert "came from a stream" in str(result.incident)
    with pytest.raises(ValueError, match="came from a stream"):
        result.incident.explain()
    assert len(result.health) > 0
    assert all(finding.what for finding in result.health)


def test_health_and_vitals_look_at_a_few_rows():
    result = trained(source(), vitals=2)
    assert len(result.vitals) == 2
    assert result.record.rows.count <= 105
    assert result.health is not None


def test_held_out_rows_are_measured_and_not_trained_on():
    seen = {}

    def share(t, p):
        seen["rows"] = len(t)
        return float(np.mean(t))

    result = trained(source(), validation_fraction=0.3, metrics={"share": share})
    assert 15 <= seen["rows"] <= 50
    assert len(result.history.metrics["validation_loss"]) == 4
    first = result.record
    assert first.rows.count == 32  # of the first block


@pytest.mark.parametrize(
    "state", [None, {}, {"next": -1}, {"next": 1.0}, {"next": 1, "last": 2}, {"next": 2**80}]
)
def test_a_hostile_number_of_the_epoch_is_refused(state):
    with pytest.raises(DataError):
        EpochNumbers(105, 2).check(state)


@pytest.mark.parametrize(
    ("steps", "shape"), [(2, (2, 3)), (3, (1, 3)), (3, (3, 3)), (8, (1, 3)), (0, (1, 3))]
)
def test_hostile_sums_are_refused(steps, shape):
    from clearprop.engines.base import UnfinishedEpoch

    orders = EpochNumbers(105, 2)
    good = UnfinishedEpoch(3, np.zeros((2, 3)))
    orders.check_begun({"next": 0}, good, 16)
    with pytest.raises(DataError):
        orders.check_begun({"next": 0}, replace(good, steps=steps, sums=np.zeros(shape)), 16)
