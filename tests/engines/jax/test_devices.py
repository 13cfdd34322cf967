"""A batch on 1, 2, 4 or 8 devices: the same numbers, and those of the reference."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.jax.optimizer_parts import check_dealt
from clearprop.engines.jax.sharded import deal
from clearprop.engines.jax.sums import added_pairwise
from tests.engines.jax.test_same_as_reference import Longest

PROGRAM = """
import json, sys
import numpy as np
import clearprop as cp
from clearprop.definitions.parameters import leaves_of

dtype, devices, dealt = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3] == "dealt"
rng = np.random.default_rng(0)
rows = int(sys.argv[5])  # batches of 23 and a shorter one: neither fills 8 shards
x, t = rng.standard_normal((rows, 5)), rng.random((rows, 3))
weights = rng.uniform(0, 2, rows)
norm = getattr(cp, sys.argv[4])
net = cp.Chain(  # Adam would make whole steps of a bias before BatchNorm, whose gradient is 0
    cp.Dense(5, 16, bias=False), norm(16), cp.Tanh(), cp.Dropout(0.3),
    cp.Residual(cp.Chain(cp.Dense(16, 16, bias=False), norm(16))), cp.Dense(16, 3),
)
params = net.init(np.random.default_rng(1), dtype)
told = {}
for choice in ["numpy", *devices]:
    engine = choice if choice == "numpy" else cp.Jax(devices=choice, shard_optimizer=dealt)
    run = cp.train(
        net, cp.SquaredError(), params, x, t, sample_weight=weights, epochs=10, batch_size=23,
        seed=3, optimizer=cp.AdamW(0.01), engine=engine, l2=0.1, clip_norm=0.5,
    )
    trees = run.params, run.state or {}
    vector = np.concatenate([leaf.ravel() for tree in trees for _, leaf in leaves_of(tree)])
    told[str(choice)] = [vector.astype(float).tolist(), run.history.loss, run.engine_report]
print(json.dumps(told))
"""

CLOSE = {"float64": 1e-12, "float32": 1e-4}


def runs_on(devices, dtype, averages="whole", norm="LayerNorm", rows=101):
    """Return the parameters, running averages too, and the losses of a training on so many devices.

    Of each number of them, and of the reference.
    """
    flags = "--xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, dtype, json.dumps(devices), averages, norm, str(rows)],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("norm, rows", [("LayerNorm", 101), ("BatchNorm", 101), ("BatchNorm", 93)])
@pytest.mark.slow
def test_the_number_of_devices_changes_no_bit(dtype, norm, rows):
    """A last batch of 9 rows; and of one, which leaves BatchNorm's averages as they were."""
    runs = runs_on([1, 2, 4, 8, "all"], dtype, norm=norm, rows=rows)
    theirs = runs.pop("numpy")
    for choice, (params, losses, report) in runs.items():
        assert params == runs["1"][0], choice
        assert losses == runs["1"][1], choice
        assert report[0].endswith("8 shards a batch")
        np.testing.assert_allclose(losses, theirs[1], rtol=CLOSE[dtype])
        np.testing.assert_allclose(params, theirs[0], rtol=0, atol=CLOSE[dtype])


@pytest.mark.parametrize("dtype, close", [("float32", 1e-6), ("float64", 1e-14)])
@pytest.mark.slow
def test_averages_that_are_dealt_to_devices_change_no_number(dtype, close):
    (whole, losses, _) = runs_on([1], dtype)["1"]
    dealt = runs_on([2, 4, 8], dtype, "dealt")
    for choice in ("2", "4", "8"):
        np.testing.assert_allclose(dealt[choice][0], whole, rtol=0, atol=close)
        np.testing.assert_allclose(dealt[choice][1], losses, rtol=10 * close)


def test_an_optimizer_that_may_look_at_all_parameters_is_not_dealt():
    with pytest.raises(ValueError, match=r"shard_optimizer=True needs an .* Longest may not"):
        check_dealt(Longest())
    check_dealt(cp.AdamW(0.1))


@pytest.mark.slow
def test_eight_devices_follow_the_reference():
    runs = runs_on([8], "float64")
    np.testing.assert_allclose(runs["8"][0], runs["numpy"][0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(runs["8"][1], runs["numpy"][1], rtol=1e-12)


@pytest.mark.parametrize("rows, batch_size, shards", [(7, 5, 2), (1, 1, 8), (16, 8, 8), (30, 7, 4)])
def test_every_row_is_dealt_once_in_its_order(rows, batch_size, shards):
    orders = np.array([np.random.default_rng(seed).permutation(rows) for seed in range(3)])
    where, sizes = deal(orders, batch_size, shards)
    assert where.shape[:3] == (3, -(-rows // batch_size), shards)
    for order, dealt, counts in zip(orders, where, sizes, strict=True):
        for step, (batch, count) in enumerate(zip(dealt, counts, strict=True)):
            mine = batch[batch >= 0]
            np.testing.assert_array_equal(mine, order[step * batch_size :][:batch_size])
            assert len(mine) == count


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 12])
def test_neighbours_are_added_first(count):
    """Seen on numbers whose sum depends on the order."""
    parts = np.float32([1e8, 1.0, -1e8, 3.0, 1e-3, 7.0, 1e7, -1e7, 0.5, 1e8, 2.0, -1e8])[:count]
    rest = list(parts)
    while len(rest) > 1:
        odd = rest[len(rest) - len(rest) % 2 :]
        rest = [a + b for a, b in zip(rest[0::2], rest[1::2], strict=False)] + odd
    assert added_pairwise(parts) == rest[0]


RESUMED = """
import sys
import numpy as np, clearprop as cp
from clearprop.definitions.parameters import leaves_of

rng = np.random.default_rng(0)
x, t = rng.standard_normal((40, 5)), rng.random((40, 3))
net = cp.Chain(cp.Dense(5, 16), cp.BatchNorm(16), cp.Tanh(), cp.Dense(16, 3))
params = net.init(np.random.default_rng(1), np.float32)

def vector(devices, dealt=False, **options):
    run = cp.train(net, cp.SquaredError(), params, x, t, epochs=6, batch_size=12, seed=3,
                   engine=cp.Jax(devices=devices, shard_optimizer=dealt), **options)
    trees = run.params, run.state
    return np.concatenate([leaf.ravel() for tree in trees for _, leaf in leaves_of(tree)])

whole = vector(2)
vector(2, True, checkpoint=sys.argv[1], on_epoch=lambda report: report.epoch == 3)
np.testing.assert_array_equal(vector(8, checkpoint=sys.argv[1], resume=True), whole)
try:
    cp.train(net, cp.SquaredError(), params, x, t, epochs=6, batch_size=12, seed=3,
             engine=cp.Jax(devices=2, shards=4), checkpoint=sys.argv[1], resume=True)
except cp.ResumeError as error:
    assert "engine" in str(error), error
else:
    raise AssertionError
"""


@pytest.mark.slow
def test_a_training_goes_on_with_another_number_of_devices(tmp_path):
    flags = "--xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, "-c", RESUMED, str(tmp_path / "run.checkpoint")],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


LBFGS = """
import sys
import numpy as np, clearprop as cp
from clearprop.definitions.parameters import leaves_of

rng = np.random.default_rng(0)
x, t = rng.standard_normal((101, 5)), rng.random((101, 3))
net = cp.Chain(cp.Dense(5, 16), cp.Tanh(), cp.Dense(16, 3))
params = net.init(np.random.default_rng(1))

def result(devices):
    run = cp.train(net, cp.SquaredError(), params, x, t, epochs=30, l2=0.01, optimizer=cp.LBFGS(),
                   engine=cp.Jax(devices=devices))
    return [*np.concatenate([leaf.ravel() for _, leaf in leaves_of(run.params)]), *run.history.loss]

alone = result(1)
for devices in (2, 4, 8):
    np.testing.assert_array_equal(result(devices), alone)
"""


@pytest.mark.slow
def test_l_bfgs_takes_the_same_path_on_any_number_of_devices():
    flags = "--xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, "-c", LBFGS],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
