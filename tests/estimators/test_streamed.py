"""Estimators fitted to streams."""

import warnings

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor


@pytest.fixture
def rows(tmp_path):
    """1,200 rows in three files; three classes, 3, 5 and 9, and a number to predict."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((1200, 3)), columns=["a", "b", "c"])
    frame["kind"] = np.select([frame.a > 0.5, frame.b > 0], [3, 5], 9)
    frame["value"] = frame.a * 2 - frame.c
    folder = tmp_path / "rows"
    folder.mkdir()
    for number in range(3):
        part = frame[number * 400 : (number + 1) * 400]
        part.to_parquet(folder / f"{number}.parquet", row_group_size=90)
    return folder, frame


def stream_of(folder, target, **how):
    return cp.Stream(folder, target, ["a", "b", "c"], block_bytes=16 * 300, **how)


HOW = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "max_iter": 30, "random_state": 0}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_classifier(rows, early_stopping):
    folder, frame = rows
    clf = MLPClassifier(**HOW, early_stopping=early_stopping).fit(stream_of(folder, "kind"))
    assert clf.classes_.tolist() == [3, 5, 9]
    assert clf.classes_.dtype.kind == "i"
    assert clf.feature_names_in_.tolist() == ["a", "b", "c"]
    assert clf.score(frame[["a", "b", "c"]], frame.kind) > 0.93
    if early_stopping:
        assert len(clf.validation_scores_) == clf.n_iter_
        assert max(clf.validation_scores_) > 0.85
    else:
        assert clf.t_ == 1200 * clf.n_iter_


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("target", ["value", ["value", "kind"]])
def test_a_regressor(rows, target):
    folder, frame = rows
    reg = MLPRegressor(**HOW).fit(stream_of(folder, target))
    assert reg.score(frame[["a", "b", "c"]], frame[target]) > 0.8
    assert np.ndim(reg.predict(frame[["a", "b", "c"]])) == np.ndim(frame[target])


def test_unshuffled_it_makes_the_steps_of_rows_in_memory(rows):
    folder, frame = rows
    how = {**HOW, "max_iter": 3, "shuffle": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = MLPClassifier(**how).fit(stream_of(folder, "kind"))
        x = frame[["a", "b", "c"]].astype(np.float32)
        other = MLPClassifier(**how).fit(x, frame.kind)
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=1e-5)


def weigh(folder, frame):
    """Add a column of whole weights, some 0, to frame and files."""
    frame["w"] = np.random.default_rng(4).integers(0, 3, len(frame)).astype(float)
    for number in range(3):
        part = frame[number * 400 : (number + 1) * 400]
        part.to_parquet(folder / f"{number}.parquet", row_group_size=90)
    return frame


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("class_weight", [None, "balanced", {3: 2.0, 9: 0.5}])
def test_weights_of_rows_and_classes_are_those_of_memory(rows, weights, class_weight):
    if weights is None and class_weight is None:
        return
    folder, frame = rows
    frame = weigh(folder, frame)
    how = {**HOW, "max_iter": 3, "shuffle": False, "class_weight": class_weight}
    one = MLPClassifier(**how).fit(stream_of(folder, "kind", weights=weights))
    x, w = frame[["a", "b", "c"]].astype(np.float32), None if weights is None else frame["w"]
    other = MLPClassifier(**how).fit(x, frame["kind"], sample_weight=w)
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=1e-5)
    plain = MLPClassifier(**{**how, "class_weight": None}).fit(x, frame["kind"])
    assert np.abs(one.coefs_[0] - plain.coefs_[0]).max() > 1e-3


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_row_of_weight_2_is_the_row_twice(rows):
    """All rows in one batch; and a score of held-out rows that counts them so."""
    folder, frame = rows
    frame = weigh(folder, frame)
    how = {**HOW, "max_iter": 4, "batch_size": 10_000, "solver": "sgd", "alpha": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the batch is larger than the table
        one = MLPRegressor(**how).fit(stream_of(folder, "value", weights="w"))
        twice = frame.loc[frame.index.repeat(frame["w"].astype(int))]
        x = twice[["a", "b", "c"]].astype(np.float32)
        other = MLPRegressor(**how).fit(x, twice["value"].astype(np.float32))
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-4, atol=1e-5)
    stopped = MLPClassifier(**HOW, early_stopping=True, class_weight="balanced")
    stopped.fit(stream_of(folder, "kind", weights="w"))
    assert max(stopped.validation_scores_) > 0.85


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_it_goes_on_to_the_same_bits_and_is_saved(rows, tmp_path, monkeypatch):
    from clearprop.files import container

    folder, frame = rows
    path = tmp_path / "fit.checkpoint"
    kept = {"checkpoint": cp.Checkpoint(path, every=2), "resume": True}
    write, saves = container.write_model, []

    def dying(*args, **how):
        write(*args, **how)
        saves.append(1)
        if len(saves) == 2:
            raise OSError("killed") from None

    class KilledError(Exception):
        pass

    def killed(*args, **how):
        try:
            dying(*args, **how)
        except OSError as error:
            raise KilledError from error

    how = {**HOW, "max_iter": 8}
    with monkeypatch.context() as patch:
        patch.setattr(container, "write_model", killed)
        with pytest.raises(KilledError):
            MLPClassifier(**how, **kept).fit(stream_of(folder, "kind"))
    one = MLPClassifier(**how, **kept).fit(stream_of(folder, "kind"))
    other = MLPClassifier(**how).fit(stream_of(folder, "kind", readers=2))
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    one.save(tmp_path / "model.clearprop")
    loaded = cp.load(tmp_path / "model.clearprop")
    x = frame[["a", "b", "c"]]
    np.testing.assert_array_equal(loaded.predict(x), one.predict(x))
    changed = pd.read_parquet(folder / "1.parquet")
    changed.assign(a=changed.a + 1).to_parquet(folder / "1.parquet", row_group_size=90)
    with pytest.raises(cp.ResumeError, match=r"1\.parquet"):
        MLPClassifier(**how, **kept).fit(stream_of(folder, "kind"))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"solver": "lbfgs"}, "solver='lbfgs' needs rows in memory"),
        ({"warm_start": True}, "warm_start needs rows in memory"),
        ({"class_weight": {3: -1.0}}, "gives class 3 the weight -1.0"),
        ({"class_weight": {4: 2.0}}, "not in class_weight"),
    ],
)
def test_what_a_stream_does_not_take(rows, how, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**how).fit(stream_of(rows[0], "kind"))
    with pytest.raises(ValueError, match="leave out y"):
        MLPClassifier().fit(stream_of(rows[0], "kind"), rows[1].kind)
    with pytest.raises(ValueError, match="one column of targets"):
        MLPClassifier().fit(stream_of(rows[0], ["kind", "value"]))
