"""Weights of rows and classes in streams of tables: as rows repeated, and as in memory."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.data.table_pieces import TablePieces
from clearprop.files.errors import DataError
from clearprop.tables.streamed.weights import weighed
from tests.tables.streamed.made_tables import made, write
from tests.tables.streamed.test_encoder import same_documents
from tests.tables.streamed.test_fit import FAST, members_of

pytest.importorskip("pyarrow")


def folders(folder, rows=1500, seed=0):
    """A table with whole weights in files, and its rows repeated, in as many files and pieces."""
    frame, classes, quantity = made(rows)
    w = np.random.default_rng(seed).integers(0, 4, rows).astype(float)
    times = w.astype(int)
    kinds = {}
    for name, y in (("classes", classes), ("quantity", quantity)):
        one, twice = folder / f"{name}-weighed", folder / f"{name}-twice"
        for place in (one, twice):
            place.mkdir()
        for number, some in enumerate(np.array_split(np.arange(rows), 4)):
            part = frame.iloc[some].assign(y=y[some])
            part.assign(w=w[some]).to_parquet(one / f"{number}.parquet", index=False)
            repeated = part.loc[part.index.repeat(times[some])]
            repeated.to_parquet(twice / f"{number}.parquet", index=False)
        kinds[name] = one, twice
    return frame, w, kinds


@pytest.mark.parametrize("kind", ["classes", "quantity"])
def test_a_row_of_weight_2_is_the_row_twice_to_the_bit(tmp_path, small_sample, kind):
    """Its medians, its means of the target, its networks: block by block."""
    _, _, kinds = folders(tmp_path)
    one, twice = kinds[kind]
    estimator = cp.TableClassifier if kind == "classes" else cp.TableRegressor
    how = {**FAST, "max_epochs": 3, "max_one_hot": 40}
    weighed_model = estimator(**how).fit(cp.Stream(one, target="y", weights="w"))
    repeated_model = estimator(**how).fit(cp.Stream(twice, target="y"))
    assert weighed_model.inputs_.to_document() == repeated_model.inputs_.to_document()
    assert weighed_model.n_rows_ == repeated_model.n_rows_
    for a, b in zip(members_of(weighed_model), members_of(repeated_model), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("class_weight", ["balanced", {"yes": 3.0, "no": 0.7}])
@pytest.mark.parametrize("weights", [None, "w"])
def test_weights_that_are_not_whole_are_those_of_memory(tmp_path, class_weight, weights):
    """Of a table that is its own sample."""
    frame, y, _ = made(1200)
    w = np.random.default_rng(0).choice([0.0, 0.5, 1.7], 1200) if weights else None
    write(frame if w is None else frame.assign(w=w), y, tmp_path)
    how = {**FAST, "class_weight": class_weight, "max_epochs": 4}
    one = cp.TableClassifier(**how).fit(frame, y, sample_weight=w)
    two = cp.TableClassifier(**how).fit(cp.Stream(tmp_path, target="y", weights=weights))
    np.testing.assert_allclose(two.predict_proba(frame), one.predict_proba(frame), atol=5e-3)
    same_documents(two.inputs_.to_document(), one.inputs_.to_document())
    assert one.n_rows_ == two.n_rows_
    assert one.temperature_ == pytest.approx(two.temperature_, rel=0.02)
    plain = cp.TableClassifier(**{**how, "class_weight": None}).fit(frame, y)
    assert np.abs(plain.predict_proba(frame) - two.predict_proba(frame)).mean() > 2e-3


def test_a_quantity_with_weights_that_are_not_whole(tmp_path, small_sample):
    """Mean and deviation of the target, and networks that follow the heavy rows, on blocks."""
    frame, _, y = made(2000)
    heavy = frame["shop"].eq("a").to_numpy()
    y = np.where(heavy, y, y.mean() + 300.0)
    w = np.where(heavy, 2.5, 1e-3)
    write(frame.assign(w=w).drop(columns="shop"), y, tmp_path)
    model = cp.TableRegressor(**FAST).fit(cp.Stream(tmp_path, target="y", weights="w"))
    mean = (w * y).sum() / w.sum()
    assert model.target_mean_[0] == pytest.approx(mean, rel=1e-9)
    deviation = np.sqrt((w * (y - mean) ** 2).sum() / w.sum())
    assert model.target_sd_[0] == pytest.approx(deviation, rel=1e-9)
    assert "w" not in model.feature_names_in_
    found = model.predict(frame.drop(columns="shop"))
    assert abs(found[~heavy].mean() - y[~heavy].mean()) > 200  # light rows play no part
    assert abs(found[heavy].mean() - y[heavy].mean()) < 20


def test_balanced_classes_on_blocks(tmp_path, small_sample):
    """Each class has half of all weight: a constant network predicts one half."""
    frame, y, _ = made(2000)
    y = np.where(np.arange(2000) % 10 == 0, "yes", "no")  # nothing to learn
    write(frame[["size"]], y, tmp_path)
    how = {**FAST, "max_epochs": 2, "class_weight": "balanced"}
    model = cp.TableClassifier(**how).fit(cp.Stream(tmp_path, target="y"))
    assert abs(model.predict_proba(frame[["size"]])[:, 1].mean() - 0.5) < 0.06
    plain = cp.TableClassifier(**{**how, "class_weight": None})
    plain.fit(cp.Stream(tmp_path, target="y"))
    assert abs(plain.predict_proba(frame[["size"]])[:, 1].mean() - 0.1) < 0.06


def test_rows_without_weight_are_none_but_their_classes_stay(tmp_path):
    frame, y, _ = made(600)
    y = np.where(np.arange(600) < 40, "never", y)
    w = np.where(y == "never", 0.0, 0.5)
    write(frame.assign(w=w), y, tmp_path)
    model = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y", weights="w"))
    memory = cp.TableClassifier(**FAST).fit(frame, y, sample_weight=w)
    assert model.classes_.tolist() == memory.classes_.tolist() == ["never", "no", "yes"]
    assert model.n_rows_ == memory.n_rows_ == 560
    np.testing.assert_allclose(model.predict_proba(frame), memory.predict_proba(frame), atol=5e-3)


def test_rows_left_out_do_not_count(tmp_path):
    """Those of a command that holds rows out to test on."""
    frame, y, _ = made(900)
    write(frame, y, tmp_path)
    out = np.random.default_rng(2).random(900) < 0.4
    tables = TablePieces(cp.Stream(tmp_path, target="y"), None, lambda f, n: out[f : f + n])
    found = weighed(tables, {"yes": 2.0}, classifies=True)
    expected = np.where(y[~out] == "yes", 2, 1).sum()
    assert sum(found.counts) == expected == found.total
    numbers = np.concatenate([found.read(piece).rows for piece in range(len(found.counts))])
    np.testing.assert_array_equal(numbers, np.arange(expected))
    sizes = np.concatenate([found.read(k).values["size"] for k in range(len(found.counts))])
    kept = frame["size"][~out].repeat(np.where(y[~out] == "yes", 2, 1))
    np.testing.assert_array_equal(sizes, kept)


@pytest.mark.parametrize(
    ("value", "what"),
    [(-2.0, "the weight -2 is below 0"), (np.nan, "the weight is missing: 0 leaves a row out"),
     (np.inf, "inf is not a finite number")],
)  # fmt: skip
def test_a_weight_that_is_none_is_named(tmp_path, value, what):
    frame, y, _ = made(300)
    frame["w"] = 1.0
    frame.loc[299, "w"] = value
    write(frame, y, tmp_path)
    with pytest.raises(DataError, match=f"part-3.parquet, row 75, column 'w': {what}"):
        cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y", weights="w"))


def test_weights_that_cannot_be_used(tmp_path):
    frame, y, _ = made(300)
    write(frame.assign(w="heavy", none=0.0), y, tmp_path)
    with pytest.raises(DataError, match=r"column 'w' holds texts .*, and weights are numbers"):
        cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y", weights="w"))
    with pytest.raises(ValueError, match="every row has the weight 0"):
        cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y", weights="none"))
    with pytest.raises(ValueError, match="gives class yes the weight -1"):
        cp.TableClassifier(class_weight={"yes": -1}).fit(cp.Stream(tmp_path, target="y"))


def test_other_weights_are_refused_at_resume(tmp_path, small_sample):
    """Another column, other weights of classes, or none."""
    frame, y, _ = made(900)
    rows = tmp_path / "rows"
    write(frame.assign(w=1.5, v=2.5), y, rows)
    kept = {**FAST, "max_epochs": 2, "checkpoint": tmp_path / "kept", "resume": True}
    columns = list(frame)

    def fit(weights="w", **how):
        stream = cp.Stream(rows, "y", columns, weights=weights)
        return cp.TableClassifier(**{**kept, **how}).fit(stream)

    fit(class_weight="balanced")
    fit(class_weight="balanced")
    for other in ({"weights": "v"}, {"weights": None}, {"class_weight": {"yes": 3.5}}):
        with pytest.raises(cp.ResumeError, match="differs"):
            fit(**{"class_weight": "balanced", **other})
