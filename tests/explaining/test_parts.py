"""An update taken apart: the parts sum to the change, each is what its name says."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining import record
from clearprop.explaining.parts import parts_of
from clearprop.explaining.step import gradient
from tests.explaining.steps import RATE, over, situations


@over(
    situations(("sgd", "momentum", "nesterov", "rmsprop", "adam", "adam, epsilon hat", "adamw")),
    200,
)
def test_parts_sum_to_the_change(situation):
    step = situation.explain()
    for path, parts in step.record.parts.items():
        change = step[f"{path}.new"] - step[path]
        assert np.array_equal(step[f"{path}.change"], change)
        total = sum(np.broadcast_to(part.symbol.value, change.shape) for part in parts)
        size = np.abs(step[path]) + sum(np.abs(part.symbol.value) for part in parts)
        assert np.all(np.abs(total - change) <= 1e-14 * size)
        names = {part.name for part in parts}
        assert "gradient" in names
        weights = path.endswith(".W")
        assert ("L2" in names) == (situation.l2.strength > 0 and weights)
        assert ("clipping" in names) == ("clip" in step)
        assert ("decay" in names) == (situation.optimizer_name == "adamw" and weights)
        remembers = situation.optimizer_name in ("momentum", "nesterov", "adamw") or (
            situation.optimizer_name.startswith("adam")
        )
        assert ("momentum" in names) == remembers
        assert "other" not in names


NETWORK = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
PARAMS = {
    "dense1": {"W": np.array([[1.0, -2.0], [0.5, 3.0]]), "b": np.array([0.1, -0.2])},
    "dense2": {"W": np.array([[2.0], [-1.0]]), "b": np.array([0.3])},
}
X, T = [[0.5, -1.0], [1.0, 0.25]], [[1.0], [-1.0]]


def parts(path, **how):
    step = cp.explain(NETWORK, cp.SquaredError(), PARAMS, X, T, **how)
    return step, {part.name: part.symbol.value for part in step.record.parts[path]}


def test_each_part_of_plain_descent_is_its_share():
    step, found = parts("dense1.W", optimizer=cp.SGD(RATE), l2=0.1, clip_norm=0.5)
    factor = 0.5 / float(step["length"])
    g, pull = step["dense1.dW"], 0.1 * PARAMS["dense1"]["W"]
    np.testing.assert_allclose(found["gradient"], -RATE * g, rtol=1e-14)
    np.testing.assert_allclose(found["L2"], -RATE * pull, rtol=1e-14)
    np.testing.assert_allclose(found["clipping"], RATE * (1 - factor) * (g + pull), rtol=1e-13)


def test_momentum_is_what_the_velocity_gives():
    state = {"velocity": np.arange(9.0)}
    step, found = parts("dense1.W", optimizer=cp.SGD(RATE, 0.9), state=state)
    assert step.task.layout.paths[0] == "dense1.W"
    np.testing.assert_allclose(found["momentum"], 0.9 * np.arange(4.0).reshape(2, 2))
    np.testing.assert_allclose(found["gradient"], -RATE * step["dense1.dW"])


def test_adam_keeps_its_divisor_in_each_part():
    state = {"m": np.full(9, 0.5), "v": np.full(9, 2.0), "t": 3}
    step, found = parts("dense1.b", optimizer=cp.Adam(RATE), state=state)
    g = step["dense1.db"]
    root = np.sqrt((0.999 * 2.0 + 0.001 * g**2) / (1 - 0.999**4)) + 1e-8
    scale = -RATE / (1 - 0.9**4) / root
    np.testing.assert_allclose(found["momentum"], scale * 0.9 * 0.5, rtol=1e-12)
    np.testing.assert_allclose(found["gradient"], scale * 0.1 * g, rtol=1e-12)


def test_decay_is_a_fraction_of_the_weight():
    _, found = parts("dense2.W", optimizer=cp.AdamW(RATE, 0.03))
    np.testing.assert_allclose(found["decay"], -RATE * 0.03 * PARAMS["dense2"]["W"], rtol=1e-14)


@over(situations(), 100)
def test_pulls_of_the_rows_sum_to_the_gradient(situation):
    step = situation.explain()
    for path in step.task.layout.paths:
        name = gradient(path)
        array = step[name]
        for index in np.ndindex(*array.shape):
            try:
                pulls = step.pulls(f"{name}[{','.join(map(str, index))}]")
            except ValueError:
                # Where rows depend on each other (BatchNorm) no gradient is missing a sum either.
                raise AssertionError(f"{name} is no sum over rows") from None
            assert pulls.shape == (len(step["x"]),)
            scale = max(float(np.abs(pulls).sum()), 1e-300)
            assert abs(pulls.sum() - array[index]) <= 1e-13 * scale


def test_only_gradients_are_sums_over_rows():
    step, _ = parts("dense1.W", optimizer=cp.SGD(RATE))
    with pytest.raises(ValueError, match=r"not a sum over rows.*dense1.dW\[0,0\]"):
        step.pulls("dense1.y[0,0]")


def test_parts_that_do_not_sum_to_the_change_are_refused(monkeypatch):
    def all_but_one(*args):
        return parts_of(*args)[1:]

    monkeypatch.setattr(record, "parts_of", all_but_one)
    params = {"W": np.array([[2.0]]), "b": np.array([0.5])}
    with pytest.raises(ArithmeticError) as error:
        cp.explain(
            cp.Dense(1, 1), cp.SquaredError(), params, [[1.0]], [[0.0]],
            optimizer=cp.SGD(0.1), l2=0.25,
        )  # fmt: skip
    assert str(error.value) == (
        "the parts of W's change do not sum to it: they differ from it by up to 0.25. "
        "This is a fault of clearprop"
    )
