"""Streams of files: what is read, and what is said of files that do not fit."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.data import shard_csv, shard_npy, shards
from clearprop.data.moments import Moments
from clearprop.data.stream import Stream
from clearprop.files.errors import DataError
from clearprop.training import following
from clearprop.training.checkpoint import read_checkpoint

NAMES = ["a", "b", "c", "y"]


def table(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((rows, 3)).round(6), columns=NAMES[:3])
    frame["y"] = (frame.a > frame.b).astype(int)
    return frame


def write(frame, path, kind):
    if kind == "parquet":
        frame.to_parquet(path, row_group_size=7, index=False)
    elif kind == "csv":
        frame.to_csv(path, index=False)
    else:  # rows one after another, or columns
        in_rows = np.ascontiguousarray(frame.to_numpy(np.float64))
        np.save(path, in_rows if len(frame) % 2 else np.asfortranarray(in_rows))


def folder_of(folder, kind, sizes=(20, 0, 13, 40)):
    frames = []
    for number, rows in enumerate(sizes):
        frames.append(table(rows, number))
        write(frames[-1], folder / f"part-{number}.{kind}", kind)
    return pd.concat(frames, ignore_index=True)


def everything(stream, dtype=np.float64):
    found = [stream.read(piece, dtype) for piece in range(len(stream.pieces))]
    assert all(weights is None for _, _, weights in found)
    return np.concatenate([x for x, _, _ in found]), np.concatenate([t for _, t, _ in found])


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(shard_csv, "PIECE_BYTES", 150)
    monkeypatch.setattr(shard_npy, "PIECE_BYTES", 4 * 8 * 6)
    monkeypatch.setattr(shards, "ROWS_AT_ONCE", 3)


@pytest.mark.parametrize("kind", ["parquet", "csv", "npy"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_reads_what_was_written(tmp_path, kind, dtype, small_pieces):
    frame = folder_of(tmp_path, kind)
    stream = Stream(tmp_path, "3" if kind == "npy" else "y")
    x, t = everything(stream, dtype)
    assert x.dtype == dtype and x.flags.c_contiguous
    np.testing.assert_array_equal(x, frame[["a", "b", "c"]].to_numpy(dtype))
    np.testing.assert_array_equal(t, frame.y)
    assert len(stream) == 73 and len(stream.pieces) > 4
    assert str(stream) == "Stream of 73 rows, 3 inputs, from 4 files"


def test_columns_come_in_the_order_asked_for(tmp_path):
    frame = folder_of(tmp_path, "parquet")
    stream = Stream(str(tmp_path / "*.parquet"), ["y", "b"], ["c", "a"])
    x, t = everything(stream)
    np.testing.assert_array_equal(x, frame[["c", "a"]])
    np.testing.assert_array_equal(t, frame[["y", "b"]])


def test_other_file_systems(tmp_path):
    import fsspec

    memory = fsspec.filesystem("memory")
    frame = folder_of(tmp_path, "csv")
    for path in tmp_path.iterdir():
        memory.pipe(f"/rows/{path.name}", path.read_bytes())
    try:
        x, _ = everything(Stream("memory://rows", "y"))
    finally:
        memory.rm("/rows", recursive=True)
    np.testing.assert_array_equal(x, frame[["a", "b", "c"]])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_other_people(tmp_path, end, small_pieces):
    """Quoted names, a text column with line breaks that is not asked for, empty lines, no end."""
    lines = ['"a","the ""b""",note,y']
    for number in range(30):
        lines.append(f'{number},{number}.5,"two{end}lines, ""{number}""",{number % 2}')
        lines.extend([""] * (number % 3 == 0))
    (tmp_path / "one.csv").write_bytes(end.join(lines).encode())
    stream = Stream(tmp_path / "one.csv", "y", ["a", 'the "b"'])
    x, t = everything(stream)
    assert len(stream) == 30 and len(stream.pieces) > 3
    np.testing.assert_array_equal(x, [[n, n + 0.5] for n in range(30)])
    np.testing.assert_array_equal(t, np.arange(30) % 2)


def test_files_beside_are_left_out(tmp_path):
    folder_of(tmp_path, "parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part-0.parquet.crc").touch()
    assert len(Stream(tmp_path, "y")) == 73


def spoil(path, row, column, value, kind):
    frame = table(20, 0).astype(object)
    frame.loc[row, column] = value
    if kind == "npy":
        np.save(path, frame.to_numpy(np.float64))
    elif kind == "csv":
        frame.to_csv(path, index=False)
    else:
        frame[column] = frame[column].astype(float)
        frame.infer_objects().to_parquet(path, index=False, row_group_size=7)


@pytest.mark.parametrize(
    ("kind", "column", "value", "dtype", "what"),
    [
        ("csv", "b", "ten", np.float64, "is 'ten', and a stream takes numbers only"),
        ("csv", "b", None, np.float64, "is empty, and a stream takes numbers only"),
        ("parquet", "b", None, np.float64, "is (empty|nan), and"),
        ("parquet", "b", np.inf, np.float64, "is inf, and numbers must be finite"),
        ("parquet", "b", 1e300, np.float32, r"is 1e\+300, and numbers must be finite in float32"),
        ("parquet", "y", np.nan, np.float32, "is (empty|nan), and"),
        ("npy", "1", np.nan, np.float64, "is nan, and numbers must be finite"),
    ],
)
def test_a_cell_that_is_no_number_is_named(
    tmp_path, kind, column, value, dtype, what, small_pieces
):
    spoil(tmp_path / f"part.{kind}", 16, "b" if kind == "npy" else column, value, kind)
    stream = Stream(tmp_path, "3" if kind == "npy" else "y")
    with pytest.raises(DataError, match=f"part.{kind}, row 17, column '{column}' {what}"):
        everything(stream, dtype)


def test_files_that_do_not_fit(tmp_path):
    with pytest.raises(DataError, match="nowhere is no file and no folder"):
        Stream(tmp_path / "nowhere", "y")
    with pytest.raises(DataError, match="holds no files"):
        Stream(tmp_path, "y")
    folder_of(tmp_path, "parquet")
    with pytest.raises(DataError, match=r"has no column 'z'. Its columns: 'a', 'b', 'c', 'y'"):
        Stream(tmp_path, "z")
    with pytest.raises(DataError, match="column 'a' is asked for twice"):
        Stream(tmp_path, "y", ["a", "a"])
    table(3).assign(more=1.0).to_parquet(tmp_path / "part-9.parquet")
    with pytest.raises(DataError, match=r"part-9.parquet has a column 'more' more: all files"):
        Stream(tmp_path, "y")
    table(3).drop(columns="b").to_parquet(tmp_path / "part-9.parquet")
    with pytest.raises(DataError, match=r"part-9.parquet has no column 'b': all files"):
        Stream(tmp_path, "y")
    table(3).assign(b="x").to_parquet(tmp_path / "part-9.parquet")
    stream = Stream(tmp_path, "y")
    with pytest.raises(DataError, match=r"part-9.parquet, column 'b' holds (large_)?string"):
        stream.read(0)
    (tmp_path / "part-9.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match=r"part-9.parquet is no Parquet file"):
        Stream(tmp_path, "y")
    (tmp_path / "part-9.parquet").unlink()
    table(3).to_csv(tmp_path / "more.csv", index=False)
    with pytest.raises(DataError, match=r"one kind, and here are 'more.csv', 'part-0.parquet'"):
        Stream(tmp_path, "y")
    (tmp_path / "README.md").touch()
    with pytest.raises(DataError, match=r"README.md is neither Parquet, CSV nor NPY"):
        Stream(tmp_path, "y")


def test_arrays_that_do_not_fit(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros(4))
    with pytest.raises(DataError, match=r"holds an array of float64 of shape \(4,\)"):
        Stream(path, "2")
    np.save(path, np.zeros((400, 3)))
    os.truncate(path, 5000)
    with pytest.raises(DataError, match="shorter than its 400 rows"):
        Stream(path, "2")
    path.write_bytes(b"no array")
    with pytest.raises(DataError, match="is no NPY file"):
        Stream(path, "2")


def test_empty_tables(tmp_path):
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(DataError, match=r"a.csv is empty: its first line"):
        Stream(tmp_path, "y")
    (tmp_path / "a.csv").write_text("a,y\n")
    with pytest.raises(DataError, match="hold no rows"):
        Stream(tmp_path, "y")
    (tmp_path / "a.csv").write_text("a,a,y\n1,2,3\n")
    with pytest.raises(DataError, match="two columns called 'a'"):
        Stream(tmp_path, "y")


NET = cp.Chain(cp.Dense(3, 1))


def trained(stream, **how):
    start = NET.init(np.random.default_rng(0))
    return cp.train(NET, cp.BinaryCrossEntropy(), start, stream, seed=0, **how)


@pytest.mark.parametrize("change", ["gone", "longer"])
def test_a_file_that_changes_ends_the_training(tmp_path, change):
    folder_of(tmp_path, "parquet")
    path = tmp_path / "part-2.parquet"
    stream = Stream(tmp_path, "y", block_bytes=500)

    def after(report):
        if report.epoch == 2 and change == "gone":
            path.unlink()
        elif report.epoch == 2:
            table(14).to_parquet(path)

    words = "is gone since" if change == "gone" else "has changed since"
    told, checkpoint = [], tmp_path.parent / f"{tmp_path.name}.checkpoint"

    class Follower(following.Follower):
        def __call__(self, report):
            after(report)

        def ends(self, run, reason):
            told.append(reason)

    whole = trained(stream, epochs=5)
    kept = tmp_path.parent / f"{tmp_path.name}.parquet"
    shutil.copy2(path, kept)
    with pytest.raises(DataError, match=f"part-2.parquet {words} the stream was opened"):
        trained(stream, epochs=5, on_epoch=Follower(), checkpoint=checkpoint)
    assert told == ["error"]
    assert read_checkpoint(checkpoint)[1].position.epochs == 2
    # The file comes back, and the training goes on.
    shutil.copy2(kept, path)
    on = trained(Stream(tmp_path, "y", block_bytes=500), epochs=5, checkpoint=checkpoint,
                 resume=True)  # fmt: skip
    np.testing.assert_array_equal(on.params["dense1"]["W"], whole.params["dense1"]["W"])


def test_another_file_is_named_at_resume(tmp_path):
    rows = tmp_path / "rows"
    rows.mkdir()
    folder_of(rows, "csv")
    path = tmp_path / "run.checkpoint"
    trained(Stream(rows, "y"), epochs=2, checkpoint=path)
    changed = (rows / "part-2.csv").read_text().replace("0", "1", 1)
    (rows / "part-2.csv").write_text(changed)
    with pytest.raises(cp.ResumeError, match=r"differs: file .*part-2.csv"):
        trained(Stream(rows, "y"), epochs=2, checkpoint=path, resume=True)


def test_without_the_packages_it_says_how_to_get_them(tmp_path, monkeypatch):
    folder_of(tmp_path, "csv")
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
    with pytest.raises(ModuleNotFoundError, match=r"fsspec: pip install 'clearprop\[stream\]'"):
        Stream(tmp_path, "y")


def test_moments_are_those_of_all_rows(tmp_path):
    """Of numbers whose mean is large beside their deviation, where sums of squares fail."""
    frame = folder_of(tmp_path, "parquet")
    frame["a"] += 1e9
    for number in range(4):
        frame[number::4].assign(b=2.0).to_parquet(
            tmp_path / f"part-{number}.parquet", row_group_size=7
        )
    stream = Stream(tmp_path, "y").standardised()
    moments = stream.moments
    expected = frame.assign(b=2.0)[["a", "b", "c"]]
    np.testing.assert_allclose(moments.mean, expected.mean(), rtol=1e-12)
    deviation = expected.std(ddof=0)
    deviation["b"] = 1.0
    np.testing.assert_allclose(moments.deviation, deviation, rtol=1e-7)
    np.testing.assert_array_equal(moments.most, expected.max())
    x, _ = everything(stream)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), [1, 0, 1], rtol=1e-6)
    in_order = pd.concat([expected[number::4] for number in range(4)])
    np.testing.assert_array_equal(stream.scaling.scaled(in_order.to_numpy()), x)
    assert "standardised" in str(stream)
    assert stream.facts()["scaling"] != Stream(tmp_path, "y").facts()["scaling"]


def test_moments_do_not_depend_on_the_parts_but_for_rounding():
    x = np.random.default_rng(0).lognormal(size=(500, 3))
    whole = Moments.of(x)
    for parts in (2, 7, 100):
        found = Moments.merged(Moments.of(part) for part in np.array_split(x, parts))
        np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-13)
        np.testing.assert_allclose(found.squares, whole.squares, rtol=1e-12)


def test_a_stream_trains_as_the_same_rows_in_memory(tmp_path):
    frame = folder_of(tmp_path, "npy")
    stream = Stream(tmp_path, "3", block_bytes=640)
    one = trained(stream, epochs=3, shuffle=False, batch_size=10)
    start = NET.init(np.random.default_rng(0))
    other = cp.train(
        NET, cp.BinaryCrossEntropy(), start, frame[["a", "b", "c"]], frame.y, seed=0, epochs=3,
        shuffle=False, batch_size=10,
    )  # fmt: skip
    np.testing.assert_allclose(one.params["dense1"]["W"], other.params["dense1"]["W"], rtol=1e-12)


def test_arguments():
    with pytest.raises(ValueError, match="readers must be at least 1"):
        Stream("x", "y", readers=0)
    with pytest.raises(ValueError, match="block_bytes must be at least 1"):
        Stream("x", "y", block_bytes=0)
    assert cp.data.Stream is cp.Stream


def weighed_folder(folder, kind, w=None):
    """Rows of whole weights, some 0, and the same rows repeated, in a folder beside."""
    frame = table(90, 5)
    frame["w"] = np.random.default_rng(1).integers(0, 4, 90).astype(float) if w is None else w
    for place, rows in ((folder / "weighed", frame), (folder / "twice", None)):
        place.mkdir()
        for number, some in enumerate(np.array_split(np.arange(90), 3)):
            part = frame.iloc[some]
            if rows is None:
                part = part.loc[part.index.repeat(part["w"].astype(int))].drop(columns="w")
            write(part, place / f"part-{number}.{kind}", kind)
    return frame


@pytest.mark.parametrize("kind", ["parquet", "csv", "npy"])
def test_a_column_of_weights(tmp_path, kind, small_pieces):
    frame = weighed_folder(tmp_path, kind)
    names = ["3", "4"] if kind == "npy" else ["y", "w"]
    stream = Stream(tmp_path / "weighed", names[0], weights=names[1])
    assert stream.width == 3 and "weights" in stream.facts()
    found = [stream.read(piece) for piece in range(len(stream.pieces))]
    x, t, w = (np.concatenate(parts) for parts in zip(*found, strict=True))
    np.testing.assert_array_equal(x, frame[["a", "b", "c"]])
    np.testing.assert_array_equal(t, frame["y"])
    np.testing.assert_array_equal(w, frame["w"])
    alone = [stream.read_targets(piece) for piece in range(len(stream.pieces))]
    np.testing.assert_array_equal(np.concatenate([one[1] for one in alone]), w)
    np.testing.assert_array_equal(np.concatenate([one[0] for one in alone]), t)
    # Means and deviations of a row of weight 2 are those of the row twice.
    twice = Stream(tmp_path / "twice", names[0])
    for name in ("mean", "deviation", "least", "most", "count"):
        one, other = (getattr(each.moments, name) for each in (stream, twice))
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("value", "what"),
    [(-1.0, "is -1, and a weight is a number from 0"), (np.nan, "is (empty|nan), and")],
)
def test_a_weight_that_is_none_is_named(tmp_path, value, what, small_pieces):
    frame = table(30).assign(w=1.0)
    frame.loc[16, "w"] = value
    write(frame, tmp_path / "part.csv", "csv")
    stream = Stream(tmp_path, "y", weights="w")
    with pytest.raises(DataError, match=f"part.csv, row 17, column 'w' {what}"):
        trained(stream)


def test_columns_of_weights_that_do_not_fit(tmp_path):
    folder_of(tmp_path, "parquet")
    with pytest.raises(DataError, match="has no column 'w'"):
        Stream(tmp_path, "y", weights="w")
    with pytest.raises(DataError, match="'a' is asked for twice, in columns, target and weights"):
        Stream(tmp_path, "y", ["a", "b"], weights="a")
