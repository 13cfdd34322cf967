"""Threads that share a batch: same numbers whoever does what, and nothing left behind."""

import os
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import ThreadpoolController, threadpool_limits

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines import threads as limits
from clearprop.engines.compiled import engine as compiled
from clearprop.engines.compiled.division import Division, division_of
from clearprop.engines.compiled.plan import lower
from clearprop.engines.compiled.team import Team
from tests.engines.compiled.test_same_as_reference import (
    LOSSES,
    NETWORKS,
    OPTIMIZERS,
    assert_same_training,
)

TOGETHER = Division(threads=3, pieces=4, chunks=5)


def _fit(dtype=np.float64, **options):
    network = cp.Chain(
        cp.Dense(5, 20), cp.LayerNorm(20), cp.GELU(), cp.Dropout(0.3), cp.Dense(20, 3)
    )
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((70, 5)), rng.standard_normal((70, 3))
    usual = {"epochs": 4, "batch_size": 32, "seed": 5, "optimizer": cp.Adam(0.01)}
    params = network.init(rng, dtype)
    return cp.train(
        network, cp.SquaredError(), params, x, t, engine="compiled", **(usual | options)
    )


def _numbers(result):
    return [np.array(result.history.loss), *(leaf for _, leaf in leaves_of(result.params))]


def assert_same_bits(one, other):
    for mine, theirs in zip(_numbers(one), _numbers(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1, "l2": 0.1}], ids=repr)
def test_twenty_runs_of_several_threads_are_bit_identical(divided, dtype, options):
    divided(TOGETHER)
    first = _fit(dtype, **options)
    for _ in range(20):
        assert_same_bits(first, _fit(dtype, **options))


@pytest.mark.parametrize(("dtype", "near"), [(np.float64, 0), (np.float32, 1e-6)])
def test_one_thread_alone_makes_the_steps_of_a_team(divided, dtype, near):
    """In float32 the last numbers of a chunk, which fill no vector, round otherwise."""
    divided(Division(threads=1, pieces=1, chunks=2))
    team = _fit(dtype, l2=0.1)
    divided(Division())
    alone = _fit(dtype, l2=0.1)
    for (_, mine), (_, theirs) in zip(leaves_of(alone.params), leaves_of(team.params), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=near)
    # The penalty's sum is taken in one part, not two.
    np.testing.assert_allclose(alone.history.loss, team.history.loss, rtol=1e-6)


def test_the_numbers_do_not_depend_on_how_many_threads_take_the_pieces(divided):
    divided(TOGETHER)
    three = _fit()
    for given in (1, 2):
        divided(TOGETHER, given)
        assert_same_bits(three, _fit())


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_in_pieces_is_the_reference(divided, name):
    divided(TOGETHER)
    assert_same_training(NETWORKS[name], cp.SquaredError(), cp.SGD(0.01, 0.9), np.float64)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_every_loss_in_pieces_is_the_reference(divided, loss):
    divided(TOGETHER)
    weights = np.random.default_rng(2).uniform(0, 2, 50)
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, loss, cp.SGD(0.05), np.float32, sample_weight=weights)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("extra", [{"l2": 0.1}, {"l2": 0.1, "clip_norm": 0.1}], ids=repr)
def test_every_optimizer_in_chunks_is_the_reference(divided, optimizer, extra):
    divided(TOGETHER)
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, cp.SquaredError(), optimizer, np.float64, **extra)


def test_sparse_rows_in_pieces_are_the_reference(divided):
    divided(TOGETHER)
    x = np.random.default_rng(0).standard_normal((50, 5))
    x = scipy.sparse.csr_array(np.where(abs(x) > 0.8, x, 0))
    assert_same_training(
        NETWORKS["dense and ReLU()"], cp.SquaredError(), cp.Adam(0.01), np.float64, x=x
    )


def test_a_last_batch_of_fewer_rows_than_pieces(divided):
    divided(Division(2, 7, 2))
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.1), np.float64, batch_size=48)


def test_a_number_that_is_not_finite_stops_all_threads_as_in_the_reference(divided):
    divided(TOGETHER)
    rng = np.random.default_rng(0)
    network = cp.Chain(cp.Dense(4, 3), cp.ReLU(), cp.Dense(3, 2))
    case = (network, cp.SquaredError(), network.init(rng), rng.standard_normal((60, 4)),
            rng.standard_normal((60, 2)))  # fmt: skip
    options = {"epochs": 50, "batch_size": 20, "seed": 0, "optimizer": cp.SGD(30.0)}
    numpy, ours = (cp.train(*case, engine=e, **options) for e in ("numpy", "compiled"))
    assert numpy.reason == ours.reason == "not finite"
    assert str(numpy.failure) == str(ours.failure)
    for (_, theirs), (_, mine) in zip(leaves_of(numpy.params), leaves_of(ours.params), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_ctrl_c_keeps_the_steps_that_all_threads_have_made(divided, monkeypatch):
    divided(TOGETHER)
    run, calls = Team.run, []

    def interrupted(team, work, threads):
        made = run(team, work, threads)
        if not made:  # preparing
            return made
        calls.append(made)
        raise KeyboardInterrupt

    whole = _fit(epochs=1)
    monkeypatch.setattr(Team, "run", interrupted)
    monkeypatch.setattr(compiled, "BURST_STEPS", 1)
    result = _fit(epochs=4)
    assert result.reason == "interrupted"
    assert calls == [3]  # an epoch's steps
    assert_same_bits(whole, result)


def test_helpers_have_ended_when_an_interrupt_is_raised():
    begun, release, ended = threading.Event(), threading.Event(), []

    def work(shared, thread):
        if thread == 0:
            begun.wait()
            release.set()
            raise KeyboardInterrupt
        begun.set()
        release.wait()
        ended.append(thread)
        return 0

    with pytest.raises(KeyboardInterrupt):
        Team().run(work, 2)
    assert ended == [1]


def test_fits_at_the_same_time_give_the_same_numbers_and_give_blas_back(divided, monkeypatch):
    divided(TOGETHER)
    monkeypatch.setattr(compiled, "SINGLE_THREADED_PRODUCT", 0)
    alone = _fit()
    blas = ThreadpoolController().select(user_api="blas")
    before = [library.num_threads for library in blas.lib_controllers]
    results = [None] * 4

    def run(place):
        results[place] = _fit()

    fits = [threading.Thread(target=run, args=(place,)) for place in range(4)]
    for fit in fits:
        fit.start()
    for fit in fits:
        fit.join()
    for result in results:
        assert_same_bits(alone, result)
    assert [library.num_threads for library in blas.lib_controllers] == before


def test_blas_is_given_back_by_the_last_of_those_that_overlap():
    blas = ThreadpoolController().select(user_api="blas")

    def threads():
        return {library.num_threads for library in blas.lib_controllers}

    with threadpool_limits(2, user_api="blas"):
        first, second = limits.one_threaded_blas(), limits.one_threaded_blas()
        first.__enter__()
        second.__enter__()
        assert threads() == {1}
        first.__exit__(None, None, None)
        assert threads() == {1}
        assert limits._BLAS.threads() == 2  # what another fit may count on
        second.__exit__(None, None, None)
        assert threads() == {2}


def test_blas_hears_threads_that_are_not_the_first():
    """Two releases of OpenBLAS did not; restarts then ran with all its threads each."""
    blas, seen = ThreadpoolController().select(user_api="blas"), []

    def run():
        with limits.one_threaded_blas():
            seen.append({library.num_threads for library in blas.lib_controllers})

    with threadpool_limits(2, user_api="blas"):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert seen == [{1}]
        assert {library.num_threads for library in blas.lib_controllers} == {2}


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def fork():
    with warnings.catch_warnings():
        # Threads are what this is about; other tests may have loaded JAX, which warns of its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return os.fork()


def true_in_a_forked_child(check):
    """Return whether `check()` is true in a fork of this process."""
    child = fork()
    if child == 0:
        good = False
        try:
            good = check()
        finally:
            os._exit(0 if good else 1)
    return os.waitpid(child, 0)[1] == 0


@FORKS
def test_a_process_forked_during_a_fit_has_all_threads_of_blas_and_all_processors():
    blas = ThreadpoolController().select(user_api="blas")

    def threads():
        return {library.num_threads for library in blas.lib_controllers}

    def as_if_no_fit_ran():
        with limits.share_of_processors(4, 4) as share:
            return threads() == {2} and share == 4

    with threadpool_limits(2, user_api="blas"):
        with limits.one_threaded_blas(), limits.share_of_processors(3, 4):
            assert threads() == {1}
            assert true_in_a_forked_child(as_if_no_fit_ran)
            assert threads() == {1}
        assert threads() == {2}


@FORKS
def test_a_fit_that_is_left_in_the_forked_child_changes_nothing_there():
    """The child of a callback goes on inside the fit of its parent, and ends it too."""
    blas = ThreadpoolController().select(user_api="blas")

    def threads():
        return {library.num_threads for library in blas.lib_controllers}

    with threadpool_limits(2, user_api="blas"):
        with limits.one_threaded_blas(), limits.share_of_processors(3, 4):
            child = fork()
        if child == 0:
            good = False
            try:
                with limits.one_threaded_blas(), limits.share_of_processors(4, 4) as share:
                    good = threads() == {1} and share == 4
                good = good and threads() == {2}
            finally:
                os._exit(0 if good else 1)
        assert os.waitpid(child, 0)[1] == 0


@FORKS
@pytest.mark.parametrize("shared", [limits._BLAS, limits._BUDGET], ids=["BLAS", "processors"])
def test_a_fork_waits_for_who_changes_the_settings(shared):
    begun, forked = threading.Event(), []

    def change():
        with shared.lock:
            begun.set()
            forked.append(None)

    thread = threading.Thread(target=change)
    thread.start()
    begun.wait()
    assert true_in_a_forked_child(lambda: forked == [None] and shared.lock.acquire(timeout=0))
    thread.join()
    assert not shared.lock.locked()


@FORKS
def test_a_team_that_is_forked_has_helpers_of_its_own():
    team = Team()
    taken = []

    def run():
        taken.clear()
        team.run(lambda shared, thread: taken.append(thread) or 0, 2)
        return sorted(taken) == [0, 1]

    assert run()
    assert true_in_a_forked_child(run)


def test_processors_are_shared_out_and_nobody_gets_none():
    budget = limits._Budget()
    with budget.share(4, 4) as first, budget.share(4, 4) as second:
        assert (first, second) == (4, 1)
    with budget.share(1, 4) as first, budget.share(4, 4) as second:
        assert (first, second) == (1, 3)
    with budget.share(4, 4) as after:
        assert after == 4


def test_limits_of_others_are_kept(monkeypatch):
    monkeypatch.setattr(limits, "_container_quota", lambda: 8)
    monkeypatch.setattr(limits.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(limits._BLAS, "threads", lambda: 8)
    for name in (*limits._LIMITS, "LOKY_MAX_CPU_COUNT"):
        monkeypatch.delenv(name, raising=False)
    most = 8 if limits.CAN_SLEEP else 1
    assert limits.allowed_threads() == most
    for name in (*limits._LIMITS, "LOKY_MAX_CPU_COUNT"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "1")
            assert limits.allowed_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    assert limits.allowed_threads() == min(most, 4)
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert limits.allowed_threads() == most


def test_threadpoolctl_limits_a_fit():
    with threadpool_limits(1):
        assert limits.allowed_threads() == 1


@pytest.mark.parametrize(
    ("widths", "rows", "extra", "expected"),
    [
        ((4, 16, 3), 32, [], Division()),
        ((784, 128, 10), 128, [], Division(4, 4, 16)),
        ((784, 128, 10), 80, [], Division(2, 2, 8)),
        ((784, 128, 10), 40, [], Division()),
        ((784, 128, 10), 128, [cp.BatchNorm(128)], Division(4, 4, 16)),
        ((136, 64, 1), 64, [], Division()),
        ((136, 64, 1), 100, [], Division()),
        ((60, 64, 1), 200, [], Division(1, 1, 1)),
        ((136, 64, 1), 256, [], Division(4, 4, 16)),
        ((136, 64, 1), 1024, [], Division(4, 4, 16)),
        ((136, 64, 1), 200, [], Division(4, 4, 16)),
        ((136, 64, 1), 200, [cp.BatchNorm(64)], Division()),
        ((136, 64, 1), 256, [cp.BatchNorm(64)], Division(4, 4, 16)),
        ((136, 64, 1), 256, [cp.BatchNorm(64), cp.BatchNorm(64)], Division()),
    ],
)
def test_threads_by_size(monkeypatch, widths, rows, extra, expected):
    monkeypatch.setattr("clearprop.engines.compiled.division.allowed_threads", lambda: 4)
    inputs, hidden, outputs = widths
    network = cp.Chain(cp.Dense(inputs, hidden), *extra, cp.ReLU(), cp.Dense(hidden, outputs))
    layout = Layout.of(network.init(np.random.default_rng(0)))
    plan = lower(network, cp.SquaredError(), layout, inputs)
    assert division_of(plan, rows, layout.size) == expected
