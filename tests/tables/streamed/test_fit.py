"""Table estimators fitted to streams: as in memory, to the same bits each time, and going on."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.data.table_pieces import TablePieces
from clearprop.definitions.parameters import Layout
from clearprop.files.errors import DataError
from clearprop.tables.streamed import fit as streamed_fit
from clearprop.tables.streamed.kept_pieces import KeptPieces
from clearprop.training import checkpoint as checkpoints
from tests.tables.streamed.made_tables import made, write

pytest.importorskip("pyarrow")

FAST = {"preset": "fast", "members": 2, "max_epochs": 8, "random_state": 0}


def members_of(model):
    return [Layout.of(member.params).pack(member.params) for member in model.members_]


def test_a_table_that_is_its_sample_is_fitted_as_in_memory(tmp_path):
    frame, y, _ = made(1600)
    write(frame, y, tmp_path)
    one = cp.TableClassifier(**FAST).fit(frame, y)
    two = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y"))
    np.testing.assert_allclose(two.predict_proba(frame), one.predict_proba(frame), atol=5e-3)
    assert [m.epochs for m in two.members_] == [m.epochs for m in one.members_]
    assert two.findings_ == one.findings_
    assert two.n_features_in_ == one.n_features_in_
    assert list(two.feature_names_in_) == list(one.feature_names_in_)


def test_classes_on_blocks(tmp_path, small_sample):
    frame, y, _ = made(3000)
    write(frame, y, tmp_path, files=3)
    test, truth, _ = made(2000, seed=1)
    one = cp.TableClassifier(**FAST).fit(frame, y)
    two = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y", block_bytes=300_000))
    assert two.n_rows_ == 3000 and two.members_[0].rows_held_out == 64
    assert two.score(test, truth) > one.score(test, truth) - 0.03
    assert 0.02 <= 1 / two.temperature_ <= 5
    three = cp.Stream(tmp_path, target="y", block_bytes=300_000, readers=3)
    again = cp.TableClassifier(**FAST).fit(three)
    for a, b in zip(members_of(two), members_of(again), strict=True):
        np.testing.assert_array_equal(a, b)
    path = tmp_path.parent / f"{tmp_path.name}.clearprop"
    two.save(path)
    loaded = cp.load(path)
    np.testing.assert_array_equal(loaded.predict_proba(test), two.predict_proba(test))
    assert "∂o/∂cell" in str(two.why(test, "size", row=0))
    step = two.explain(test[:1], truth[:1])
    assert step.check({"dense1.dW": step["dense1.dW"]})
    assert two.health_ is not None


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_quantities_on_blocks(tmp_path, small_sample, loss):
    frame, _, y = made(3000)
    write(frame, y, tmp_path)
    test, _, truth = made(2000, seed=1)
    one = cp.TableRegressor(loss=loss, **FAST).fit(frame, y)
    two = cp.TableRegressor(loss=loss, **FAST).fit(cp.Stream(tmp_path, target="y"))
    assert two.score(test, truth) > one.score(test, truth) - 0.05
    np.testing.assert_allclose(two.target_range_, one.target_range_)
    np.testing.assert_allclose(two.target_mean_, one.target_mean_)
    np.testing.assert_allclose(two.target_sd_, one.target_sd_)
    interval = two.predict_interval(test, 0.8)
    inside = (interval[:, 0] <= truth) & (truth <= interval[:, 1])
    assert 0.6 < inside.mean() < 0.95


def test_several_quantities_and_three_classes(tmp_path, small_sample):
    frame, y, quantity = made(1500)
    write(frame.assign(z=-quantity), quantity, tmp_path)
    stream = cp.Stream(tmp_path, target=["y", "z"])
    model = cp.TableRegressor(**FAST).fit(stream)
    found = model.predict(frame)
    assert found.shape == (1500, 2) and np.corrcoef(found.T)[0, 1] < -0.99
    with pytest.raises(ValueError, match="one column of targets"):
        cp.TableClassifier(**FAST).fit(stream)
    kinds = np.where(frame["shop"] == "c", 7, np.where(y == "yes", 1, 0))
    write(frame, kinds, tmp_path)
    model = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y"))
    assert model.classes_.tolist() == [0, 1, 7] and model.score(frame, kinds) > 0.85


def test_a_class_of_one_file_only(tmp_path, small_sample):
    frame, y, _ = made(2000)
    y = y.astype(object)
    y[1990:] = "never seen before"
    write(frame, y.astype(str), tmp_path)
    model = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y"))
    assert model.classes_.tolist() == ["never seen before", "no", "yes"]
    assert model.predict_proba(frame).shape == (2000, 3)


def test_all_rows_but_the_probes_are_trained_on(tmp_path, small_sample, monkeypatch):
    frame, y, _ = made(1500)
    write(frame, y, tmp_path)
    seen = []
    without = streamed_fit.AllRows.without

    def noted(self, inputs, sampled):
        found = without(self, inputs, sampled)
        seen.append((inputs, len(found), len(sampled)))
        return found

    monkeypatch.setattr(streamed_fit.AllRows, "without", noted)
    model = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y"))
    assert {one[0] for one in seen} == {"all", "without pieces"}
    assert all(count == 1500 - out for _, count, out in seen)
    assert {out for _, _, out in seen} == {0, 64}
    assert model._recipe.probes == 1


class Listening:
    """Notes the tasks that have ended; ends a member after so many epochs."""

    def __init__(self, epochs=99):
        self.epochs, self.ended, self.given = epochs, [], []

    def setup(self, estimator, context):
        self.given.append("setup")

    def teardown(self, estimator, context):
        self.given.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X, y):
        self.given.append((X, y))

    def on_fit_task_end(self, estimator, context):
        self.ended.append((context.task_name, context.task_id))
        return context.task_name == "epoch" and context.task_id + 1 == self.epochs


def test_callbacks_are_told_of_members_and_epochs(tmp_path, small_sample):
    frame, y, _ = made(1500)
    write(frame, y, tmp_path)
    stream = cp.Stream(tmp_path, target="y", block_bytes=100_000)
    plain, heard = cp.TableClassifier(**FAST), Listening()
    looked_at = cp.TableClassifier(**FAST).set_callbacks(heard).fit(stream)
    for one, other in zip(members_of(plain.fit(stream)), members_of(looked_at), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (heard.given[0], heard.given[-1], heard.ended[-1]) == ("setup", "teardown", ("fit", 0))
    assert heard.given[1] == (stream, None)
    told = [sum(name == "epoch" for name, _ in heard.ended), heard.ended.count(("epoch", 0))]
    assert told[1] == sum(name == "member" for name, _ in heard.ended) == 3
    assert told[0] >= sum(member.epochs for member in looked_at.members_)
    ended = cp.TableClassifier(**FAST).set_callbacks(Listening(2)).fit(stream)
    assert {member.epochs for member in ended.members_} == {2}


def test_what_needs_rows_in_memory_is_refused(tmp_path):
    frame, y, _ = made(300)
    write(frame, y, tmp_path)
    stream = cp.Stream(tmp_path, target="y")
    with pytest.raises(ValueError, match="leave out y and sample_weight"):
        cp.TableClassifier().fit(stream, y)
    with pytest.raises(ValueError, match="leave out y and sample_weight"):
        cp.TableClassifier().fit(stream, None, np.ones(300))
    numbers = tmp_path.parent / f"{tmp_path.name}-numbers"
    write(frame.select_dtypes("number").fillna(0), 1.0 * (y == "no"), numbers)
    scaled = cp.Stream(numbers, target="y").standardised()
    with pytest.raises(ValueError, match="scales columns itself"):
        cp.TableClassifier().fit(scaled)
    with pytest.raises(ValueError, match="the target holds texts"):
        cp.TableRegressor().fit(stream)
    write(frame, "no", tmp_path)
    with pytest.raises(ValueError, match="one class only"):
        cp.TableClassifier().fit(cp.Stream(tmp_path, target="y"))
    write(frame, np.where(y == "no", -1.0, 3.0), tmp_path)
    with pytest.raises(ValueError, match="counts: the target of row 0 is negative"):
        cp.TableRegressor(loss="poisson").fit(cp.Stream(tmp_path, target="y"))


def test_it_goes_on_to_the_same_bits(tmp_path, small_sample, monkeypatch):
    """After Ctrl-C in the second network."""
    frame, y, _ = made(1500)
    rows = tmp_path / "rows"
    rows.mkdir()
    write(frame, y, rows)
    how = {**FAST, "members": 2, "max_epochs": 5, "min_epochs": 5}
    whole = cp.TableClassifier(**how).fit(cp.Stream(rows, target="y"))
    kept = {"checkpoint": cp.Checkpoint(tmp_path / "kept", every=1), "resume": True}
    save, saved = checkpoints.CheckpointKeeper._save, []

    def then_stop(keeper, run):
        save(keeper, run)
        saved.append(run)
        if len(saved) == 8:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(checkpoints.CheckpointKeeper, "_save", then_stop)
    cut = cp.TableClassifier(**how, **kept).fit(cp.Stream(rows, target="y"))
    assert cut.ended_ == "interrupted"
    monkeypatch.setattr(checkpoints.CheckpointKeeper, "_save", save)
    on = cp.TableClassifier(**how, **kept).fit(cp.Stream(rows, target="y"))
    assert on.ended_ == "done" and len(on.members_) == len(whole.members_)
    for a, b in zip(members_of(on), members_of(whole), strict=True):
        np.testing.assert_array_equal(a, b)


MEMORY = """
import sys, resource
from pathlib import Path
import clearprop as cp
from clearprop.tables.streamed import sample
sample.SAMPLE_ROWS = sample.FEWEST_ROWS = 2048

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

found = []
for files in (1, 16):
    paths = sorted(Path(sys.argv[1]).iterdir())[:files]
    cp.TableClassifier(
        preset="fast", members=1, min_epochs=1, max_epochs=1, random_state=0
    ).fit(cp.Stream(paths, target="y", block_bytes=2**23))
    found.append(peak())
print(*found)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="Linux tells the peak")
def test_more_files_take_no_more_memory(tmp_path):
    """Sixteen times the rows, which are 300 MB when coded, in 60 MB more."""
    for number in range(16):
        frame, y, _ = made(20_000, seed=number)
        frame = frame.drop(columns="id")
        frame.assign(y=y).to_parquet(
            tmp_path / f"{number:02}.parquet", index=False, row_group_size=5000
        )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEMORY, str(tmp_path)], capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    one, sixteen = map(float, done.stdout.split())
    assert sixteen < one + 60


def test_raw_rows_are_parsed_once_where_they_fit(tmp_path, small_sample, monkeypatch):
    """With the same bits; and a file that changes is noticed all the same."""
    frame, y, _ = made(2000)
    write(frame, y, tmp_path)
    found, read = {}, TablePieces.read
    for room in (0, 150_000, 10**6):
        parsed = []
        monkeypatch.setattr(
            streamed_fit, "KeptPieces", lambda tables, _, room=room: KeptPieces(tables, room)
        )
        monkeypatch.setattr(
            TablePieces, "read", lambda *args, parsed=parsed: parsed.append(args[1]) or read(*args)
        )
        stream = cp.Stream(tmp_path, target="y", block_bytes=300_000)
        found[room] = members_of(cp.TableClassifier(**FAST).fit(stream)), len(parsed)
    for room in (150_000, 10**6):
        for one, other in zip(found[0][0], found[room][0], strict=True):
            np.testing.assert_array_equal(one, other)
    assert found[0][1] > found[150_000][1] > found[10**6][1] == 2 * 4  # once before, to learn codes

    kept = KeptPieces(TablePieces(cp.Stream(tmp_path, target="y")), 10**6)
    kept.read(2)
    write(frame, y, tmp_path, files=3)
    with pytest.raises(DataError, match=r"part-2.parquet has changed"):
        kept.read(2)
