"""Parquet: typed tables through pandas."""

import sys

import pandas as pd
import pytest

from clearprop.data.parquet import read_parquet
from clearprop.files.errors import DataError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "my.parquet"


def test_a_table_comes_back_with_its_types(path):
    frame = pd.DataFrame({"age": [39, 50], "job": ["clerk", None], "score": [0.5, None]})
    frame.to_parquet(path)
    table = read_parquet(path)
    pd.testing.assert_frame_equal(table.X, frame)
    assert table.feature_names == ("age", "job", "score")
    assert table.notes == ()


def test_an_index_is_left_out_and_noted(path):
    pd.DataFrame({"a": [1, 2]}, index=pd.Index(["u", "v"], name="id")).to_parquet(path)
    table = read_parquet(path)
    assert table.X.index.tolist() == [0, 1]
    assert table.notes == ("The table's index 'id' was taken to name rows and left out.",)


@pytest.mark.parametrize("size", [0, 3, 100])
def test_a_cut_file_is_refused(path, size):
    pd.DataFrame({"a": range(1000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match=r"^my\.parquet is not a complete Parquet file \("):
        read_parquet(path)


def test_a_table_without_rows_is_refused(path):
    pd.DataFrame({"a": [1]})[:0].to_parquet(path)
    with pytest.raises(DataError) as caught:
        read_parquet(path)
    assert str(caught.value) == "my.parquet has 0 rows and 1 column."


def test_two_columns_of_one_name_are_refused(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), path)
    with pytest.raises(DataError) as caught:
        read_parquet(path)
    assert str(caught.value) == "my.parquet has several columns of one name: 'a'."


@pytest.mark.parametrize("type_of_names", [b",tr", b"[" * 5000])
def test_a_note_of_pandas_that_is_no_type_is_refused(path, type_of_names):
    """NumPy reads the text of a type as Python's grammar has it."""
    import json

    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_pandas(pd.DataFrame({"a": [1]}))
    noted = json.loads(table.schema.metadata[b"pandas"])
    noted["column_indexes"] = [
        {"name": None, "field_name": None, "pandas_type": "x", "numpy_type": type_of_names.decode()}
    ]
    table = table.replace_schema_metadata({b"pandas": json.dumps(noted).encode()})
    pyarrow.parquet.write_table(table, path)
    with pytest.raises(DataError, match="cannot be made a table"):
        read_parquet(path)


@pytest.mark.parametrize("package", ["pandas", "pyarrow"])
def test_a_missing_package_is_named(path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        read_parquet(path)
    assert str(caught.value) == (
        f"reading a Parquet file needs {package}: pip install 'clearprop[cli]'"
    )
