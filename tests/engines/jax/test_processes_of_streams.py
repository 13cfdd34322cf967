"""Several processes train on one stream what one process does."""

import signal

import numpy as np
import pytest

from clearprop.training.checkpoint import read_checkpoint
from tests.engines.jax.joined import run_joined
from tests.tables.streamed.made_tables import made, write

pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install clearprop[stream]")

STREAMED = """
from clearprop.engines.jax import pieces

folder, block_bytes = sys.argv[4], 24 * 23 * 3
net = cp.Chain(cp.Dense(5, 16), cp.LayerNorm(16), cp.Tanh(), cp.Dropout(0.3), cp.Dense(16, 1))
params = net.init(np.random.default_rng(1), np.float32)
stream = cp.Stream(folder, target="5", block_bytes=block_bytes)


def streamed(**options):
    usual = {"epochs": 4, "batch_size": 23, "seed": 3, "optimizer": cp.Adam(0.01)}
    options = {"engine": engine, **usual, **options}
    return cp.train(net, cp.SquaredError(), params, stream, **options)
"""


@pytest.fixture
def folder(tmp_path):
    """Three files of 257 rows: four blocks of 69, the last of 50."""
    rng = np.random.default_rng(2)
    (tmp_path / "rows").mkdir()
    for number, rows in enumerate((80, 150, 27)):
        np.save(tmp_path / "rows" / f"{number}.npy", rng.standard_normal((rows, 6)))
    return tmp_path / "rows"


SAME = (
    STREAMED
    + """
line = cp.Dense(5, 1)
start = {"W": np.arange(5.0)[:, None], "b": np.ones(1)}
still = cp.train(line, cp.SquaredError(), start, stream, epochs=2, batch_size=23, seed=3,
                 optimizer=cp.SGD(1e-30), engine=engine)
print(*still.history.loss)
said(streamed(validation_fraction=0.2, early_stopping=True))
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("count, devices", [(2, 2), (4, 1)])
def test_every_row_comes_once_an_epoch_and_the_bits_are_those_of_one(folder, count, devices):
    rows = np.concatenate([np.load(path) for path in sorted(folder.iterdir())])
    off = rows[:, :5] @ np.arange(5.0) + 1 - rows[:, 5]
    ((code, alone, err),) = run_joined(SAME, 1, folder)
    assert code == 0, err
    for code, out, err in run_joined(SAME, count, folder, devices=devices):
        assert code == 0, err
        assert out == alone
        losses = [float(loss) for loss in out[0].split()]
        np.testing.assert_allclose(losses, np.mean(off**2) / 2, rtol=1e-13)


KILLED = (
    STREAMED
    + """
import os
from clearprop.training import together

pieces.PIECE_WORK = 1  # a look at signals after each step
asks, asked = together._Cancelled.__call__, []


def asks_and_dies(self):
    asked.append(1)
    if len(asked) == 45 and place == 1:  # in the second epoch
        os.kill(os.getpid(), 9)
    return asks(self)


together._Cancelled.__call__ = asks_and_dies
try:
    said(streamed(checkpoint=sys.argv[5]))
except cp.LostProcessError as error:
    print(error, flush=True)
"""
)

RESUMED = (
    STREAMED
    + """
said(streamed(checkpoint=sys.argv[5], resume=True))
said(streamed())
"""
)


@pytest.mark.slow
def test_after_a_kill_within_an_epoch_one_process_goes_on(folder, tmp_path):
    path = tmp_path / "run.checkpoint"
    (_, out, err), (killed, _, _) = run_joined(KILLED, 2, folder, path)
    assert killed == -signal.SIGKILL
    assert out[0].startswith("another process of this training has ended"), (out, err)
    assert len(read_checkpoint(path)[1].history.loss) >= 1
    ((code, out, err),) = run_joined(RESUMED, 1, folder, path)
    assert code == 0, err
    resumed, whole = out
    assert resumed == whole


OTHER = (
    STREAMED
    + """
import os, pathlib, shutil
from clearprop.files.errors import DataError

own = pathlib.Path(folder).parent / f"of-{place}"  # mounted elsewhere, in each
shutil.copytree(folder, own)


def of_own(**options):
    global stream
    stream = cp.Stream(own, target="5", block_bytes=block_bytes)
    try:
        said(streamed(**options))
    except DataError as error:
        print(error)


of_own()
of_own(on_epoch=lambda report: place and report.epoch == 1 and os.remove(own / "1.npy"))
shutil.copy(pathlib.Path(folder) / "1.npy", own)
if place:
    rows = np.load(own / "2.npy")
    rows[20] += 1
    np.save(own / "2.npy", rows)
of_own()
"""
)


@pytest.mark.slow
def test_other_files_and_files_that_go_are_errors_in_all(folder):
    (_, first, err), (_, second, its) = run_joined(OTHER, 2, folder)
    assert first[0] == second[0], (first, second)
    assert first[1].startswith("another process of this training could not read its rows"), err
    assert "1.npy" in second[1], its
    assert "another process was given another training" in first[2]
    assert "differs: " in second[2]
    assert "files of a stream" in second[2]


TABLES = """
from hashlib import sha256
from clearprop.tables.streamed import sample

sample.SAMPLE_ROWS = sample.FEWEST_ROWS = 128
stream = cp.Stream(sys.argv[4], target="y", block_bytes=60_000)
asked = {"preset": "fast", "members": 2, "max_epochs": 3, "random_state": 0, "n_jobs": 4}
for one in (stream, np.random.default_rng(0).standard_normal((300, 3))):
    y = None if one is stream else (one[:, 0] > one[:, 1]) * 1
    model = cp.TableClassifier(**asked, engine=engine).fit(one, y)
    vectors = [leaf.ravel() for m in model.members_ for _, leaf in leaves_of(m.params)]
    print([m.epochs for m in model.members_], sha256(np.concatenate(vectors)).hexdigest())
late = cp.TableClassifier(**asked, engine=engine, time_limit=1e9 if place else 1e-9).fit(stream)
print([m.epochs for m in late.members_])
"""


@pytest.mark.slow
def test_the_networks_of_a_table_are_those_of_one_process(tmp_path):
    """In a row, though four are asked for at a time; the time of one process is that of all."""
    frame, y, _ = made(800)
    write(frame, y, tmp_path)
    ((code, alone, err),) = run_joined(TABLES, 1, tmp_path)
    assert code == 0, err
    for code, out, err in run_joined(TABLES, 2, tmp_path):
        assert code == 0, err
        assert out == alone
