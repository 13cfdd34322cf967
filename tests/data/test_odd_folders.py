"""Folders as other people's programs leave them: read right, or refused with the place named."""

import re

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.data import shard_csv, table_kinds
from clearprop.data.stream import Stream
from clearprop.data.table_pieces import TablePieces, joined
from clearprop.files.errors import DataError

pytest.importorskip("pyarrow")


def frame_of(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "a": rng.standard_normal(rows).round(4), "b": rng.standard_normal(rows).round(4),
        "c": rng.choice(["x", "z"], rows),
    })  # fmt: skip
    frame["y"] = (frame["a"] > 0).astype(int)
    return frame


def write(frame, path, **how):
    if path.suffix == ".csv":
        frame.to_csv(path, **{"index": False} | how)
    else:
        frame.to_parquet(path, **{"index": False} | how)


def folder_of(folder, kind, frames, **how):
    for number, frame in enumerate(frames):
        write(frame, folder / f"{number}.{kind}", **how)
    return folder


def everything(folder, **how):
    """Return the columns and targets of all rows, as tables read them."""
    tables = TablePieces(Stream(folder, "y", **how))
    pieces = [tables.read(piece) for piece, rows in enumerate(tables.counts) if rows]
    return (
        {name: joined([piece.values[name] for piece in pieces]) for name in tables.columns},
        np.concatenate([piece.y for piece in pieces]),
    )


def same(folder, frames, **how):
    """Whether the rows are those of the frames, as tables and, without texts, as numbers."""
    expected = pd.concat(frames, ignore_index=True)
    columns, y = everything(folder, **how)
    assert list(columns) == ["a", "b", "c"]
    for name in ("a", "b"):
        np.testing.assert_array_equal(columns[name], expected[name].astype(float))
    assert columns["c"].written() == expected["c"].fillna("").tolist()
    np.testing.assert_array_equal(y, expected["y"])
    if expected[["a", "b"]].notna().all(axis=None) and not how:
        stream = Stream(folder, "y", ["b", "a"])
        found = [stream.read(piece) for piece in range(len(stream.pieces))]
        x = np.concatenate([one[0] for one in found])
        np.testing.assert_array_equal(x, expected[["b", "a"]])


KINDS = pytest.mark.parametrize("kind", ["parquet", "csv"])


@KINDS
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_file_without_rows(tmp_path, kind, at):
    frames = [frame_of(0 if number == at else 40, number) for number in range(3)]
    same(folder_of(tmp_path, kind, frames), [one for one in frames if len(one)])


@KINDS
def test_another_order_of_the_columns(tmp_path, kind):
    frames = [frame_of(seed=number) for number in range(3)]
    written = [frames[0], frames[1][["y", "c", "b", "a"]], frames[2][["c", "y", "a", "b"]]]
    same(folder_of(tmp_path, kind, written), frames)


@KINDS
def test_columns_that_name_rows_are_no_inputs(tmp_path, kind):
    """An index that pandas wrote beside the table, of all files or of some."""
    frames = [frame_of(seed=number).sample(frac=1, random_state=0) for number in range(2)]
    folder_of(tmp_path, kind, frames, index=True)
    plain = frame_of(seed=2)
    write(plain, tmp_path / f"2.{kind}")
    same(tmp_path, [*frames, plain])
    assert Stream(tmp_path, "y").columns == ("a", "b", "c")


@KINDS
def test_whole_numbers_in_one_file_and_others_in_another(tmp_path, kind):
    frames = [frame_of(seed=number) for number in range(3)]
    frames[0]["b"] = np.arange(60)
    frames[2]["b"] = np.arange(60, dtype=np.float32)
    frames[1]["y"] = frames[1]["y"].astype(float)
    same(folder_of(tmp_path, kind, frames), frames)


@KINDS
@pytest.mark.parametrize("empty", [(0,), (0, 1), (1,)])
def test_columns_without_a_value_in_some_files(tmp_path, kind, empty):
    """What the others hold counts, though they come later."""
    frames = [frame_of(seed=number) for number in range(3)]
    written = [one.copy() for one in frames]
    for number in empty:
        written[number]["c"] = None
        written[number]["b"] = None
        frames[number] = frames[number].assign(b=np.nan, c=None)
    same(folder_of(tmp_path, kind, written), frames)


def test_only_some_pieces_are_looked_at_for_empty_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(table_kinds, "LOOKED_AT", 3)
    asked = []
    recognised = shard_csv.CsvShard.recognised
    monkeypatch.setattr(
        shard_csv.CsvShard, "recognised",
        lambda shard, *args: asked.append(shard.name) or recognised(shard, *args),
    )  # fmt: skip
    folder_of(tmp_path, "csv", [frame_of(5, number).assign(c=None) for number in range(9)])
    columns, _ = everything(tmp_path)
    assert np.isnan(columns["c"]).all() and asked == ["0.csv", "1.csv", "4.csv", "7.csv"]


def test_quotes_separators_and_decimal_commas(tmp_path):
    frames = [frame_of(seed=number).assign(c='he said "x; y",\ntwice') for number in range(2)]
    folder_of(tmp_path, "csv", frames, sep=";", decimal=",")
    same(tmp_path, frames, delimiter=";")
    with pytest.raises(DataError, match=r"row 1, column 'a' is '0,1257', and a .* decimal point"):
        Stream(tmp_path, "y", ["a", "b"], delimiter=";").read(0)
    write(frames[1], tmp_path / "1.csv", sep=";")
    said = r"1.csv, row 1, column 'a': '0.3456' is not a number.* are written, 0.csv says"
    with pytest.raises(DataError, match=said):
        everything(tmp_path, delimiter=";")


def test_quoted_cells_a_byte_order_mark_and_blanks(tmp_path):
    frames = [frame_of(seed=number) for number in range(3)]
    write(frames[0], tmp_path / "0.csv", quoting=1)
    write(frames[1], tmp_path / "1.csv", encoding="utf-8-sig")
    text = frames[2].to_csv(index=False).replace(",", ", ")
    (tmp_path / "2.csv").write_text(text)
    same(tmp_path, frames)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: b"", "1.csv is empty: its first line must name the columns. Leave the file"),
        (lambda text: text.replace("c", "é", 1).encode("latin-1"), "1.csv: its first line .*UTF-8"),
        (lambda text: text.encode("utf-16"), "1.csv: its first line names no columns.*UTF-8"),
        (lambda text: text.replace("\n", "\r").encode(), "1.csv: its lines end in carriage retur"),
        (lambda text: text.replace("\n", ",\n").encode(), "1.csv: column 5 has no name"),
        (lambda text: b"# by me\n" + text.encode(), "1.csv has no column 'a': all files must"),
        (lambda text: text.encode() + b"1,2\n", "1.csv, line 62: 2 cells, where line 1 has 4"),
        (lambda text: text.encode() + b"\0" * 50, "1.csv is not a table of text: it holds bin"),
        (lambda text: text.replace(",x,", ',5" pipe,', 1).encode(), "make .* rows.*double quotes"),
        (lambda text: text.replace(",x,", ",é,").encode("latin-1"), "1.csv, line .*: not utf-8"),
        (lambda text: text.replace("a,b", "a,a", 1).encode(), "1.csv has two columns called 'a'"),
        (lambda text: text.replace("a,b", "a,d", 1).encode(), "1.csv has no column 'b'"),
    ],
)  # fmt: skip
def test_text_that_does_not_fit_is_named(tmp_path, change, said):
    write(frame_of(), tmp_path / "0.csv")
    (tmp_path / "1.csv").write_bytes(change(frame_of(seed=1).to_csv(index=False)))
    with pytest.raises(DataError, match=re.compile(said, re.DOTALL)):
        everything(tmp_path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"b": "seven"}, "1.parquet, column 'b' holds texts or truth values, where 0.p.* numbers"),
        ({"b": True}, "1.parquet, column 'b' holds texts or truth values, where 0.p.* numbers"),
        ({"b": pd.Timestamp("2020-01-01")}, "1.parquet, column 'b' holds dates, where 0.parquet"),
        ({"y": "1"}, "1.parquet, column 'y' holds texts .* Write the column anew in one of them"),
        ({"y": None}, "1.parquet, row 1, column 'y': the target is missing"),
        ({"c": b"x"}, "1.parquet, column 'c' holds binary"),
    ],
)
def test_columns_of_other_types_are_named(tmp_path, values, said):
    folder_of(tmp_path, "parquet", [frame_of(), frame_of(seed=1).assign(**values)])
    with pytest.raises(DataError, match=said):
        everything(tmp_path)


def test_dates_out_of_range_are_named(tmp_path):
    days = np.datetime64("2020-01-01", "s") + np.arange(60) * 86_400
    frames = [frame_of().assign(c=days), frame_of()]
    days[7] = np.datetime64("12000-01-01", "s")
    frames[1]["c"] = days
    folder_of(tmp_path, "parquet", frames)
    with pytest.raises(DataError, match=r"1.parquet, row 8, column 'c': 12000.* lies outside"):
        everything(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: b"", "1.parquet is no Parquet file, or is damaged"),
        (lambda raw: raw[: len(raw) // 2], "1.parquet is no Parquet file, or is damaged"),
        (lambda raw: raw[:20] + b"\xff" * 300 + raw[320:], "1.parquet cannot be read"),
        (
            lambda raw: raw.replace(b'"index_columns": [', b'"index_columns": {'),
            "1.parquet: what pandas",
        ),
    ],
)
def test_damaged_parquet_is_named(tmp_path, change, said):
    folder_of(tmp_path, "parquet", [frame_of(), frame_of(seed=1)])
    path = tmp_path / "1.parquet"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=said):
        everything(tmp_path)
    with pytest.raises(DataError, match=said):
        stream = Stream(tmp_path, "y", ["a", "b"])
        [stream.read(piece) for piece in range(2)]


def test_places_that_are_none():
    with pytest.raises(DataError, match="nonsense://x: Protocol not known"):
        Stream("nonsense://x", "y")
    with pytest.raises(DataError, match="memory://nowhere is no file and no folder"):
        Stream("memory://nowhere", "y")


@pytest.fixture
def remote():
    import fsspec

    memory = fsspec.filesystem("memory")
    yield memory
    memory.rm("/odd", recursive=True)


@KINDS
def test_a_file_elsewhere_that_changes_between_two_passes(tmp_path, kind, remote):
    frames = [frame_of(seed=number) for number in range(2)]
    folder_of(tmp_path, kind, frames)
    for path in tmp_path.iterdir():
        remote.pipe(f"/odd/{path.name}", path.read_bytes())
    same("memory://odd", frames)
    same(f"file://{tmp_path}/*.{kind}", frames)
    stream = Stream("memory://odd", "y")
    write(frame_of(70, 5), tmp_path / f"1.{kind}")
    remote.pipe(f"/odd/1.{kind}", (tmp_path / f"1.{kind}").read_bytes())
    with pytest.raises(DataError, match=f"1.{kind} has changed since the stream was opened"):
        cp.TableClassifier(preset="fast").fit(stream)


@KINDS
def test_a_file_of_each_row(tmp_path, kind):
    """Their statistics are those of one file; they are looked at together."""
    whole = frame_of(80)
    folder_of(tmp_path, kind, [whole.iloc[row : row + 1] for row in range(80)])
    frames = [whole]
    columns, y = everything(tmp_path)
    names = sorted(range(80), key=lambda row: str(row) + ".")  # in the order of their names
    np.testing.assert_array_equal(columns["a"], whole["a"].iloc[names])
    np.testing.assert_array_equal(y, frames[0]["y"].iloc[names])
