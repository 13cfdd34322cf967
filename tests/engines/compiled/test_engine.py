"""How the compiled engine behaves: what it refuses, when it stops, what it repeats exactly."""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.compiled.engine import CompiledEngine
from clearprop.engines.compiled.kernels.epoch import run_steps
from clearprop.engines.compiled.kernels.optimizers import update
from clearprop.engines.compiled.team import Team


@dataclass(frozen=True)
class Cube(cp.Activation):
    """An activation of the user's own."""

    def value(self, xp, z):
        return z * z * z

    def slope(self, xp, z, a):
        return 3.0 * z * z


def _case(network, n=60, dtype=np.float64):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((n, 4)), rng.standard_normal((n, 2))
    return network, cp.SquaredError(), network.init(rng, dtype), x, t


def test_a_layer_of_ones_own_is_named_and_trained_with_numpy_under_auto():
    case = _case(cp.Chain(cp.Dense(4, 3), Cube(), cp.Dense(3, 2)))
    with pytest.warns(UserWarning, match="does not know a Cube of your own: training with NumPy"):
        auto = cp.train(*case, epochs=2, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numpy = cp.train(*case, epochs=2, seed=0, engine="numpy")
    np.testing.assert_array_equal(auto.params["dense1"]["W"], numpy.params["dense1"]["W"])
    with pytest.raises(ValueError, match=r"Cube of your own; use engine='numpy', or 'auto'"):
        cp.train(*case, epochs=2, seed=0, engine="compiled")


def test_half_precision_is_named_and_trained_with_numpy():
    case = _case(cp.Dense(4, 2), dtype=np.float16)
    with pytest.warns(UserWarning, match="does not know parameters of float16"):
        result = cp.train(*case, epochs=1, seed=0)
    assert result.params["W"].dtype == np.float16


def test_an_unknown_engine_is_named():
    with pytest.raises(ValueError, match="engine must be among"):
        cp.train(*_case(cp.Dense(4, 2)), epochs=1, engine="warp")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.one_in(2)
def test_twenty_runs_are_bit_identical(dtype):
    network = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dropout(0.2), cp.LayerNorm(8), cp.Dense(8, 2))
    case = _case(network, dtype=dtype)
    runs = [cp.train(*case, epochs=3, seed=5, engine="compiled") for _ in range(20)]
    for run in runs[1:]:
        assert run.history.loss == runs[0].history.loss
        for (_, one), (_, other) in zip(
            leaves_of(run.params), leaves_of(runs[0].params), strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_arguments_are_not_changed():
    network, loss, params, x, t = _case(cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 2)))
    before = {path: leaf.copy() for path, leaf in leaves_of(params)}
    for _, leaf in leaves_of(params):
        leaf.flags.writeable = False
    cp.train(network, loss, params, x, t, epochs=2, engine="compiled")
    for path, leaf in leaves_of(params):
        np.testing.assert_array_equal(leaf, before[path])


def test_a_number_that_is_not_finite_stops_before_the_update_as_in_the_reference():
    case = _case(cp.Chain(cp.Dense(4, 3), cp.ReLU(), cp.Dense(3, 2)))
    options = {"epochs": 50, "batch_size": 7, "seed": 0, "optimizer": cp.SGD(30.0)}
    numpy, compiled = (cp.train(*case, engine=e, **options) for e in ("numpy", "compiled"))
    assert numpy.reason == compiled.reason == "not finite"
    assert str(numpy.failure) == str(compiled.failure)
    for (_, theirs), (_, ours) in zip(
        leaves_of(numpy.params), leaves_of(compiled.params), strict=True
    ):
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


EXPLODES = {"epochs": 900, "batch_size": 60, "seed": 0, "optimizer": cp.SGD(10.0)}


@pytest.fixture
def exploding():
    """Return a case whose training meets a number that is not finite after several epochs."""
    case = _case(cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 2)))
    failed = cp.train(*case, engine="compiled", **EXPLODES)
    assert failed.reason == "not finite"
    assert 10 < failed.failure.epoch < 900
    return case, failed


def _same_params(one, other):
    for (_, mine), (_, theirs) in zip(leaves_of(one.params), leaves_of(other.params), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_an_interrupt_while_good_steps_are_made_again_is_an_interrupt(exploding, monkeypatch):
    case, failed = exploding
    run, made = Team.run, []

    def interrupted(team, work, threads):
        made.append(run(team, work, threads))
        if len(made) == 3:  # after the preparation and the run that fails
            raise KeyboardInterrupt
        return made[-1]

    monkeypatch.setattr(Team, "run", interrupted)
    result = cp.train(*case, engine="compiled", **EXPLODES)
    assert result.reason == "interrupted"
    assert made == [0, failed.failure.step - 1, failed.failure.step - 1]
    assert len(result.history.loss) == made[-1]
    _same_params(result, failed)


def test_an_interrupt_together_with_a_failure_keeps_the_good_numbers(exploding, monkeypatch):
    case, failed = exploding
    run, made = Team.run, []

    def interrupted(team, work, threads):
        made.append(run(team, work, threads))
        if len(made) == 2:  # the run that fails
            raise KeyboardInterrupt
        return made[-1]

    monkeypatch.setattr(Team, "run", interrupted)
    result = cp.train(*case, engine="compiled", **EXPLODES)
    assert result.reason == "not finite"
    assert str(result.failure) == str(failed.failure)
    _same_params(result, failed)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_nan_passes_through_every_activation_to_the_guard(engine):
    for activation in (cp.Sigmoid(), cp.Tanh(), cp.ReLU(), cp.GELU(), cp.Softplus(), cp.ELU()):
        network, loss, params, x, t = _case(cp.Chain(cp.Dense(4, 3), activation, cp.Dense(3, 2)))
        params["dense1"]["W"][0, 0] = np.nan
        result = cp.train(network, loss, params, x, t, epochs=1, engine=engine)
        assert result.reason == "not finite"
        assert "dense1's output" in str(result.failure)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_averages_and_weights_never_become_subnormal(dtype):
    network = cp.Chain(cp.Dense(4, 3), cp.ReLU(), cp.Dense(3, 2))
    _, loss, params, x, t = _case(network, dtype=dtype)
    tiny = np.finfo(dtype).tiny
    optimizer = cp.WeightDecay(cp.SGD(0.5, momentum=0.5), 1.0)
    zeros = np.zeros_like(x)
    result = cp.train(
        network, loss, params, zeros, np.zeros_like(t), epochs=2000, batch_size=60,
        optimizer=optimizer, engine="compiled",
    )  # fmt: skip
    for _, leaf in leaves_of(result.params):
        assert ((leaf == 0) | (abs(leaf) >= tiny)).all()
    assert (result.params["dense1"]["W"] == 0).all()


def test_the_update_says_which_numbers_are_not_finite():
    for bad in (np.nan, np.inf):
        arrays = [np.ones(3) for _ in range(5)]
        arrays[1][1] = bad
        params, grads, penalised, first, second = arrays
        numbers = (0.9, 0.999, 1e-8, 0.0, 0.0)
        for rule in range(5):
            _, check = update(
                rule, numbers, 1, 0.1, 0.0, 1.0, params.copy(), grads, penalised, first.copy(),
                second.copy(), 1e-300,
            )  # fmt: skip
            assert not np.isfinite(check)


def test_compiling_comes_before_the_first_epoch(monkeypatch):
    """So that an epoch's seconds are those of its training."""
    told = []
    prepare, epochs = CompiledEngine.prepare, CompiledEngine.epochs

    def preparing(engine, *arguments):
        signatures = run_steps.signatures
        prepare(engine, *arguments)
        told.append(("prepared", len(run_steps.signatures) - len(signatures)))

    def training(engine, request):
        before = len(run_steps.signatures)
        burst = epochs(engine, request)
        told.append(("trained", len(run_steps.signatures) - before))
        return burst

    monkeypatch.setattr(CompiledEngine, "prepare", preparing)
    monkeypatch.setattr(CompiledEngine, "epochs", training)
    for dtype in (np.float64, np.float32):
        cp.train(*_case(cp.Dense(4, 2), dtype=dtype), epochs=1, engine="compiled")
    assert [what for what, _ in told] == ["prepared", "trained"] * 2
    assert all(new == 0 for what, new in told if what == "trained")


def test_rows_that_may_not_be_written_to_need_no_kernels_of_their_own():
    """Joblib hands out memory maps of that kind; compiling again takes half a minute."""
    network, loss, params, x, t = _case(cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 2)))
    weights = np.linspace(0.5, 2.0, len(x))
    plain = cp.train(network, loss, params, x, t, sample_weight=weights, epochs=2, seed=0)
    compiled = list(run_steps.signatures)
    for array in (x, t, weights):
        array.flags.writeable = False
    result = cp.train(
        network, loss, params, x, t, sample_weight=weights, epochs=2, seed=0, clip_norm=10**6, l2=0
    )
    assert run_steps.signatures == compiled
    assert result.history.loss == pytest.approx(plain.history.loss, rel=1e-12)
