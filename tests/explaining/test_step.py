"""An opened step: addresses, other names, errors that help, and nothing that can be changed."""

import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout
from tests.explaining.steps import over, situations
from tests.trees import random_like

NETWORK = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 2), cp.Sigmoid())
PARAMS = NETWORK.init(np.random.default_rng(0))
X, T = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([[0.0, 1.0], [1.0, 0.0]])


def explain(**how):
    return cp.explain(NETWORK, cp.SquaredError(), PARAMS, X, T, **how)


@pytest.mark.parametrize(
    ("name", "path"),
    {
        "W1": "dense1.W", "b2": "dense2.b", "z1": "dense1.y", "a1": "tanh1.y", "o": "sigmoid1.y",
        "delta1": "dense1.dy", "dense1.delta": "dense1.dy", "dW1": "dense1.dW", "db2": "dense2.db",
        "dense2.delta": "dense2.dy", "da1": "tanh1.dy", "dense2.x": "tanh1.y",
        "tanh1.x": "dense1.y", "dense1.x": "x", "tanh1.dx": "dense1.dy",
        "sigmoid1.dx": "dense2.dy", " dense1.W ": "dense1.W",
    }.items(),
)  # fmt: skip
def test_a_quantity_has_several_names(name, path):
    step = explain(optimizer=cp.SGD(0.1))
    assert name in step
    assert step[name] is step[path]
    assert (
        step[f"{name}[0]" if step[path].ndim == 1 else f"{name}[0,1]"]
        == np.ravel(step[path])[0 if step[path].ndim == 1 else 1]
    )


@over(situations(), 100)
def test_every_listed_name_and_alias_resolves(situation):
    step = situation.explain()
    for name, path in {**step.names, **step.record.aliases}.items():
        assert path in step.record.quantities
        assert step[name] is step[path]


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("dense1.w", KeyError, "no quantity 'dense1.w'; did you mean dense1.W"),
        ("dense9.dW", KeyError, "did you mean dense"),
        ("nonsense!", KeyError, r"no quantity 'nonsense!'; it has x, t, N, dense1\.W, dense1\.b, "),
        ("dense1.dW[0,0", KeyError, "one looks like dense1.dW"),
        ("dense1.dW[-1,0]", KeyError, "is no path"),
        ("dense1.dW[2,0]", IndexError, r"is 2 × 3: it has no cell \[2,0\], counting from 0"),
        ("dense1.dW[0]", IndexError, r"it has no cell \[0\]"),
        ("E[0]", IndexError, "E is a single number"),
        ("dense1.W.new", KeyError, "no quantity"),
    ],
)  # fmt: skip
def test_a_wrong_path_gets_one_clear_error(path, error, words):
    step = explain()
    assert path not in step
    with pytest.raises(error, match=words):
        step[path]
    with pytest.raises(error, match=words):
        step.why(path)


def refused(step, path):
    with pytest.raises(KeyError) as error:
        step.find(path)
    return str(error.value)


def test_an_unknown_path_is_answered_with_paths_that_can_be_asked():
    step = explain(optimizer=cp.Adam())
    message = refused(step, "???")
    listed = re.fullmatch(r"the step has no quantity '\?\?\?'; it has (.+) and (\d+) more", message)
    names = listed[1].split(", ")
    assert names == list(step.paths[:24])
    assert int(listed[2]) == len(step.paths) - 24
    one = cp.explain(cp.Dense(1, 1), cp.SquaredError(), {"W": [[1.0]], "b": [0.0]}, [[1]], [[1]])
    assert refused(one, "???") == f"the step has no quantity '???'; it has {', '.join(one.paths)}"


def test_an_array_is_asked_cell_by_cell():
    with pytest.raises(IndexError, match=r"dense1.dW has 2 × 3 numbers.*dense1.dW\[0,0\]"):
        explain().why("dense1.dW")


@over(situations(), 100)
def test_opening_changes_nothing_and_nothing_can_be_changed(situation):
    # Inputs are frozen (see steps.py): writing to one of them would raise.
    step = situation.explain()
    str(step), step.to_dict(), step.to_latex()
    for path in step.paths:
        if np.ndim(step[path]):
            assert not step[path].flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                step[path][...] = 0.0
    with pytest.raises(AttributeError):
        step.rate = 1.0


def test_a_step_does_not_follow_the_arrays_it_was_made_of():
    params = {
        name: {key: np.array(a) for key, a in layer.items()} for name, layer in PARAMS.items()
    }
    x, t, weights = X.copy(), T.copy(), np.array([1.0, 3.0])
    step = cp.explain(NETWORK, cp.SquaredError(), params, x, t, sample_weight=weights)
    before = {path: np.array(step[path]) for path in step.paths}
    for array in (params["dense1"]["W"], x, t, weights):
        array[...] = 7.0  # still ours to write to
    assert all(np.array_equal(step[path], before[path]) for path in step.paths)


@pytest.mark.parametrize(
    "optimizer",
    [cp.SGD(0.1), cp.SGD(0.1, 0.9), cp.RMSProp(), cp.Adam(), cp.AdamW()],
    ids=str,
)
def test_float32_stays_float32_and_is_near_float64(optimizer):
    rng = np.random.default_rng(3)
    network = cp.Chain(cp.Dense(3, 4), cp.LayerNorm(4), cp.GELU(), cp.Dense(4, 3))
    narrow = random_like(network.init(rng, np.float32), rng, 0.7)
    wide = Layout.of(narrow).unpack(Layout.of(narrow).pack(narrow).astype(np.float64))
    x, t = rng.standard_normal((5, 3)), [0, 1, 2, 1, 0]
    x = x.astype(np.float32).astype(np.float64)
    how = {"optimizer": optimizer, "l2": 0.01, "clip_norm": 0.3}
    single = cp.explain(network, cp.CrossEntropy(), narrow, x, t, **how)
    double = cp.explain(network, cp.CrossEntropy(), wide, x, t, **how)
    assert single.paths == double.paths
    for path in single.paths:
        if np.ndim(single[path]):
            assert single[path].dtype == np.float32, path
        if path.endswith((".dW", ".db", ".y", ".W.new", "E")):
            np.testing.assert_allclose(single[path], double[path], rtol=2e-4, atol=2e-6)
    told = single.to_dict()["quantities"]
    assert {q["dtype"] for q in told if q["shape"]} == {"float32"}


def test_the_loss_line_is_the_loss_before_and_after():
    step = explain(optimizer=cp.SGD(1e-4), l2=0.1)
    new = {
        name: {key: step[f"{name}.{key}.new"] for key in layer} for name, layer in PARAMS.items()
    }
    after, _ = cp.backprop(NETWORK, cp.SquaredError(), new, X, T, l2=0.1)
    before, _ = cp.backprop(NETWORK, cp.SquaredError(), PARAMS, X, T, l2=0.1)
    assert step.loss_before == pytest.approx(before, rel=1e-14)
    assert step.loss_after == pytest.approx(after, rel=1e-14)
    # So small a step goes as its slope predicts.
    assert step.loss_predicted == pytest.approx(after - before, rel=1e-3)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan])
def test_a_clip_norm_must_be_positive(wrong):
    with pytest.raises(ValueError, match="clip_norm must be above 0"):
        explain(optimizer=cp.SGD(), clip_norm=wrong)
