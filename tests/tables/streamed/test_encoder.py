"""The codes of a stream are those of the same table in memory, as far as a sample can say."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.data.table_pieces import TablePieces
from clearprop.files.errors import DataError
from clearprop.tables.fit_inputs import CodingRules, fit_inputs, read_columns
from clearprop.tables.streamed import counts
from clearprop.tables.streamed.coded import CodedRows
from clearprop.tables.streamed.encoder import inputs_of, read_sample
from clearprop.tables.streamed.kept_pieces import KeptPieces
from clearprop.tables.streamed.sample import rank_error
from clearprop.tables.streamed.statistics import statistics_of
from clearprop.tables.streamed.words import words_of
from tests.tables.streamed.made_tables import made, write

pytest.importorskip("pyarrow")


def learned(folder, classifies, keep=None, ignore=None):
    """Return what is learned of the files of a folder, and of the same table in memory."""
    kind = cp.TableClassifier if classifies else cp.TableRegressor
    model = kind(max_one_hot=40)  # so that streets have means
    tables = TablePieces(cp.Stream(folder, target="y"))
    found = statistics_of(tables, classifies, key=3)
    targets, scale = model._streamed_targets(found)
    read = read_sample(found, ignore, keep)
    rules = CodingRules.of(model)
    words = partial(words_of, tables)
    inputs, encoded, counted = inputs_of(found, read, targets.columns, scale, rules, words)
    return model, tables, found, inputs, encoded, counted


def in_memory(model, frame, y):
    columns = {name: frame[name] for name in frame}
    targets = model._targets(model._check_y(y), None)
    return fit_inputs(read_columns(columns, len(frame)), targets.columns, CodingRules.of(model))


def same_documents(one, two, rel=1e-5):
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        for name in one:
            same_documents(one[name], two[name], rel)
    elif isinstance(one, list | tuple):
        assert len(one) == len(two)
        for a, b in zip(one, two, strict=True):
            same_documents(a, b, rel)
    elif isinstance(one, float):
        assert one == pytest.approx(two, rel=rel, abs=1e-6)
    else:
        assert one == two


@pytest.mark.parametrize("classifies", [True, False])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_sample_of_all_rows_gives_the_codes_of_memory(tmp_path, classifies, kind):
    frame, classes, quantity = made(1500)
    y = classes if classifies else quantity
    write(frame, y, tmp_path, kind=kind)
    model, _, _, inputs, encoded, counted = learned(tmp_path, classifies)
    expected, expected_inputs = in_memory(model, frame, y)
    same_documents(inputs.to_document(), expected.to_document())
    np.testing.assert_allclose(encoded, expected_inputs, atol=2e-5)
    assert list(counted) == ["street"]
    assert type(inputs) is type(expected)
    assert {c.name: c.reason for c in inputs.columns if c.kind == "left out"} == {
        "id": "text", "same": "constant", "again": "copy",
    }  # fmt: skip


def test_a_sample_of_some_rows_keeps_counts_and_bounds_quantiles(tmp_path, small_sample):
    frame, y, _ = made(4000)
    frame.loc[3999, "rooms"] = 40  # the largest may be outside the sample
    frame.loc[7, "rooms"] = np.nan  # and the one that is missing
    write(frame, y, tmp_path)
    model, _, found, inputs, _, _ = learned(tmp_path, True)
    assert len(found.sample.rows) == 512
    expected, _ = in_memory(model, frame, y)
    codes, exact = ({c.name: c for c in one.columns} for one in (inputs, expected))
    same_documents(*({**vars(one["shop"])} for one in (codes, exact)))
    same_documents(*({**vars(one["street"])} for one in (codes, exact)))
    bound = rank_error(512)
    for name in ("size", "age", "rooms"):
        assert codes[name].missing == exact[name].missing
        values = np.sort(frame[name].dropna())
        rank = np.searchsorted(values, codes[name].median) / len(values)
        assert abs(rank - 0.5) <= bound or name == "rooms"
        assert codes[name].edges[0] == values[0] and codes[name].edges[-1] == values[-1]
        assert codes[name].input_kinds[-1] == exact[name].input_kinds[-1]
    assert codes["day"].missing == exact["day"].missing > 0
    assert [part.name for part in codes["day"].parts] == [p.name for p in exact["day"].parts]


def test_inputs_without_pieces_are_those_columns(tmp_path):
    frame, y, _ = made(900)
    write(frame, y, tmp_path)
    _, _, _, inputs, encoded, _ = learned(tmp_path, True)
    plain = inputs.plain()
    columns = {name: frame[name] for name in frame}
    found, _ = plain.encode(columns, len(frame))
    whole, _ = inputs.encode(columns, len(frame))
    np.testing.assert_array_equal(found, whole[:, inputs.without_pieces()])
    assert found.shape[1] < encoded.shape[1]
    kept = [inputs.input_names[k] for k in inputs.without_pieces()]
    assert list(plain.input_names) == kept


def test_rows_are_coded_piece_by_piece_as_the_table_is(tmp_path, monkeypatch):
    """Without their own targets, and without the rows that are held out."""
    frame, y, _ = made(1500)
    write(frame, y, tmp_path)
    model, tables, _, inputs, encoded, counted = learned(tmp_path, True)
    out = np.sort(np.random.default_rng(1).choice(1500, 200, replace=False))
    kept_pieces = KeptPieces(tables, 0)
    rows = CodedRows(kept_pieces, inputs, counted, model._columns_of, out)
    monkeypatch.setattr("clearprop.tables.streamed.coded.ROWS_AT_ONCE", 100)
    assert len(rows) == 1300 and rows.width == encoded.shape[1]
    found, targets = [], []
    for piece, size in enumerate(rows.pieces):
        lazy, t, weights = rows.read(piece, np.float32)
        assert len(lazy) == len(t) == size and weights is None
        coded = np.full((size, rows.width), np.nan, np.float32)
        lazy.write(coded[: size // 3], 0, size // 3)
        lazy.write(coded[size // 3 :], size // 3, size)
        found.append(coded)
        targets.append(t)
    kept = np.setdiff1d(np.arange(1500), out)
    np.testing.assert_allclose(np.concatenate(found), encoded[kept], atol=1e-6)
    np.testing.assert_array_equal(np.concatenate(targets)[:, 0], y[kept] == "yes")
    other = CodedRows(kept_pieces, inputs, counted, model._columns_of, out[1:])
    assert other.facts()["rows"] != rows.facts()["rows"]
    assert inputs.plain() is not inputs
    fewer = CodedRows(kept_pieces, inputs.plain(), counted, model._columns_of, out)
    assert fewer.facts()["codes"] != rows.facts()["codes"]


def test_names_that_no_column_has(tmp_path):
    frame, y, _ = made(300)
    write(frame, y, tmp_path)
    with pytest.raises(DataError, match="ignore names 'nota'"):
        cp.TableClassifier(ignore=["nota"]).fit(cp.Stream(tmp_path, target="y"))


def test_too_many_categories_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(counts, "MOST_CATEGORIES", 60)
    frame, y, _ = made(600)
    write(frame, y, tmp_path)
    with pytest.raises(DataError, match="column 'street' has about 70 categories, and a str"):
        cp.TableClassifier().fit(cp.Stream(tmp_path, target="y"))


def test_ends_outside_the_sample(tmp_path, small_sample):
    """A column that is constant in the sample, and one that has its only value outside of it."""
    frame, y, _ = made(4000)
    frame["rare"], frame["once"], frame["late"] = 1.0, np.nan, pd.Timestamp("2020-01-01")
    found = learned_sample(frame, y, tmp_path)
    outside = np.setdiff1d(np.arange(4000), found.sample.rows)[5]
    frame.loc[outside, ["rare", "once"]] = 2.0, 3.0
    frame.loc[outside, "late"] = pd.Timestamp("2021-05-06")
    write(frame, y, tmp_path)
    _, _, _, inputs, _, _ = learned(tmp_path, True)
    codes = {code.name: code for code in inputs.columns}
    assert codes["rare"].kind == "number" and codes["rare"].scale > 0
    assert codes["once"].kind == "number" and codes["once"].missing == 3999
    assert codes["late"].kind == "date"


def learned_sample(frame, y, folder):
    write(frame, y, folder)
    return statistics_of(TablePieces(cp.Stream(folder, target="y")), True, key=3)
