"""Files of raw columns, piece by piece: what is read, and what is said of files that do not fit."""

import numpy as np
import pandas as pd
import pytest

from clearprop.data import shard_csv
from clearprop.data.reading import TextOptions
from clearprop.data.stream import Stream
from clearprop.data.table_pieces import Categories, TablePieces, joined, only_met, taken
from clearprop.files.errors import DataError


def table(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "size": rng.standard_normal(rows).round(4),
        "shop": rng.choice(["north", "south", 'the "east"'], rows),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D"),
        "rooms": rng.integers(0, 9, rows),
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.2, "size"] = np.nan
    frame.loc[rng.random(rows) < 0.2, "shop"] = None
    frame.loc[rng.random(rows) < 0.2, "day"] = pd.NaT
    frame["y"] = rng.choice(["no", "yes"], rows)
    return frame


def write(frame, path):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False, row_group_size=7)


def folder_of(folder, kind, sizes=(20, 0, 13, 40)):
    frames = [table(rows, number) for number, rows in enumerate(sizes)]
    for number, frame in enumerate(frames):
        write(frame, folder / f"part-{number}.{kind}")
    return pd.concat(frames, ignore_index=True)


def everything(tables):
    pieces = [tables.read(piece) for piece, rows in enumerate(tables.counts) if rows]
    columns = {name: joined([piece.values[name] for piece in pieces]) for name in tables.columns}
    return columns, np.concatenate([piece.y for piece in pieces]), pieces


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(shard_csv, "PIECE_BYTES", 150)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_it_reads_what_was_written(tmp_path, kind, small_pieces):
    frame = folder_of(tmp_path, kind)
    tables = TablePieces(Stream(tmp_path, "y"))
    columns, y, pieces = everything(tables)
    assert len(pieces) > 5 and tables.total == len(frame) == sum(tables.counts)
    np.testing.assert_array_equal(columns["size"], frame["size"])
    np.testing.assert_array_equal(columns["rooms"], frame["rooms"])
    assert list(columns["day"]) == list(frame["day"])
    shop = columns["shop"]
    texts = np.array([*shop.texts, None], object)[shop.codes]
    np.testing.assert_array_equal(
        texts, frame["shop"].astype(object).where(frame.shop.notna(), None)
    )
    np.testing.assert_array_equal(y, frame["y"])
    np.testing.assert_array_equal(np.concatenate([piece.rows for piece in pieces]), frame.index)


def test_arrays_have_the_names_of_arrays_in_memory(tmp_path):
    rows = np.random.default_rng(0).standard_normal((30, 3))
    rows[4, 1] = np.nan
    np.save(tmp_path / "a.npy", rows)
    columns, y, _ = everything(TablePieces(Stream(tmp_path, "0")))
    assert list(columns) == ["x1", "x2"]
    np.testing.assert_array_equal(columns["x1"], rows[:, 1])
    np.testing.assert_array_equal(y, rows[:, 0])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rows_apart_and_the_others_are_all(tmp_path, kind, small_pieces):
    frame = folder_of(tmp_path, kind)
    out = np.random.default_rng(3).random(len(frame)) < 0.3
    tables = TablePieces(Stream(tmp_path, "y"), None, lambda first, n: out[first : first + n])
    columns, y, pieces = everything(tables)
    np.testing.assert_array_equal(columns["size"], frame["size"][~out])
    np.testing.assert_array_equal(np.concatenate([p.rows for p in pieces]), np.flatnonzero(~out))
    parts = [tables.apart(piece) for piece in range(len(tables.counts))]
    for place, expected in enumerate((frame[out], frame[~out])):
        found = pd.concat([part[place] for part in parts if len(part[place])])
        np.testing.assert_array_equal(found["rooms"], expected["rooms"])
    np.testing.assert_array_equal(np.concatenate([part[2] for part in parts]), y)


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("size", "big", "'big' is not a number"),
        ("size", "inf", "inf is not a finite number"),
        ("day", "soon", "'soon' is not a date"),
        ("rooms", "3,5,7", "'3,5,7' is not a number"),
        ("y", "", "the target is missing"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named(tmp_path, column, value, what, small_pieces):
    folder_of(tmp_path, "csv")
    frame = pd.read_csv(tmp_path / "part-3.csv", dtype=str, keep_default_na=False)
    frame.loc[25, column] = value
    frame.to_csv(tmp_path / "part-3.csv", index=False)
    with pytest.raises(DataError, match=f"part-3.csv, row 26, column '{column}': {what}"):
        everything(TablePieces(Stream(tmp_path, "y")))


def test_a_word_among_the_targets_is_named(tmp_path, small_pieces):
    (tmp_path / "a.csv").write_text("a,y\n" + "1,2.5\n" * 60)
    (tmp_path / "b.csv").write_text("a,y\n" + "1,2.5\n" * 60 + "1,many\n")
    with pytest.raises(DataError, match=r"b.csv, row 61, column 'y': 'many' is not a number"):
        everything(TablePieces(Stream(tmp_path, "y")))


def test_a_row_apart_that_cannot_be_used_is_named(tmp_path):
    folder_of(tmp_path, "parquet")
    frame = table(20, 0)
    frame.loc[17, "y"] = None
    write(frame, tmp_path / "part-0.parquet")
    tables = TablePieces(Stream(tmp_path, "y"))
    with pytest.raises(DataError, match=r"part-0.parquet, row 18, column 'y': the target is miss"):
        tables.apart(2)


def test_all_files_hold_the_same(tmp_path):
    folder_of(tmp_path, "parquet")
    write(table(9).assign(rooms="many"), tmp_path / "part-4.parquet")
    with pytest.raises(
        DataError, match=r"part-4.parquet, column 'rooms' holds texts or truth values, where p"
    ):
        TablePieces(Stream(tmp_path, "y"))
    write(table(9).assign(rooms=[[1]] * 9), tmp_path / "part-4.parquet")
    with pytest.raises(DataError, match=r"part-4.parquet, column 'rooms' holds list<.*columns="):
        TablePieces(Stream(tmp_path, "y"))


def test_a_file_without_a_value_fits_all(tmp_path):
    folder_of(tmp_path, "parquet")
    write(table(9).assign(shop=None, rooms=None), tmp_path / "part-4.parquet")
    columns, _, _ = everything(TablePieces(Stream(tmp_path, "y")))
    assert (columns["shop"].codes[-9:] == -1).all() and np.isnan(columns["rooms"][-9:]).all()


def test_truth_values_and_numbers_of_other_types(tmp_path):
    frame = table(20).assign(a=True, b=np.uint8(3), c=pd.Categorical(["x", "z"] * 10))
    frame.loc[3, "a"] = False
    frame.to_parquet(tmp_path / "one.parquet")
    columns, _, _ = everything(TablePieces(Stream(tmp_path, "y")))
    assert columns["a"].texts == ["False", "True"] and columns["c"].texts == ["x", "z"]
    np.testing.assert_array_equal(columns["b"], 3)


def test_lines_that_are_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text("a,y\n1,2\n,\n3,4\n")
    with pytest.raises(DataError, match=r"a.csv: after row 0, 3 lines make 2 rows"):
        TablePieces(Stream(tmp_path, "y"))
    (tmp_path / "a.csv").write_text("a,y\n1,2\n3,4,5\n")
    with pytest.raises(DataError, match=r"after row 0 of a.csv: a.csv, line 3: 3 cells"):
        TablePieces(Stream(tmp_path, "y"))


def test_what_is_told_of_text_holds_for_all_files(tmp_path, small_pieces):
    frame = folder_of(tmp_path, "csv")
    for number in range(4):
        path = tmp_path / f"part-{number}.csv"
        path.write_text(path.read_text().replace("south", "n.k."))
    tables = TablePieces(Stream(tmp_path, "y"), TextOptions(missing=("n.k.",), text=("rooms",)))
    columns, _, _ = everything(tables)
    assert columns["shop"].texts == ["north", 'the "east"']
    assert (columns["shop"].codes < 0).sum() == (frame.shop.isna() | (frame.shop == "south")).sum()
    assert columns["rooms"].texts == sorted(map(str, range(9)))
    folder = tmp_path / "other"
    folder.mkdir()
    folder_of(folder, "parquet")
    with pytest.raises(DataError, match=r"part-0.parquet is no table of text, and missing"):
        TablePieces(Stream(folder, "y"), TextOptions(missing=("n.k.",)))


def test_categories_are_joined_by_their_texts():
    one = Categories(["a", "c"], np.array([1, -1, 0]))
    two = Categories(["b", "c"], np.array([0, 0]))
    both = joined([one, two])
    assert both.texts == ["a", "b", "c"] and both.codes.tolist() == [2, -1, 0, 1, 1]
    some = only_met(taken(both, slice(2, 5)))
    assert some.texts == ["a", "b"] and some.codes.tolist() == [0, 1, 1]
