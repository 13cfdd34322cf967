"""Numbers rounded, in other places or multiplied are told; data changed beforehand is named."""

import numpy as np
import pytest

import clearprop as cp
from tests.explaining.learners import Net

STEP = Net((3, 4, 3), cp.Tanh, seed=3).step()


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("dense1.y", np.trunc, "yours is ours cut to whole numbers (an array of integers?)"),
        ("dense1.y", np.rint, "yours is ours rounded to whole numbers"),
        ("dense1.y", lambda z: np.round(z, 1), "yours is ours rounded to 1 decimal"),
        ("dense2.y", lambda z: z.T.reshape(z.shape),
         "yours is ours read column by column and written row by row"),
        ("dense2.y", lambda o: o[:, [1, 2, 0]],
         "yours is ours with its columns in the order 1, 2, 0"),
        ("dense1.dW", lambda g: STEP["x"].T @ STEP["dense1.y"], "yours is xᵀ @ dense1.y"),
        ("dense1.dW", lambda g: g * np.arange(1.0, 13.0).reshape(3, 4), ""),
    ],
)  # fmt: skip
def test_the_statement_is_exact(path, change, said):
    report = STEP.check({path: change(np.asarray(STEP[path]))})
    assert not report
    assert report.first_wrong.statement == said or (not said and not report.causes)


def test_what_was_done_to_the_inputs_is_named_in_a_large_network():
    net = cp.Chain(cp.Dense(250, 90), cp.Tanh(), cp.Dense(90, 2))
    rng = np.random.default_rng(0)
    params, x, t = net.init(rng), 3 * rng.normal(size=(4, 250)), rng.normal(size=(4, 2))
    assert sum(np.size(a) for held in params.values() for a in held.values()) > 20_000
    cut = cp.explain(net, cp.SquaredError(), params, np.trunc(x), t)
    step = cp.explain(net, cp.SquaredError(), params, x, t)
    report = step.check({path: np.asarray(cut[path]) for path in ("dense2.dW", "dense1.dW")})
    assert "x cut to whole numbers in place of x" in report.causes


def test_an_edit_that_makes_zeros_is_not_told():
    """Zeros follow from many slips, and tell none."""
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2))
    rng = np.random.default_rng(1)
    params, x, t = net.init(rng), rng.uniform(0.1, 0.9, (5, 3)), rng.normal(size=(5, 2))
    step = cp.explain(net, cp.SquaredError(), params, x, t)
    report = step.check({"dense1.dW": np.zeros((3, 4))})
    assert report.causes[0].endswith("left at 0")
    assert not any(" in place of " in cause for cause in report.causes), report.causes
