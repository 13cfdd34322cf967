"""How the JAX engine behaves: what it refuses, how it stops, and what it leaves alone."""

import subprocess
import sys
from dataclasses import dataclass

import jax
import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import leaves_of
from clearprop.engines import get_engine
from clearprop.engines.by_size import WORTH_LOADING
from clearprop.engines.jax import loading, running, trusted
from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.pieces import Cutting
from clearprop.engines.jax.running import Running
from tests import jax_reading  # noqa: F401 - compiles fast

NET = cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 2))


def _case(network=NET, n=60, dtype=np.float64):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((n, 4)), rng.standard_normal((n, 2))
    return network, cp.SquaredError(), network.init(rng, dtype), x, t


def _same(one, other):
    for (_, mine), (_, theirs) in zip(leaves_of(one.params), leaves_of(other.params), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.75, 1 / 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_masks_have_the_same_bits(rate, dtype):
    key = np.uint64(2**63 + 12345)
    with jax.enable_x64(True):
        for label in (0, 7, 10**6):
            theirs = Noise(int(key)).child(3).child(label)
            ours = JaxNoise(key).child(3).child(label)
            np.testing.assert_array_equal(ours.uniform((50, 7)), theirs.uniform((50, 7)))
            mask = ours.mask((50, 7), rate, dtype)
            np.testing.assert_array_equal(mask, theirs.mask((50, 7), rate, dtype))
            assert mask.dtype == dtype
            shard = JaxNoise(ours.key, 20, 10).mask((10, 7), rate, dtype)
            np.testing.assert_array_equal(shard, mask[20:30])


def test_a_mask_keeps_a_number_that_equals_the_rate():
    """The comparison in whole numbers agrees with that of fractions at the edge."""
    first = Noise(5).uniform((40,))
    with jax.enable_x64(True):
        for rate in (first[3], np.nextafter(first[3], 1), np.nextafter(first[3], 0)):
            np.testing.assert_array_equal(
                JaxNoise(np.uint64(5)).mask((40,), rate, float), Noise(5).mask((40,), rate, float)
            )


def test_a_number_that_is_not_finite_stops_before_the_update():
    options = {"epochs": 50, "batch_size": 7, "seed": 0, "optimizer": cp.SGD(30.0)}
    case = _case(cp.Chain(cp.Dense(4, 3), cp.ReLU(), cp.Dense(3, 2)))
    numpy, ours = (cp.train(*case, engine=e, **options) for e in ("numpy", "jax"))
    assert numpy.reason == ours.reason == "not finite"
    # XLA may multiply in another order, which overflows a step later.
    assert 0 <= ours.failure.step - numpy.failure.step <= 1
    assert ours.failure.where.split()[0] in ("the", "every", "first")
    for _, mine in leaves_of(ours.params):
        assert np.isfinite(mine).all()


@dataclass(frozen=True)
class Leap(cp.Schedule):
    """A rate that no loss survives, from the third epoch on."""

    def factor(self, progress):
        return 1.0 if progress.epoch < 2 else 1e300


def test_a_failure_is_told_in_the_words_of_the_reference():
    told = []
    for engine in ("numpy", "jax"):
        options = {"epochs": 9, "batch_size": 7, "seed": 0, "schedule": Leap()}
        result = cp.train(*_case(), engine=engine, **options)
        told.append(str(result.failure))
        assert len(result.history) == 2
    assert told[0] == told[1]
    assert "(epoch 3)" in told[0]


class Interrupted:
    """Interrupts the n-th piece of a training, before it or right after it."""

    def __init__(self, monkeypatch, at, after):
        self.left, advance = at, Running.advance

        def advancing(own, carry, piece, noise):
            self.left -= 1
            if self.left == 0 and not after:
                raise KeyboardInterrupt
            result = advance(own, carry, piece, noise)
            if self.left == 0:
                raise KeyboardInterrupt
            return result

        monkeypatch.setattr(Running, "advance", advancing)


@pytest.mark.parametrize("after", [False, True])
def test_ctrl_c_leaves_whole_numbers(after, monkeypatch):
    monkeypatch.setattr(Cutting, "of", classmethod(lambda cls, *_: cls(20, 1, 1)))
    case, options = _case(), {"batch_size": 20, "seed": 0, "engine": "jax"}
    cp.train(*case, epochs=1, **options)  # compiled
    Interrupted(monkeypatch, at=5, after=after)  # in the second epoch of three steps
    cut = cp.train(*case, epochs=10, on_epoch=lambda report: None, **options)
    assert cut.reason == "interrupted"
    assert len(cut.history) == 1
    monkeypatch.undo()
    monkeypatch.setattr(Cutting, "of", classmethod(lambda cls, *_: cls(20, 1, 1)))
    stopped = []
    cp.train(
        *case, epochs=2, batch_size=20, seed=0, engine="jax",
        on_epoch=lambda report: stopped.append(report.position),
    )  # fmt: skip
    assert np.isfinite(cut.history.loss).all()
    assert stopped[0].steps == 3


def test_pieces_make_no_difference(monkeypatch):
    case = _case(n=53)
    options = {"epochs": 4, "batch_size": 10, "seed": 0, "engine": "jax"}
    whole = cp.train(*case, **options)
    for steps, epochs in ((1, 1), (4, 1), (6, 1), (6, 3)):
        monkeypatch.setattr(
            Cutting, "of", classmethod(lambda cls, *_, s=steps, e=epochs: cls(10, s, e))
        )
        cut = cp.train(*case, **options)
        np.testing.assert_allclose(cut.history.loss, whole.history.loss, rtol=1e-13)


@pytest.mark.slow
def test_the_users_settings_of_jax_stay():
    program = (
        "import jax, numpy as np, clearprop as cp\n"
        "net = cp.Chain(cp.Dense(2, 1))\n"
        "cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), np.eye(2),"
        " np.ones(2), epochs=1, engine='jax')\n"
        "assert not jax.config.jax_enable_x64\n"
        "assert jax.config.jax_default_matmul_precision is None\n"
        "assert jax.numpy.ones(1).dtype == 'float32'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_program_is_compiled_once_per_shape():
    case, options = _case(n=44), {"epochs": 3, "batch_size": 11, "seed": 0, "engine": "jax"}
    cp.train(*case, **options)
    known = len(running.COMPILED)
    equal = cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 2))
    with jax.log_compiles(False):
        before = running.run_steps._cache_size()
        cp.train(equal, *case[1:], **{**options, "epochs": 7})
        assert running.run_steps._cache_size() <= before + 1  # Python's numbers, then JAX's
    assert len(running.COMPILED) == known


def test_early_stopping_restarts_and_validation():
    network, loss, params, x, t = _case(n=50)
    options = {
        "epochs": 40, "batch_size": 10, "seed": 1, "optimizer": cp.Adam(0.05), "restarts": 3,
        "validation_data": (x[:20] + 0.1, t[:20]), "early_stopping": cp.EarlyStopping(patience=2),
    }  # fmt: skip
    numpy, ours = (
        cp.train(network, loss, params, x, t, engine=e, **options) for e in ("numpy", "jax")
    )
    assert [len(run.history) for run in numpy.restarts] == [len(r.history) for r in ours.restarts]
    for mine, theirs in zip(ours.restarts, numpy.restarts, strict=True):
        assert mine.reason == theirs.reason
        np.testing.assert_allclose(mine.history.loss, theirs.history.loss, rtol=1e-11)


def test_l_bfgs():
    numpy, ours = (
        cp.train(*_case(), optimizer=cp.LBFGS(), epochs=15, engine=e) for e in ("numpy", "jax")
    )
    np.testing.assert_allclose(ours.history.loss, numpy.history.loss, rtol=1e-9)


def test_many_rows_are_predicted_by_jax():
    network = cp.Chain(cp.Dense(4, 300), cp.BatchNorm(300), cp.Tanh(), cp.Dense(300, 2))
    params = network.init(np.random.default_rng(0))
    state = network.initial_state()
    x = np.random.default_rng(1).standard_normal((WORTH_LOADING // 2000, 4))
    theirs, ours = (get_engine(e).outputs(network, params, state, x) for e in ("numpy", "jax"))
    assert (theirs != ours).any()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@dataclass(frozen=True)
class WithNumpy(cp.Activation):
    def value(self, xp, z):
        return np.tanh(z)

    def slope(self, xp, z, a):
        return 1.0 - a * a


def test_a_layer_that_uses_numpy_itself_is_told_so():
    case = _case(cp.Chain(cp.Dense(4, 3), WithNumpy(), cp.Dense(3, 2)))
    with pytest.raises(TypeError, match=r"the JAX engine runs only .* written with xp"):
        cp.train(*case, epochs=1, engine="jax")


def test_products_that_the_device_does_not_round_are_refused():
    with pytest.raises(ValueError, match="has no effect on this cpu"):
        cp.train(*_case(dtype=np.float32), epochs=1, engine=cp.Jax(products="bfloat16"))
    with pytest.raises(ValueError, match="is for float32 parameters, not for float64"):
        cp.train(*_case(), epochs=1, engine=cp.Jax(products="bfloat16"))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"devices": "some"}, "a number or 'all'"),
        ({"devices": 3}, "3 devices do not divide 8 shards"),
        ({"devices": 0}, "0 devices do not divide"),
        ({"shards": 0}, "at least 1"),
        ({"products": "float8"}, "products must be among"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        cp.Jax(**wrong)


def test_more_devices_than_there_are():
    with pytest.raises(ValueError, match=r"8 devices are asked for, JAX has 1.*count=8 in the env"):
        cp.train(*_case(), epochs=1, engine=cp.Jax(devices=8))


@dataclass(frozen=True)
class Beside(cp.Layer):
    """Each row beside all others of its batch: a layer of the user's own."""

    def forward(self, xp, params, x, given=None):
        return x @ x.T @ x, x

    def pullback(self, xp, params, saved, dy):
        raise NotImplementedError


def test_rows_that_are_paired_need_a_whole_batch():
    network = cp.Chain(cp.Dense(4, 3), Beside(), cp.Dense(3, 2))
    with pytest.raises(TypeError, match="a layer of this network multiplies rows with each other"):
        cp.train(*_case(network), epochs=1, engine=cp.Jax(devices=1))


@pytest.mark.parametrize("dtype, close", [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_a_last_batch_of_one_row_leaves_the_running_averages(dtype, close):
    network = cp.Chain(cp.Dense(4, 3), cp.BatchNorm(3), cp.Tanh(), cp.Dropout(0.2), cp.Dense(3, 2))
    # Adam would make a whole step of the rounding in gradients that are 0.
    options = {"epochs": 3, "batch_size": 13, "seed": 0, "optimizer": cp.SGD(0.1)}
    theirs, ours = (
        cp.train(*_case(network, n=40, dtype=dtype), engine=engine, **options)
        for engine in ("numpy", cp.Jax(devices=1))
    )
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=close)
    for name, average in theirs.state["batchnorm1"].items():
        assert average.dtype == dtype
        np.testing.assert_allclose(ours.state["batchnorm1"][name], average, rtol=close)


def test_without_jax_one_sentence_says_how_to_install_it():
    program = (
        "import sys; sys.modules['jax'] = None\n"
        "import numpy as np, clearprop as cp\n"
        "net = cp.Chain(cp.Dense(2, 1))\n"
        "try:\n"
        "    cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), np.eye(2),"
        " np.ones(2), epochs=1, engine='jax')\n"
        "except ImportError as error:\n"
        "    assert 'pip install \"clearprop[jax]\"' in str(error), error\n"
        "else:\n"
        "    raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_versions_that_compute_wrong_are_refused():
    for version, said in (("0.10.2", "may not be used"), ("0.4.38", "too old")):
        with pytest.raises(loading.MissingJaxError, match=said):
            loading.check_version(version)
    for version in ("0.10.1", "0.11.0", "1.0", "0.11.2.dev3"):
        loading.check_version(version)


def test_a_jax_that_computes_wrong_is_refused(monkeypatch):
    trusted.check_numbers()
    advance = Running.advance

    def wrong(own, carry, piece, noise):
        carry, sums, finite = advance(own, carry, piece, noise)
        first, *rest = carry.params
        return carry._replace(params=(first.at[-1, -1].add(1e-4), *rest)), sums, finite

    monkeypatch.setattr(Running, "advance", wrong)
    with pytest.raises(trusted.WrongNumbersError, match="computes wrong"):
        trusted.check_numbers()


def test_estimators_take_it_and_save_it(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4))
    y = (X[:, 0] > 0).astype(int)
    for engine in ("jax", cp.Jax()):
        model = cp.MLPClassifier((5,), engine=engine, tol=9.0, n_iter_no_change=2, random_state=0)
        model.fit(X, y)
        model.save(tmp_path / "model.clearprop")
        loaded = cp.load(tmp_path / "model.clearprop")
        assert loaded.engine == "jax"
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert "JAX" in model.engine_report_[0]
