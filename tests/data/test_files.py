"""Which reader reads which file."""

import sys

import numpy as np
import pandas as pd
import pytest

from clearprop.data import DataError, read, read_inputs

CSV = "a,b,y\n1,u,0\n2,v,1\n3,u,0\n4,v,1\n"


@pytest.fixture
def files(write, tmp_path):
    """The same four rows in every format."""
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": list("uvuv"), "y": [0, 1, 0, 1]})
    write("my.csv", CSV)
    write("my.csv.gz", CSV)
    write("my.TSV", CSV.replace(",", "\t"))
    write("my.data", CSV)
    write("noname", CSV)
    frame.to_parquet(tmp_path / "my.parquet")
    frame.to_parquet(tmp_path / "my.pq")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["my.csv", "my.csv.gz", "my.TSV", "my.data", "noname", "my.parquet", "my.pq"]
)
def test_a_table_is_read_whatever_its_format(files, name):
    dataset = read(files / name)
    assert dataset.X.to_dict("list") == {"a": [1, 2, 3, 4], "b": ["u", "v", "u", "v"]}
    assert dataset.y.tolist() == [0, 1, 0, 1]
    assert dataset.name == name
    assert read(str(files / name), "a").y.tolist() == [1, 2, 3, 4]
    assert read_inputs(files / name).feature_names == ("a", "b", "y")


def test_arrays_are_read_by_their_suffix(tmp_path):
    np.savez(tmp_path / "my.npz", X=np.eye(4), y=[0, 1, 0, 1])
    assert read(tmp_path / "my.npz").y.tolist() == [0, 1, 0, 1]
    assert read_inputs(tmp_path / "my.npz").X.shape == (4, 4)


def test_images_are_read_by_their_name(tmp_path):
    header = b"\0\0\x08\x03" + bytes([0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1])
    (tmp_path / "t-images-idx3-ubyte").write_bytes(header + b"\5\6")
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\2\0\1")
    assert read(tmp_path / "t-images-idx3-ubyte").X.tolist() == [[5], [6]]
    assert read_inputs(tmp_path / "t-images-idx3-ubyte").X.tolist() == [[5], [6]]


def test_text_options_reach_the_reader(write):
    path = write("my.csv", "Zürich,1\nBern,2\n".encode("cp1252"))
    dataset = read(path, columns=["town", "n"], header=False, encoding="cp1252")
    assert dataset.X["town"].tolist() == ["Zürich", "Bern"]
    assert read_inputs(path, header=True, encoding="cp1252").feature_names == ("Zürich", "1")


REFUSED = {
    "my.arff": "my.arff is an ARFF file, which is not read: save the table as CSV, or name a set "
    "on OpenML as openml:NAME.",
    "my.arff.gz": "my.arff.gz is an ARFF file, which is not read: save the table as CSV, or name "
    "a set on OpenML as openml:NAME.",
    "my.xlsx": "my.xlsx is a spreadsheet: save the sheet as CSV.",
    "my.json": "my.json is not read: save the table as CSV or Parquet.",
    "my.npy": "my.npy is a single array: save inputs and targets with numpy.savez(file, X=X, y=y).",
    "my.pkl": "my.pkl is a pickle, which can run code and is never opened: save the data as CSV, "
    "Parquet or NPZ.",
    "my.ZIP": "my.ZIP is packed: unpack it first.",
    "my.png": "my.png is an image: put images into one NPZ file with arrays X and y.",
    "my.clearprop": "my.clearprop is a model, not data.",
    "my.parquet.gz": "my.parquet.gz is packed by gzip: unpack it first.",
    "my.npz.gz": "my.npz.gz is packed by gzip: unpack it first.",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("reader", [read, read_inputs])
def test_a_format_that_is_not_read_says_what_to_do(write, name, reader):
    with pytest.raises(DataError) as caught:
        reader(write(name, "anything"))
    assert str(caught.value) == REFUSED[name]


def test_text_options_are_refused_for_other_formats(files):
    with pytest.raises(DataError) as caught:
        read(files / "my.parquet", columns=["a"])
    assert str(caught.value) == ("my.parquet is no table of text, and columns for those only.")


@pytest.mark.parametrize("reader", [read, read_inputs])
def test_a_missing_file_and_a_folder_are_named(tmp_path, reader):
    with pytest.raises(FileNotFoundError, match=r"^there is no file .*nothing\.csv$"):
        reader(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match=r" is a folder; give one file in it\.$"):
        reader(tmp_path)


def test_without_pandas_the_message_says_what_to_install(write, monkeypatch):
    path = write("my.csv", CSV)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        read(path)
    assert str(caught.value) == (
        "reading a table of text needs pandas: pip install 'clearprop[cli]'"
    )


def test_a_missing_target_names_its_lines(write):
    path = write("my.csv", "a,y\n1,u\n\n2,?\n3,v\n4, \n5,NA\n")
    with pytest.raises(DataError) as caught:
        read(path, "y")
    assert str(caught.value) == (
        "my.csv: the target 'y' is missing in 2 rows (lines 4, 6). "
        "Leave these rows out, or name another target."
    )
