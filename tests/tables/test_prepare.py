"""TableRows are split class by class, nothing twice, and no class is lost to training."""

import numpy as np
import pandas as pd
import pytest

from clearprop.data import load
from clearprop.tables.prepare import prepare
from clearprop.tables.settings import TrainSettings


def rows_in(prepared, X):
    """Return which rows of X each part holds, found by their encoded values."""
    inputs = prepared.encoder.encode(X, prepared.train.inputs.dtype)
    where = {row.tobytes(): i for i, row in enumerate(inputs)}
    parts = (prepared.train, prepared.validation, prepared.test)
    return [[where[row.tobytes()] for row in part.inputs] for part in parts if part is not None]


def test_every_row_is_in_one_part_with_its_own_target():
    digits = load("digits")
    prepared = prepare(TrainSettings("digits"))
    parts = rows_in(prepared, digits.X)
    assert sorted(row for part in parts for row in part) == list(range(1797))
    assert parts[2] == prepared.held_out.tolist()
    for part, rows in zip((prepared.train, prepared.validation, prepared.test), parts, strict=True):
        np.testing.assert_array_equal(part.y, digits.y[rows])


def test_each_class_has_its_share_of_every_part():
    prepared = prepare(TrainSettings("breast-cancer", one_network="as asked"))
    share = np.mean(load("breast-cancer").y)
    for part in (prepared.train, prepared.validation, prepared.test):
        assert np.mean(part.y == "benign") == pytest.approx(share, abs=0.02)


RARE = {
    "one or two of a class": ["a"] * 40 + ["b"] * 40 + ["c"] * 2 + ["d"],
    "many classes of two": [f"class {i // 2}" for i in range(40)],
    "no two of a class": [f"class {i}" for i in range(40)],
}


@pytest.mark.parametrize("one_network", ["", "as asked"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", RARE)
def test_rare_classes_are_never_lost_to_training(tmp_path, seed, name, one_network):
    path = tmp_path / "rare.csv"
    pd.DataFrame({"x": np.arange(len(RARE[name])), "y": RARE[name]}).to_csv(path, index=False)
    prepared = prepare(TrainSettings(str(path), seed=seed, one_network=one_network))
    assert prepared.classes == sorted(set(RARE[name]))


@pytest.mark.parametrize(("rows", "watched"), [(4, 0), (44, 0), (46, 5)])
def test_few_rows_are_all_trained_on(tmp_path, rows, watched):
    path = tmp_path / "few.csv"
    text = "".join(f"{i % 7},{'no' if i % 2 else 'yes'}\n" for i in range(rows))
    path.write_text(f"a,y\n{text}")
    prepared = prepare(TrainSettings(str(path), test_fraction=0, one_network="as asked"))
    assert len(prepared.train) == rows - watched
    assert prepared.test is None
    assert (prepared.validation is None) == (watched == 0)


def test_the_encoder_sees_training_rows_only(tmp_path):
    frame = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100.0) / 7})
    path = tmp_path / "numbers.csv"
    frame.to_csv(path, index=False)
    prepared = prepare(TrainSettings(str(path), one_network="as asked"))
    rest = np.delete(frame["x"].to_numpy(), prepared.held_out)
    assert prepared.encoder.columns[0].mean == pytest.approx(rest.mean())
    assert prepared.target.mean == pytest.approx(np.delete(frame["y"], prepared.held_out).mean())
    assert prepared.scaled(prepared.train).std() == pytest.approx(1, abs=0.1)


def test_numbers_that_stand_for_names_get_them():
    assert prepare(TrainSettings("iris")).classes == ["setosa", "versicolor", "virginica"]
    assert prepare(TrainSettings("digits")).train.y.dtype.kind == "i"


def test_batches_and_rates_follow_the_number_of_rows():
    settings = TrainSettings("digits")
    assert [settings.batch_for(n) for n in (5, 100, 1300, 50000)] == [5, 16, 130, 200]
    assert settings.rate_for(1000) == 0.003
    assert settings.rate_for(20000) == pytest.approx(0.001)
    assert TrainSettings("digits", batch_size=64, learning_rate=0.5).batch_for(1000) == 64
    assert TrainSettings("digits", learning_rate=0.5).rate_for(99999) == 0.5


def test_a_table_estimator_gets_the_raw_rows_and_keeps_none_for_validation(tmp_path):
    frame = pd.DataFrame(
        {"x": np.arange(100.0), "kind": ["a", "b"] * 50, "y": np.arange(100.0) / 7}
    )
    path = tmp_path / "numbers.csv"
    frame.to_csv(path, index=False)
    prepared = prepare(TrainSettings(str(path)))
    assert prepared.one_network == ""
    assert (prepared.encoder, prepared.target, prepared.validation) == (None, None, None)
    held_out = frame[["x", "kind"]].iloc[prepared.held_out]
    assert prepared.test.inputs.to_numpy().tolist() == held_out.to_numpy().tolist()
    assert prepared.train.y.tolist() == np.delete(frame["y"].to_numpy(), prepared.held_out).tolist()


@pytest.mark.parametrize(
    ("source", "asked", "reason"),
    [
        ("digits", None, "because these are pictures"),
        ("iris", None, "as lessons use this data set"),
        ("wine", None, ""),
        ("digits", "", ""),
        ("wine", "because of --epochs", "because of --epochs"),
    ],
)
def test_pictures_and_lessons_are_for_one_network(source, asked, reason):
    assert prepare(TrainSettings(source, one_network=asked)).one_network == reason
